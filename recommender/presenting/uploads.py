"""An uploaded file in memory, and never more of it than is allowed: the rest is read from the wire and dropped."""

from io import BytesIO
from typing import Any

from django.core.files.uploadedfile import InMemoryUploadedFile, UploadedFile
from django.core.files.uploadhandler import FileUploadHandler


class SmallFile(FileUploadHandler):
    """Instead of Django's own handlers, which would put 300 MB on disk before a view may say that it is too much.

    The file that comes out has its true size; its content ends where more than `max_bytes` came.
    """

    def __init__(self, max_bytes: int) -> None:
        super().__init__()
        self.max_bytes = max_bytes

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.kept = BytesIO()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if start <= self.max_bytes:
            self.kept.write(raw_data)

    def file_complete(self, file_size: int) -> UploadedFile:
        self.kept.seek(0)
        return InMemoryUploadedFile(
            self.kept, self.field_name, self.file_name, self.content_type, file_size, self.charset
        )
