"""What the pages and the API both call: search, more-like-this, the home page, and what people did next."""

from recommender.home.rows import N_CARDS
from recommender.services.browsing import Home, home, similar
from recommender.services.ranking import rank
from recommender.services.recording import SAYS, TAKES_BACK, give_reason, record, record_all, record_click
from recommender.services.searching import FACETS, MAX_PAGE_SIZE, PAGE_SIZE, search, unknown_values
from recommender.services.slates import chip_json

__all__ = [
    "FACETS",
    "MAX_PAGE_SIZE",
    "N_CARDS",
    "PAGE_SIZE",
    "SAYS",
    "TAKES_BACK",
    "Home",
    "chip_json",
    "give_reason",
    "home",
    "rank",
    "record",
    "record_all",
    "record_click",
    "search",
    "similar",
    "unknown_values",
]
