"""What a recipe made of searches it was not taught: the candidate of each fold, beside champion and version 0."""

from collections.abc import Mapping, Sequence

from recommender.ml.snapshot import Snapshot
from training.ml.evaluate import RANKED, Asks, Change, Judged, change, evaluate, slices, spread
from training.ml.examination import ACCIDENTS
from training.ml.labels import Lesson
from training.ml.logged_pages import LoggedPage
from training.ml.offpolicy import OffPolicy
from training.ml.rankings import Curve, estimate


class HeldOut:
    """What candidate, champion and version 0 made of searches that the candidate's fold was not taught."""

    def __init__(self, pages: Mapping[str, LoggedPage]) -> None:
        self.lessons: list[Lesson] = []
        self._versions = [Judged(), Judged(), Judged()]
        self._pages = pages
        self._replayed: list[tuple[LoggedPage, tuple[int, ...], tuple[int, ...]]] = []

    def judge(
        self,
        candidate: Snapshot,
        champion: Snapshot,
        version_zero: Snapshot,
        judged: Sequence[Lesson],
        sampled: Sequence[Lesson],
        asks: Asks,
    ) -> None:
        """judged: searches with a choice. sampled: with or without one; of these, pages are replayed."""
        sampled = [lesson for lesson in sampled if lesson.query_id in self._pages]
        lessons = {lesson.query_id: lesson for lesson in (*sampled, *judged)}
        found = evaluate([candidate, champion, version_zero], list(lessons.values()), asks)
        of_candidate, of_champion = found[0].shown, found[1].shown
        self._replayed += [
            (self._pages[lesson.query_id], of_candidate[lesson.text], of_champion[lesson.text]) for lesson in sampled
        ]
        self.lessons += judged
        self._versions = [before.plus(now) for before, now in zip(self._versions, found, strict=True)]

    def change(self, lessons: Sequence[Lesson] | None = None) -> Change:
        """Of these lessons' texts, or of all that were judged."""
        lessons = self.lessons if lessons is None else lessons
        candidate, champion, _ = self._versions
        return change(candidate, champion, len(lessons), {lesson.text for lesson in lessons})

    def slices(self, champion: Snapshot) -> dict[str, Change]:
        return {name: self.change(lessons) for name, lessons in slices(champion.state.memory, self.lessons).items()}

    def spread(self) -> tuple[tuple[int, float], tuple[int, float]]:
        """Of what candidate and version 0 show first, over the judged texts."""
        shown = [[judged.shown[text][:RANKED] for text in judged.shown] for judged in self._versions]
        pool = [page for of_version in shown for page in of_version]
        return spread(shown[0], pool), spread(shown[2], pool)

    def means(self) -> dict[str, float]:
        """nDCG@10 as logged, which favours the champion: to look at, not to decide by."""
        return dict(zip(("candidate", "champion", "version_zero"), (j.mean for j in self._versions), strict=True))

    def off_policy(self, looks: Curve, other_curves: Sequence[Curve] = ()) -> dict[str, OffPolicy]:
        """What each would have earned a page, in gains, if people choose as they look. Empty without pages.

        other_curves: ends of the interval of `looks`. The same accidents are taken off as where that was fitted.
        """
        if not self._replayed:
            return {}
        pages = [page for page, _, _ in self._replayed]
        of_candidate = {id(page): shown for page, shown, _ in self._replayed}
        of_champion = {id(page): shown for page, _, shown in self._replayed}
        return {
            name: estimate(
                pages,
                lambda page, shown=shown: shown[id(page)],  # type: ignore[misc]
                looks,
                other_curves=other_curves,
                accidents=ACCIDENTS,
            )
            for name, shown in (("candidate", of_candidate), ("champion", of_champion))
        }
