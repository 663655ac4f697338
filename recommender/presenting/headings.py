"""What stands over the results: one line that says what kind of question was understood."""

from collections.abc import Collection

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from recommender.answers.answer import Answer
from recommender.answers.naming import names

_KINDS = {"movie": _("Films"), "show": _("Shows")}


def heading(answer: Answer) -> str:
    """Over the titles that are no title matches."""
    understanding, filters = answer.understanding, answer.filters
    directors = understanding.filters.directors | filters.directors
    people = understanding.filters.people | filters.people
    if answer.query_class == "like" and understanding.like:
        return gettext("Like {titles}").format(titles=names(understanding.like))
    if answer.query_class in ("person", "mixed", "empty") and (directors or people):
        words = {"kinds": _kinds(answer), "directors": _listed(directors), "people": _listed(people)}
        if directors and people:
            return gettext("{kinds} directed by {directors} with {people}").format(**words)
        if directors:
            return gettext("{kinds} directed by {directors}").format(**words)
        return gettext("{kinds} with {people}").format(**words)
    if answer.query_class == "description":
        return gettext("Closest to what you describe")
    return gettext("Recommended for this search") if answer.user_query else gettext("Well known and well loved")


def _kinds(answer: Answer) -> str:
    found = [kind for kind, _n in answer.facets.get("kind", [])]
    if len(found) == 1:
        return str(_KINDS[found[0]])
    return gettext("Films and shows")


def _listed(people: Collection[str]) -> str:
    return names(sorted(people)) if people else ""
