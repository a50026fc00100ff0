"use strict";
// Fetches the page again when something happened at the station, at most once
// a second, and every half minute in any case.
const lost = document.getElementById("lost");
let timer = 0;

async function refresh() {
  timer = 0;
  try {
    const answer = await fetch(location.href, { cache: "no-store" });
    if (!answer.ok) throw new Error(answer.statusText);
    const next = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const part of ["header", "main"]) {
      document.querySelector(part).replaceWith(next.querySelector(part));
    }
    lost.hidden = true;
  } catch {
    lost.hidden = false;
  }
}

function soon() {
  timer ||= setTimeout(refresh, 1000);
}

const events = new EventSource("/api/v1/events");
for (const name of ["docked", "undocked", "progress", "stored", "missed"]) {
  events.addEventListener(name, soon);
}
events.addEventListener("open", soon);
events.addEventListener("error", () => { lost.hidden = false; });
setInterval(soon, 30000);
