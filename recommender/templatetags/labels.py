"""`{{ chip|in_words }}`, `{{ genre|genre_in_words }}`: filters and facts in the reader's language.

`{{ points|floatformat:2|with_minus }}`: a number whose minus is a minus, not a hyphen.
"""

from django import template

from recommender.presenting import labels

register = template.Library()
register.filter("in_words", labels.of_chip)
register.filter("genre_in_words", labels.of_genre)


@register.filter
def with_minus(number: str) -> str:
    return number.replace("-", "−")
