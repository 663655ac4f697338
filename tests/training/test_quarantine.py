"""A window that cannot be learnt from is divided, the half that fails is left out, and learning goes on."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import OperationalError
from django.utils import timezone

from catalog.models import Interaction, SearchEvent, Title
from recommender.models import Checkpoint
from recommender.versions import registry
from tests.recommender.versions import promoted
from tests.training.people import choose, settle
from training import audit, dataset, due, pipeline, quarantine
from training.dataset import WindowBounds
from training.ml.finetune import Candidate, fine_tune
from training.ml.gate import Condition, Verdict
from training.ml.labels import Lesson
from training.ml.loop import TrainingFailed
from training.models import QuarantinedWindow, TrainingRequest, TrainingRun
from training.quarantine import CannotChange, next_window
from training.runs import bury_the_dead, finish

Status, Blames = TrainingRun.Status, TrainingRun.Blames
IN, OUT, FREE = (
    QuarantinedWindow.Status.QUARANTINED,
    QuarantinedWindow.Status.RELEASED,
    QuarantinedWindow.Status.CLEARED,
)
GOOD, POISON = ("crime heist", "The A-Team"), ("sci-fi", "Alien")
WM = 1_000_000  # the planted log begins here, far below where the counter is said to stand


@pytest.fixture(autouse=True)
def five_searches_are_enough(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.LEARN_EVERY_SEARCHES = 5
    monkeypatch.setattr(due, "RETRY_SECONDS", 0.0)


# ---- the story, with the real trainer


def poisoned(lessons: Sequence[Lesson]) -> Sequence[Lesson]:
    """Everybody who asked for the poison liked it infinitely."""
    return [
        replace(lesson, gains=dict.fromkeys(lesson.gains, float("nan"))) if "sci" in lesson.text else lesson
        for lesson in lessons
    ]


def learn(spoil: Any = None) -> list[str]:
    """Ticks until a version is promoted or nothing is due any more; the statuses of their runs."""
    statuses: list[str] = []
    while len(statuses) < 8 and due.trigger_now() is not None:
        run = pipeline.run_fine_tuning("test", spoil=spoil)
        assert run is not None
        statuses.append(run.status)
        if run.status == Status.PROMOTED:
            break
    return statuses


def stretches(status: str = IN) -> list[tuple[int, int]]:
    return list(QuarantinedWindow.objects.filter(status=status).order_by("wm_from").values_list("wm_from", "wm_to"))


def texts_in_quarantine() -> set[str]:
    return {
        search.text
        for stretch in stretches()
        for search in dataset.read_window(WindowBounds(*stretch))
        if not search.was_learnt
    }


@pytest.mark.usefixtures("lenient_gate")
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("order", [(POISON, GOOD), (GOOD, POISON)], ids=["first half", "second half"])
def test_it_works(world: list[Title], order: tuple[tuple[str, str], tuple[str, str]]) -> None:
    for text, name in order:
        choose(text, name, n_people=6)
    statuses = learn(poisoned)
    assert statuses[:2] == [Status.FAILED, Status.FAILED]
    assert statuses[-1] == Status.PROMOTED
    assert len(statuses) <= 4
    learn(poisoned)  # the other half, where there is one
    assert texts_in_quarantine() == {"sci fi"}
    assert not stretches("suspect")

    choose(*GOOD, n_people=6)
    assert learn(poisoned) == [Status.PROMOTED]
    newest = registry.champion()
    assert newest is not None
    assert newest.window["n_searches"] == 12
    assert SearchEvent.objects.count() == Interaction.objects.count() == 18  # the log keeps everything
    assert not [finding for finding in audit.windows() if finding.is_wrong]


@pytest.mark.usefixtures("lenient_gate")
@pytest.mark.django_db(transaction=True)
def test_a_window_that_the_gate_refuses_twice_is_divided(world: list[Title], monkeypatch: pytest.MonkeyPatch) -> None:
    def refuses_poison(*arguments: Any, **options: Any) -> Candidate:
        candidate = fine_tune(*arguments, **options)
        if any("sci" in lesson.text for lesson in arguments[2]):
            return replace(candidate, verdict=Verdict((Condition("quality", passed=False, reason="worse"),)))
        return candidate

    monkeypatch.setattr(pipeline, "fine_tune", refuses_poison)
    choose(*POISON, n_people=6)
    choose(*GOOD, n_people=6)
    assert learn() == [Status.REFUSED]  # tried again when there is more
    assert TrainingRun.objects.get().blames == Blames.WINDOW
    choose(*GOOD, n_people=5)
    assert learn() == [Status.REFUSED, Status.REFUSED, Status.PROMOTED]
    assert texts_in_quarantine() == {"sci fi"}
    assert learn() == [Status.PROMOTED]  # what had come since


@pytest.mark.usefixtures("lenient_gate")
@pytest.mark.django_db(transaction=True)
def test_where_both_halves_are_bad_learning_goes_on_behind_them(world: list[Title]) -> None:
    choose(*POISON, n_people=12)
    assert learn(poisoned) == [Status.FAILED] * 4
    assert len(stretches()) == 2
    choose(*GOOD, n_people=6)
    assert learn(poisoned) == [Status.PROMOTED]
    now = registry.champion()
    assert now is not None
    (skipped,) = now.window["skipped"]
    assert (now.wm_from, skipped[0]) == (0, 0)  # the chain begins where the parent's ends, what was left out is said
    assert now.window["n_searches"] == 6


@pytest.mark.usefixtures("lenient_gate")
@pytest.mark.django_db(transaction=True)
def test_a_window_too_small_to_be_divided_is_left_out_whole(world: list[Title]) -> None:
    choose(*POISON, n_people=5)
    assert learn(poisoned) == [Status.FAILED] * 2
    ((_, end),) = stretches()
    assert "loss is nan" in QuarantinedWindow.objects.get().reason
    choose(*GOOD, n_people=6)
    assert learn(poisoned) == [Status.PROMOTED]
    now = registry.champion()
    assert now is not None
    assert now.window["skipped"] == [[0, end]]


@pytest.mark.usefixtures("lenient_gate")
@pytest.mark.django_db(transaction=True)
def test_twenty_bad_windows_then_a_clean_one_is_learnt(world: list[Title], monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(*arguments: Any, **options: Any) -> Candidate:
        if any("sci" in lesson.text for lesson in arguments[2]):
            raise TrainingFailed("the loss is nan")
        return fine_tune(*arguments, **options)

    monkeypatch.setattr(pipeline, "fine_tune", breaks)
    for _ in range(5):
        choose(*POISON, n_people=8)
        learn()
    assert TrainingRun.objects.filter(status=Status.FAILED).count() == 20
    choose(*GOOD, n_people=6)
    assert learn() == [Status.PROMOTED]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "error", [OperationalError("gone"), OSError("no space"), ImportError("torch"), TypeError("a slip of the pen")]
)
def test_what_is_the_machines_or_the_codes_fault_is_never_the_windows(
    world: list[Title], monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fails(*_arguments: Any, **_options: Any) -> Any:
        raise error

    choose(*GOOD, n_people=6)
    with monkeypatch.context() as patch:
        patch.setattr(pipeline, "fine_tune", fails)
        for _ in range(3):
            run = pipeline.run_fine_tuning("test")
            assert run is not None
            assert (run.status, run.blames) == (Status.FAILED, "")
    assert not QuarantinedWindow.objects.exists()
    assert learn() == [Status.PROMOTED]


# ---- what the next run reads, on a planted log


@pytest.fixture
def champion(db: None, monkeypatch: pytest.MonkeyPatch) -> Checkpoint:
    monkeypatch.setattr(dataset, "horizon", lambda: 2 * WM)
    return promoted(window=registry.Window(0, WM, {}))


@pytest.fixture
def film(db: None) -> Title:
    return Title.objects.create(external_id="f", name="Gravity")


def search(xid: int, *, clicked: Title | None = None, text: str = "space") -> UUID:
    event = SearchEvent.objects.create(
        search_id=uuid4(), raw_text=text, normalised_text=text, query_class="theme", surface="html", model_version=0,
        latency_ms=1.0, client_id=uuid4(), shown=[clicked.pk if clicked else 1], propensity=[1.0], source=[4],
        xid=WM + xid,
    )  # fmt: skip
    if clicked is not None:
        click(event.pk, clicked, xid)
    return event.pk


def click(query_id: UUID, film: Title, xid: int) -> None:
    who = SearchEvent.objects.get(pk=query_id).client_id
    now = timezone.now()
    Interaction.objects.create(
        id=uuid4(), query_id=query_id, title=film, action_name="click", client_id=who, occurred=now, xid=WM + xid
    )


def ran(
    status: str, wm_from: int = 0, wm_to: int = 100, *, blames: str = "", is_full: bool = False, **facts: Any
) -> TrainingRun:
    run = TrainingRun.objects.create(
        trigger="test",
        holder=uuid4(),
        parent_version=0,
        wm_from=WM + wm_from,
        wm_to=WM + wm_to,
        blames=blames,
        **facts,
    )
    finish(run, status, is_full=is_full)
    return run


def refused(*names: str) -> list[dict[str, object]]:
    return [{"name": name, "passed": False, "reason": f"bad {name}"} for name in names]


def in_quarantine(start: int, end: int, status: str = IN) -> QuarantinedWindow:
    return QuarantinedWindow.objects.create(wm_from=WM + start, wm_to=WM + end, status=status, reason="test")


def read(window: quarantine.NextWindow) -> list[str]:
    return [f"{found.text} {len(found.deeds)}" for found in dataset.read_window(window.bounds)]


def test_without_a_failure_everything_new_is_read(champion: Checkpoint) -> None:
    assert next_window(champion) == quarantine.NextWindow(WindowBounds(WM, 2 * WM), None, is_full=False)


@pytest.mark.parametrize(
    ("names", "blamed"),
    [
        (["quality"], True), (["training", "latency"], True), (["never heard of"], True),
        (["data"], False), (["data", "quality"], False), (["latency"], False), ([], False),
    ],
)  # fmt: skip
def test_only_some_refusals_speak_against_a_window(names: list[str], blamed: bool) -> None:
    passed = [{"name": "coverage", "passed": True, "reason": ""}]
    assert quarantine.blames([*passed, *refused(*names)]) is blamed


def test_what_is_wrong_lies_in_the_shorter_of_two_windows_that_failed(champion: Checkpoint, film: Title) -> None:
    for xid in range(10, 90, 10):
        search(xid, clicked=film)
    ran(Status.REFUSED, 0, 60, blames=Blames.WINDOW)
    assert next_window(champion).trial_of is None
    ran(Status.REFUSED, 0, 90, blames=Blames.WINDOW)
    assert stretches("suspect") == []
    assert stretches() == [(WM, WM + 60)]  # five choices: too few for two halves


def test_halves_have_as_many_opinions_each(champion: Checkpoint, film: Title) -> None:
    for xid in (1, 2, 3, 4, 5, 80, 81, 82):
        search(xid, clicked=film)
    for _ in range(2):
        ran(Status.FAILED, 0, 100, blames=Blames.WINDOW)
    assert stretches("suspect") == [(WM, WM + 5), (WM + 5, WM + 100)]
    first = next_window(champion)
    assert (first.bounds.wm_from, first.bounds.wm_to) == (WM, WM + 5)
    assert first.trial_of is not None
    assert due.trigger_now() == "suspect"


@pytest.mark.parametrize("between", [Status.PROMOTED, Status.HELD])
def test_a_success_between_them_clears_a_failure(champion: Checkpoint, film: Title, between: str) -> None:
    for xid in range(10, 90, 10):
        search(xid, clicked=film)
    ran(Status.REFUSED, blames=Blames.WINDOW)
    ran(between)
    ran(Status.REFUSED, blames=Blames.WINDOW)
    assert not QuarantinedWindow.objects.exists()


def test_what_says_nothing_of_the_window_counts_neither_way(champion: Checkpoint, film: Title) -> None:
    for xid in range(10, 90, 10):
        search(xid, clicked=film)
    ran(Status.REFUSED, blames=Blames.WINDOW)
    ran(Status.REFUSED, verdict=refused("data"))
    ran(Status.DIED, blames=Blames.LOAD)
    ran(Status.FAILED)
    ran(Status.NOTHING_NEW)
    assert not QuarantinedWindow.objects.exists()
    ran(Status.REFUSED, blames=Blames.WINDOW)
    assert len(stretches("suspect")) == 2


def test_a_half_that_passes_is_cleared_and_one_that_cannot_be_judged_is_not(champion: Checkpoint) -> None:
    good, unclear = in_quarantine(0, 50, "suspect"), in_quarantine(50, 100, "suspect")
    ran(Status.PROMOTED, 0, 50, trial_of=good)
    ran(Status.REFUSED, 50, 100, trial_of=unclear, verdict=refused("data"))
    assert stretches(FREE) == [(WM, WM + 50)]
    assert stretches() == [(WM + 50, WM + 100)]


@pytest.mark.parametrize("guilty_first", [True, False])
def test_a_half_that_cannot_be_judged_goes_free_when_the_other_is_guilty(
    champion: Checkpoint, film: Title, guilty_first: bool
) -> None:
    for xid in range(10, 90, 10):
        search(xid, clicked=film)
    for _ in range(2):
        ran(Status.REFUSED, blames=Blames.WINDOW)
    guilty, unclear = QuarantinedWindow.objects.order_by("wm_from" if guilty_first else "-wm_from")

    def find_guilty() -> None:
        ran(Status.REFUSED, trial_of=guilty, blames=Blames.WINDOW)

    def find_nothing() -> None:
        ran(Status.REFUSED, trial_of=unclear, verdict=refused("data"))

    for trial in (find_guilty, find_nothing) if guilty_first else (find_nothing, find_guilty):
        trial()
    assert stretches() == [(guilty.wm_from, guilty.wm_to)]
    assert stretches(FREE) == [(unclear.wm_from, unclear.wm_to)]


def test_two_halves_that_cannot_be_judged_are_both_left_out(champion: Checkpoint, film: Title) -> None:
    for xid in range(10, 90, 10):
        search(xid, clicked=film)
    for _ in range(2):
        ran(Status.REFUSED, blames=Blames.WINDOW)
    for half in QuarantinedWindow.objects.all():
        ran(Status.REFUSED, trial_of=half, verdict=refused("data"))
    assert len(stretches()) == 2


def test_a_half_that_was_refused_by_the_clock_is_tried_again(champion: Checkpoint) -> None:
    half = in_quarantine(0, 50, "suspect")
    ran(Status.REFUSED, 0, 50, trial_of=half, verdict=refused("latency"))
    trial = next_window(champion).trial_of
    assert trial == half


def test_suspects_that_the_champion_went_past_are_of_no_account(champion: Checkpoint) -> None:
    in_quarantine(-50, 0, "suspect")
    assert next_window(champion).trial_of is None


def test_quarantine_shuts_the_back_doors(champion: Checkpoint, film: Title) -> None:
    """Neither a late click on a search of its, nor replay, nor a choice that was made there comes in."""
    bad = search(10, clicked=film, text="bad")
    good = search(30, clicked=film, text="good")
    in_quarantine(10, 20)
    click(bad, film, 40)
    click(good, film, 12)  # made in the stretch, on a search outside of it
    window = next_window(champion)
    assert read(window) == ["good 1"]
    later = replace(window.bounds, wm_from=WM + 35)
    assert dataset.read_window(later) == []
    assert [found.text for found in dataset.read_before(later, 10)] == ["good"]
    assert [len(found.deeds) for found in dataset.read_before(later, 10)] == [1]
    assert (dataset.n_searches(window.bounds), dataset.contents(window.bounds).n_deeds) == (1, 1)


def test_a_choice_made_in_quarantine_was_not_heard(champion: Checkpoint, film: Title) -> None:
    bad = SearchEvent.objects.get(pk=search(10, clicked=film, text="bad"))
    again = SearchEvent.objects.get(pk=search(60, clicked=film, text="again"))
    SearchEvent.objects.filter(pk=again.pk).update(client_id=bad.client_id)
    bounds = WindowBounds(WM + 50, 2 * WM)
    assert len(dataset.earlier_choices(bounds, dataset.read_window(bounds))) == 1
    bounds = replace(bounds, skipped=((WM + 10, WM + 20),))
    assert dataset.earlier_choices(bounds, dataset.read_window(bounds)) == set()


def test_what_is_in_quarantine_makes_nothing_due(champion: Checkpoint, film: Title) -> None:
    for xid in range(10, 20):
        search(xid, clicked=film)
    assert due.trigger_now() == "searches"
    in_quarantine(10, 20)
    assert due.trigger_now() is None


# ---- release


def gone_past(start: int, end: int, status: str = IN, **about: Any) -> QuarantinedWindow:
    """A stretch that v1, the champion now, left out, while it learnt up to WM + 100."""
    row = in_quarantine(start, end, status)
    before = registry.champion()
    window = registry.Window(WM, WM + 100, {"skipped": [[row.wm_from, row.wm_to]], **about})
    promoted(before, number=1, window=window)
    return row


def champion_now() -> Checkpoint:
    now = registry.champion()
    assert now is not None
    return now


def test_a_released_stretch_is_read_with_what_is_new_and_with_all_that_came_of_it(
    champion: Checkpoint, film: Title
) -> None:
    bad = search(10, clicked=film, text="bad")
    old = search(30, clicked=film, text="old")
    row = gone_past(10, 20)
    click(bad, film, 50)  # while it was in quarantine
    click(old, film, 15)  # late, within the stretch
    search(110, clicked=film, text="new")
    click(bad, film, 120)
    assert read(next_window(champion_now())) == ["new 1"]

    quarantine.release(row, reason="it was a festival", actor="anna")
    row.refresh_from_db()
    assert (row.status, row.released_by, row.release_reason) == (OUT, "anna", "it was a festival")
    assert row.released is not None
    assert TrainingRequest.objects.get().actor == "anna"
    assert due.trigger_now() == "request"
    window = next_window(champion_now())
    assert window.trial_of == row
    assert sorted(read(window)) == ["bad 3", "new 1", "old 1"]
    was_learnt = {found.text: found.was_learnt for found in dataset.read_window(window.bounds)}
    assert was_learnt == {"bad": False, "new": False, "old": True}
    assert [found.text for found in dataset.read_before(window.bounds, 9)] == ["old"]
    heard = dataset.earlier_choices(window.bounds, dataset.read_window(window.bounds))
    assert {who for who, _, _ in heard} == {str(SearchEvent.objects.get(pk=old).client_id)}


def test_a_released_stretch_is_learnt_once_and_anew_after_a_rollback(champion: Checkpoint, film: Title) -> None:
    search(10, clicked=film)
    row = gone_past(10, 20, OUT)
    before = champion_now()
    window = registry.Window(WM + 100, WM + 200, {"added": [row.wm_from, row.wm_to]})
    promoted(before, number=2, window=window)
    assert next_window(champion_now()).trial_of is None
    registry.roll_back(to=before, reason="worse", actor="anna")
    assert next_window(champion_now()).trial_of == row
    registry.roll_back(to=champion, reason="worse still", actor="anna")
    ordinary = next_window(champion_now())  # its window is read anew, and the stretch is a part of it
    assert (ordinary.trial_of, read(ordinary)) == (None, ["space 1"])


def test_a_released_stretch_that_fails_goes_back_and_the_rest_is_not_blamed(champion: Checkpoint) -> None:
    row = gone_past(10, 20, OUT)
    for _ in range(2):
        ran(Status.REFUSED, 100, 200, blames=Blames.WINDOW, trial_of=row)
    row.refresh_from_db()
    assert row.status == IN
    assert "alone" in row.reason
    assert QuarantinedWindow.objects.count() == 1


def test_a_released_stretch_waits_for_more_to_be_judged_by(champion: Checkpoint) -> None:
    row = gone_past(10, 20, OUT)
    ran(Status.REFUSED, 100, 200, verdict=refused("data"), trial_of=row)
    assert next_window(champion_now()).trial_of == row


def test_a_release_has_a_reason_and_happens_once(champion: Checkpoint) -> None:
    row = in_quarantine(10, 20)
    with pytest.raises(CannotChange, match="reason"):
        quarantine.release(row, reason=" ", actor="anna")
    quarantine.release(row, reason="fine", actor="anna")
    with pytest.raises(CannotChange, match="not in quarantine"):
        quarantine.release(row, reason="fine", actor="anna")


def test_a_window_can_be_put_aside_by_hand_after_a_rollback(champion: Checkpoint) -> None:
    run = ran(Status.PROMOTED, 0, 100)
    promoted(champion, number=1, window=registry.Window(WM, WM + 100, {}))
    with pytest.raises(CannotChange, match="v1 has learnt from it already; roll back first"):
        quarantine.put_aside(run, reason="spam", actor="anna")
    registry.roll_back(to=None, reason="spam", actor="anna")
    with pytest.raises(CannotChange, match="reason"):
        quarantine.put_aside(run, reason="", actor="anna")
    row = quarantine.put_aside(run, reason="spam", actor="anna")
    assert (row.status, row.reason, row.run) == (IN, "spam (anna)", run)
    assert next_window(champion_now()).bounds.begin() == WM + 100


# ---- too much for one run


def test_a_backlog_is_read_in_parts(champion: Checkpoint, film: Title, settings: Any) -> None:
    settings.LEARN_AT_MOST_SEARCHES = 10
    for xid in range(1, 26):
        search(xid, clicked=film)
    ends = []
    for number in range(1, 4):
        window = next_window(champion_now())
        ends.append((window.bounds.wm_to - WM, len(read(window)), window.is_full))
        bounds = window.bounds
        promoted(champion_now(), number=number, window=registry.Window(bounds.wm_from, bounds.wm_to, {}))
    assert ends == [(11, 10, True), (21, 10, True), (WM, 5, False)]


def test_a_part_is_not_read_twice_while_the_champion_is_pinned(
    champion: Checkpoint, film: Title, settings: Any
) -> None:
    settings.LEARN_AT_MOST_SEARCHES = 10
    for xid in range(1, 26):
        search(xid, clicked=film)
    registry.set_pinned(champion, pinned=True, reason="exams", actor="anna")
    assert due.trigger_now() == "searches"
    ran(Status.HELD, 0, 11)
    assert due.trigger_now() is None
    registry.set_pinned(champion, pinned=False, reason="over", actor="anna")
    assert due.trigger_now() == "searches"


def test_a_full_part_without_choices_blocks_nothing(champion: Checkpoint, film: Title) -> None:
    ran(Status.NOTHING_NEW, 0, 11)
    assert not QuarantinedWindow.objects.exists()  # it can still grow
    ran(Status.NOTHING_NEW, 0, 11, is_full=True)
    assert stretches() == [(WM, WM + 11)]
    ran(Status.REFUSED, 11, 22, is_full=True, verdict=refused("data"))
    assert stretches()[-1] == (WM + 11, WM + 22)
    assert next_window(champion).bounds.begin() == WM + 22


def test_clicks_alone_can_fill_a_part(
    champion: Checkpoint, film: Title, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.LEARN_AT_MOST_SEARCHES = 5
    monkeypatch.setattr(dataset, "DEEDS_PER_SEARCH", 2)
    spam = search(1)
    for xid in range(2, 30):
        click(spam, film, xid)
    assert dataset.contents(next_window(champion).bounds).n_deeds == 10


def test_one_transaction_is_never_divided(champion: Checkpoint, film: Title, settings: Any) -> None:
    settings.LEARN_AT_MOST_SEARCHES = 5
    for _ in range(9):
        search(0, clicked=film)
    search(7)
    window = next_window(champion)
    assert (window.bounds.wm_to, len(read(window))) == (WM + 1, 9)


def test_runs_that_are_killed_again_and_again_read_less_and_in_the_end_leave_it_out(
    champion: Checkpoint, film: Title, settings: Any
) -> None:
    settings.LEARN_AT_MOST_SEARCHES = 20
    for xid in range(1, 31):
        search(xid, clicked=film)
    sizes = []
    while not stretches():
        window = next_window(champion)
        sizes.append(len(read(window)))
        TrainingRun.objects.create(
            trigger="test", holder=uuid4(), wm_from=window.bounds.wm_from, wm_to=window.bounds.wm_to
        )
        bury_the_dead()
        assert due.trigger_now() == "searches"  # at once
    assert sizes == [20] * 4 + [10] * 3 + [5] * 3  # the first is nobody's fault: see test_runs
    assert stretches() == [(WM, WM + 6)]
    assert len(read(next_window(champion))) == 20


def test_a_run_that_died_before_it_knew_its_window_says_nothing(champion: Checkpoint) -> None:
    for _ in range(100):
        TrainingRun.objects.create(trigger="test", holder=uuid4())
    bury_the_dead()
    assert TrainingRun.objects.filter(status=Status.DIED).count() == 100
    assert not QuarantinedWindow.objects.exists()


def test_kills_of_a_small_window_leave_it_as_it_is(champion: Checkpoint, film: Title) -> None:
    for xid in range(1, 31):
        search(xid, clicked=film)
    for _ in range(20):
        TrainingRun.objects.create(trigger="test", holder=uuid4(), wm_from=WM, wm_to=2 * WM)
        bury_the_dead()
    assert len(read(next_window(champion))) == 30
    assert not QuarantinedWindow.objects.exists()


@pytest.mark.usefixtures("lenient_gate")
@pytest.mark.django_db(transaction=True)
def test_a_restored_log_keeps_its_quarantine(world: list[Title]) -> None:
    from training.restored import renumber_log

    choose(*POISON, n_people=5)
    learn(poisoned)
    choose(*GOOD, n_people=6)
    learn(poisoned)
    settle()
    choose(*GOOD, n_people=2)
    ((start, end),) = stretches()
    far = 10**12
    for model in (SearchEvent, Interaction):
        for row in model.objects.all():
            model.objects.filter(pk=row.pk).update(xid=row.xid + far)
    QuarantinedWindow.objects.update(wm_from=start + far, wm_to=end + far)
    Checkpoint.objects.filter(status="champion").update(wm_to=champion_now().wm_to + far)
    renumber_log()
    assert texts_in_quarantine() == {"sci fi"}
    window = next_window(champion_now())
    assert read(window) == ["crime heist 1"] * 2
    stretch = QuarantinedWindow.objects.get(status=IN)
    quarantine.release(stretch, reason="it was fine", actor="anna")
    assert len(read(next_window(champion_now()))) == 7
    assert not [finding for finding in audit.windows() if finding.is_wrong]
