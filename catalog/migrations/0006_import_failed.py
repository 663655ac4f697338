from django.contrib.postgres.fields import ArrayField
from django.db import migrations, models


class Migration(migrations.Migration):
    """Names only: one more event to be told of, and what `succeeded` says of a task."""

    dependencies = [("catalog", "0005_api")]

    operations = [
        migrations.AlterField(
            model_name="bulktask",
            name="status",
            field=models.TextField(
                choices=[
                    ("enqueued", "waits for a worker"),
                    ("processing", "is being imported"),
                    ("succeeded", "was applied"),
                    ("failed", "changed nothing"),
                ],
                default="enqueued",
            ),
        ),
        migrations.AlterField(
            model_name="webhook",
            name="events",
            field=ArrayField(
                base_field=models.TextField(
                    choices=[
                        ("import.done", "a catalogue was imported"),
                        ("import.failed", "an import changed nothing"),
                        ("model.promoted", "a version began to serve"),
                        ("model.refused", "a candidate was refused"),
                        ("model.rolled_back", "an earlier version serves again"),
                        ("webhook.test", "somebody tries whether it arrives"),
                    ]
                ),
                size=None,
            ),
        ),
    ]
