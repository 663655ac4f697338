"""Bytes of a catalogue file: found, unpacked and bounded before anybody reads a word of them."""

import gzip
import hashlib
import stat
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from catalog.importing.report import ImportRefused

BLOCK_BYTES = 1024 * 1024
MAX_UNPACKED_BYTES = 2 * 1024**3
MAX_GZIP_RATIO = 100  # honest catalogues pack 2 to 10 times; a bomb 500 and more
RATIO_COUNTS_FROM_BYTES = 4 * 1024 * 1024  # a short file of equal rows may pack as well as a bomb

GZIP_MAGIC = b"\x1f\x8b"
FOREIGN_FORMATS = {
    b"PK\x03\x04": "a zip archive or a spreadsheet; unpack it, or save the sheet as CSV, and import that",
    b"PK\x05\x06": "an empty zip archive",
    b"BZh": "packed with bzip2; unpack it first",
    b"\xfd7zXZ\x00": "packed with xz; unpack it first",
    b"\x28\xb5\x2f\xfd": "packed with zstd; unpack it first",
    b"7z\xbc\xaf\x27\x1c": "a 7z archive; unpack it first",
    b"SQLite format 3\x00": "an SQLite database, not CSV",
    b"%PDF": "a PDF, not CSV",
    b"\xff\xfe": "encoded as UTF-16; save it as UTF-8",
    b"\xfe\xff": "encoded as UTF-16; save it as UTF-8",
}


@dataclass(frozen=True)
class CatalogFile:
    """A regular, readable file, packed with gzip or not: its content decides, never its name."""

    path: Path
    size: int
    sha256: str

    @classmethod
    def find(cls, path: Path) -> "CatalogFile":
        """Raises ImportRefused for anything but a regular file of a size we read."""
        try:
            status = path.stat()
            if stat.S_ISDIR(status.st_mode):
                raise ImportRefused(f"{path} is a directory; name one file in it.")
            if not stat.S_ISREG(status.st_mode):
                raise ImportRefused(f"{path} is a pipe, socket or device, not a regular file.")
            if status.st_size == 0:
                raise ImportRefused(f"{path} is empty.")
            if status.st_size > MAX_UNPACKED_BYTES:
                raise ImportRefused(f"{path} is larger than {MAX_UNPACKED_BYTES // 1024**3} GB; split it.")
            with path.open("rb") as stream:
                return cls(path, status.st_size, hashlib.file_digest(stream, "sha256").hexdigest())
        except FileNotFoundError:
            raise ImportRefused(f"{path} does not exist.") from None
        except (OSError, ValueError) as error:  # ValueError: a NUL in the path
            reason = getattr(error, "strerror", None) or error
            raise ImportRefused(f"{path} cannot be read: {reason}.") from None

    def blocks(self, on_position: Callable[[int], None] = lambda _: None) -> Iterator[bytes]:
        """Unpacked bytes in blocks of at most BLOCK_BYTES; `on_position` hears how far into the file."""
        unpacked = 0
        with self.path.open("rb") as packed:
            magic = packed.read(2)
            packed.seek(0)
            is_gzip = magic == GZIP_MAGIC
            # GzipFile reads like a stream, but does not say so to the type checker.
            stream = cast("BinaryIO", gzip.GzipFile(fileobj=packed)) if is_gzip else packed
            for block in self._unpacked(stream):
                if not unpacked:
                    self._refuse_foreign(block)
                unpacked += len(block)
                position = min(packed.tell(), self.size)
                if unpacked > MAX_UNPACKED_BYTES:
                    gigabytes = MAX_UNPACKED_BYTES // 1024**3
                    raise ImportRefused(f"{self.path} unpacks to more than {gigabytes} GB.")
                if is_gzip and unpacked > max(RATIO_COUNTS_FROM_BYTES, MAX_GZIP_RATIO * position):
                    raise ImportRefused(
                        f"{self.path} unpacks to more than {MAX_GZIP_RATIO} times its size,"
                        " as gzip bombs do and catalogues do not."
                    )
                on_position(position)
                yield block
        if not unpacked:
            raise ImportRefused(f"{self.path} is empty once unpacked.")

    def _unpacked(self, stream: BinaryIO) -> Iterator[bytes]:
        try:
            while block := stream.read(BLOCK_BYTES):
                yield block
        except EOFError:
            raise ImportRefused(f"{self.path} ends in the middle of its gzip data; copy it again.") from None
        except (gzip.BadGzipFile, zlib.error) as error:
            raise ImportRefused(f"{self.path} is damaged gzip ({error}).") from None
        except OSError as error:
            raise ImportRefused(f"{self.path} cannot be read: {error.strerror or error}.") from None

    def _refuse_foreign(self, head: bytes) -> None:
        if head.startswith(GZIP_MAGIC):
            raise ImportRefused(f"{self.path} is gzip inside gzip; unpack it once.")
        for magic, what in FOREIGN_FORMATS.items():
            if head.startswith(magic):
                raise ImportRefused(f"{self.path} is {what}.")
