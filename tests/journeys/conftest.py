"""One running site and one Chromium for all journeys; each test has visitors of its own."""

from collections.abc import Iterator
from itertools import count

import pytest
from playwright.sync_api import Browser, Page, StorageState, sync_playwright

from tests.journeys.catalogue import FILMS, write_films
from tests.journeys.site import Site, prepared
from tests.journeys.visitors import CHROMIUM, Visitors, kept_by, opine, sign_up

_numbers = count(1)

# Both live for the package, not for the session: while Playwright runs, Django refuses the database to other tests.


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-background-networking"]
        )
        yield running
        running.close()


@pytest.fixture(scope="package")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """It runs, and does not learn: no training takes the processor from a browser."""
    directory = tmp_path_factory.mktemp("site")
    films = write_films(tmp_path_factory.mktemp("films") / "films.csv")
    log = tmp_path_factory.mktemp("log") / "up.log"
    with prepared(directory, films, log, LEARN_EVERY_SEARCHES="5000") as site:
        site.start()
        yield site


@pytest.fixture
def learning_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Not started yet; of the usual films only."""
    log = tmp_path_factory.mktemp("log") / "up.log"
    with prepared(tmp_path_factory.mktemp("site"), FILMS, log, LEARN_EVERY_SEARCHES="20") as site:
        yield site


@pytest.fixture
def visitors(chromium: Browser, site: Site) -> Iterator[Visitors]:
    """Nothing may go wrong in the browser of any of them."""
    visitors = Visitors(chromium, site.address)
    yield visitors
    visitors.leave()
    assert visitors.troubles == []


@pytest.fixture
def page(visitors: Visitors) -> Page:
    return visitors.arrive()


@pytest.fixture(params=[True, False], ids=["with scripts", "without scripts"])
def any_page(request: pytest.FixtureRequest, visitors: Visitors) -> Page:
    """For what has to work without scripts as well."""
    return visitors.arrive(scripts=request.param)


@pytest.fixture
def name() -> str:
    """Of a new account: all tests share one site."""
    return f"visitor-{next(_numbers)}"


@pytest.fixture(scope="package")
def guest(chromium: Browser, site: Site) -> StorageState:
    """A browser whose owner has a taste and a watchlist, and no account."""
    return _with_a_taste(Visitors(chromium, site.address))


@pytest.fixture(scope="package")
def member(chromium: Browser, site: Site) -> StorageState:
    """The same with an account, which a history has joined. To look with; tests that change it make their own."""
    return _with_a_taste(Visitors(chromium, site.address), account="maria")


def _with_a_taste(visitors: Visitors, account: str = "") -> StorageState:
    page = visitors.arrive()
    for title, button in (("j01", "Like"), ("j02", "Watchlist"), ("j03", "Not for me"), ("j04", "Like")):
        opine(page, title, button)
    if account:
        sign_up(page, account, f"{account}@example.org")
    kept = kept_by(page)
    visitors.leave()
    assert visitors.troubles == []
    return kept
