"""What a web server runs. Loading it starts the watcher that keeps the newest version serving."""

import os

import django

from reco_site.door import Door

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "reco_site.settings")
os.environ["MARQUEE_PROCESS"] = "web"

django.setup(set_prefix=False)
application = Door()

from recommender import serving  # noqa: E402 - apps must be ready first

serving.start_watching()
