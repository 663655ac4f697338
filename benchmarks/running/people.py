"""People who search and click over HTTP, and the list of what the site has acknowledged to them."""

import random
import time
import uuid
import zlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from benchmarks.running.texts import subject_of
from benchmarks.running.web import IDLE_SECONDS, Caller

FAVOURED = range(3, 11)  # where a favourite stands at first: good, and not yet at the top
THREADS = 4
GROUP = 40  # people who search, look and click together
ABSENT = 999
ONE_LIKED_OF = 5  # titles, for a subject
LIKED_MORE = 12  # with 3, what near queries teach is mostly chance, and the gate refuses it
LOOKING_SECONDS = 0.5  # a click sooner after its answer is no person's, says training.ml.labels


@dataclass
class People:
    """Everybody is a new client.

    `choose`: all like the same title for a subject, settled by the first search for it, and click on it wherever it
    is shown. So do few people in earnest: the gate takes many of them for a fraud. `browse`: they look down the page
    and have tastes.

    searches, clicks: ids that were answered with 200, so that the log must hold each once.
    """

    port: int
    searches: set[str] = field(default_factory=set)
    clicks: set[str] = field(default_factory=set)
    favourites: dict[str, str] = field(default_factory=dict)  # subject → item_id
    _idle: list[Caller] = field(default_factory=list)

    def search(self, text: str, client: str | None = None) -> Any:
        """The answer. Raises RuntimeError for any status but 200."""
        who = {"client_id": client, "session_id": client} if client else {}
        with self._caller() as caller:
            status, answer = caller.get("/api/v1/search", q=text, **who)
        if status != 200:
            raise RuntimeError(f"a search was answered with {status}: {answer}")
        self.searches.add(answer["query_id"])
        return answer

    def click(self, answer: Any, item: Any, client: str) -> None:
        event = {
            "event_id": str(uuid.uuid4()), "query_id": answer["query_id"], "action_name": "click",
            "item_id": item["item_id"], "position": item["position"], "client_id": client, "session_id": client,
        }  # fmt: skip
        with self._caller() as caller:
            status, answer = caller.post("/api/v1/events", {"events": [event]})
        if status != 200 or answer["rejected"]:
            raise RuntimeError(f"a click was answered with {status}: {answer}")
        self.clicks.add(event["event_id"])

    def choose(self, texts: Sequence[str]) -> None:
        """Somebody new searches for each text and takes what people like for its subject, if it is on the page."""

        def favourite(text: str, items: Sequence[Any]) -> Any:
            wanted = self.favourites.setdefault(subject_of(text), favourite_of(items, text))
            return next((item for item in items if item["item_id"] == wanted), None)

        self._visit(texts, favourite)

    def browse(self, texts: Sequence[str], *, seed: int, clicking: float = 1.0) -> None:
        """Somebody new searches for each text; that share of them click on one title of the page.

        Which one is drawn: the k-th place is looked at k times as seldom as the first and what stands there fits k
        times as seldom; what people like for the subject is clicked LIKED_MORE times as often as the rest. Flatter
        clicks the gate takes for labels that were shuffled.
        """
        draw = random.Random(seed)

        def something(text: str, items: Sequence[Any]) -> Any:
            if not items or draw.random() >= clicking:
                return None
            likings = [LIKED_MORE if is_liked(item["item_id"], text) else 1 for item in items]
            weights = [liking / item["position"] ** 2 for liking, item in zip(likings, items, strict=True)]
            return draw.choices(items, weights)[0]

        self._visit(texts, something)

    def _visit(self, texts: Sequence[str], choice: Callable[[str, Sequence[Any]], Any]) -> None:
        """A GROUP searches, THREADS at once; its people look for a while, then they click."""
        with ThreadPoolExecutor(THREADS) as pool:
            for start in range(0, len(texts), GROUP):
                asked = [(text, str(uuid.uuid4())) for text in texts[start : start + GROUP]]
                answers = list(pool.map(lambda pair: self.search(*pair), asked))
                time.sleep(LOOKING_SECONDS)
                chosen = [choice(text, answer["items"]) for (text, _), answer in zip(asked, answers, strict=True)]
                clicks = zip(answers, chosen, (client for _, client in asked), strict=True)
                list(pool.map(lambda click: self.click(*click), [click for click in clicks if click[1]]))

    def place(self, text: str) -> int:
        """Where the favourite stands for somebody of whom nothing is known; ABSENT if not on the page.

        The median of three searches: each may explore, and put another title on some place.
        """
        wanted = self.favourites[subject_of(text)]
        places = [
            next((item["position"] for item in self.search(text)["items"] if item["item_id"] == wanted), ABSENT)
            for _ in range(3)
        ]
        return sorted(places)[1]

    def close(self) -> None:
        while self._idle:
            self._idle.pop().close()

    @contextmanager
    def _caller(self) -> Iterator[Caller]:
        """One that nobody else uses meanwhile; a list's pop and append need no lock."""
        try:
            caller = self._idle.pop()
        except IndexError:
            caller = Caller(self.port)
        if caller.idle_seconds > IDLE_SECONDS:
            caller.close()
        try:
            yield caller
        finally:
            self._idle.append(caller)


def favourite_of(items: Sequence[Any], text: str) -> str:
    """The item_id that people like for a text: by its letters, at one of FAVOURED; "" if the page is too short."""
    wanted = FAVOURED[sum(map(ord, text)) % len(FAVOURED)]
    return next((item["item_id"] for item in items if item["position"] == wanted), "")


def is_liked(item_id: str, text: str) -> bool:
    """One title of ONE_LIKED_OF is, for a subject, by a hash: wherever it stands, and whoever asks."""
    return zlib.crc32(f"{subject_of(text)}/{item_id}".encode()) % ONE_LIKED_OF == 0
