"""The last few values, for as long as what they were made from is the same."""

from recommender.ml.recent import Recent


def test_the_least_recently_used_goes_first() -> None:
    owner, recent = object(), Recent[str, int](2)
    recent.put(owner, "a", 1)
    recent.put(owner, "b", 2)
    assert recent.get(owner, "a") == 1
    recent.put(owner, "c", 3)
    assert [recent.get(owner, key) for key in "abc"] == [1, None, 3]


def test_another_owner_begins_anew() -> None:
    first, second, recent = object(), object(), Recent[str, int](2)
    recent.put(first, "a", 1)
    assert recent.get(second, "a") is None
    assert recent.get(first, "a") == 1  # as long as the other has put nothing
    recent.put(second, "b", 2)
    assert (recent.get(first, "a"), recent.get(second, "a"), recent.get(second, "b")) == (None, None, 2)
