"""An upload opened: a CSV file, or the zip that Letterboxd exports, as texts. Nothing is unpacked to disk."""

import io
import zipfile
import zlib
from typing import NamedTuple

MAX_BYTES = 5 * 1024 * 1024  # of an upload
MAX_UNPACKED_BYTES = 20 * 1024 * 1024  # of all tables of a zip together
MAX_MEMBERS = 5_000
WANTED = ("ratings.csv", "watched.csv", "watchlist.csv", "likes/films.csv")
# Folders of the export whose tables may bear the same names: lists of one's own, and what was deleted.
_OTHER_FOLDERS = frozenset({"lists", "likes", "deleted", "orphaned"})
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
# bzip2 and LZMA would let a few bytes ask for a lot of memory; Letterboxd uses neither.
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


class BadFile(ValueError):
    """A file that cannot be imported. code: of `words.FILES`; facts: what its sentence mentions."""

    def __init__(self, code: str, **facts: str | int) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts


class Sheet(NamedTuple):
    """One table as text. name: as in WANTED for a zip, else the upload's own."""

    name: str
    text: str


def sheets(name: str, content: bytes) -> list[Sheet]:
    """The tables of an upload, at least one. Raises BadFile."""
    if len(content) > MAX_BYTES:
        raise BadFile("too_large")
    if content.startswith(b"PK"):
        return _unzipped(content)
    return [Sheet(name, decoded(content))]


def decoded(content: bytes) -> str:
    """UTF-8 or UTF-16 with or without their marks, else what Windows writes. Raises BadFile."""
    if not content.strip(b"\xef\xbb\xbf \t\r\n"):
        raise BadFile("empty")
    try:
        if content.startswith(_UTF16):
            text = content.decode("utf-16")
        else:
            try:
                text = content.decode("utf-8-sig")
            except UnicodeDecodeError:
                text = content.decode("cp1252")
    except UnicodeDecodeError as error:
        raise BadFile("binary") from error
    if "\0" in text:
        raise BadFile("binary")
    return text


def _unzipped(content: bytes) -> list[Sheet]:
    """Only members of known names are read, each into memory and no further than the limit: a bomb stops there."""
    left = MAX_UNPACKED_BYTES
    found: dict[str, bytes] = {}
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
            if len(members) > MAX_MEMBERS:
                raise BadFile("zip_too_large")
            for member in members:
                name = _wanted(member.filename)
                if name is None or name in found:
                    continue
                if member.flag_bits & 1 or member.compress_type not in _METHODS:
                    raise BadFile("zip_closed")
                with archive.open(member) as stream:
                    found[name] = stream.read(left + 1)  # the size that a zip states is only a claim
                left -= len(found[name])
                if left < 0:
                    raise BadFile("zip_too_large")
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError) as error:
        raise BadFile("zip_broken") from error
    if not found:
        raise BadFile("zip_without")
    texts = [Sheet(name, decoded(found[name])) for name in WANTED if found.get(name, b"").strip(b"\xef\xbb\xbf \r\n")]
    if not texts:
        raise BadFile("empty")
    return texts


def _wanted(path: str) -> str | None:
    """The name in WANTED that a member bears, at the top of the zip or in one folder that holds all of it."""
    path = path.replace("\\", "/")
    folder, _, rest = path.partition("/")
    if path in WANTED:
        return path
    return rest if rest in WANTED and folder not in _OTHER_FOLDERS else None
