"""What a web server runs. Loading it starts the watcher that keeps the newest version serving."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "reco_site.settings")
os.environ["MARQUEE_PROCESS"] = "web"

application = get_wsgi_application()

from recommender import serving  # noqa: E402 - apps must be ready first

serving.start_watching()
