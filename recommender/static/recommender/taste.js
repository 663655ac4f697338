// A comfort: says that a file is too large before it is sent. The server says so too.

for (const field of document.querySelectorAll("[data-most-bytes]")) {
  field.addEventListener("change", () => {
    const isTooLarge = [...field.files].some((file) => file.size > Number(field.dataset.mostBytes));
    field.setCustomValidity(isTooLarge ? field.dataset.tooLarge : "");
    if (isTooLarge) field.reportValidity();
  });
}
