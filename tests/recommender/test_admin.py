"""The desk: every page opens, what serves and learns is changed only with the right and a reason."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.db.models import Model
from django.test import Client
from django.urls import reverse
from django.utils.html import escape

from catalog import bulk
from catalog.event_log import Deed, Served, Shown, Visitor, record_interactions, record_search
from catalog.models import CatalogImport, Credit, Person, Title, TitleAlias
from catalog.webhooks import managing
from recommender import curation
from recommender.models import Checkpoint, Rule, ServingChange, SynonymSet
from recommender.versions import registry
from tests.recommender.versions import line_of, promoted, registered, statuses
from training.models import QuarantinedWindow, TrainingRequest, TrainingRun

pytestmark = pytest.mark.django_db
VERSIONS, RUNS = "admin:recommender_checkpoint_changelist", "admin:training_trainingrun_changelist"
VERDICT = [
    {"name": "data", "passed": True, "reason": "7 searches with a choice"},
    {"name": "quality", "passed": False, "reason": "nDCG@10 fell by <0.1>"},
]
OURS = [m for m in admin.site._registry if m._meta.app_label in ("catalog", "recommender", "training")]


@pytest.fixture
def desk(admin_client: Client) -> Client:
    return admin_client


@pytest.fixture
def staff(django_user_model: Any) -> Callable[..., Client]:
    """staff("view_checkpoint", …): somebody at the desk with these permissions and no others."""

    def enter(*permissions: str) -> Client:
        person = django_user_model.objects.create_user("anna", is_staff=True)
        found = Permission.objects.filter(codename__in=permissions)
        assert len(found) == len(permissions)
        person.user_permissions.set(found)
        client = Client()
        client.force_login(person)
        return client

    return enter


def act(client: Client, action: str, *versions: Checkpoint, reason: str = "") -> Any:
    sent = {"action": action, "reason": reason, "_selected_action": [v.pk for v in versions]}
    page = client.post(reverse(VERSIONS), sent, follow=True)
    assert page.status_code == 200
    return page


def words(page: Any) -> list[str]:
    return [str(message) for message in page.context["messages"]]


@pytest.fixture
def something_of_everything() -> None:
    film = Title.objects.create(external_id="f1", name="Heat")
    film.genres.create(name="Crime")
    Credit.objects.create(title=film, person=Person.objects.create(name="Michael Mann"), role="director")
    TitleAlias.objects.create(title=film, name="Origin")
    film.refresh_content_hash()
    served = Served(
        raw_text="heat", normalised_text="heat", query_class="title", corrected_text="", surface="html",
        model_version=0, latency_ms=1.0, shown=[Shown(film.pk, 1.0, 1)], search_id=uuid4(),
    )  # fmt: skip
    query_id = record_search(served, Visitor(client_id=uuid4()))
    record_interactions([Deed(uuid4(), "click", film.pk, query_id, 1)], Visitor())
    CatalogImport.objects.create(file_name="a.csv", layout="plain", sha256="0" * 64, importer_version=1)
    bulk.enqueue([{"item_id": "f2", "title": "Heat 2"}], None)
    managing.send_test(managing.create(url="https://example.com/heat", events=["import.done"], owner=None))
    curation.save_rule(Rule(title=film, action="hide", match="exact", text="heat"))
    curation.save_synonyms(SynonymSet(words=["heat", "warmth"]))
    QuarantinedWindow.objects.create(wm_from=3, wm_to=9, status="quarantined", reason="the loss is nan")
    promoted(
        promoted(), number=1, metrics={"ndcg@10": {"candidate": 0.5, "champion": 0.4}, "n_judged": 7},
        window=registry.Window(0, 9, {"n_searches": 25}), verdict={"promotes": True, "conditions": VERDICT},
    )  # fmt: skip
    TrainingRun.objects.create(
        trigger="searches", holder=uuid4(), progress={"stage": "fit", "step": 3, "of": 8, "loss": 0.25},
        verdict=VERDICT, counts={"used": 12},
    )  # fmt: skip
    TrainingRun.objects.create(trigger="time", holder=uuid4(), status="failed", error="no luck")


@pytest.mark.parametrize("model", OURS, ids=lambda model: model._meta.label)
def test_every_list_and_every_page_opens(desk: Client, something_of_everything: None, model: type[Model]) -> None:
    address = f"admin:{model._meta.app_label}_{model._meta.model_name}"
    assert desk.get(reverse(f"{address}_changelist")).status_code == 200
    assert desk.get(reverse(f"{address}_changelist"), {"q": "heat"}).status_code in (200, 302)
    rows = model._default_manager.all()[:3]
    assert rows, "plant a row of this model, so that its page is opened"
    for row in rows:
        assert desk.get(reverse(f"{address}_change", args=[row.pk])).status_code == 200


def test_the_front_of_the_desk_opens(desk: Client) -> None:
    assert desk.get(reverse("admin:index")).status_code == 200


def test_a_version_says_how_it_was_judged(desk: Client, something_of_everything: None) -> None:
    page = desk.get(reverse(VERSIONS)).content.decode()
    assert "0.500 / 0.400 on 7 searches" in page
    assert "not judged" in page  # version 0
    version = Checkpoint.objects.get(version=1)
    page = desk.get(reverse("admin:recommender_checkpoint_change", args=[version.pk])).content.decode()
    assert "<strong>REFUSED</strong> quality: nDCG@10 fell by &lt;0.1&gt;" in page
    assert page.index("REFUSED") < page.index("<strong>passed</strong> data")
    assert "from transaction 0 to before 9" in page


def test_the_list_of_versions_says_why_one_was_refused(desk: Client) -> None:
    registered(
        promoted(), number=1, status=Checkpoint.Status.REJECTED, verdict={"promotes": False, "conditions": VERDICT}
    )
    page = desk.get(reverse(VERSIONS)).content.decode()
    assert ">refused: quality: nDCG@10 fell by &lt;0.1&gt;<" in page  # and not by "data", which it passed


def test_the_list_of_versions_names_the_first_reason_only_and_cuts_it(desk: Client) -> None:
    refused = [{"name": "quality", "passed": False, "reason": "worse, " * 50}, VERDICT[1]]
    registered(promoted(), number=1, status=Checkpoint.Status.REJECTED, verdict={"conditions": refused})
    page = desk.get(reverse(VERSIONS)).content.decode()
    assert f">refused: quality: {'worse, ' * 15}" in page
    assert "… (and 1 more)<" in page
    assert "worse, " * 18 not in page


def test_the_list_of_versions_says_which_is_pinned(desk: Client) -> None:
    registry.set_pinned(promoted(), pinned=True, reason="exams", actor="anna")
    assert ">Champion, pinned<" in desk.get(reverse(VERSIONS)).content.decode()


@pytest.mark.parametrize("model", [Checkpoint, TrainingRun, QuarantinedWindow], ids=lambda model: model.__name__)
def test_beside_a_value_no_help_text_reads_like_another(
    desk: Client, something_of_everything: None, model: type[Model]
) -> None:
    helps = [str(field.help_text) for field in model._meta.concrete_fields if field.help_text]
    assert helps
    for row in model._default_manager.all():
        address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_change", args=[row.pk])
        page = desk.get(address).content.decode()
        assert not [text for text in helps if escape(text) in page]


def test_a_run_says_what_it_does_and_why_it_ended(desk: Client, something_of_everything: None) -> None:
    page = desk.get(reverse(RUNS)).content.decode()
    assert "fitting on everything · step 3 of 8 · loss 0.250" in page
    assert "enough new searches" in page
    failed = TrainingRun.objects.get(status="failed")
    assert "no luck" in desk.get(reverse("admin:training_trainingrun_change", args=[failed.pk])).content.decode()


@pytest.mark.parametrize("model", [Checkpoint, ServingChange, TrainingRun], ids=lambda model: model.__name__)
def test_evidence_is_not_edited_even_by_a_superuser(
    desk: Client, something_of_everything: None, model: type[Model]
) -> None:
    address = f"admin:{model._meta.app_label}_{model._meta.model_name}"
    row = model._default_manager.first()
    assert row is not None
    assert desk.get(reverse(f"{address}_add")).status_code == 403
    assert desk.post(reverse(f"{address}_change", args=[row.pk]), {"version": 9}).status_code == 403
    assert desk.post(reverse(f"{address}_delete", args=[row.pk]), {"post": "yes"}).status_code == 403


# ---- what serves


def test_serve_again_rolls_back_pins_and_says_who(desk: Client) -> None:
    v0, _ = line_of(2)
    assert words(act(desk, "serve_again", v0, reason="odd results")) == ["Done; servers follow within seconds."]
    v0.refresh_from_db()
    assert (v0.status, v0.pinned) == ("champion", True)
    change = ServingChange.objects.latest("id")
    assert (change.action, change.reason, change.actor) == ("roll back", "odd results", "admin")


def test_pin_and_unpin(desk: Client) -> None:
    champion = promoted()
    act(desk, "pin", champion, reason="exams")
    assert Checkpoint.objects.filter(pinned=True).count() == 1
    act(desk, "unpin", champion, reason="over")
    assert Checkpoint.objects.filter(pinned=True).count() == 0
    assert list(ServingChange.objects.values_list("reason", flat=True)) == ["over", "exams", "test"]


@pytest.mark.parametrize("action", ["serve_again", "pin", "unpin"])
@pytest.mark.parametrize("reason", ["", "   "])
def test_nothing_changes_without_a_reason(desk: Client, action: str, reason: str) -> None:
    v0, v1 = line_of(2)
    n_changes = ServingChange.objects.count()
    (said,) = words(act(desk, action, v0 if action == "serve_again" else v1, reason=reason))
    assert "say why" in said
    assert statuses() == {0: "retired", 1: "champion"}
    assert ServingChange.objects.count() == n_changes


def test_only_one_version_can_serve(desk: Client) -> None:
    v0, v1, v2 = line_of(3)
    assert words(act(desk, "serve_again", v0, v1, reason="both")) == ["Choose exactly one version."]
    assert registry.champion() == v2


def test_a_version_that_was_refused_is_not_served_and_says_why(desk: Client) -> None:
    champion = promoted()
    refused = registered(champion, number=1, status=Checkpoint.Status.REJECTED)
    (said,) = words(act(desk, "serve_again", refused, reason="try"))
    assert said == "Nothing was changed: v1 is rejected; it may not serve."
    assert registry.champion() == champion


@pytest.mark.parametrize("action", ["serve_again", "pin", "unpin"])
def test_who_may_only_look_cannot_change_what_serves(staff: Callable[..., Client], action: str) -> None:
    v0, v1 = line_of(2)
    anna = staff("view_checkpoint")
    assert "serve_again" not in anna.get(reverse(VERSIONS)).content.decode()
    act(anna, action, v0 if action == "serve_again" else v1, reason="because")
    assert statuses() == {0: "retired", 1: "champion"}
    assert not Checkpoint.objects.filter(pinned=True).exists()


def test_who_may_change_versions_can_roll_back(staff: Callable[..., Client]) -> None:
    v0, _ = line_of(2)
    act(staff("view_checkpoint", "change_checkpoint"), "serve_again", v0, reason="odd results")
    assert registry.champion() == v0


def test_who_may_not_look_sees_nothing(staff: Callable[..., Client]) -> None:
    promoted()
    anna = staff()
    for address in (VERSIONS, RUNS):
        assert anna.get(reverse(address)).status_code == 403
    assert Client().get(reverse(VERSIONS)).status_code == 302


# ---- what learns


def train_now(client: Client) -> list[str]:
    return words(client.post(reverse("admin:training_train_now"), follow=True))


def test_train_now_makes_one_row(desk: Client) -> None:
    assert "Train now" in desk.get(reverse(RUNS)).content.decode()
    for _ in range(3):
        assert train_now(desk) == ["Asked for. The next tick starts the run; it shows up here."]
    request = TrainingRequest.objects.get()
    assert (request.actor, request.answered_by) == ("admin", None)


def test_train_now_asks_again_after_an_answer(desk: Client) -> None:
    run = TrainingRun.objects.create(trigger="request", holder=uuid4())
    TrainingRequest.objects.create(actor="bert", answered_by=run)
    train_now(desk)
    assert TrainingRequest.objects.filter(answered_by=None).count() == 1


def test_train_now_is_no_link(desk: Client) -> None:
    desk.get(reverse("admin:training_train_now"))
    assert not TrainingRequest.objects.exists()


def test_who_may_only_look_cannot_train(staff: Callable[..., Client]) -> None:
    assert train_now(staff("view_trainingrun")) == ["You may not start a training run."]
    assert not TrainingRequest.objects.exists()


def test_who_may_ask_can_train(staff: Callable[..., Client]) -> None:
    train_now(staff("view_trainingrun", "add_trainingrequest"))
    assert TrainingRequest.objects.get().actor == "anna"


def test_a_stranger_is_asked_to_log_in() -> None:
    page = Client().post(reverse("admin:training_train_now"))
    assert page.status_code == 302
    assert "login" in page["Location"]
    assert not TrainingRequest.objects.exists()
