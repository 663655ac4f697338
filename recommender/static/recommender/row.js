// Arrow keys walk along a row of titles; Tab goes through everything as ever.

document.addEventListener("keydown", (event) => {
  if (!["ArrowLeft", "ArrowRight", "Home", "End"].includes(event.key)) return;
  if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
  const link = event.target.closest(".row__strip .title-card__name a");
  if (!link) return;
  const strip = link.closest(".row__strip");
  const links = [...strip.querySelectorAll(".title-card__name a")];
  const onwards = (event.key === "ArrowRight") === (getComputedStyle(strip).direction === "ltr") ? 1 : -1;
  const place = { Home: 0, End: links.length - 1 }[event.key] ?? links.indexOf(link) + onwards;
  if (!links[place]) return;
  event.preventDefault();
  links[place].focus();
});
