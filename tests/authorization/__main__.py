"""`python -m tests.authorization`: fails where somebody added an address and did not say who may use it."""

import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
django.setup()

from tests.authorization.expectations import undeclared  # noqa: E402 - apps must be ready first

if lines := undeclared():
    sys.exit("\n".join(lines))
