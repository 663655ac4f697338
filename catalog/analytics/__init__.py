"""What the log says of the site: how much is asked, what is found, what is shown to whom.

Read only, and of the log only. Counted by search (`search_id`: all pages of one question), of people and programs
that asked something (surfaces html and api); robots are left out. Nothing here says who somebody is.
"""

from catalog.analytics.exposure import Exposure, exposure
from catalog.analytics.learning import LearningHealth, learning_health
from catalog.analytics.overview import Day, Overview, overview
from catalog.analytics.queries import QueryCount, queries_without_click, queries_without_results, top_queries
from catalog.analytics.shares import Share
from catalog.analytics.titles import TitleCount, top_titles
from catalog.analytics.versions import VersionCount, by_version
from catalog.analytics.window import Window

__all__ = [
    "Day",
    "Exposure",
    "LearningHealth",
    "Overview",
    "QueryCount",
    "Share",
    "TitleCount",
    "VersionCount",
    "Window",
    "by_version",
    "exposure",
    "learning_health",
    "overview",
    "queries_without_click",
    "queries_without_results",
    "top_queries",
    "top_titles",
]
