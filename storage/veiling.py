"""What led from a report to its reporter in databases of earlier versions, once for each."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy import and_, func, or_, select, update

from storage.reaching.outbox_seen import OF_REPORTS, VEIL
from storage.repository import given, insert
from storage.tables import attachment, draft, meta, outbox, report

if TYPE_CHECKING:
    from storage.store import Store
    from storage.work import Work

#: That it is done.
_MARK = "reporters-veiled"
#: What several processes that start at the same time wait for, page by page.
_LANE = "veiling"
#: Rows in one turn: nobody waits longer for it than for a usual turn.
_AT_ONCE = 200
_IS_DONE = select(meta.c.value).where(meta.c.key == given("key"))
_DONE = insert(meta).on_conflict_do_nothing(index_elements=[meta.c.key])
_FILES = (
    select(attachment.c.id, attachment.c.draft_id, attachment.c.report_id)
    .where(
        attachment.c.id > given("after"),
        attachment.c.report_id.is_not(None),
        attachment.c.owner.is_(None),
    )
    .order_by(attachment.c.id)
    .limit(_AT_ONCE)
)
#: Names that stand in clear, and lead to a report.
_CLEAR = tuple(
    and_(name.like(f"{kind}:%"), name.not_like(f"{kind}:{VEIL}%"))
    for name, kind in (
        (outbox.c.about, "question"),
        *((outbox.c.key, kind) for kind in (*OF_REPORTS, "question")),
    )
)
_CARDS = (
    select(outbox.c.id, outbox.c.key, outbox.c.about, outbox.c.report_id)
    .where(
        outbox.c.id > given("after"),
        or_(outbox.c.report_id.is_not(None), *_CLEAR),
    )
    .order_by(outbox.c.id)
    .limit(_AT_ONCE)
)
_VEIL_CARD = (
    update(outbox)
    .where(outbox.c.id == given("row"))
    .values(
        key=given("now_key"),
        about=given("now_about"),
        report=func.coalesce(given("now_report", outbox.c.report.type), outbox.c.report),
        report_id=None,
    )
)
_DRAFTS = (
    select(draft.c.id, draft.c.report_id)
    .where(draft.c.id > given("after"), draft.c.report_id.is_not(None))
    .order_by(draft.c.id)
    .limit(_AT_ONCE)
)
_VEIL_DRAFT = (
    update(draft)
    .where(draft.c.id == given("row"))
    .values(report=given("now_report"), report_id=None)
)
# A draft that was filed is gone, so that nothing asks for it any more.
_NO_DRAFTS = update(report).where(report.c.draft_id.is_not(None)).values(draft_id=None)


def veil(store: Store) -> None:
    """Do it, unless it was done. Blocks.

    Begun once more after a death, or beside another process, it finds only what is left.
    """
    if store.read(lambda reading: reading.db.one(_IS_DONE, key=_MARK)).result() is not None:
        return
    for page in (_files, _cards, _drafts):
        after: int | None = 0
        while after is not None:
            after = store.write(partial(page, after), lane=_LANE).result()
    store.write(_end, lane=_LANE).result()


def _files(after: int, work: Work) -> int | None:
    rows = work.db.all(_FILES, after=after)
    for file_id, draft_id, report_id in rows:
        is_open = draft_id is not None and work.drafts.get(draft_id) is not None
        work.attachments.attach(
            file_id, draft_id=draft_id if is_open else None, report_id=report_id
        )
    return rows[-1][0] if len(rows) == _AT_ONCE else None


def _cards(after: int, work: Work) -> int | None:
    rows = work.db.all(_CARDS, after=after)
    for card_id, key, about, report_id in rows:
        work.db.run(
            _VEIL_CARD,
            row=card_id,
            now_key=_veiled(work, key),
            now_about=_veiled(work, about),
            now_report=work.outbox.sealed_report(card_id, report_id),
        )
    return rows[-1][0] if len(rows) == _AT_ONCE else None


def _drafts(after: int, work: Work) -> int | None:
    rows = work.db.all(_DRAFTS, after=after)
    for draft_id, report_id in rows:
        sealed = work.drafts.sealed_report(draft_id, report_id)
        work.db.run(_VEIL_DRAFT, row=draft_id, now_report=sealed)
    return rows[-1][0] if len(rows) == _AT_ONCE else None


def _veiled(work: Work, name: str | None) -> str | None:
    kind, _, which = (name or "").partition(":")
    is_clear = kind in (*OF_REPORTS, "question") and not which.startswith(VEIL)
    return work.outbox.veiled(name) if name is not None and is_clear else name


def _end(work: Work) -> None:
    work.db.run(_NO_DRAFTS)
    work.db.run(_DONE, key=_MARK, value="1")
