import pytest

from benchmarks.timing import SHARES, STAGES, _Stopwatch, memory_mb, mixed, seconds_since_start, spread, time_calls

QUERIES = {kind: [f"{kind} {number}" for number in range(200)] for kind in SHARES}


def test_the_mix_has_the_shares_and_takes_turns():
    asked = mixed(QUERIES)
    kinds = [kind for kind, _ in asked]
    assert {kind: kinds.count(kind) / len(asked) for kind in SHARES} == SHARES
    assert set(kinds[:20]) == set(SHARES)
    assert sum(SHARES.values()) == pytest.approx(1)


def test_a_spread_by_hand():
    assert spread([1.0, 2.0, 3.0]) == pytest.approx({"p50": 2.0, "p95": 2.9, "mean": 2.0})


def test_every_query_is_called_once_after_warming_up():
    called: list[str] = []
    taken = time_calls(called.append, [("even" if n % 2 == 0 else "odd", str(n)) for n in range(10)])
    assert called == [*map(str, range(5)), *map(str, range(10))]
    assert list(taken) == ["all", "even", "odd"]
    assert set(taken["all"]) == {"cpu", "wall"}


def test_memory_and_age_of_this_process_are_plausible():
    memory = memory_mb()
    assert 0 < memory["own"] <= memory["resident"] <= memory["peak"] + 1
    assert memory["private"] + memory["shared"] == pytest.approx(memory["resident"], rel=0.05)
    assert 0 < seconds_since_start() < 24 * 3_600


def test_the_stages_are_functions_of_the_engine():
    assert all(callable(getattr(owner, function)) for _, owner, function in STAGES)


def test_a_stage_is_charged_without_the_stages_inside_it(monkeypatch):
    now = [0.0]
    monkeypatch.setattr("benchmarks.timing.time.perf_counter", lambda: now[0])
    watch = _Stopwatch()

    def inside():
        now[0] += 0.002

    def outside():
        now[0] += 0.001
        timed_inside()
        now[0] += 0.003

    timed_inside = watch.timed("inside", inside)
    watch.timed("outside", outside)()
    assert watch.ms == pytest.approx({"inside": 2.0, "outside": 4.0})
