"""Who may use which address: written by hand, apart from the code that it is held against.

An address without a line here fails `make check`, and so does a line without an address.
"""

from enum import Enum

from tests.authorization.routes import routes


class For(Enum):
    EVERYBODY = "anybody, whatever they carry"
    HISTORY = "anybody with an account or with our cookie"
    ACCOUNTS = "anybody with an account"
    OWNER = "whose it is; for all others it is not there"
    STAFF = "staff: with the right to see, reading; with the right to change, all"
    ACCOUNT_PAGE = "a page of an account: others are led to sign in"
    SIGN_IN = "leads to the page where one signs in, or out"
    ADMIN = "the admin: others are led to sign in"


# API: below api/v1/
API = {
    "openapi.json": For.EVERYBODY,
    "docs/": For.EVERYBODY,
    "docs/<area>/": For.EVERYBODY,
    "search": For.EVERYBODY,
    "recommendations": For.EVERYBODY,
    "recommendations/session": For.EVERYBODY,
    "rank": For.EVERYBODY,
    "suggest": For.EVERYBODY,
    "facets": For.EVERYBODY,
    "titles": For.EVERYBODY,
    "titles/<item_id>": For.EVERYBODY,
    "titles/<item_id>/similar": For.EVERYBODY,
    "people": For.EVERYBODY,
    "people/<person_id>": For.EVERYBODY,
    "people/<person_id>/titles": For.EVERYBODY,
    "events": For.EVERYBODY,
    "me": For.HISTORY,
    "me/settings": For.HISTORY,
    "me/signals": For.HISTORY,
    "me/signals/<signal_id>": For.OWNER,
    "me/taste": For.HISTORY,
    "me/export": For.HISTORY,
    "keys": For.ACCOUNTS,
    "keys/<key_id>": For.OWNER,
    "keys/<key_id>/rotate": For.OWNER,
    "": For.EVERYBODY,
    "<anything>": For.EVERYBODY,
}
STAFF_API = """
 titles:bulk tasks/<task_id> titles/<item_id>/publication
 models models/<version> models/aliases/<alias> models/rollback models/unpin
 training-runs training-runs/<run_id> training-runs/requests/<request_id>
 rules rules/<rule_id> synonyms synonyms/<synonyms_id>
 webhooks webhooks/<webhook_id> webhooks/<webhook_id>/rotate webhooks/<webhook_id>/test
 webhooks/<webhook_id>/deliveries webhooks/<webhook_id>/deliveries/<delivery_id>/retry
 analytics/overview analytics/queries analytics/no-results analytics/no-clicks analytics/titles
 analytics/versions analytics/learning analytics/coverage
 export/ubi/queries export/ubi/events
""".split()
PAGES = {
    "admin/login/": For.SIGN_IN,
    "admin/logout/": For.SIGN_IN,
    "account/": For.ACCOUNT_PAGE,
    "account/email/": For.ACCOUNT_PAGE,
    "account/password/": For.ACCOUNT_PAGE,
    "account/keys/": For.ACCOUNT_PAGE,
    "account/keys/<key_id>/rotate/": For.ACCOUNT_PAGE,
    "account/keys/<key_id>/revoke/": For.ACCOUNT_PAGE,
    "account/joined/<join_id>/part/": For.ACCOUNT_PAGE,
}
OPEN_PAGES = """
 welcome/ search/ go/<query_id>/<position>/ choose/<external_id>/ title/<external_id>/feedback/
 title/<external_id>/ poster/<external_id>.svg person/ why/ignore/<signal_id>/ why/<external_id>/ person/<pk>/
 genre/<name>/ list/ list/remove/ list/export.<form> taste/ taste/preferences/ taste/signals/<signal_id>/
 taste/hidden/ taste/hidden/restore/ taste/undo/ taste/reset/ taste/import/ taste/imports/<import_id>/
 taste/imports/<import_id>/undo/
 how-ranking-works/ sign-up/ sign-in/ sign-out/ password/ password/sent/ password/<packed>/<token>/ privacy/
 privacy/switch/ privacy/export/ privacy/delete/ language/ favicon.ico manifest.webmanifest robots.txt sitemap.xml
 sitemap-<section>.xml health/live health/ready
""".split()


def expectations() -> dict[str, For]:
    """By route. The admin's addresses follow from its models, so they are one rule."""
    told = {"": For.EVERYBODY} | dict.fromkeys(OPEN_PAGES, For.EVERYBODY) | PAGES
    told |= {f"api/v1/{path}": who for path, who in (API | dict.fromkeys(STAFF_API, For.STAFF)).items()}
    return told | {route: For.ADMIN for route in routes() if route.startswith("admin/") and route not in told}


def undeclared() -> list[str]:
    """What is wrong, a line each; nothing where every address is told of and every line has an address."""
    told, there = expectations(), routes()
    missing = [
        f"{route}: no expectation in tests/authorization/expectations.py" for route in there if route not in told
    ]
    return missing + [f"{route}: there is no such address any more" for route in told if route not in there]
