"""What a visit found is entered: what was seen, learnt, promised, and who hears of it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime

from conversation.cards import Button, Card
from conversation.letters import tidy
from handlers import filling
from handlers.cases import adding_up
from handlers.children import changing, register, stewards
from handlers.children.own import alarming
from handlers.children.register import View
from handlers.people import colleagues
from handlers.reaching import quiet, telling
from handlers.reporting import report
from handlers.saying import answer, button, note
from handlers.school import absence_card
from handlers.turn import Filled, Turn
from handlers.visiting import digest, hearing, planning, visits
from handlers.visiting.beginning import name_of, seen_of
from policy.circumstances import suggest
from policy.masking import defang
from policy.receipt import say_number
from policy.routing import seated
from policy.visit_facts import Visit as RhythmVisit
from storage.cases.duties import Duty
from storage.children.child import Conflict
from storage.visiting.visit import Source, Visit, VisitIn

#: A question's name is the register's column behind this.
COLUMN = "now_"
#: What brothers and sisters do not share.
SINGLE = frozenset({"schooling", "health"})
#: Steps of absences that one visit offers to end.
STEPS = 3


def entered(turn: Turn, filled: Filled) -> None:
    """The card is confirmed: a visit of each child, the register, the next visit, the answer."""
    filled = replace(filled, answers=filling.with_told(filled.answers, "note"))
    views = _views(turn, filled.answers)
    if not views:
        register.refuse(turn)
        return
    before = turn.work.duties.visits_of([one.child.id for one in views])
    made = {one.child.id: _enter(turn, one, filled) for one in views}
    disputed = [
        key for one in views for key in _learn(turn, one, filled.answers, made[one.child.id])
    ]
    planning.plan_stirred(turn.work, turn.rules)
    adding_up.heed(turn, made)
    done = filled.answers["went"] == "done"
    _settle(turn, before, done=done)
    if not done:
        _ask_township(turn, views[0], made[views[0].child.id])
    _answer(turn, views, filled, made, disputed=bool(disputed))


def _views(turn: Turn, answers: Mapping[str, str]) -> list[View]:
    ids = answers["visit_ids"].split()
    if answers.get("together") == "some":
        ids = [_meant(answers, place) for place in answers["children_met"].split()]
    return [seen for one in ids if (seen := seen_of(turn, int(one))) is not None]


def _meant(answers: Mapping[str, str], place: str) -> str:
    """The id of the child with this number on the card."""
    return answers["visit_ids"].split()[int(place) - 1]


def _enter(turn: Turn, seen: View, filled: Filled) -> int:
    answers = filled.answers
    done = answers["went"] == "done"
    met = answers.get("people_met", "").split()
    at = _at(turn, answers)
    day = at.astimezone(turn.rules.zone).date()
    told = VisitIn(
        child_id=seen.child.id,
        kind=answers["way_went"],
        result="done" if done else "failed",
        reason="" if done else answers["went"],
        seen=done and "child" in met,
        alone=answers["alone"] == "yes" if answers.get("alone") else None,
        answers=_dump({"form": filled.draft.form_version, **answers, **_files(turn, filled)}),
        person_id=turn.speaker.person_id,
        role=_post_there(turn, seen.child.area_id),
        source=_source(turn, answers, day),
        on_day=day,
        true_at=at,
        next_on=_promised(answers),
    )
    visit_id = turn.work.visits.add(told)
    rhythm = turn.rules.policy.rhythm
    counts = rhythm.counts(
        RhythmVisit(on=day, kind=told.kind, seen=told.seen), rhythm.tier_of(seen.child.tier)
    )
    if done and counts:
        turn.work.duties.end_of("child", seen.child.id, by=turn.speaker.person_id, kinds=["visit"])
    return visit_id


def _post_there(turn: Turn, area_id: int) -> str:
    """The post by which the speaker visits: the nearest that holds the place, else any."""
    tree = turn.work.areas
    near = [one for one in turn.roles if tree.is_within(area_id, one.area_id)] or turn.roles
    nearest = max(near, key=lambda one: len(tree.path(one.area_id)), default=None)
    return nearest.role if nearest else ""


def _files(turn: Turn, filled: Filled) -> dict[str, str]:
    """The photos that were sent meanwhile: never asked for, and a report of it has them."""
    sent = turn.work.attachments.of_draft(filled.draft.id)
    return {"files": " ".join(str(one.id) for one in sent)} if sent else {}


def _at(turn: Turn, answers: Mapping[str, str]) -> datetime:
    """When it was; now, where somebody took the line away."""
    said = answers.get("visit_at")
    return datetime.fromisoformat(said) if said else turn.at


def _promised(answers: Mapping[str, str]) -> date | None:
    """The day that somebody said, not the one that was proposed."""
    said = answers.get("next_on", "")
    return date.fromisoformat(said) if said and said != answers.get("visit_next") else None


def _source(turn: Turn, answers: Mapping[str, str], day: date) -> Source:
    me = turn.work.people.name_of(turn.speaker.person_id)
    if day < turn.at.date() or answers.get("visit_by", me) != me:
        return "paper"
    return "dictated" if answers.get("visit_source") == "dictated" else "chat"


def _learn(turn: Turn, seen: View, answers: Mapping[str, str], visit_id: int) -> tuple[str, ...]:
    """What changed goes into the register; grave columns that others changed too are named."""
    whose = _meant(answers, answers.get("whose") or "1")
    values = {
        key: changing.tidied(key, value) or ""
        for name, value in answers.items()
        if name.startswith(COLUMN)
        and value
        and (key := name.removeprefix(COLUMN)) in seen.fields | seen.waits
        and (key not in SINGLE or whose == str(seen.child.id))
    }
    if not values:
        return ()
    at = _at(turn, answers)
    done = turn.work.children.change(
        seen.child.id,
        values,
        source="visit",
        source_id=visit_id,
        by=turn.speaker.person_id,
        true_at=at,
        expect={key: seen.child.values.get(key, "") for key in values},
    )
    changing.note(turn, seen)
    return tuple(done.disputes) if isinstance(done, Conflict) else ()


def _ask_township(turn: Turn, seen: View, visit_id: int) -> None:
    """Nobody was met time and again, or the family does not want it: one of the township hears."""
    duty = turn.work.duties.visits_of([seen.child.id]).get(seen.child.id)
    if duty is None or visits.step(duty) != "township":
        return
    policy = turn.rules.policy
    posts = seated(
        policy.duties.levels["township"], seen.child.area_id, turn.work.areas, policy.routing
    )
    found = telling.on_call(turn, posts, duty.grade, without={turn.speaker.person_id})
    matter = visits.matter(turn, duty)
    if found and matter is not None:
        text = turn.words(
            "visit.ask_township", name=colleagues.called(turn, turn.speaker.person_id)
        )
        telling.tell_person(
            turn,
            found[0].person_id,
            Card(text=f"{text}\n\n{matter.text}", rows=matter.rows),
            key=f"visit:{visit_id}:township",
            priority=telling.urgency(duty.grade),
            about=matter.about,
            when=quiet.at_day(turn, telling.hour(turn, duty.grade)),
        )


def _settle(turn: Turn, before: Mapping[int, Duty], *, done: bool) -> None:
    """Cards that asked for it ask no more; the digests of whose it was shrink."""
    people = [turn.speaker.person_id]
    for child_id, duty in before.items():
        if done:
            card = note(turn, turn.words("visit.settled"))
            telling.settle(turn, visits.about(child_id), card, but=turn.speaker.contact_id)
        if duty.person_id is not None:
            deputy = turn.work.deputies.deputy_of(duty.person_id, turn.work.now)
            people += [duty.person_id, *([deputy] if deputy else [])]
        people += [
            climb.person_id
            for climb in turn.work.duties.climbs(duty.id)
            if climb.person_id is not None
        ]
    digest.refresh(turn, people)


def _answer(
    turn: Turn,
    views: Sequence[View],
    filled: Filled,
    made: Mapping[int, int],
    *,
    disputed: bool,
) -> None:
    """What is due next of each, what worries, and what can be done about it at once."""
    answers = filled.answers
    worries, grave = worries_of(turn, answers), alarming(turn, answers.get("note", ""))
    lines = [
        turn.words("checkin.done", name="、".join(map(name_of, views))),
        *_due_next(turn, views),
        *([turn.words("checkin.disputed")] if disputed else []),
        *([turn.words("checkin.worries", text=worries)] if worries else []),
        *([turn.words("checkin.grave")] if grave else []),
    ]
    rows = _told_too(turn, filled)
    if worries or grave:
        first = made[views[0].child.id]
        rows.append(button(turn.words("checkin.report"), "visit.report", str(first)))
    answer(turn, defang("\n".join(lines)), *rows, *_ways_on(turn, views, answers))


def _due_next(turn: Turn, views: Sequence[View]) -> list[str]:
    duties = turn.work.duties.visits_of([one.child.id for one in views])
    return [
        turn.words(
            "checkin.next",
            name=name_of(one),
            what=turn.words(f"visits.step.{visits.step(duty)}"),
            left=visits.left(turn, duty.due_at),
            reasons=visits.reasons(turn, duty, most=2),
        )
        for one in views
        if (duty := duties.get(one.child.id)) is not None
    ]


def _ways_on(
    turn: Turn, views: Sequence[View], answers: Mapping[str, str]
) -> list[tuple[Button, ...]]:
    """To an absence of theirs, to their departure, to the other visits, and to the child."""
    day = _at(turn, answers).astimezone(turn.rules.zone).date()
    steps = [row for one in views for row in absence_card.steps_of_child(turn, one.child.id, day)]
    first = views[0].child
    moved = answers["went"] == "moved" and stewards.keeps(turn, first.area_id)
    return [
        *steps[:STEPS],  # one way to the house is enough: the step of an absence is told here
        *([button(turn.words("checkin.moved"), "depart", str(first.id))] if moved else []),
        button(turn.words("mine.visits"), "visits"),
        button(turn.words("child.back"), "child", str(first.id)),
    ]


def _told_too(turn: Turn, filled: Filled) -> list[tuple[Button, ...]]:
    """The next visit of those that were told in one breath."""
    for draft in turn.work.drafts.open_of(turn.speaker.contact_id):
        waits = draft.id != filled.draft.id and filling.is_untouched(draft)
        if waits and filling.name_of(turn, draft) == hearing.VISIT:
            names = filling.answers_of(turn, draft)[1].get("visit_names", "")
            return [
                button(turn.words("checkin.go_on_with", name=names), "draft.resume", str(draft.id))
            ]
    return []


def worries_of(turn: Turn, answers: Mapping[str, str]) -> str:
    """What was found, in words: 家里没有大人照看、缺被子；要帮忙：救助、补助."""
    table = turn.rules.policy.extraction
    hazards = [
        table.hazards[key].words
        for key in table.hazards
        if key.replace(".", "_") in answers.get(f"hazard_{key.split('.')[0]}", "").split()
    ]
    needs = [
        table.needs[key].words for key in answers.get("needs", "").split() if key in table.needs
    ]
    told = ["、".join(hazards)] if hazards else []
    if needs:
        told.append(turn.words("checkin.needs", text="、".join(needs)))
    return "；".join(told)


def file_report(turn: Turn, visit_id: str) -> None:
    """One tap: what the visitor found is a report with a case, and nothing is typed again."""
    visit = turn.work.visits.get(int(visit_id))
    seen = seen_of(turn, visit.child_id) if visit is not None else None
    if visit is None or seen is None or visit.person_id != turn.speaker.person_id:
        register.refuse(turn)
        return
    if visit.report_id is not None:
        known = turn.work.reports.get(visit.report_id)
        number = say_number(known.number) if known else ""
        answer(turn, turn.words("checkin.reported_before", number=number))
        return
    body = _reported(turn, seen, visit)
    filed, receipt = report.raise_known(turn, body, seen.child.id, kind="report")
    turn.work.visits.reported(visit.id, filed.id)
    for file_id in map(int, json.loads(visit.answers).get("files", "").split()):
        if turn.work.attachments.get(file_id) is not None:
            turn.work.attachments.attach(file_id, report_id=filed.id)
    card = note(turn, turn.words("checkin.reported", text=receipt))
    turn.say(card, key=f"report:{filed.id}:receipt", report_id=filed.id, asks=False)


def _reported(turn: Turn, seen: View, visit: Visit) -> dict[str, str]:
    answers = json.loads(visit.answers)
    worries = worries_of(turn, answers)
    what = "。".join(filter(None, (worries, answers.get("note", ""))))
    codes = suggest(what, turn.rules.policy.circumstances) or ("other",)
    return {
        "what": tidy(what),
        "circumstances": " ".join(codes),
        "place": str(seen.child.area_id),
        "child": seen.child.name,
        "safe": "unknown",
        "when": visit.true_at.astimezone(turn.rules.zone).isoformat(timespec="minutes"),
    }


def _dump(said: Mapping[str, str]) -> str:
    return json.dumps(dict(said), ensure_ascii=False, separators=(",", ":"))
