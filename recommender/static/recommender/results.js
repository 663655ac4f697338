// The results change in place: busy while they load, focus stays where it was, and the number found is said.

(() => {
  const part = (event) => event.detail.target?.id === "results" && event.detail.target;
  let used = "";
  let wasOpen = false;
  let isChanging = false; // an order was chosen that is not asked for yet: what arrives now would put it back
  let asking = null; // the newest request for the results, by a choice or by the back button

  document.addEventListener("change", ({ target }) => {
    if (target.closest?.("#results .arrange")) isChanging = true;
  });

  document.addEventListener("htmx:beforeRequest", (event) => {
    const results = part(event);
    if (!results) return;
    isChanging = false;
    asking = event.detail.xhr;
    results.setAttribute("aria-busy", "true");
    document.getElementById("results-trouble")?.setAttribute("hidden", "");
  });

  // Back and forward: what was asked for before must not arrive after it, above another address.
  document.addEventListener("htmx:historyCacheMiss", ({ detail }) => {
    if (asking) {
      asking.onabort = null; // htmx would report it as an error
      asking.abort();
    }
    isChanging = false;
    asking = detail.xhr;
  });

  document.addEventListener("htmx:beforeSwap", (event) => {
    const results = part(event);
    if (!results) return;
    if (isChanging) return void (event.detail.shouldSwap = false);
    if (event.detail.xhr.status === 400) event.detail.shouldSwap = true; // a filter that cannot be: the page says why
    used = document.activeElement?.id ?? "";
    wasOpen = results.querySelector(".refine__fold")?.open ?? false;
  });

  document.addEventListener("htmx:afterSettle", (event) => {
    const results = document.getElementById("results");
    if (event.detail.target?.id !== "results" || !results) return;
    const fold = results.querySelector(".refine__fold");
    if (fold) fold.open = wasOpen;
    const count = document.getElementById("results-count") ?? results;
    const again = used && document.getElementById(used);
    (again || count).focus({ preventScroll: Boolean(again) });
    document.dispatchEvent(new CustomEvent("marquee:say", { detail: count.textContent.replace(/\s+/g, " ").trim() }));
  });

  const failed = (event) => {
    const results = part(event);
    if (!results || event.detail.xhr?.status === 400) return;
    results.removeAttribute("aria-busy");
    const trouble = document.getElementById("results-trouble");
    if (!trouble) return;
    trouble.querySelector("a").href = event.detail.pathInfo?.finalRequestPath ?? location.href;
    trouble.removeAttribute("hidden");
    trouble.querySelector("a").focus();
  };
  for (const kind of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) document.addEventListener(kind, failed);

  // What a step of the slider means, while it moves
  document.addEventListener("input", ({ target }) => {
    if (target.dataset?.steps) document.getElementById("surprise-step").textContent = target.dataset.steps.split("|")[target.value];
  });
})();
