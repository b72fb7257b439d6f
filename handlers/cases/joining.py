"""What was told twice: offered to whoever receives both, joined, and taken apart again.

Nothing is joined by itself, and nothing is lost: every report keeps its number and its reporter's
news, every duty goes along, and each of two that were joined by mistake goes on by itself again.
"""

import json
from collections.abc import Iterator

from conversation.cards import Button, Card
from handlers.cases import involved, possible, uniting
from handlers.cases.involved import View
from handlers.reaching import telling
from handlers.saying import answer, button
from handlers.turn import Turn
from policy.receipt import say_number
from policy.scope import may_see
from policy.signals import Told, alike
from storage.cases.case import Case, Owner
from storage.reporting.reports import Report

#: Earlier cases of a place that one is compared with, the newest first.
COMPARED = 30


# -- offering -----------------------------------------------------------------------------------


def rows(turn: Turn, seen: View) -> tuple[tuple[Button, ...], ...]:
    """Below a case: that something else may be the same matter, and what was joined to it."""
    case_id = str(seen.case.id)
    twin = likely(turn, seen)
    alike_row = button(turn.words("join.likely"), "case.twin", case_id) if twin else ()
    joined = uniting.newest(turn, seen.case) if "receiver" in seen.is_to_it else None
    joined_row = _part_button(turn, joined) if joined else ()
    return tuple(row for row in (alike_row, joined_row) if row)


def _part_button(turn: Turn, joined: Case) -> tuple[Button, ...]:
    return button(turn.words("join.part"), "case.part", str(joined.id))


def offer(turn: Turn, report: Report) -> None:
    """A new report: whoever has taken a case that may be the same hears so, if theirs are both."""
    case = turn.work.cases.of_report(report.id)
    for other in _alike(turn, case) if case is not None else ():
        owner = other.owner
        if not other.is_accepted or owner.person_id in (None, turn.speaker.person_id):
            continue
        assert case is not None
        assert owner.person_id is not None
        if not _sees(turn, owner, case) or owner.person_id in involved.excluded(turn, case.id):
            continue
        text = turn.words("join.offer", other=say_number(other.number))
        look = button(turn.words("join.compare"), "case.twin", str(case.id))
        telling.tell_person(
            turn,
            owner.person_id,
            Card(text=text, rows=(look,)),
            key=f"case:{case.id}:alike:{other.id}",
        )
        return


def _sees(turn: Turn, owner: Owner, case: Case) -> bool:
    """True when the post by which somebody has one case reads the other, too."""
    roles, tree = turn.rules.policy.roles, turn.work.areas
    return owner.area_id is not None and may_see(
        [(owner.role, owner.area_id)], case.area_id, tree, roles
    )


def likely(turn: Turn, seen: View) -> Case | None:
    """Another open case, of those that the speaker may join with it, that may be the same."""
    if not _joins(turn, seen):
        return None
    for other in _alike(turn, seen.case):
        view = involved.view(turn, other.id)
        if view is not None and view.case.id == other.id and _joins(turn, view):
            return other
    return None


def _alike(turn: Turn, case: Case) -> Iterator[Case]:
    """Open cases that may be the same, the likeliest to be meant first: the newest."""
    rules, apart = turn.rules.policy.signals.alike, _kept_apart(turn, case)
    mine = _told(turn, case)
    for other in _near(turn, case):
        if other.number not in apart and any(
            alike(one, two, rules) for one in mine for two in _told(turn, other)
        ):
            yield other


def _near(turn: Turn, case: Case) -> Iterator[Case]:
    """Open cases about the same child or in the same village, each once."""
    since = case.opened_at - turn.rules.policy.signals.alike.within
    cases = turn.work.cases
    found = {one.id: one for one in (cases.of_child(case.child_id) if case.child_id else ())}
    village = _village(turn, case)
    near = cases.near(village, since, COMPARED) if village is not None else ()
    found |= {one.id: one for one in near}
    for one in found.values():
        if one.id != case.id and one.is_open and one.joined_into is None:
            yield one


def _village(turn: Turn, case: Case) -> int | None:
    path = turn.work.areas.path(case.area_id) if case.area_id is not None else ()
    return next((area.id for area in path if area.kind == "village"), None)


def _told(turn: Turn, case: Case) -> list[Told]:
    return [
        Told(
            at=report.created_at,
            child_id=case.child_id,
            circumstances=report.circumstances,
            child=said.get("child", ""),
            what=said.get("what", "") or said.get("message", ""),
            by=turn.work.reporters.contact_of(report.id),
        )
        for report in turn.work.cases.reports(case.id)
        if (said := json.loads(report.answers)) is not None
    ]


def _joins(turn: Turn, seen: View) -> bool:
    """True for whoever receives an open case that nobody is about to close.

    One that somebody accepted only for its owner, and for who may be a second person to it.
    """
    case, closing = seen.case, turn.rules.policy.lifecycle.closing.stage
    works = not case.is_accepted or not seen.is_to_it.isdisjoint(("owner", "second"))
    return works and "receiver" in seen.is_to_it and case.is_open and case.stage != closing


def _kept_apart(turn: Turn, case: Case) -> frozenset[str]:
    """The numbers that somebody said are another matter."""
    return frozenset(
        json.loads(entry.body)["other"]
        for entry in turn.work.cases.entries(case.id)
        if entry.act == "kept_apart"
    )


def compare(turn: Turn, case_id: str) -> None:
    """像是同一件事: look at the other one, join them, or say that they are two."""
    seen = involved.view(turn, int(case_id))
    other = likely(turn, seen) if seen is not None else None
    if seen is None or other is None:
        answer(turn, turn.words("join.none" if seen else "alarm.not_yours"))
        return
    pair = f"{seen.case.id}:{other.id}"
    reasons = turn.rules.policy.signals.reasons.items()
    when = turn.moment(other.opened_at)
    text = turn.words(
        "join.ask", number=say_number(seen.case.number), other=say_number(other.number), when=when
    )
    answer(
        turn,
        text,
        button(turn.words("join.look"), "case.details", str(other.id)),
        *(
            button(turn.words("join.yes", what=name), "case.join", f"{pair}:{reason}")
            for reason, name in reasons
        ),
        button(turn.words("join.no"), "case.apart", pair),
        (possible.details_button(turn, seen.case),),
    )


def keep_apart(turn: Turn, arg: str) -> None:
    """不是同一件: it is not offered again."""
    pair = _pair(turn, arg)
    if pair is None:
        return
    for case, other in (pair, pair[::-1]):
        uniting.write(turn, case, "kept_apart", {"other": other.number})
    text = turn.words(
        "join.kept", number=say_number(pair[0].number), other=say_number(pair[1].number)
    )
    answer(turn, text, (possible.details_button(turn, pair[0]),))


def _pair(turn: Turn, arg: str) -> tuple[Case, Case] | None:
    """Two different open cases that the speaker receives; else they are told."""
    first, _, second = arg.partition(":")
    views = [involved.view(turn, int(one)) for one in (first, second)]
    seen = [one for one in views if one is not None and "receiver" in one.is_to_it]
    if len(seen) < len(views):
        answer(turn, turn.words("alarm.not_yours"))
        return None
    one, two = seen
    if one.case.id == two.case.id or not (_joins(turn, one) and _joins(turn, two)):
        answer(turn, turn.words("join.none"), (possible.details_button(turn, one.case),))
        return None
    return one.case, two.case


# -- joining and taking apart -------------------------------------------------------------------


def join(turn: Turn, arg: str) -> None:
    """合并, with its reason: the later one goes on in the earlier, or in the accepted one."""
    pair, _, reason = arg.rpartition(":")
    found = _pair(turn, pair)
    if found is None or reason not in turn.rules.policy.signals.reasons:
        return
    into, case = sorted(found, key=lambda one: (not one.is_accepted, one.id))
    into = uniting.unite(turn, case, into, reason)
    text = turn.words("join.done", number=say_number(case.number), other=say_number(into.number))
    look = (possible.details_button(turn, into),)
    answer(turn, text, look, _part_button(turn, case))


def part(turn: Turn, case_id: str) -> None:
    """分开: the one that was joined last goes on by itself again."""
    seen = involved.view(turn, int(case_id))
    if seen is None or "receiver" not in seen.is_to_it:
        answer(turn, turn.words("alarm.not_yours"))
        return
    case = uniting.newest(turn, seen.case)
    if case is None or case.id != int(case_id):
        answer(turn, turn.words("join.none"), (possible.details_button(turn, seen.case),))
        return
    alone = uniting.sever(turn, case, seen.case)
    number, other = say_number(alone.number), say_number(seen.case.number)
    text = turn.words("join.parted", number=number, other=other)
    that = button(turn.words("join.look"), "case.details", str(alone.id))
    answer(turn, text, that, (possible.details_button(turn, seen.case),))


def line(turn: Turn, act: str, body: dict[str, str]) -> str:
    """Why two were joined, for the story; "" for other acts."""
    if act not in (uniting.JOINED, uniting.TOOK_IN):
        return ""
    return turn.rules.policy.signals.reasons.get(body["reason"], "")
