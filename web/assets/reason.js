"use strict";
// What spares a tap at the dock.
(() => {
  // Who sets another time means that one.
  const other = document.getElementById("other");
  other?.addEventListener("input", () => { document.getElementById("return-other").checked = true; });

  // What is wrong is read first.
  document.getElementById("first")?.focus();

  // When all is entered the bays come back by themselves: the next one waits.
  const back = document.getElementById("back");
  if (back) setTimeout(() => location.replace(back.href), back.dataset.after * 1000);
})();
