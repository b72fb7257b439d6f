"""Before the first turn: the keys are this database's, and the ids are nobody else's."""

from __future__ import annotations

import hmac
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from sqlalchemy import Integer, Text, cast, func, select

from storage.engines import LOCK_SECONDS, WORKER_LOCKS, Place, fault_of
from storage.faults import KeyFileFault, StoreFault
from storage.ids import WORKERS, Ids
from storage.migrate import HEAD, current, require_known
from storage.repository import given, insert
from storage.tables import meta, outbox
from storage.work import Reading, Shared

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from storage.database import Database
    from storage.sealing import KeyRing

#: How often one connection is asked whose session it has: a pool may go round.
ASKED = 4

_NEXT_WORKER = (
    insert(meta)
    .on_conflict_do_update(
        index_elements=[meta.c.key],
        set_={"value": cast((cast(meta.c.value, Integer) + 1) % WORKERS, Text)},
    )
    .returning(meta.c.value)
)
_LAST_ID = select(func.max(outbox.c.id))
_KEEP = insert(meta).on_conflict_do_nothing(index_elements=[meta.c.key])
_KEPT = select(meta.c.value).where(meta.c.key == given("key"))


def prepare(db: Database, keys: KeyRing) -> Shared:
    """What the turns of this process share; raises KeyFileFault for another database's keys."""
    _refuse_foreign_keys(db, keys)
    last = db.one(_LAST_ID)
    worker = _claim_worker(db)
    return Shared(
        sealer=keys.sealer(),
        vault=keys.vault_sealer(),
        audit_key=keys.audit,
        ids=Ids(worker, after=(last and last[0]) or 0),
        worker=worker,
    )


def shared_to_look(keys: KeyRing) -> Shared:
    """What looks need that are taken beside the program, by one that writes nothing."""
    return Shared(
        sealer=keys.sealer(),
        vault=keys.vault_sealer(),
        audit_key=keys.audit,
        ids=Ids(0, after=0),
        worker=-1,
    )


def refuse_a_pool(place: Place) -> None:
    """Raise StoreFault where something between us and PostgreSQL lends one session to many.

    Locks, prepared statements and limits are the session's: through PgBouncer's transactions
    they would be whosever turn it is, and nothing would say so.
    """
    if place.is_sqlite:
        return
    with closing(place.for_writing()) as one, closing(place.for_writing()) as other:
        asked = {one.session() for _ in range(ASKED)}
        [(_, waits), *_] = asked
        if len(asked) > 1 or other.session() in asked or waits != f"{LOCK_SECONDS}s":
            raise StoreFault("database-pooled")


@contextmanager
def looking(url: str, keys: KeyRing, now: datetime) -> Iterator[Reading]:
    """One moment of a database that a program may be using; raises StoreFault."""
    place = Place(url)
    if place.is_sqlite and not place.file.exists():
        raise StoreFault("database-absent", path=place.file)
    version = current(url)
    require_known(version)
    if version != HEAD:
        raise StoreFault("database-older", found=version or "-", known=HEAD)
    try:
        with closing(place.for_reading()) as db:
            db.tell(place.begin_reading)
            _refuse_other_keys(db, keys)
            yield Reading(db, now, shared_to_look(keys))
    except Exception as error:
        raise fault_of(place, error) from None


def _refuse_foreign_keys(db: Database, keys: KeyRing) -> None:
    db.run(_KEEP, key="key-file", value=_mark(keys))
    _refuse_other_keys(db, keys)


def _refuse_other_keys(db: Database, keys: KeyRing) -> None:
    kept = db.one(_KEPT, key="key-file")
    if kept is None or kept[0] != _mark(keys):
        raise KeyFileFault("key-file-of-another", path=keys.path)


def _mark(keys: KeyRing) -> str:
    # Index and audit keys never change, so that their mark names the key file for good.
    whole = keys.data_index + keys.vault_index + keys.audit
    return hmac.digest(whole, b"key file", "sha256").hex()


def _claim_worker(db: Database) -> int:
    # Of 1024 numbers the next one that no living process holds; SQLite has one process anyway.
    for _ in range(WORKERS):
        row = db.one(_NEXT_WORKER, key="worker", value="0")
        assert row is not None
        worker = int(row[0])
        if not db.is_postgresql or db.claim_lock(WORKER_LOCKS, worker):
            return worker
    raise RuntimeError("all worker numbers are taken")
