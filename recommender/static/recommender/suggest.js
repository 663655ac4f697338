// Names to choose from while typing: a combobox with a list, after the ARIA Authoring Practices Guide
// (https://www.w3.org/WAI/ARIA/apg/patterns/combobox/, list autocomplete with manual selection).
// The box stays a plain search box for whoever has no scripts; the text typed is never changed here.

const PAUSE_MS = 150;
const WIDE = matchMedia("(min-width: 40rem)");
const LIMIT = { wide: 10, narrow: 8 };

const looks = document.currentScript.dataset.styles;
let styled; // resolves when the list can be shown as it should look

for (const box of document.querySelectorAll("[data-suggest-url]")) combobox(box);

function dressed() {
  styled ??= new Promise((done) => {
    const link = make("link", { rel: "stylesheet", href: looks });
    link.onload = link.onerror = done;
    document.head.append(link);
  });
  return styled;
}

function combobox(box) {
  const form = box.form;
  const list = make("div", { id: `${box.id}-suggestions`, class: "suggestions", role: "listbox", "aria-label": box.dataset.suggestLabel });
  const status = make("p", { class: "visually-hidden", role: "status" });
  list.hidden = true;
  form.append(list, status);
  set(box, { role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": list.id });

  let options = [];
  let current = -1; // place in options of the one that is chosen from, -1: the box itself
  let pause;
  let asking; // the request under way, given up when another one follows
  let shown = null; // the text that the list answers

  const close = () => {
    clearTimeout(pause);
    asking?.abort();
    shown = null;
    list.hidden = true;
    list.replaceChildren();
    options = [];
    mark(-1);
    status.textContent = "";
    box.setAttribute("aria-expanded", "false");
  };

  const mark = (place) => {
    options[current]?.setAttribute("aria-selected", "false");
    current = place;
    const option = options[current];
    if (!option) return box.removeAttribute("aria-activedescendant");
    option.setAttribute("aria-selected", "true");
    option.scrollIntoView({ block: "nearest" });
    box.setAttribute("aria-activedescendant", option.id);
  };

  const show = (groups, words, typed) => {
    list.replaceChildren(...groups.map((group, number) => drawn(group, `${list.id}-${number}`, typed)));
    options = [...list.querySelectorAll("[role=option]")];
    mark(-1);
    list.hidden = !options.length;
    list.scrollTop = 0;
    box.setAttribute("aria-expanded", String(!list.hidden));
    status.textContent = words;
  };

  const ask = async () => {
    const typed = box.value.trim();
    if (typed === shown) return;
    asking?.abort();
    const { signal } = (asking = new AbortController());
    const limit = WIDE.matches ? LIMIT.wide : LIMIT.narrow;
    const address = `${box.dataset.suggestUrl}?${new URLSearchParams({ q: typed, limit, grouped: "true" })}`;
    try {
      const answer = await fetch(address, { signal });
      if (!answer.ok) return;
      const { groups, status: words } = await answer.json();
      await dressed();
      if (signal.aborted || typed !== box.value.trim() || document.activeElement !== box) return; // it comes too late
      shown = typed;
      show(groups, words, typed);
    } catch {
      // no net, or given up for a newer question: the box works without
    }
  };

  const go = (option) => {
    const address = option.dataset.url;
    close();
    location.assign(address);
  };

  const step = async (by) => {
    clearTimeout(pause);
    if (list.hidden) {
      shown = null;
      await ask();
    } else asking?.abort(); // who has begun to choose keeps the list
    if (!options.length) return;
    const n = options.length + 1; // the box is one of the places
    mark(((current + 1 + by + n) % n) - 1);
  };

  box.addEventListener("input", () => {
    clearTimeout(pause);
    mark(-1);
    pause = setTimeout(ask, box.value.trim() ? PAUSE_MS : 0);
  });
  box.addEventListener("focus", () => {
    dressed();
    if (!box.value.trim()) ask();
  });
  box.addEventListener("click", () => {
    if (list.hidden) ask();
  });
  box.addEventListener("blur", close);
  box.addEventListener("keydown", (event) => {
    if (event.isComposing || event.ctrlKey || event.metaKey) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (event.altKey && event.key === "ArrowUp") close();
      else step(event.altKey ? 0 : event.key === "ArrowDown" ? 1 : -1);
    } else if (event.key === "Enter" && options[current]) {
      event.preventDefault();
      go(options[current]);
    } else if (event.key === "Escape") {
      event.preventDefault();
      if (!list.hidden) return close();
      box.value = "";
      close();
    } else if (["Home", "End", "ArrowLeft", "ArrowRight"].includes(event.key)) {
      mark(-1); // back in the text, where the browser moves the caret
    }
  });
  form.addEventListener("submit", close);
  addEventListener("pagehide", close);

  // The box keeps the focus: a press on the list must not take it away before the click comes.
  list.addEventListener("pointerdown", (event) => event.preventDefault());
  list.addEventListener("mousedown", (event) => event.preventDefault());
  list.addEventListener("pointermove", (event) => {
    const place = options.indexOf(event.target.closest("[role=option]"));
    if (place >= 0 && place !== current && event.pointerType === "mouse") mark(place);
  });
  list.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) go(option);
  });
}

function drawn({ heading, rows }, id, typed) {
  const group = make("div", { role: "group", "aria-labelledby": id });
  const head = make("div", { id, class: "suggestions__group", role: "presentation" });
  head.textContent = heading;
  group.append(head, ...rows.map((row, number) => optionOf(row, `${id}-${number}`, typed)));
  return group;
}

function optionOf({ text, fact, url }, id, typed) {
  const option = make("div", { id, class: "suggestions__option", role: "option", "aria-selected": "false" });
  option.dataset.url = url;
  const name = make("bdi", {});
  const at = typed ? text.toLocaleLowerCase().indexOf(typed.toLocaleLowerCase()) : -1;
  if (at < 0) name.textContent = text;
  else {
    const part = make("mark", {});
    part.textContent = text.slice(at, at + typed.length);
    name.append(text.slice(0, at), part, text.slice(at + typed.length));
  }
  option.append(name);
  if (fact) {
    const aside = make("span", { class: "suggestions__fact" });
    aside.textContent = fact;
    option.append(" ", aside);
  }
  return option;
}

function make(tag, attributes) {
  const element = document.createElement(tag);
  set(element, attributes);
  return element;
}

function set(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
}
