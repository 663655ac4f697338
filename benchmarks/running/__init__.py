"""Drills on the whole running site: real processes, real HTTP, real kills, and a verdict for each claim.

Each starts the site of `manage.py up` in a directory of its own on a free port, does its worst, prints what
it claims beside what it found, and exits with 1 if a claim does not hold. Minutes each; no test runs them.
"""
