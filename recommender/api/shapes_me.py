"""Answers about the caller: what is kept of them, what it says, and their keys."""

from rest_framework import serializers

from catalog.models import Signal
from recommender.accounts.keys import SCOPES
from recommender.api.shapes import Shape, nullable, page_of

SIGNAL_KINDS = list(Signal.Kind.values)


class SettingsOut(Shape):
    personalise = serializers.BooleanField(help_text="Whether taste may order what they see.")
    learning = serializers.BooleanField(help_text="Whether the site may learn from what they do.")
    strength = serializers.FloatField(min_value=0, max_value=2, help_text="How much taste counts; 1 as measured.")


class MeOut(Shape):
    who = serializers.ChoiceField(choices=["account", "browser"])
    name = nullable(serializers.CharField, help_text="Of the account; a browser has none.")
    since = nullable(serializers.DateTimeField, help_text="When the account was made, or the first thing kept.")
    n_signals = serializers.IntegerField(min_value=0)
    settings = SettingsOut()


class SignalOut(Shape):
    """One thing that was said of one title, as it stands."""

    signal_id = serializers.UUIDField()
    item_id = serializers.CharField()
    title = serializers.CharField()
    year = nullable(serializers.IntegerField)
    kind = serializers.ChoiceField(choices=SIGNAL_KINDS)
    value = nullable(serializers.FloatField, help_text="Stars of a rating.")
    note = serializers.CharField(allow_blank=True, help_text="Why it is not for them, in a word.")
    is_muted = serializers.BooleanField(help_text="Kept and shown, and counts for nothing.")
    said = serializers.DateTimeField(help_text="When it was last said; it fades from then on.")
    is_imported = serializers.BooleanField()


class SignalsPageOut(page_of(SignalOut, "Signals")):  # type: ignore[misc]
    total = serializers.IntegerField(min_value=0, help_text="Signals of all pages together.")


class DeletedOut(Shape):
    deleted = serializers.IntegerField(min_value=0, help_text="Signals that went.")


class LeaningOut(Shape):
    name = serializers.CharField()
    weight = serializers.FloatField(min_value=-1, max_value=1)
    n_titles = serializers.IntegerField(min_value=1, help_text="Titles they spoke of that have it.")


class LoudOut(Shape):
    signal_id = serializers.UUIDField()
    item_id = serializers.CharField()
    title = serializers.CharField()
    kind = serializers.ChoiceField(choices=SIGNAL_KINDS)
    weight = serializers.FloatField(help_text="What it counts for now, faded; below 0 it speaks against.")


class TasteOut(Shape):
    """What the profile consists of; empty where it is not used."""

    is_used = serializers.BooleanField()
    strength = serializers.FloatField(min_value=0, max_value=2)
    n_signals = serializers.IntegerField(min_value=0, help_text="Signals that count now.")
    genres = LeaningOut(many=True)
    people = LeaningOut(many=True)
    themes = LeaningOut(many=True)
    strongest = LoudOut(many=True)


class ExportOut(Shape):
    """Everything that is kept of a person; docs/privacy.md tells of each part."""

    format = serializers.CharField()
    made = serializers.DateTimeField()
    account = nullable(serializers.DictField)
    browsers = serializers.ListField(child=serializers.UUIDField())
    preferences = serializers.ListField(child=serializers.DictField())
    signals = serializers.ListField(child=serializers.DictField())
    imports = serializers.ListField(child=serializers.DictField())
    searches = serializers.ListField(child=serializers.DictField())
    interactions = serializers.ListField(child=serializers.DictField())
    joined_histories = serializers.ListField(child=serializers.DictField())
    api_keys = serializers.ListField(child=serializers.DictField())


class LeftOut(Shape):
    searches = serializers.IntegerField(min_value=0)
    interactions = serializers.IntegerField(min_value=0)
    is_learnt_anew = serializers.BooleanField(help_text="Whether versions are made again without what they taught.")


class KeyOut(Shape):
    key_id = serializers.UUIDField()
    name = serializers.CharField()
    prefix = serializers.CharField(help_text="How it begins, to recognise it by.")
    scopes = serializers.ListField(child=serializers.ChoiceField(choices=SCOPES))
    created = serializers.DateTimeField()
    expires = nullable(serializers.DateTimeField)
    last_used = nullable(serializers.DateField)


class NewKeyOut(KeyOut):
    secret = serializers.CharField(help_text="The whole key: shown this once, and kept by nobody here.")


KeysPageOut = page_of(KeyOut, "Keys")
