"""The Celery app. Celery is a doorbell: every message may be lost, late or doubled without harm."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "reco_site.settings")

app = Celery("marquee")
app.config_from_object("reco_site.schedule")
app.autodiscover_tasks()
