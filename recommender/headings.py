"""What stands over the results: one line that says what kind of question was understood."""

from recommender.answers import Answer
from recommender.refining import names

_KINDS = {"movie": "films", "show": "shows"}


def heading(answer: Answer) -> str:
    """Over the titles that are no title matches."""
    understanding, filters = answer.understanding, answer.filters
    directors = understanding.filters.directors | filters.directors
    people = understanding.filters.people | filters.people
    if answer.query_class == "like" and understanding.like:
        return f"Like {names(understanding.like)}"
    if answer.query_class in ("person", "mixed", "empty") and (directors or people):
        made = [f"directed by {names(sorted(directors))}"] if directors else []
        return " ".join([_kinds(answer), *made, *([f"with {names(sorted(people))}"] if people else [])])
    if answer.query_class == "description":
        return "Closest to what you describe"
    return "Recommended for this search" if answer.user_query else "Well known and well loved"


def _kinds(answer: Answer) -> str:
    found = [kind for kind, _ in answer.facets.get("kind", [])]
    return names(word for kind, word in _KINDS.items() if kind in found or not found).capitalize()
