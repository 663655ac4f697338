/**
 * Marquee's public API in one file: copy it beside your page. No dependencies; browsers, and Node from 18 on.
 *
 *     import { Marquee } from "./marquee.js";
 *     const marquee = new Marquee("https://films.example.org");
 *     const answer = await marquee.search("heist that goes wrong", { genres: ["Comedy", "-Horror"] });
 *     marquee.observe(list, answer); // what was looked at and chosen, of elements with data-item-id
 *
 * Answers are the JSON objects of docs/api.md. Where the page comes from another origin, the site has to name that in
 * CORS_ALLOWED_ORIGINS. Searching needs no key; what stands in a page is no secret, so a key of staff never may.
 *
 * @typedef {{item_id: string, position: number, title?: string, url?: string}} Item
 * @typedef {{query_id: string, items: Item[], model_version: number, [more: string]: unknown}} Answer
 * @typedef {Record<string, string | number | boolean | string[] | null | undefined>} Asked
 */

const BATCH = 100; // events in one call: about 40 kB, of the 64 kB that may be under way when a page is left
const KEPT = 1_000; // events that wait while the site is away; then the oldest are given up
const PAUSE_MS = 1_000; // in which events gather
const [FIRST_WAIT_MS, LONGEST_WAIT_MS] = [500, 30_000];
const LOOK_MS = 1_000; // half an element in view for so long is an impression
const [CLIENT, SESSION, OPTED_OUT] = ["marquee.client_id", "marquee.session_id", "marquee.opted_out"];

/** status: of HTTP; 0 where no answer came. field: of what was sent, where one is wrong. requestId: in its log. */
export class MarqueeError extends Error {
  constructor({ status, title, detail, field = "", request_id = "" }, retryAfter = null) {
    super(`${title}: ${field ? `${field}: ` : ""}${detail}`);
    this.name = "MarqueeError";
    Object.assign(this, { status, title, detail, field, requestId: request_id, retryAfter });
  }
}

export class Marquee {
  /**
   * @param {string} address of the site, such as https://films.example.org
   * @param {{key?: string, remember?: boolean, tries?: number}} [options] remember: an id of this browser from visit
   *   to visit; else, and where the browser asks for privacy (Global Privacy Control), only while the page is open
   */
  constructor(address, { key = "", remember = !globalThis.navigator?.globalPrivacyControl, tries = 3 } = {}) {
    this.base = new URL("api/v1", address.replace(/\/*$/, "/")).href;
    this.key = key;
    this.tries = tries;
    this.stored = remember ? storage("localStorage") : new Map();
    this.visit = remember ? storage("sessionStorage") : new Map();
    this.waiting = [];
    this.timer = null;
    this.failures = 0;
    globalThis.addEventListener?.("pagehide", () => this.leave());
    globalThis.document?.addEventListener("visibilitychange", () => document.hidden && this.leave());
  }

  /** @param {string} q @param {Asked} [asked] @returns {Promise<Answer>} */
  search(q, asked = {}) {
    return this.get("/search", { ...this.who(), q, ...asked });
  }

  /** @param {string} q so far @param {Asked} [asked] */
  suggest(q, asked = {}) {
    return this.get("/suggest", { q, ...asked });
  }

  /** @param {string} itemId @param {Asked} [asked] also: more titles to be like @returns {Promise<Answer>} */
  similar(itemId, asked = {}) {
    return this.get(`/titles/${encodeURIComponent(itemId)}/similar`, { ...this.who(), ...asked });
  }

  /** @param {"home"|"for_you"|"because_you_liked"|"new"|"popular"} scenario @param {Asked} [asked] */
  recommendations(scenario, asked = {}) {
    return this.get("/recommendations", { ...this.who(), scenario, ...asked });
  }

  /** What comes after titles. @param {string[]} itemIds looked at, the last first @returns {Promise<Answer>} */
  session(itemIds, asked = {}) {
    return this.post("/recommendations/session", { ...this.who(), item_ids: itemIds, ...asked });
  }

  /** Your own titles, in order. @param {string[]} itemIds @param {?string} [query] @returns {Promise<Answer>} */
  rank(itemIds, query = null, asked = {}) {
    return this.post("/rank", { ...this.who(), item_ids: itemIds, query, ...asked });
  }

  /**
   * Note what somebody did. It is sent with others within a second, and at the latest when the page is left.
   * @param {string} action click, dwell, like, not_for_me, seen, watchlist_add, impression, undo, …
   * @param {string} itemId
   * @param {{query_id?: string, position?: number, value?: number}} [more]
   */
  event(action, itemId, more = {}) {
    if (this.optedOut) return;
    this.waiting.push({ event_id: randomId(), action_name: action, item_id: itemId, ...this.who(), ...more });
    this.waiting.splice(0, this.waiting.length - KEPT);
    this.later(PAUSE_MS);
  }

  /** Somebody chose it; sent at once, since a link leads away. @param {Answer} answer @param {Item} item of it */
  click(answer, item) {
    this.event("click", item.item_id, { query_id: answer.query_id, position: item.position });
    return this.flush();
  }

  /** Send what waits. What could not be sent is sent later, under the same ids, so that it counts once. */
  async flush() {
    this.timer = void clearTimeout(this.timer);
    const waiting = this.waiting; // optOut puts another in its place
    while (waiting === this.waiting && waiting.length) {
      const events = waiting.splice(0, BATCH);
      try {
        await this.post("/events", { events }, { keepalive: true, tries: 1 });
        this.failures = 0;
      } catch (error) {
        if (![0, 429, 503].includes(error.status)) continue; // refused as a whole: it would be again
        waiting.unshift(...events);
        if (waiting === this.waiting) this.later(error.retryAfter ?? backOff(this.failures++));
        return;
      }
    }
  }

  /** The page is left: what waits goes now, or not at all. */
  leave() {
    if ("keepalive" in Request.prototype) return void this.flush();
    while (this.waiting.length) { // older browsers; to another origin, a beacon cannot go as JSON without cookies
      const body = JSON.stringify({ events: this.waiting.splice(0, BATCH) });
      navigator.sendBeacon(`${this.base}/events`, new Blob([body], { type: "application/json" }));
    }
  }

  /**
   * Note impressions and clicks of an answer that is shown: of each element in `list` with data-item-id, once half of
   * it was in view for a second, and when a link or button in it is pressed.
   * @param {Element} list @param {Answer} answer @returns {() => void} stops it: before the list shows another answer
   */
  observe(list, answer) {
    const items = new Map(answer.items.map((item) => [item.item_id, item]));
    const timers = new Map();
    const itemOf = (element) => items.get(element?.dataset.itemId);
    const look = (element) => {
      eyes.unobserve(element);
      const { item_id, position } = itemOf(element);
      if (!document.hidden) this.event("impression", item_id, { query_id: answer.query_id, position });
    };
    const eyes = new IntersectionObserver((entries) => {
      for (const { target, intersectionRatio } of entries) {
        clearTimeout(timers.get(target));
        if (intersectionRatio >= 0.5) timers.set(target, setTimeout(look, LOOK_MS, target));
      }
    }, { threshold: 0.5 });
    for (const element of list.querySelectorAll("[data-item-id]")) if (itemOf(element)) eyes.observe(element);
    const press = ({ type, button, target }) => {
      const item = itemOf(target.closest("[data-item-id]"));
      if (item && target.closest("a, button") && (type === "click" || button === 1)) this.click(answer, item);
    };
    for (const type of ["click", "auxclick"]) list.addEventListener(type, press);
    return () => {
      eyes.disconnect();
      timers.forEach(clearTimeout);
      for (const type of ["click", "auxclick"]) list.removeEventListener(type, press);
    };
  }

  get optedOut() { return this.stored.get(OPTED_OUT) === "1"; }

  /** From now on nothing says who asks, and nothing of what they do is sent; the id of this browser is forgotten. */
  optOut() {
    this.waiting = [];
    this.timer = void clearTimeout(this.timer);
    this.stored.delete(CLIENT);
    this.visit.delete(SESSION);
    this.stored.set(OPTED_OUT, "1");
  }

  optIn() { this.stored.delete(OPTED_OUT); }

  /** Who asks: this browser and this visit. */
  who() {
    if (this.optedOut) return {};
    return { client_id: idIn(this.stored, CLIENT), session_id: idIn(this.visit, SESSION) };
  }

  get(path, asked) {
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries(asked))
      for (const one of [value ?? []].flat()) query.append(name, one);
    return this.ask(`${path}?${query}`, {});
  }

  post(path, body, { keepalive = false, tries = this.tries } = {}) {
    const headers = { "Content-Type": "application/json" };
    return this.ask(path, { method: "POST", headers, body: JSON.stringify(body), keepalive }, tries);
  }

  /** No call of this file does harm twice: where they are too many (429) or the site is away, they are made again. */
  async ask(path, request, tries = this.tries) {
    const headers = this.key ? { ...request.headers, Authorization: `Bearer ${this.key}` } : request.headers;
    const { waiting } = this;
    for (let failures = 0; ; failures++) {
      const error = await fetch(this.base + path, { ...request, headers, credentials: "omit" }).then(
        async (answer) => (answer.ok ? { body: await answer.json() } : problem(answer)),
        (broken) => new MarqueeError({ status: 0, title: "No answer", detail: broken.message }),
      );
      if (!(error instanceof MarqueeError)) return error.body;
      if (failures + 1 >= tries || ![0, 429, 503].includes(error.status)) throw error;
      await new Promise((resolve) => setTimeout(resolve, error.retryAfter ?? backOff(failures)));
      if (waiting !== this.waiting) throw error; // they opted out meanwhile, and the call says who asked
    }
  }

  later(ms) {
    this.timer ??= setTimeout(() => this.flush(), ms);
  }
}

async function problem(answer) {
  const seconds = Number.parseFloat(answer.headers.get("Retry-After") ?? "");
  const told = await answer.json().catch(() => null);
  const words = told?.title ? told : { title: answer.statusText, detail: "The answer is not one of Marquee's API." };
  return new MarqueeError({ ...words, status: answer.status }, Number.isNaN(seconds) ? null : seconds * 1_000);
}

function backOff(failures) {
  return Math.min(FIRST_WAIT_MS * 2 ** failures, LONGEST_WAIT_MS) * (0.5 + Math.random() / 2);
}

function idIn(kept, name) {
  const id = kept.get(name) ?? randomId();
  kept.set(name, id);
  return id;
}

/** Storage as a Map; a Map where there is none, or where the browser refuses it. */
function storage(name) {
  try {
    const kept = globalThis[name];
    kept.setItem("marquee", "1");
    kept.removeItem("marquee");
    return { get: (at) => kept.getItem(at), set: (at, id) => kept.setItem(at, id), delete: (at) => kept.removeItem(at) };
  } catch {
    return new Map();
  }
}

function randomId() {
  if (globalThis.crypto?.randomUUID) return crypto.randomUUID();
  const bytes = Uint8Array.from({ length: 16 }, () => Math.random() * 256); // plain http, old Node: it is no secret
  bytes[6] = (bytes[6] & 15) | 64;
  bytes[8] = (bytes[8] & 63) | 128;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}
