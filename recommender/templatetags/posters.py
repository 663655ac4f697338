"""`{% poster title %}`: the typographic poster of a title, as inline SVG."""

from django import template

from catalog.models import Title
from recommender import posters

register = template.Library()


@register.inclusion_tag("recommender/_poster.html")
def poster(title: Title) -> dict[str, posters.Poster]:
    """Reads the title's genres: prefetch them for a list."""
    return {"poster": posters.poster(title.name, title.year, tuple(g.name for g in title.genres.all()))}
