"""The version this process answers with, and the watcher that follows the champion.

A request reads one reference. A thread of its own looks at two indexed rows every few seconds;
when the champion or the catalogue changed it builds the next snapshot beside the old one, tries it
and swaps. Whatever goes wrong, the old one stays and the alarm says why. What editors say of results
is followed in the same way, by another thread: neither a broken version nor an import keeps their words waiting.
"""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace

from django.conf import settings
from django.db import DatabaseError, connection

from catalog.models import CatalogRevision
from recommender import curation as editors
from recommender import witnesses
from recommender.index.encoders import embedding_fingerprint, query_encoder
from recommender.index.on_disk import current_index
from recommender.ml import engine
from recommender.ml.curation import NOTHING_SAID, Curation
from recommender.ml.encoder import CachedEncoder
from recommender.ml.index import CatalogIndex
from recommender.ml.questions import MAX_QUERY_LENGTH
from recommender.ml.ranking import Tier
from recommender.ml.snapshot import Snapshot
from recommender.ml.weights import BadCheckpoint
from recommender.models import Checkpoint
from recommender.versions import forgetting, registry, stored

logger = logging.getLogger(__name__)


class NotReady(RuntimeError):
    """Nothing can be served yet; the message says what is missing."""


@dataclass(frozen=True)
class _Seen:
    """What a look at the database found: equal looks need no new snapshot."""

    version: int
    sha256: str
    revision: int
    forgotten: int


class _Serving:
    """The state of this process: one snapshot, what it was made from, and the last alarm."""

    def __init__(self) -> None:
        self.snapshot: Snapshot | None = None
        self.seen: _Seen | None = None
        self.checkpoint: Checkpoint | None = None
        self.alarm = "no version has been loaded yet"
        self.lock = threading.Lock()
        self.watcher: threading.Thread | None = None
        self.encoder: CachedEncoder | None = None
        self.forgotten = 0
        self.curation = NOTHING_SAID
        self.editors_state = ""


_serving = _Serving()


def current() -> Snapshot:
    """The snapshot to answer with. Raises NotReady before the first one was built."""
    if _serving.snapshot is None:
        raise NotReady(_serving.alarm)
    return _serving.snapshot


def checkpoint() -> Checkpoint | None:
    """The row of the version that is served, as it was when the watcher last looked; None before."""
    kept, snapshot = _serving.checkpoint, _serving.snapshot
    return kept if kept is not None and snapshot is not None and kept.version == snapshot.version else None


def curation() -> Curation:
    """What editors say of results, as this process has heard last; nothing before it has looked."""
    return _serving.curation


def alarm() -> str:
    """Why the newest champion or catalogue is not being served; empty when all is well."""
    return _serving.alarm


def forgotten() -> int:
    """Number of the last forgetting that this process has heard of: what it keeps in mind from before is stale."""
    return _serving.forgotten


def refresh() -> None:
    """Look once, and follow if something changed. Raises nothing but database errors."""
    with _serving.lock:
        _follow_editors()
        champion = registry.champion()
        if champion is None:
            _serving.alarm = "no version is registered; run: manage.py prepare_model"
            return
        _serving.forgotten = forgetting.newest()
        heeded = _serving.forgotten if champion.tainted else 0  # what a clean version knows is nobody's who left
        seen = _Seen(champion.version, champion.sha256, CatalogRevision.current(), heeded)
        if seen == _serving.seen:
            _serving.alarm, _serving.checkpoint = "", champion  # what it warned of was rolled back
            return
        try:
            snapshot = _build(champion, seen)
        except (NotReady, FileNotFoundError, ValueError) as error:
            _raise_alarm(str(error))
            return
        if snapshot.version == champion.version:
            _serving.alarm, _serving.seen, _serving.checkpoint = "", seen, champion
        _serving.snapshot = snapshot
        logger.info("serving v%s, catalogue revision %s", snapshot.version, seen.revision)


def _follow_editors() -> None:
    """The state first: what is written between the two queries is read twice, never missed."""
    state = editors.state()
    if state != _serving.editors_state:
        _serving.curation, _serving.editors_state = editors.in_force(), state


def start_watching() -> None:
    """Follow the champion from now on, in a daemon thread; called once by every web process.

    The first look is taken before this returns, so that a process is ready before it is asked.
    """
    if _serving.watcher is None:
        _look()
        _serving.watcher = threading.Thread(target=_watch, args=[_look], name="serving-watcher", daemon=True)
        _serving.watcher.start()
        threading.Thread(target=_watch, args=[_look_at_editors], name="editors-watcher", daemon=True).start()


def _watch(look: Callable[[], None]) -> None:
    pause = threading.Event()
    while not pause.wait(settings.SERVING_LOOK_SECONDS):
        look()


def _look() -> None:
    def follow() -> None:
        refresh()
        witnesses.refresh(_serving.forgotten)

    _patiently(follow)


def _look_at_editors() -> None:
    _patiently(_follow_editors)


def _patiently(follow: Callable[[], None]) -> None:
    """What goes wrong is on the log; the next look tries again."""
    try:
        follow()
    except DatabaseError as error:
        logger.warning("cannot look for a newer version: %s", error)
    except Exception:
        logger.exception("looking for a newer version failed")
    finally:
        connection.close()


def _build(champion: Checkpoint, seen: _Seen) -> Snapshot:
    if _serving.encoder is None:
        _serving.encoder = CachedEncoder(query_encoder())
    if champion.encoder_fingerprint != embedding_fingerprint():
        raise NotReady(
            f"v{champion.version} was made for the encoder {champion.encoder_fingerprint}, the setting ENCODER"
            f" means {embedding_fingerprint()}; run: manage.py embed_titles and manage.py prepare_model"
        )
    index = _index(seen.revision)
    checkpoint: Checkpoint | None = champion
    while checkpoint is not None and checkpoint.encoder_fingerprint == champion.encoder_fingerprint:
        try:
            state = stored.load(checkpoint).without_optimiser()  # training resumes from it, serving never
            state = replace(state, memory=forgetting.without_forgotten(state.memory))
            snapshot = Snapshot(checkpoint.version, index, state, _serving.encoder)
            _try(snapshot)
            return snapshot
        except BadCheckpoint as error:
            _raise_alarm(f"v{checkpoint.version} must not serve: {error}")
            if _serving.snapshot is not None:
                break
            checkpoint = checkpoint.parent  # a start with a broken champion: its newest sound ancestor
    raise NotReady(_serving.alarm)


def _raise_alarm(reason: str) -> None:
    """Say it in the log once, however often the next looks find the same."""
    if reason != _serving.alarm:
        logger.error("%s", reason, exc_info=True)
    _serving.alarm = reason


def _index(revision: int) -> CatalogIndex:
    if _serving.snapshot is not None and _serving.seen is not None and _serving.seen.revision == revision:
        return _serving.snapshot.index
    return current_index(revision)


def _try(snapshot: Snapshot) -> None:
    """Answer a few queries before anybody else asks. Raises BadCheckpoint if an answer is wrong."""
    index = snapshot.index
    for row in range(0, len(index), max(1, len(index) // 3)):
        name = index.names[row]
        if len(name) > MAX_QUERY_LENGTH:
            continue
        ranking = engine.search(snapshot, name)
        if ranking.hits and ranking.hits[0].tier != Tier.EXACT:
            raise BadCheckpoint(f"it does not find “{name}” by its own name")
