"""What an operator types: each command does one thing, can be repeated, and says what came of it."""

from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from catalog.models import Title
from recommender.index import embeddings, encoders
from recommender.index.encoders import embedding_fingerprint
from recommender.models import Checkpoint, ServingChange, TitleEmbedding
from recommender.versions import registry
from tests import worlds
from tests.recommender.versions import line_of, promoted, registered, spoil, statuses

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> str:
    out = StringIO()
    call_command(*arguments, stdout=out, stderr=out)
    return out.getvalue()


@pytest.fixture(autouse=True)
def own_state_directory(settings: Any, tmp_path: Any) -> None:
    settings.STATE_DIR = tmp_path


@pytest.fixture
def without_encoder(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine where `prepare_encoder` has not run."""
    for command in ("embed_titles", "prepare_model"):
        monkeypatch.setattr(f"recommender.management.commands.{command}.is_ready", lambda: False)


# ---- prepare_model


def test_prepare_model_works() -> None:
    worlds.plant()
    assert run("prepare_model") == "v0 registered and serving; the index holds 10 titles.\n"
    assert run("prepare_model") == "v0 is champion; the index holds 10 titles.\n"
    assert statuses() == {0: "champion"}


def test_prepare_model_needs_no_catalogue() -> None:
    assert "holds 0 titles" in run("prepare_model")


def test_prepare_model_names_what_has_to_run_before(without_encoder: None) -> None:
    with pytest.raises(CommandError, match=r"manage\.py prepare_encoder"):
        run("prepare_model")
    assert not Checkpoint.objects.exists()


# ---- embed_titles


def test_embed_titles_works() -> None:
    worlds.plant()
    assert "10 titles embedded" in run("embed_titles")
    assert TitleEmbedding.objects.count() == 10
    assert run("embed_titles") == "All titles are embedded.\n"


def test_embed_titles_embeds_what_changed() -> None:
    title = worlds.plant()[0]
    run("embed_titles")
    Title.objects.filter(pk=title.pk).update(name="Origin")
    title.refresh_content_hash()
    assert "1 titles embedded" in run("embed_titles")
    assert embeddings.missing(embedding_fingerprint()) == []


def test_embed_titles_names_what_has_to_run_before(without_encoder: None) -> None:
    with pytest.raises(CommandError, match=r"manage\.py prepare_encoder"):
        run("embed_titles")


def test_embed_titles_says_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    worlds.plant()
    monkeypatch.setattr(embeddings, "BATCH", 4)
    assert "10 of 10 titles embedded, about 0 s left" in run("embed_titles")


# ---- prepare_encoder


def test_prepare_encoder_has_nothing_to_do_for_the_stand_in() -> None:
    assert run("prepare_encoder") == "The encoder hashing is ready.\n"


def test_prepare_encoder_says_what_went_wrong(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from recommender.ml import export

    def failing(name: str, _directory: Any) -> None:
        raise export.ExportFailed(f"{name} cannot be had without a network")

    settings.ENCODER = "somebody/unknown-model"
    monkeypatch.setattr(export, "export", failing)
    with pytest.raises(CommandError, match="somebody/unknown-model cannot be had"):
        run("prepare_encoder")


def test_two_encoders_of_the_same_last_name_lie_apart() -> None:
    assert encoders.directory("a/model") != encoders.directory("b/model")
    assert encoders.directory("a/model").name.startswith("model-")


# ---- rollback


def test_rollback_works() -> None:
    line_of(2)
    assert run("rollback", "--reason", "worse") == "v0 is champion and pinned; servers follow within seconds.\n"
    assert statuses() == {0: "champion", 1: "retired"}
    change = ServingChange.objects.latest("id")
    assert (change.action, change.reason, change.actor) == ("roll back", "worse", "command line")


def test_rollback_to_a_version_by_number() -> None:
    line_of(3)
    assert run("rollback", "--to", "0", "--reason", "worse").startswith("v0 ")
    assert statuses() == {0: "champion", 1: "retired", 2: "retired"}


def test_rollback_can_unpin() -> None:
    line_of(2)
    run("rollback", "--reason", "worse")
    assert run("rollback", "--unpin", "--reason", "fixed") == "v0 is no longer pinned.\n"
    assert statuses()[0] == "champion"
    assert not Checkpoint.objects.filter(pinned=True).exists()
    assert ServingChange.objects.latest("id").reason == "fixed"


def test_unpinning_needs_no_reason() -> None:
    line_of(2)
    run("rollback", "--reason", "worse")
    assert run("rollback", "--unpin") == "v0 is no longer pinned.\n"
    assert not Checkpoint.objects.filter(pinned=True).exists()
    change = ServingChange.objects.latest("id")
    assert (change.action, change.reason) == ("unpin", "unpinned without a reason given")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--reason", "worse", "--to", "7"], "There is no version 7."),
        (["--reason", " "], "Nothing was changed: a rollback needs a reason."),
        (["--reason", "worse", "--to", "2"], "Nothing was changed: v2 is rejected; it may not serve."),
        (["--reason", "worse", "--to", "1"], "Nothing was changed: v1 is serving already."),
        (["--reason", "worse", "--unpin"], "Nothing was changed: v1 is not a champion that is pinned."),
        ([], "Say why: a rollback needs a --reason."),
    ],
)
def test_rollback_says_why_nothing_was_changed(arguments: list[str], said: str) -> None:
    _, v1 = line_of(2)
    registered(v1, number=2, status=Checkpoint.Status.REJECTED)
    before = statuses()
    with pytest.raises(CommandError) as error:
        run("rollback", *arguments)
    assert str(error.value) == said
    assert statuses() == before


def test_rollback_finds_nothing_that_loads() -> None:
    v0, _ = line_of(2)
    spoil(v0)
    with pytest.raises(CommandError, match="no earlier version can be served"):
        run("rollback", "--reason", "worse")


@pytest.mark.parametrize("arguments", [[], ["--unpin"]])
def test_rollback_on_a_fresh_database(arguments: list[str]) -> None:
    with pytest.raises(CommandError, match="no champion"):
        run("rollback", "--reason", "worse", *arguments)
    assert promoted() == registry.champion()
