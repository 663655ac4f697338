from django.urls import path

from recommender.api import views

urlpatterns = [
    path("search", views.SearchView.as_view(), name="api-search"),
    path("suggest", views.SuggestView.as_view(), name="api-suggest"),
    path("titles/<str:item_id>/similar", views.SimilarView.as_view(), name="api-similar"),
    path("events", views.EventsView.as_view(), name="api-events"),
    path("", views.NothingHere.as_view()),
    path("<path:anything>", views.NothingHere.as_view()),
]
