"use strict";
// What every page does: it prints when asked to.
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
});

// And a page that listens to the station stays connected, whatever becomes of
// the network or the station, and says so while it is not.
(() => {
  const lost = document.getElementById("lost");
  const version = document.querySelector("meta[name=version]").content;
  const retry = 1500;     // milliseconds between two tries
  const patience = 20000; // of silence; the station says every 15 s that it lives
  const grace = 1500;     // before a break is said: a restart may be over by then

  // Stream is an EventSource that never gives up. The browser's own stops at
  // every answer that is not a stream, such as a proxy gives while the station
  // starts, and does not notice when a cable was pulled. It also costs one of
  // the six connections of HTTP/1.1, so that a hidden page has none.
  class Stream {
    constructor(address) {
      this.address = address;
      this.listeners = [];
      this.onopen = null; // htmx's extension sets onerror, too: it would only fill the console
      this.closed = false;
      document.addEventListener("visibilitychange", this.look = () => this.seen());
      this.seen();
    }
    // For htmx's extension, which tries again by itself, ever more seldom, when it is CLOSED.
    get readyState() { return this.closed ? EventSource.CLOSED : EventSource.CONNECTING; }

    seen() {
      if (document.visibilityState === "hidden") this.drop();
      else if (!this.source) this.connect();
    }
    connect() {
      clearTimeout(this.again);
      const source = this.source = new EventSource(this.address);
      source.onopen = (event) => { this.alive(); this.onopen?.(event); };
      source.onerror = () => this.broken();
      source.addEventListener("alive", () => this.alive());
      source.addEventListener("version", (event) => { this.alive(); renew(event.data); });
      for (const [type, listener] of this.listeners) this.attach(type, listener);
    }
    attach(type, listener) {
      this.source?.addEventListener(type, listener);
    }
    alive() {
      clearTimeout(this.complaint);
      this.complaint = 0;
      lost.hidden = true;
      clearTimeout(this.silence);
      this.silence = setTimeout(() => this.broken(), patience);
    }
    broken() {
      this.drop();
      this.complaint ||= setTimeout(() => { lost.hidden = false; }, grace);
      this.again = setTimeout(() => this.connect(), retry);
    }
    drop() {
      clearTimeout(this.again);
      clearTimeout(this.silence);
      this.source?.close();
      this.source = null;
    }

    addEventListener(type, listener) {
      this.listeners.push([type, listener]);
      this.attach(type, listener);
    }
    removeEventListener(type, listener) {
      this.listeners = this.listeners.filter(([t, l]) => t !== type || l !== listener);
      this.source?.removeEventListener(type, listener);
    }
    close() {
      this.closed = true;
      document.removeEventListener("visibilitychange", this.look);
      clearTimeout(this.complaint);
      this.drop();
    }
  }

  // renew loads the page anew when the program is another than it came from;
  // once, or a cache between would have it loaded for ever.
  function renew(now) {
    if (now === version || sessionStorage.getItem("renewed") === now) return;
    sessionStorage.setItem("renewed", now);
    location.reload();
  }

  htmx.createEventSource = (address) => new Stream(address);
})();
