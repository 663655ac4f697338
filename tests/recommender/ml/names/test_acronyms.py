"""Famous names by their initials."""

import pytest

from recommender.ml.names.acronyms import acronyms, initials


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("The Lord of the Rings: The Two Towers", {"tlotr", "lotr"}),
        ("Guardians of the Galaxy", {"gotg"}),
        ("Back to the Future Part II", set()),  # six letters are no longer said
        ("Fight Club", set()),  # two mean too much
        ("12 Years a Slave", set()),
        ("", set()),
    ],
)  # fmt: skip
def test_initials(name: str, found: set[str]) -> None:
    assert initials(name) == found


def test_rows_keep_their_order() -> None:
    assert acronyms([(7, "Back to the Future"), (2, "Bats to the Front")])["bttf"] == [7, 2]
