"use strict";
// What every page does. It prints when asked to.
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
});

// And it says when the station does not answer.
(() => {
  const lost = document.getElementById("lost");
  const patience = 25000; // milliseconds; the station says every 15 s that it lives
  let timer = 0;

  function alive() {
    lost.hidden = true;
    clearTimeout(timer);
    timer = setTimeout(gone, patience);
  }
  function gone() { lost.hidden = false; }

  // Only a page that listens can lose the station.
  if (!document.querySelector("[sse-connect]")) return;
  document.body.addEventListener("htmx:sseOpen", alive);
  document.body.addEventListener("htmx:sseBeforeMessage", alive);
  document.body.addEventListener("htmx:sseError", gone);
  document.body.addEventListener("htmx:sseClose", gone);
})();
