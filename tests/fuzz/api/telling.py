"""What was called and what came of it, as a table; and what was wrong, with a call to copy for each."""

from collections import Counter

from tests.fuzz.api import exceptions
from tests.fuzz.api.running import Run, Wrong

MOST_TOLD = 100


def table(runs: list[Run]) -> str:
    total: Counter[tuple[str, str]] = Counter()
    for run in runs:
        total.update(run.n_calls)
    classes = sorted({status for _, status in total})
    labels = list(dict.fromkeys(label for label, _ in total))
    width = max(map(len, labels), default=0)
    lines = [" " * width + "".join(f"{status:>8}" for status in classes)]
    lines += [f"{label:{width}}" + "".join(f"{total[label, status]:8,}" for status in classes) for label in labels]
    lines += ["", *(f"{sum(run.n_calls.values()):8,} calls by {run.caller.name}" for run in runs)]
    lines += [f"{sum(total.values()):8,} calls together", ""]
    wrong = sum((run.wrongs for run in runs), Counter())
    let_in = ("let in", "ignored_auth", "wrote though refused")
    kinds = {
        "server errors": sum(n for (_, status), n in total.items() if status in ("0xx", "5xx")),
        "authorization bypasses": sum(n for one, n in wrong.items() if one.check.startswith(let_in)),
        "schema violations": sum(n for one, n in wrong.items() if not one.check.startswith((*let_in, "raised"))),
    }
    lines += [f"{n:8,} {kind}" for kind, n in kinds.items()]
    lines += ["", "Not counted, because no document can say it:"]
    lines += [f"{n:8,} {why}" for why, n in exceptions.n_dropped.most_common()]
    return "\n".join(lines)


def wrongs(runs: list[Run]) -> str:
    """Empty where nothing was."""
    told: list[tuple[int, str, Wrong]] = [(n, run.caller.name, one) for run in runs for one, n in run.wrongs.items()]
    told.sort(key=lambda each: -each[0])
    return "\n\n".join(
        f"{n} times, by {caller}: {one.operation} {one.check}\n{_printable(one.example)}"
        for n, caller, one in told[:MOST_TOLD]
    )


def _printable(text: str) -> str:
    return "".join(letter if letter.isprintable() or letter == "\n" else repr(letter)[1:-1] for letter in text)
