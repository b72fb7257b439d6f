"""Visits that are due: whose, since when, why; and how a missed one is told."""

import json
from collections.abc import Mapping
from datetime import date, datetime

from conversation.cards import Action, Button
from conversation.dates import needs_year
from handlers.matter import Matter
from handlers.reaching.telling import rows
from handlers.turn import Filled, Turn
from handlers.visiting import planning
from policy.durations import Span
from policy.masking import mask_name
from policy.reasons import say_why, say_within
from storage.cases.duties import Duty
from storage.visiting.visit import VisitIn


def about(child_id: int) -> str:
    """How rows of the outbox and drafts name a child's next visit."""
    return f"visit:{child_id}"


def matter(turn: Turn, duty: Duty) -> Matter | None:
    """The child of a missed visit. All but red stand in the digest of whoever must hear."""
    child = turn.work.children.meant(duty.subject_id)
    if child is None or child.status != "active":
        return None
    look = Button(label=turn.words("visit.look"), action=Action("child", str(child.id)))
    return Matter(
        without=frozenset(),
        about=about(child.id),
        text=turn.words(
            "visit.missed",
            name=mask_name(child.name),
            area=turn.work.areas.full_name(child.area_id),
            reasons=reasons(turn, duty),
        ),
        rows=rows(look),
        in_digest=duty.grade != "red",
    )


def reasons(turn: Turn, duty: Duty, *, most: int = 9) -> str:
    """Why there is a visit now: 暑假，每周一次；等级黄，每月一次（从10月20日算）."""
    policy = turn.rules.policy
    whys = planning.read(duty).why[:most]
    told = [say_why(why, turn.rules.words, policy.rhythm, policy.seasons) for why in whys]
    since = whys[0].since
    return turn.words(
        "visit.reasons",
        reasons="；".join(dict.fromkeys(told)),
        when=say_day(turn, since),
    )


def step(duty: Duty) -> str:
    """What is to be done: visit, phone or township."""
    return planning.read(duty).step


def left(turn: Turn, due: datetime) -> str:
    """今天, 已过 3 天, 还有 12 天 (12月20日)."""
    day = due.astimezone(turn.rules.zone).date()
    days = (day - turn.at.date()).days
    key = "visit.today" if not days else "visit.late" if days < 0 else "visit.in_days"
    return turn.words(key, count=abs(days), when=say_day(turn, day))


def within(turn: Turn, span: Span) -> str:
    """1个工作日."""
    return say_within(span, turn.rules.words)


def say_day(turn: Turn, day: date) -> str:
    """12月20日, or 2025年12月20日 where it is last year's."""
    year = f"{day.year}年" if needs_year(day, turn.at.date()) else ""
    return f"{year}{day.month}月{day.day}日"


def explain(turn: Turn, child_id: int, filled: Filled) -> None:
    """Why a visit is late, in the words of whoever has to do it."""
    turn.work.visits.add(
        VisitIn(
            child_id=child_id,
            kind="",
            result="explained",
            reason=filled.answers["late_for"],
            answers=_dump({"form": filled.draft.form_version, **filled.answers}),
            person_id=turn.speaker.person_id,
            on_day=turn.at.date(),
            true_at=turn.work.now,
        )
    )


def _dump(said: Mapping[str, str]) -> str:
    return json.dumps(dict(said), ensure_ascii=False, separators=(",", ":"))
