"""Titles of lists are kept in memory, and nobody can tell but by what it costs."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from catalog.models import CatalogRevision, Genre, Title
from recommender import serving
from recommender.answers import hydrating

pytestmark = pytest.mark.django_db


def test_they_are_read_once(standing_world: list[Title], django_assert_num_queries: Callable[[int], Any]) -> None:
    ids = [title.pk for title in standing_world]
    hydrating.published(ids[:1])
    hydrating._kept.clear()
    with django_assert_num_queries(2):  # versions, titles
        first = hydrating.published(ids)
    with django_assert_num_queries(1):
        again = hydrating.published(ids)
    assert first == again
    assert {pk: [genre.name for genre in title.genres.all()] for pk, title in again.items()} == {
        title.pk: [genre.name for genre in title.genres.all()] for title in standing_world
    }


def test_what_is_edited_shows_at_once(standing_world: list[Title]) -> None:
    title = standing_world[0]
    for name in ("Once", "Twice"):  # within one transaction too
        Title.objects.filter(pk=title.pk).update(name=name)
        assert hydrating.published([title.pk])[title.pk].name == name


def test_what_is_withdrawn_is_gone_at_once(standing_world: list[Title]) -> None:
    title = standing_world[0]
    assert title.pk in hydrating.published([title.pk])
    Title.objects.filter(pk=title.pk).update(is_published=False)
    assert hydrating.published([title.pk]) == {}


def test_another_name_of_a_genre_shows_with_the_next_index(standing_world: list[Title], client: Client) -> None:
    title = standing_world[0]
    hydrating.published([title.pk])
    genre = title.genres.all()[0]
    Genre.objects.filter(pk=genre.pk).update(name="Tales of the sea")
    CatalogRevision.bump()
    serving.refresh()
    assert "Tales of the sea" in {genre.name for genre in hydrating.published([title.pk])[title.pk].genres.all()}


def test_no_more_are_kept_than_fit(standing_world: list[Title], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hydrating, "KEPT", 2)
    ids = [title.pk for title in standing_world]
    assert hydrating.published(ids).keys() == set(ids)
    assert len(hydrating._kept) == 2
