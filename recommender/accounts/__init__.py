"""Accounts: a name, a password, an e-mail address where somebody gave one. On top of `django.contrib.auth`."""
