"""Every address of the site, and which app answers it."""

from django.contrib import admin
from django.urls import include, path

admin.site.site_header = admin.site.site_title = "Marquee"
admin.site.index_title = "What it knows and how it learns"

urlpatterns = [
    path("admin/", admin.site.urls),
    path("api/v1/", include("recommender.api.urls")),
    path("", include("recommender.urls")),
]
