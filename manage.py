#!/usr/bin/env python
"""Marquee's command line: every command finds its database, started for it if need be."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "reco_site.settings")
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    from reco_site.servers import database_for_command

    try:
        with database_for_command(sys.argv):
            execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        sys.exit(f"A setting is wrong: {error}")


if __name__ == "__main__":
    main()
