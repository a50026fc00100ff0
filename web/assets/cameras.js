"use strict";
// A button that prints the page: without scripts there is none.
(() => {
  const show = (root) => root.querySelectorAll("[data-print]").forEach((b) => { b.hidden = false; });
  show(document);
  document.body.addEventListener("htmx:afterSettle", () => show(document));
  document.body.addEventListener("click", (e) => { if (e.target.closest("[data-print]")) print(); });
})();
