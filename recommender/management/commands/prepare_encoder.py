"""Export the sentence encoder for serving, once per machine."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from recommender.index.encoders import directory, is_ready


class Command(BaseCommand):
    help = "Write the encoder named by ENCODER as ONNX, so that servers need no torch."
    requires_migrations_checks = False

    def handle(self, *_args: Any, **_options: Any) -> None:
        if is_ready():
            self.stdout.write(f"The encoder {settings.ENCODER} is ready.")
            return
        from recommender.ml.export import ExportFailed, export

        self.stdout.write(f"Exporting the encoder {settings.ENCODER} …")
        try:
            export(settings.ENCODER, directory(settings.ENCODER))
        except ExportFailed as error:
            raise CommandError(str(error)) from error
        self.stdout.write("The encoder is ready; it agrees with the original.")
