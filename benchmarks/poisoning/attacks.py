"""What attackers do to a search log. They ask what people ask, page down to what they want, and act on it."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta

import numpy as np

from benchmarks.learning.asking import HOME_PLACES, Asker
from benchmarks.learning.world import Cast
from recommender.ml.engine import answer
from recommender.ml.names.folding import fold
from recommender.ml.snapshot import Snapshot
from training.ml.golden import GoldenSet
from training.ml.labels import Deed, LoggedSearch
from training.ml.simulator import FIRST_MOMENT, Intent, Page, People, Serve

PAGE, DEEPEST = 20, 1_000  # places of a page; how far down anybody can page
SLOW, OTHERS = 150, 1_000  # searches of the slow attack in a cycle; seeds of its placebo's people begin there


@dataclass(frozen=True)
class Scene:
    """What all attacks share. attacked: the themes asked most. rare: one asked hardly ever."""

    cast: Cast
    asker: Asker
    version_zero: Snapshot
    attacked: list[str]
    target: int
    victim: int  # the title that stands first for the most asked theme
    newcomer: int  # one that stands further down its first page
    rare: str
    golden: GoldenSet
    seed: int

    @property
    def themes(self) -> list[Intent]:
        return [*self.cast.frequent, *self.cast.rare]

    def pages_of(self, version: Snapshot) -> Serve:
        """What a version shows people first."""

        def serve(intent: Intent, _who: str) -> Page:
            shown = tuple(self.asker.first(version, intent, PAGE if intent.text else HOME_PLACES))
            named = bool(intent.text) and self.asker.question(intent.text).query_class == "title"
            return Page(shown, (1.0,) * len(shown), names_title=named)

        return serve


@dataclass
class Attacker:
    """Finds the page that shows a title, as the champion serves it, and acts on it."""

    scene: Scene
    champion: Snapshot
    cycle: int
    n_searches: int = 0
    pages: dict[str, list[int]] = field(default_factory=dict)

    def choose(self, who: str, text: str, title: int, *, times: int = 1, action: str = "click") -> list[LoggedSearch]:
        """So many searches by one client, each with one deed on the title; none where it cannot be found."""
        ranked = self.ranked(text)
        if title not in ranked:
            return []
        start = ranked.index(title) // PAGE * PAGE
        return [
            self._search(who, text, tuple(ranked[start : start + PAGE]), start + 1, title, action)
            for _ in range(times)
        ]

    def look(self, who: str, text: str) -> LoggedSearch:
        """The first page, and nothing done with it."""
        return self._search(who, text, tuple(self.ranked(text)[:PAGE]), 1, None, "click")

    def ranked(self, text: str) -> list[int]:
        """Title ids as far down as anybody can page."""
        if text not in self.pages:
            hits = answer(self.champion, self.scene.asker.question(text), limit=DEEPEST).hits
            self.pages[text] = [hit.title_id for hit in hits]
        return self.pages[text]

    def _search(
        self, who: str, text: str, shown: tuple[int, ...], first: int, title: int | None, action: str
    ) -> LoggedSearch:
        self.n_searches += 1
        at = FIRST_MOMENT + timedelta(days=self.cycle, seconds=20 * self.n_searches)
        deeds = () if title is None else (Deed(action, title, who, at + timedelta(seconds=7)),)
        return LoggedSearch(
            f"a{self.cycle:03}-{self.n_searches:06}", fold(text), who, who, at, shown, (1.0,) * len(shown), first,
            names_title=self.scene.asker.question(text).query_class == "title", deeds=deeds,
        )  # fmt: skip


Attack = Callable[[Attacker], list[LoggedSearch]]


def _crowd(n_clients: int, n_choices: int, *, fresh: bool, action: str = "click") -> Attack:
    """Clients who each choose the target so often, on themes in turn. fresh: others in every cycle."""

    def attack(by: Attacker) -> list[LoggedSearch]:
        made = []
        for client in range(n_clients):
            who = f"evil{client}-{by.cycle if fresh else ''}"
            for turn in range(n_choices):
                text = by.scene.attacked[(client + turn) % len(by.scene.attacked)]
                made += by.choose(who, text, by.scene.target, action=action)
        return made

    return attack


def _sink_by_looks(by: Attacker) -> list[LoggedSearch]:
    """Pages with the victim on top, of which nothing comes."""
    return [by.look(f"evil{n}-{by.cycle}", by.scene.attacked[0]) for n in range(1_000)]


def _sink_by_refusals(by: Attacker) -> list[LoggedSearch]:
    return [
        search
        for n in range(300)
        for search in by.choose(f"evil{n}-{by.cycle}", by.scene.attacked[0], by.scene.victim, action="not_for_me")
    ]


def _sink_by_decoys(by: Attacker) -> list[LoggedSearch]:
    """Pages with the victim on top, where every attacker chooses something else of the page."""
    text = by.scene.attacked[0]
    decoys = [title for title in by.ranked(text)[1:PAGE] if title != by.scene.victim]
    return [s for n in range(300) for s in by.choose(f"evil{n}-{by.cycle}", text, decoys[n % len(decoys)])]


def _rare_query(by: Attacker) -> list[LoggedSearch]:
    return [s for n in range(60) for s in by.choose(f"evil{n}-{by.cycle}", by.scene.rare, by.scene.target)]


def _forged(by: Attacker) -> list[LoggedSearch]:
    """Somebody else's pages, pages that did not show it, at once, an hour later, and the same again."""
    made = []
    for n in range(300):
        text = by.scene.attacked[n % len(by.scene.attacked)]
        page = by.look(f"evil{n}-{by.cycle}", text)
        shown = (*page.shown[:-1], by.scene.target)
        deed = Deed("click", by.scene.target, page.who, page.at + timedelta(seconds=5))
        made += [
            replace(page, query_id=f"{page.query_id}-not-shown", deeds=(deed,)),
            replace(page, query_id=f"{page.query_id}-other", shown=shown, deeds=(replace(deed, who="evil"),)),
            replace(page, query_id=f"{page.query_id}-fast", shown=shown,
                    deeds=(replace(deed, at=page.at + timedelta(milliseconds=20)),)),
            replace(page, query_id=f"{page.query_id}-early", shown=shown,
                    deeds=(replace(deed, at=page.at - timedelta(seconds=1)),)),
            replace(page, query_id=f"{page.query_id}-late", shown=shown,
                    deeds=(replace(deed, at=page.at + timedelta(hours=1)),)),
        ]  # fmt: skip
    return made


def _overnight(by: Attacker) -> list[LoggedSearch]:
    """No attack: a film that everybody talks about. 60 people type its name and choose it; 140 ask the theme that is
    asked most, look down the page as people do, and choose it if they come to it.
    """
    scene, made = by.scene, []
    text, name = scene.attacked[0], scene.version_zero.index.names[scene.newcomer]
    for n in range(60):
        made += by.choose(f"fan{n}-{by.cycle}", name, scene.newcomer)
    looks = scene.cast.world.habits.examined(PAGE)
    page = by.ranked(text)[:PAGE]
    chance = looks[page.index(scene.newcomer)] if scene.newcomer in page else 0.0
    draw = np.random.default_rng(by.cycle)
    for n in range(140):
        who = f"curious{n}-{by.cycle}"
        made += by.choose(who, text, scene.newcomer) if draw.random() < chance else [by.look(who, text)]
    return [replace(search, query_id=f"q{search.query_id}") for search in made]


def _others(by: Attacker) -> list[LoggedSearch]:
    """No attack: as many searches more as the slow one makes, by honest people of whom nothing is counted as lost."""
    people = People(by.scene.cast.world, seed=by.scene.seed + OTHERS)
    people.n_visits = SLOW * by.cycle
    made = [people.visit(by.scene.pages_of(by.champion)).logged for _ in range(SLOW)]
    return [_renamed(search, f"other-{search.who}") for search in made]


def _renamed(search: LoggedSearch, who: str) -> LoggedSearch:
    deeds = tuple(replace(deed, who=who) for deed in search.deeds)
    return replace(search, query_id=f"o{search.query_id}", who=who, session=f"o{search.session}", deeds=deeds)


@dataclass(frozen=True)
class Drill:
    name: str
    attack: Attack
    cycles: int  # at most
    needs_alarm: bool = False
    sinks: bool = False
    bites: bool = True  # gets through where there is no defence
    is_rare: bool = False  # on the rare query, not on the themes asked most
    is_limit: bool = False  # measured, not held: see decision 0012
    is_honest: bool = False  # no attack: everything is to be learnt
    seeds: int = 1  # worlds with the whole defence: what it costs is judged by their mean


DRILLS = {
    "one": Drill("1 session × 2,000 choices", _crowd(1, 2_000, fresh=False), 5),
    "sessions": Drill("150 sessions × 10", _crowd(150, 10, fresh=False), 5, needs_alarm=True),
    "fresh": Drill("500 fresh sessions × 3", _crowd(500, 3, fresh=True), 5, needs_alarm=True),
    "drip": Drill("50 sessions × 3, 20 cycles", _crowd(50, 3, fresh=False), 20, needs_alarm=True, seeds=8),
    "others": Drill("placebo: 150 honest more, 20 cycles", _others, 20, bites=False, is_honest=True, seeds=8),
    "looks": Drill("1,000 looks, no choice, to sink", _sink_by_looks, 5, sinks=True, bites=False),
    "refusals": Drill("300 refusals to sink", _sink_by_refusals, 5, needs_alarm=True, sinks=True, bites=False),
    "rare": Drill("rare query, 60 sessions", _rare_query, 5, is_rare=True),
    "decoys": Drill("300 choose all but the first", _sink_by_decoys, 5, sinks=True, bites=False, is_limit=True),
    "overnight": Drill("200 people want the same film", _overnight, 5, bites=False, is_honest=True),
    "forged": Drill("forged, foreign, too fast, late", _forged, 5, needs_alarm=True, bites=False),
}
