// Two keys for the whole page: "/" goes to the search box, "?" shows what keys there are.

const sheet = document.getElementById("keys");
const searchBox = document.querySelector("[data-search]");

const show = () => {
  if (!sheet.open) sheet.showModal();
};

document.addEventListener("keydown", (event) => {
  const isTyping = event.target.closest?.("input, textarea, select, [contenteditable]");
  if (isTyping || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  if (event.key === "/" && searchBox) {
    event.preventDefault();
    searchBox.focus();
    searchBox.select();
  } else if (event.key === "?") {
    event.preventDefault();
    show();
  }
});
searchBox?.setAttribute("aria-keyshortcuts", "/");

for (const button of document.querySelectorAll("[data-keys]")) {
  button.hidden = false;
  button.addEventListener("click", show);
}
