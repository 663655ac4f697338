"""The desk: what is saved there is hashed, counted and published; the log is only looked at."""

import uuid

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from catalog.models import CatalogImport, CatalogRevision, Credit, Genre, Interaction, Person, SearchEvent, Title
from tests.catalog.conftest import ImportText

# WhiteNoise misses the collected static files, which no test here needs.
pytestmark = pytest.mark.filterwarnings("ignore:No directory at")


@pytest.fixture
def desk(client: Client, db: None) -> Client:
    client.force_login(User.objects.create_superuser("desk"))
    return client


@pytest.fixture
def title(import_text: ImportText) -> Title:
    import_text("external_id,title,year,genres,cast,aliases\ntt1,Alpha,1990,Drama,Ann One,Alef\n")
    return Title.objects.get()


def form_of(title: Title, **changes: str) -> dict[str, str]:
    """What the browser would send for the title, with changes."""
    credit, alias = title.credits.get(), title.aliases.get()
    return {
        "external_id": title.external_id, "kind": title.kind, "name": title.name, "year": str(title.year),
        "is_published": "on", "genres": str(title.genres.get().pk),
        "credits-TOTAL_FORMS": "1", "credits-INITIAL_FORMS": "1", "credits-0-id": str(credit.pk),
        "credits-0-title": str(title.pk), "credits-0-person": str(credit.person_id),
        "credits-0-role": credit.role, "credits-0-order": "0",
        "aliases-TOTAL_FORMS": "1", "aliases-INITIAL_FORMS": "1", "aliases-0-id": str(alias.pk),
        "aliases-0-title": str(title.pk), "aliases-0-name": alias.name,
    } | changes  # fmt: skip


def change(desk: Client, title: Title, **changes: str) -> Title:
    response = desk.post(reverse("admin:catalog_title_change", args=[title.pk]), form_of(title, **changes))
    assert response.status_code == 302, response.content.decode()
    return Title.objects.get(pk=title.pk)


def test_saving_a_title_bumps_the_revision_and_keeps_the_hash_of_equal_content(desk: Client, title: Title):
    assert change(desk, title).content_hash == title.content_hash
    assert CatalogRevision.current() == 2


def test_saving_another_name_changes_the_hash(desk: Client, title: Title):
    Title.objects.update(updated="2020-01-01T00:00Z")
    saved = change(desk, title, name="Alpha 2")
    assert saved.content_hash != title.content_hash
    assert saved.updated.year > 2020


def test_saving_a_related_row_changes_the_hash_too(desk: Client, title: Title):
    other = Person.objects.create(name="Bo Two")
    saved = change(desk, title, **{"credits-0-person": str(other.pk)})
    assert saved.credited(Credit.Role.CAST) == ["Bo Two"]
    assert saved.content_hash != title.content_hash


def test_an_id_that_no_address_carries_is_refused(desk: Client, title: Title):
    address = reverse("admin:catalog_title_change", args=[title.pk])
    response = desk.post(address, form_of(title, external_id="a/b"))
    assert response.status_code == 200
    assert "at most 100" in response.content.decode()


def test_publishing_and_unpublishing_bump_the_revision_once_each(desk: Client, title: Title):
    address = reverse("admin:catalog_title_changelist")
    for action, published, revision in [("unpublish", False, 2), ("unpublish", False, 2), ("publish", True, 3)]:
        response = desk.post(address, {"action": action, "_selected_action": [title.pk]})
        assert response.status_code == 302
        assert Title.objects.get().is_published is published
        assert CatalogRevision.current() == revision
    assert Title.objects.get().content_hash == title.content_hash


def test_deleting_a_title_bumps_the_revision(desk: Client, title: Title):
    desk.post(reverse("admin:catalog_title_delete", args=[title.pk]), {"post": "yes"})
    assert not Title.objects.exists()
    assert CatalogRevision.current() == 2


def test_renaming_a_person_changes_the_hash_of_their_titles(desk: Client, title: Title):
    person = Person.objects.get()
    desk.post(reverse("admin:catalog_person_change", args=[person.pk]), {"name": "Ann Renamed"})
    assert Title.objects.get().content_hash != title.content_hash
    assert CatalogRevision.current() == 2


def test_deleting_a_genre_changes_the_hash_of_its_titles(desk: Client, title: Title):
    address = reverse("admin:catalog_genre_changelist")
    chosen = {"action": "delete_selected", "_selected_action": [Genre.objects.get().pk], "post": "yes"}
    desk.post(address, chosen)
    assert not Genre.objects.exists()
    assert Title.objects.get().content_hash != title.content_hash
    assert CatalogRevision.current() == 2


def test_titles_are_found_by_alias_and_by_id(desk: Client, title: Title):
    for words in ("alef", "tt1", "alp"):
        assert "Alpha" in desk.get(reverse("admin:catalog_title_changelist"), {"q": words}).content.decode()


@pytest.mark.parametrize("model", ["searchevent", "interaction", "catalogimport", "catalogrevision"])
def test_the_log_is_looked_at_and_not_touched(desk: Client, title: Title, model: str):
    search = SearchEvent.objects.create(
        search_id=uuid.uuid4(), raw_text="x", normalised_text="x", query_class="title", surface="html",
        model_version=0, latency_ms=1.0, shown=[title.pk], propensity=[1.0], source=[1],
    )  # fmt: skip
    click = Interaction.objects.create(
        id=uuid.uuid4(), query_id=search.pk, title=title, action_name="click", occurred=timezone.now()
    )
    pk = {
        "searchevent": search.pk,
        "interaction": click.pk,
        "catalogimport": CatalogImport.objects.get().pk,
        "catalogrevision": 1,
    }[model]
    assert desk.get(reverse(f"admin:catalog_{model}_changelist")).status_code == 200
    page = reverse(f"admin:catalog_{model}_change", args=[pk])
    assert desk.get(page).status_code == 200
    assert desk.post(page, {}).status_code == 403
    assert desk.get(reverse(f"admin:catalog_{model}_add")).status_code == 403
    assert desk.post(reverse(f"admin:catalog_{model}_delete", args=[pk]), {"post": "yes"}).status_code == 403


def test_searches_are_found_by_their_words(desk: Client, title: Title):
    for model in ("searchevent", "interaction"):
        assert desk.get(reverse(f"admin:catalog_{model}_changelist"), {"q": "heist"}).status_code == 200
