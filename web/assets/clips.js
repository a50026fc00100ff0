"use strict";
// A clip that this browser cannot play after all says so.
for (const player of document.querySelectorAll("[data-fallback]")) {
  player.addEventListener("error", () => {
    if (!player.error) return;
    document.getElementById(player.dataset.fallback).hidden = false;
  });
}
