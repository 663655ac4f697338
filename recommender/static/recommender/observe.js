// What was looked at, and for how long: sent in small batches by beacons, never by robots. Without this file the log
// still has what was served and what was opened.

(() => {
  const { events: address } = document.currentScript.dataset;
  const LOOK_MS = 1000; // half a card in view for this long is an impression
  const BATCH = 20;
  const LEAST_SECONDS = 10;
  const MOST_SECONDS = 86400;
  const waiting = [];

  const randomId = () => {
    if (crypto.randomUUID) return crypto.randomUUID();
    // randomUUID is missing on plain http; these are the same 122 random bits
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 15) | 64;
    bytes[8] = (bytes[8] & 63) | 128;
    const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
  };

  const send = () => {
    while (waiting.length) {
      const events = waiting.splice(0, BATCH);
      const body = new Blob([JSON.stringify({ events })], { type: "application/json" });
      if (!navigator.sendBeacon?.(address, body)) fetch(address, { method: "POST", body, keepalive: true }).catch(() => {});
    }
  };

  const note = (action_name, query_id, item_id, more) => {
    waiting.push({ event_id: randomId(), action_name, query_id, item_id, ...more });
    if (waiting.length >= BATCH) send();
  };

  // Impressions: each card once for each slate
  const seen = new Set();
  const timers = new Map();
  const observer = "IntersectionObserver" in window && new IntersectionObserver((entries) => {
    for (const { target: card, intersectionRatio } of entries) {
      if (intersectionRatio < 0.5) {
        clearTimeout(timers.get(card));
        timers.delete(card);
      } else if (!timers.has(card)) {
        timers.set(card, setTimeout(() => look(card), LOOK_MS));
      }
    }
  }, { threshold: 0.5 });

  const look = (card) => {
    observer.unobserve(card);
    timers.delete(card);
    const queryId = card.closest("[data-query-id]")?.dataset.queryId;
    const { itemId, position } = card.dataset;
    if (document.hidden || !queryId || seen.has(queryId + itemId)) return;
    seen.add(queryId + itemId);
    note("impression", queryId, itemId, { position: Number(position) });
  };

  const observe = (root) => {
    if (observer) for (const card of root.querySelectorAll("[data-position][data-item-id]")) observer.observe(card);
  };
  observe(document);
  document.addEventListener("htmx:load", ({ target }) => observe(target));

  // Dwell: how long a title that a search led to stayed in view; one event, when the page is left
  const page = document.querySelector("[data-dwell-url]");
  let seconds = 0;
  let since = document.hidden ? null : performance.now();
  let isTold = false;

  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) {
      since = performance.now();
      return;
    }
    if (since !== null) seconds += (performance.now() - since) / 1000;
    since = null;
    if (page && !isTold && seconds >= LEAST_SECONDS) {
      isTold = true;
      note("dwell", page.dataset.queryId, page.dataset.itemId, { value: Math.min(Math.round(seconds), MOST_SECONDS) });
    }
    send();
  });
})();
