from django.urls import path, register_converter

from recommender.api.views.analytics import (
    CoverageView,
    NoClicksView,
    NoResultsView,
    OverviewView,
    TopQueriesView,
    TopTitlesView,
    VersionCountsView,
)
from recommender.api.views.base import NothingHere
from recommender.api.views.bulk import BulkView, PublicationView, TaskView
from recommender.api.views.curation import RulesView, RuleView, SynonymSetView, SynonymsView
from recommender.api.views.documents import DocumentView, reference, reference_of
from recommender.api.views.events import EventsView
from recommender.api.views.exports import ExportedEventsView, ExportedQueriesView
from recommender.api.views.facets import FacetsView
from recommender.api.views.keys import KeysView, KeyView, RotationView
from recommender.api.views.me import ExportView, MeView, SettingsView, TasteView
from recommender.api.views.me_signals import SignalsView, SignalView
from recommender.api.views.models import AliasView, RollbackView, UnpinView, VersionsView, VersionView
from recommender.api.views.people import PeopleView, PersonsTitlesView, PersonView
from recommender.api.views.ranking import RankView
from recommender.api.views.recommendations import RecommendationsView, SessionView
from recommender.api.views.search import SearchView
from recommender.api.views.suggest import SuggestView
from recommender.api.views.titles import SimilarView, TitlesView, TitleView
from recommender.api.views.webhooks import (
    DeliveriesView,
    RetryView,
    WebhookRotationView,
    WebhooksView,
    WebhookTestView,
    WebhookView,
)


class Anything:
    """Unlike `path` also over the ends of lines: an address may say %0A."""

    regex = r"(?s:.+)"

    def to_python(self, value: str) -> str:
        return value

    to_url = to_python


register_converter(Anything, "anything")

urlpatterns = [
    path("openapi.json", DocumentView.as_view(), name="api-openapi"),
    path("docs/", reference, name="api-docs"),
    path("docs/<str:area>/", reference_of, name="api-docs-area"),
    path("search", SearchView.as_view(), name="api-search"),
    path("recommendations", RecommendationsView.as_view(), name="api-recommendations"),
    path("recommendations/session", SessionView.as_view(), name="api-session"),
    path("rank", RankView.as_view(), name="api-rank"),
    path("suggest", SuggestView.as_view(), name="api-suggest"),
    path("facets", FacetsView.as_view(), name="api-facets"),
    path("titles", TitlesView.as_view(), name="api-titles"),
    path("titles/<str:item_id>", TitleView.as_view(), name="api-title"),
    path("titles/<str:item_id>/publication", PublicationView.as_view(), name="api-publication"),
    path("titles/<str:item_id>/similar", SimilarView.as_view(), name="api-similar"),
    path("people", PeopleView.as_view(), name="api-people"),
    path("people/<str:person_id>", PersonView.as_view(), name="api-person"),
    path("people/<str:person_id>/titles", PersonsTitlesView.as_view(), name="api-person-titles"),
    path("events", EventsView.as_view(), name="api-events"),
    path("me", MeView.as_view(), name="api-me"),
    path("me/settings", SettingsView.as_view(), name="api-settings"),
    path("me/signals", SignalsView.as_view(), name="api-signals"),
    path("me/signals/<uuid:signal_id>", SignalView.as_view(), name="api-signal"),
    path("me/taste", TasteView.as_view(), name="api-taste"),
    path("me/export", ExportView.as_view(), name="api-export-me"),
    path("keys", KeysView.as_view(), name="api-keys"),
    path("keys/<uuid:key_id>", KeyView.as_view(), name="api-key"),
    path("keys/<uuid:key_id>/rotate", RotationView.as_view(), name="api-key-rotation"),
    path("titles:bulk", BulkView.as_view(), name="api-bulk"),
    path("tasks/<uuid:task_id>", TaskView.as_view(), name="api-task"),
    path("models", VersionsView.as_view(), name="api-models"),
    path("models/<int:version>", VersionView.as_view(), name="api-model"),
    path("models/aliases/<str:alias>", AliasView.as_view(), name="api-model-alias"),
    path("models/rollback", RollbackView.as_view(), name="api-rollback"),
    path("models/unpin", UnpinView.as_view(), name="api-unpin"),
    path("rules", RulesView.as_view(), name="api-rules"),
    path("rules/<uuid:rule_id>", RuleView.as_view(), name="api-rule"),
    path("synonyms", SynonymsView.as_view(), name="api-synonyms"),
    path("synonyms/<uuid:synonyms_id>", SynonymSetView.as_view(), name="api-synonym-set"),
    path("webhooks", WebhooksView.as_view(), name="api-webhooks"),
    path("webhooks/<uuid:webhook_id>", WebhookView.as_view(), name="api-webhook"),
    path("webhooks/<uuid:webhook_id>/rotate", WebhookRotationView.as_view(), name="api-webhook-rotation"),
    path("webhooks/<uuid:webhook_id>/test", WebhookTestView.as_view(), name="api-webhook-test"),
    path("webhooks/<uuid:webhook_id>/deliveries", DeliveriesView.as_view(), name="api-deliveries"),
    path("webhooks/<uuid:webhook_id>/deliveries/<uuid:delivery_id>/retry", RetryView.as_view(), name="api-retry"),
    path("analytics/overview", OverviewView.as_view(), name="api-analytics-overview"),
    path("analytics/queries", TopQueriesView.as_view(), name="api-analytics-queries"),
    path("analytics/no-results", NoResultsView.as_view(), name="api-analytics-no-results"),
    path("analytics/no-clicks", NoClicksView.as_view(), name="api-analytics-no-clicks"),
    path("analytics/titles", TopTitlesView.as_view(), name="api-analytics-titles"),
    path("analytics/versions", VersionCountsView.as_view(), name="api-analytics-versions"),
    path("analytics/coverage", CoverageView.as_view(), name="api-analytics-coverage"),
    path("export/ubi/queries", ExportedQueriesView.as_view(), name="api-export-queries"),
    path("export/ubi/events", ExportedEventsView.as_view(), name="api-export-events"),
    path("", NothingHere.as_view()),
    path("<anything:anything>", NothingHere.as_view()),
]
