"""Means over several runs of the simulation."""

from benchmarks.learning.means import means


def a_run(ours: float, trees: float, coverage: float) -> dict[str, object]:
    def arm(ndcg: float, covered: float, gini: float) -> dict[str, list[float]]:
        return {name: [ndcg] for name in ("frequent", "rare", "never_seen")} | {"coverage": [covered], "gini": [gini]}

    arms = {
        "version 0": arm(0.2, 1000.0, 0.8),
        "both, gated": arm(ours, coverage, 0.81),
        "ours, no seats": arm(ours + 0.1, 700.0, 0.9),
        "LambdaMART": arm(trees, 800.0, 0.9),
        "LambdaMART, seated": arm(trees, 900.0, 0.8),
    }
    return {"points": [200], "arms": arms}


def test_everybody_is_compared_on_equal_terms() -> None:
    told = means([a_run(0.3, 0.26, 990.0), a_run(0.3, 0.22, 950.0)])
    heading, _, zero, ours, _, trees, seated = told.strip().splitlines()
    assert heading.startswith("after 200 searches, mean of 2 runs")
    assert "±" not in zero + ours  # nobody is ahead of himself
    assert "0.3000  +50.0%" in ours
    assert ours.split()[-3:] == ["0.970", "0.950", "+0.010"]
    assert "0.2400  +20.0% +0.1600 ± 0.0200" in trees  # without seats, both
    assert "0.2400  +20.0% +0.0600 ± 0.0200" in seated
