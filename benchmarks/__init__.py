"""Measurements that print what they saw. Each runs as `python -m benchmarks.<name>` in any environment."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "reco_site.settings")
