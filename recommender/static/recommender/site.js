// Comforts only: every page does its work without this file.

const box = document.querySelector("[data-search]");

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, select, [contenteditable]");
  if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey || !box) return;
  event.preventDefault();
  box.focus();
  box.select();
});
box?.setAttribute("aria-keyshortcuts", "/");

// Names to choose from while typing: a <datalist>, so that keys, focus and speech are the browser's.
if (box) {
  const PAUSE_MS = 150;
  const list = document.createElement("datalist");
  list.id = "suggestions";
  box.after(list);
  box.setAttribute("list", list.id);
  let pause;

  const suggest = async () => {
    const typed = box.value.trim();
    if (typed.length < 2) return;
    const answer = await fetch(`${box.dataset.suggestUrl}?limit=8&q=${encodeURIComponent(typed)}`).catch(() => null);
    if (!answer?.ok) return;
    const { suggestions } = await answer.json();
    if (typed !== box.value.trim()) return; // an answer that comes too late
    list.replaceChildren(...suggestions.map(({ text }) => new Option("", text)));
  };

  box.addEventListener("input", () => {
    clearTimeout(pause);
    pause = setTimeout(suggest, PAUSE_MS);
  });
}

// How long a title that was found by a search stayed in view: one event, when the page is left.
const page = document.querySelector("[data-dwell-url]");
if (page) {
  const LEAST_SECONDS = 10;
  const MOST_SECONDS = 86400;
  let seconds = 0;
  let seenSince = document.visibilityState === "visible" ? performance.now() : null;
  let isSent = false;

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
    const { dwellUrl, queryId, itemId } = page.dataset;
    const value = Math.min(Math.round(seconds), MOST_SECONDS);
    const event = { event_id: randomId(), query_id: queryId, action_name: "dwell", item_id: itemId, value };
    const body = new Blob([JSON.stringify({ events: [event] })], { type: "application/json" });
    if (!navigator.sendBeacon?.(dwellUrl, body)) {
      fetch(dwellUrl, { method: "POST", body, keepalive: true }).catch(() => {});
    }
  };

  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") {
      seenSince = performance.now();
      return;
    }
    if (seenSince !== null) seconds += (performance.now() - seenSince) / 1000;
    seenSince = null;
    if (isSent || seconds < LEAST_SECONDS) return;
    isSent = true;
    send();
  });
}
