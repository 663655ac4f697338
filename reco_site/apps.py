from django.apps import AppConfig


class RecoSiteConfig(AppConfig):
    """An app only for its management command `up`."""

    name = "reco_site"
