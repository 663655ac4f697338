"""Answers about the catalogue: titles as facts, people, and what there is to narrow by."""

from rest_framework import serializers

from catalog.models import Credit, Title
from recommender.api.shapes import FacetsOut, Shape, nullable, page_of

TITLE_KINDS = list(Title.Kind.values)
ROLES = list(Credit.Role.values)


class TitleOut(Shape):
    """A title in a list."""

    item_id = serializers.CharField()
    title = serializers.CharField()
    year = nullable(serializers.IntegerField)
    kind = serializers.ChoiceField(choices=TITLE_KINDS)
    genres = serializers.ListField(child=serializers.CharField())
    runtime_minutes = nullable(serializers.IntegerField)
    maturity = serializers.CharField(allow_blank=True, help_text="Its rating; empty where it is not known.")
    url = serializers.CharField(help_text="Its page, from the root of the site.")
    poster_url = serializers.CharField(help_text="A drawn poster (SVG), from the root of the site.")


class CreditOut(Shape):
    person_id = serializers.CharField()
    name = serializers.CharField()
    role = serializers.ChoiceField(choices=ROLES)


class TitleFactsOut(TitleOut):
    """All that is known of a title."""

    original_title = serializers.CharField(allow_blank=True)
    aliases = serializers.ListField(child=serializers.CharField(), help_text="Other names it is found by.")
    synopsis = serializers.CharField(allow_blank=True)
    themes = serializers.ListField(child=serializers.CharField())
    countries = serializers.ListField(child=serializers.CharField())
    languages = serializers.ListField(child=serializers.CharField())
    seasons = nullable(serializers.IntegerField)
    people = CreditOut(many=True)
    popularity = nullable(serializers.FloatField, help_text="Votes, or what the source has in their place.")
    added_on = nullable(serializers.DateField, help_text="When the source listed it.")


class TitlesPageOut(page_of(TitleOut, "Titles")):  # type: ignore[misc]
    total = serializers.IntegerField(min_value=0, help_text="Titles of all pages together.")


class PersonOut(Shape):
    person_id = serializers.CharField()
    name = serializers.CharField()
    n_titles = serializers.IntegerField(min_value=1)
    url = serializers.CharField(help_text="Their page, from the root of the site.")


class RoleOut(Shape):
    role = serializers.ChoiceField(choices=ROLES)
    n_titles = serializers.IntegerField(min_value=1)


class PersonFactsOut(PersonOut):
    roles = RoleOut(many=True, help_text="The role with most titles first.")
    first_year = nullable(serializers.IntegerField)
    last_year = nullable(serializers.IntegerField)


PeoplePageOut = page_of(PersonOut, "People")


class CountsOut(Shape):
    """What there is to narrow by."""

    total = serializers.IntegerField(min_value=0, help_text="Titles that are counted.")
    is_capped = serializers.BooleanField(help_text="More titles fit `q`; the best 1,000 are counted, as a search is.")
    filters = serializers.DictField(help_text="The filters that were sent, as they were understood.")
    facets = FacetsOut()
