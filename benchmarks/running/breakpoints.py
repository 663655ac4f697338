"""Places where a training run can be held, from outside, by the database that it talks to.

A trigger waits for an advisory lock before, after or at the end of what the run writes there; a drill
that holds the lock holds the run. One more place is a lock that a run takes anyway. Installed in the
drill's own database; the site's code knows nothing of it and is not changed.

Only advisory locks will do: whoever locks a row gets a transaction id, and behind an open transaction
nothing is learnt (docs/decisions/0003).
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from benchmarks.running.site import Site

SPACE = 5_005  # first key of our advisory locks, so that nobody else's are met
INSTALL = f"""
CREATE FUNCTION drill_wait() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE place text;
BEGIN
    IF tg_nargs = 0 THEN place := new.progress ->> 'stage'; ELSE place := tg_argv[0]; END IF;
    PERFORM pg_advisory_lock_shared({SPACE}, hashtext(place));
    PERFORM pg_advisory_unlock_shared({SPACE}, hashtext(place));
    RETURN new;
END $$;

CREATE TRIGGER drill_begun AFTER INSERT ON training_trainingrun
    FOR EACH ROW EXECUTE FUNCTION drill_wait('begun');
CREATE TRIGGER drill_stage BEFORE UPDATE OF progress ON training_trainingrun
    FOR EACH ROW WHEN (old.progress ->> 'stage' IS DISTINCT FROM new.progress ->> 'stage')
    EXECUTE FUNCTION drill_wait();
CREATE TRIGGER drill_read BEFORE UPDATE OF counts ON training_trainingrun
    FOR EACH ROW EXECUTE FUNCTION drill_wait('window read');
CREATE TRIGGER drill_registered AFTER INSERT ON recommender_checkpoint
    FOR EACH ROW EXECUTE FUNCTION drill_wait('version without a chunk');
CREATE TRIGGER drill_chunk BEFORE INSERT ON recommender_checkpointchunk
    FOR EACH ROW WHEN (new.sequence = 1) EXECUTE FUNCTION drill_wait('between chunks');
CREATE TRIGGER drill_promoting BEFORE UPDATE OF status ON recommender_checkpoint
    FOR EACH ROW WHEN (new.status = 'champion') EXECUTE FUNCTION drill_wait('promoting');
CREATE CONSTRAINT TRIGGER drill_commit AFTER UPDATE ON training_trainingrun
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (old.candidate_version IS NULL AND new.candidate_version IS NOT NULL)
    EXECUTE FUNCTION drill_wait('in the commit');
CREATE TRIGGER drill_released BEFORE UPDATE OF holder ON training_lease
    FOR EACH ROW WHEN (new.holder IS NULL AND old.holder IS NOT NULL) EXECUTE FUNCTION drill_wait('after the commit');
"""
REGISTRY = "SELECT pg_advisory_xact_lock(hashtext('marquee.registry'))"


@dataclass(frozen=True)
class Place:
    """name: a stage of a run, or what a trigger calls itself; else `at` says which of them comes just before.

    lock: the statement that takes another lock, which a run takes there anyway.
    """

    name: str
    at: str = ""
    lock: str = ""


def install(site: Site) -> None:
    site.database.execute(INSTALL)


def hold(place: Place) -> str:
    """The statement that holds a run there until the transaction around it ends."""
    return place.lock or f"SELECT pg_advisory_xact_lock({SPACE}, hashtext('{place.at or place.name}'))"


@contextmanager
def held_at(site: Site, place: Place) -> Iterator[Callable[[float], None]]:
    """Hold every run that comes there while the block runs.

    Gives a function that waits until one has come. It raises TimeoutError if none does within so many seconds.
    """
    with site.connection() as ours:
        ours.autocommit = False
        ours.execute(hold(place).encode())
        waiting = "SELECT count(*) FROM pg_stat_activity WHERE %s = ANY(pg_blocking_pids(pid))"

        def wait(seconds: float) -> None:
            site.wait_for(lambda: site.value(waiting, ours.info.backend_pid), seconds, f"run at “{place.name}”")

        yield wait
        ours.rollback()
