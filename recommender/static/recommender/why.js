// “Why this?” opens below its card, one at a time. Without this file the link leads to a page that says the same.

(() => {
  const { styles } = document.currentScript.dataset;
  let opener; // the link whose panel is open, or on its way
  let panel;

  const close = () => {
    panel?.remove();
    opener?.setAttribute("aria-expanded", "false");
    opener = panel = undefined;
  };

  const dress = () => {
    if (document.querySelector(`link[href="${styles}"]`)) return;
    document.head.append(Object.assign(document.createElement("link"), { rel: "stylesheet", href: styles }));
  };

  const open = async (link) => {
    opener = link;
    dress();
    try {
      const answer = await fetch(link.href, { headers: { "HX-Request": "true", "HX-Current-URL": location.href } });
      if (!answer.ok) throw new Error(answer.status);
      const html = await answer.text();
      if (opener !== link) return; // closed meanwhile, or another one was opened
      const strip = link.closest(".row__strip"); // its cards are too narrow for a table
      panel = document.createElement(strip ? "div" : "li");
      panel.className = "why-panel";
      panel.innerHTML = html;
      (strip ?? link.closest("li")).after(panel);
      link.setAttribute("aria-expanded", "true");
      const words = [...panel.querySelectorAll("p")].map((line) => line.textContent.trim());
      document.dispatchEvent(new CustomEvent("marquee:say", { detail: words.join(" ") }));
      panel.scrollIntoView({ block: "nearest" });
    } catch {
      location.assign(link.href);
    }
  };

  document.addEventListener("click", (event) => {
    const link = event.target.closest?.(".why-link");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    const isOpen = link === opener;
    close();
    if (!isOpen) open(link);
  });

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !panel || event.defaultPrevented || document.querySelector("dialog[open]")) return;
    const within = panel.contains(document.activeElement);
    const link = opener;
    close();
    if (within) link.focus();
  });

  const prepare = (part) => {
    for (const link of part.querySelectorAll(".why-link")) link.setAttribute("aria-expanded", "false");
  };
  prepare(document);

  document.addEventListener("htmx:load", ({ target }) => {
    prepare(target);
    // A card that was put away takes its panel along; so do results that were exchanged
    if (opener && (!opener.isConnected || opener.closest("li").querySelector(".feedback--put-away"))) close();
  });
})();
