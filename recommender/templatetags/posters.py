"""`{% poster title %}`: the typographic poster of a title, as an image with an address of its own."""

from django import template

from catalog.models import Title
from recommender.posters import drawing as posters

register = template.Library()


@register.inclusion_tag("recommender/_poster.html")
def poster(title: Title) -> dict[str, str]:
    """Reads the title's genres: prefetch them for a list."""
    return {"external_id": title.external_id, "version": posters.version_of(*posters.facts_of(title))}
