from django.urls import path

from recommender import health, views

urlpatterns = [
    path("", views.home, name="home"),
    path("search/", views.search, name="search"),
    path("go/<uuid:query_id>/<int:position>/", views.follow, name="follow"),
    path("title/<path:external_id>/feedback/", views.feedback, name="feedback"),
    path("title/<path:external_id>/", views.title, name="title"),
    path("health/live", health.live, name="live"),
    path("health/ready", health.ready, name="ready"),
]
