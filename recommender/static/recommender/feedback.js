// What the buttons under a title did, said aloud. The buttons themselves are forms and need no script.

(() => {
  const { trouble } = document.currentScript.dataset;
  const spoken = document.createElement("p");
  spoken.setAttribute("role", "status");
  spoken.className = "visually-hidden";
  document.body.append(spoken);

  // A region that says the same twice is heard once: it is emptied first.
  const say = (words) => {
    spoken.textContent = "";
    setTimeout(() => { spoken.textContent = words; }, 50);
  };
  document.addEventListener("marquee:say", (event) => say(event.detail));

  document.addEventListener("htmx:load", ({ target }) => {
    if (!document.contains(spoken)) document.body.append(spoken); // the back button draws the page anew
    const { say: words } = target.dataset ?? {};
    if (words) say(words);
  });

  const failed = ({ target }) => {
    if (!target.closest?.(".feedback")) return;
    say(trouble);
    spoken.className = "spoken--trouble"; // seen as well as heard: nothing else on the page has changed
    setTimeout(() => { spoken.className = "visually-hidden"; }, 8000);
  };
  for (const kind of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) document.addEventListener(kind, failed);
})();
