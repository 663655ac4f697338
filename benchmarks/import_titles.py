"""Seconds, rows a second and peak memory of an import, first and second time.

    python -m benchmarks.import_titles [FILE …]

Without files: the packaged films, and the Netflix list and the joined catalogue where they lie
in ../shared/data. Each file meets an empty database, made for it beside the one of the settings
and dropped afterwards; each import is a process of its own, as on a command line.
"""

import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

from reco_site.servers import database_for_command

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data" / "catalog"
PACKAGED = "--default"


def main(arguments: list[str]) -> None:
    files = arguments or [
        PACKAGED,
        *(str(path) for name in ("netflix_titles.csv", "catalog.csv.gz") if (path := SHARED / name).exists()),
    ]
    print(f"{'file':<26} {'import':<7} {'seconds':>8} {'rows/s':>8} {'peak MB':>8}  counts", flush=True)
    with database_for_command(["manage.py", "migrate"]):
        for file in files:
            command = [sys.executable, "-m", "benchmarks.import_titles", "--measure", file]
            if code := subprocess.run(command, check=False).returncode:
                sys.exit(code)


def measure(file: str) -> None:
    """Two imports of one file in a fresh database."""
    import django
    from django.db import connection

    django.setup()
    before = connection.settings_dict["NAME"]
    connection.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        for which in ("first", "second"):
            report, write = os.pipe()
            child = os.fork()
            if not child:
                os.close(report)
                _import_in_child(file, write)
            os.close(write)
            with os.fdopen(report) as stream:
                result = stream.read()
            os.waitpid(child, 0)
            if not result:
                sys.exit(f"the import of {file} failed")
            seconds, peak_mb, counts = json.loads(result)
            told = ", ".join(f"{count:,} {name}" for name, count in counts.items() if count)
            name = "packaged films" if file == PACKAGED else Path(file).name
            print(f"{name:<26} {which:<7} {seconds:8.1f} {counts['rows'] / seconds:8,.0f} {peak_mb:8.0f}  {told}")
    finally:
        connection.creation.destroy_test_db(before, verbosity=0)


def _import_in_child(file: str, write: int) -> None:
    from django.db import connection

    connection.close()
    started = time.perf_counter()
    from catalog.importing.feeds import CsvFeed, Feed
    from catalog.importing.files import CatalogFile
    from catalog.importing.importer import import_feed
    from catalog.importing.packaged import PackagedFeed
    from catalog.importing.startup import packaged_films

    feed: Feed = PackagedFeed(packaged_films()) if file == PACKAGED else CsvFeed.open(CatalogFile.find(Path(file)))
    counts = import_feed(feed).counts()
    seconds = time.perf_counter() - started
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    os.write(write, json.dumps([seconds, peak_mb, counts]).encode())
    os._exit(0)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--measure"]:
        measure(sys.argv[2])
    else:
        main(sys.argv[1:])
