from django.apps import AppConfig


class CatalogConfig(AppConfig):
    name = "catalog"
    verbose_name = "Catalogue and learning log"
    default_auto_field = "django.db.models.BigAutoField"
