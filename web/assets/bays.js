"use strict";
// The large screen: Escape leaves it, and it does not go dark.
(() => {
  const turn = document.getElementById("turn");
  if (!document.documentElement.classList.contains("wall")) return;

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") location.assign(turn.href);
  });

  // The lock ends whenever the page is hidden. Not every browser has it, nor
  // gives it over plain HTTP; the screen then does as it is set.
  async function stayLit() {
    if (document.visibilityState !== "visible" || !navigator.wakeLock) return;
    try {
      await navigator.wakeLock.request("screen");
    } catch { /* it said no, such as for an empty battery */ }
  }
  document.addEventListener("visibilitychange", stayLit);
  stayLit();
})();
