from django.urls import path

from training.api.views import LearningView, RequestView, RunsView, RunView

urlpatterns = [
    path("training-runs", RunsView.as_view(), name="api-training-runs"),
    path("training-runs/<int:run_id>", RunView.as_view(), name="api-training-run"),
    path("training-runs/requests/<int:request_id>", RequestView.as_view(), name="api-training-request"),
    path("analytics/learning", LearningView.as_view(), name="api-analytics-learning"),
]
