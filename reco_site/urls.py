"""Every address of the site, and which app answers it."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

admin.site.site_header = admin.site.site_title = "Marquee"
admin.site.index_title = "What it knows and how it learns"

handler400 = "recommender.faults.bad_request"
handler500 = "recommender.faults.server_error"

urlpatterns = [
    # One door for everybody: the one that counts tries.
    path("admin/login/", RedirectView.as_view(pattern_name="sign-in", query_string=True)),
    path("admin/", admin.site.urls),
    path("api/v1/", include("training.api.urls")),  # before the other, which ends with “there is nothing here”
    path("api/v1/", include("recommender.api.urls")),
    path("", include("recommender.urls")),
]
