// An old form sends the cookie's token, too; a lost one is fetched.

const { fresh } = document.currentScript.dataset;

for (const kind of ["click", "submit"]) addEventListener(kind, (event) => {
  const field = event.target.closest("form")?.elements.csrfmiddlewaretoken;
  const press = event.target.closest("button");
  const token = document.cookie.match(/csrftoken=(\w+)/)?.[1];
  if (field && token) field.value = token;
  else if (field && press && event.isTrusted) {
    event.preventDefault();
    event.stopPropagation();
    fetch(fresh).finally(() => press.click());
  }
}, true);
