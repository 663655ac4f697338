"""People in front of real browsers: how they arrive, and what they do on more than one page."""

import shutil
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, StorageState, expect

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
WITH_CHROMIUM = [
    pytest.mark.journey,
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
]
IN_A_BROWSER = [*WITH_CHROMIUM, pytest.mark.encoder]  # the site that they look at has the real one
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"  # "headless" would be a robot
LOCALES = {"en": "en-GB", "de": "de-DE"}
# What a browser and htmx say of an answer that is an error, or did not come: for the test to judge, some ask for it.
LOST_ANSWERS = (
    "Failed to load resource", "htmx:afterRequest", "htmx:sendError", "htmx:sendAbort", "htmx:responseError",
)  # fmt: skip
expect.set_options(timeout=30_000)  # a machine that has other things to do is no fault of a page

PASSWORD = "a long enough phrase"  # of everybody who signs up


class Visitors:
    """Each arrives with a browser of their own that was never here, or with what another browser had kept.

    `troubles` gathers what any of the browsers complains of: errors of scripts, refusals by the policy.
    """

    def __init__(self, chromium: Browser, address: str) -> None:
        self.troubles: list[str] = []
        self._chromium, self._address = chromium, address
        self._contexts: list[BrowserContext] = []

    def arrive(
        self,
        *,
        scripts: bool = True,
        width: int = 1280,
        theme: str = "light",
        language: str = "en",
        known_as: StorageState | None = None,
        **options: Any,
    ) -> Page:
        """A blank page. width: CSS pixels; known_as: `kept_by` another page; options: of Playwright's new_context."""
        context = self._chromium.new_context(
            base_url=self._address,
            user_agent=FIREFOX,
            java_script_enabled=scripts,
            viewport={"width": width, "height": 800},
            color_scheme="dark" if theme == "dark" else "light",
            locale=LOCALES[language],
            reduced_motion="reduce",
            storage_state=known_as,
            **options,
        )
        context.set_default_timeout(30_000)
        context.on("weberror", lambda error: self.troubles.append(str(error.error)))
        context.on("console", self._listen)
        self._contexts.append(context)
        return context.new_page()

    def leave(self) -> None:
        for context in self._contexts:
            context.close()

    def _listen(self, said: ConsoleMessage) -> None:
        if said.type in ("error", "warning") and not said.text.startswith(LOST_ANSWERS):
            self.troubles.append(said.text)


def kept_by(page: Page) -> StorageState:
    """The cookies of a page's browser, for another that is to be the same person."""
    return page.context.storage_state()


def opine(page: Page, title: str, button: str) -> None:
    """Press a button of opinion on a title's page, and see it taken."""
    page.goto(f"/title/{title}/")
    with page.expect_response("**/feedback/") as answer:
        page.locator(".title-page").get_by_role("button", name=button, exact=True).first.click()
    assert answer.value.status in (200, 302, 303)


def sign_up(page: Page, name: str, email: str = "") -> None:
    page.goto("/sign-up/")
    page.locator("input[name=name]").fill(name)
    page.locator("input[name=email]").fill(email)
    type_passwords(page, new_password=PASSWORD, again=PASSWORD)
    page.get_by_role("button", name="Make the account").click()
    expect(account_link(page)).to_have_text(f"Account: {name}")


def sign_in(page: Page, name: str, password: str) -> None:
    """Submit the form; whether it is taken is for the test to see."""
    page.goto("/sign-in/")
    page.locator("input[name=name]").fill(name)
    type_passwords(page, password=password)
    page.locator("main").get_by_role("button", name="Sign in").click()


def type_passwords(page: Page, **fields: str) -> None:
    for name, text in fields.items():
        page.locator(f"input[name={name}]").fill(text)


def account_link(page: Page) -> Locator:
    """In the head of every page, for who is signed in."""
    return page.locator(".site-nav a[href='/account/']")


def notices(page: Page) -> Locator:
    """What the last step led to, said above the page."""
    return page.locator("main .messages")
