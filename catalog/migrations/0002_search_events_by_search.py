from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """A further page of a search asks what the pages before it showed."""

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("catalog", "0001_titles_and_learning_log"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="searchevent",
            index=models.Index(fields=["search_id"], name="search_event_search"),
        ),
    ]
