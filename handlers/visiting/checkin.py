"""A visit is entered: by taps, from free words, for somebody else, later; and what follows.

The register learns what changed, the next visit is planned, worries become a report by one tap.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import partial
from typing import assert_never

from conversation.answers import tidy
from conversation.cards import Button, Card
from conversation.dates import parse_days
from handlers import filling
from handlers.cases import adding_up
from handlers.children import child_file, register, stewards
from handlers.children.own import alarming, by_full_name, own
from handlers.children.register import View
from handlers.filling import Notice
from handlers.people import colleagues
from handlers.people.colleagues import answer, button
from handlers.reaching import telling
from handlers.reporting import report
from handlers.reporting.instead import Instead
from handlers.school import absences
from handlers.turn import Filled, Turn
from handlers.visiting import digest, hearing, planning, several, visits
from policy.circumstances import suggest
from policy.masking import defang, mask_name
from policy.receipt import say_number
from policy.rhythm import Visit as RhythmVisit
from policy.routing import seated
from storage.cases.duties import Duty
from storage.children.child import Child, Conflict
from storage.visiting.visit import Source, Visit, VisitIn

#: A question's name is the register's column behind this.
COLUMN = "now_"
#: What brothers and sisters do not share.
SINGLE = frozenset({"schooling", "health"})
#: What of the register a visitor is reminded of.
WAS = ("guardian_name", "both_away", "schooling", "health")
#: Visits that one look back shows.
SHOWN = 10
#: Steps of absences that one visit offers to end.
STEPS = 3
#: Children of one visit: the form has as many names.
MOST = 6
#: Houses of one question, and children whom the button of one names.
HOUSES, SHOWN_OF_HOUSE = 5, 4


# -- beginning ----------------------------------------------------------------------------------


def begin(turn: Turn, child_id: str) -> None:
    """A household of the list was tapped: whoever of it is due is visited together."""
    seen = _seen(turn, int(child_id))
    if seen is None:
        register.refuse(turn)
        return
    household = turn.work.children.of_household(seen.child.household_id)
    others = [one.id for one in household if one.id != seen.child.id and one.status == "active"]
    due = turn.work.duties.visits_of(others)
    ends = turn.work.now + timedelta(days=1)
    together = [seen] + [
        other
        for one in others
        if one in due and due[one].due_at <= ends and (other := _seen(turn, one)) is not None
    ]
    filling.begin(turn, "visit", preset=_preset(turn, together[:MOST], "chat"), in_place=True)


def said(turn: Turn, text: str) -> bool:
    """True when free words tell of visits to one's own children: cards are to be confirmed.

    Whoever names nobody is asked which house it was.
    """
    told = _read(turn, text)
    known = several.houses(turn) if not told and _tells_of_some(turn, text) else []
    if not told and not known:
        return False
    if told and not alarming(turn, text):
        _begin_read(turn, told)
        return True
    key = "checkin.instead" if alarming(turn, text) else "checkin.some"
    instead = Instead(label=turn.words(key), verb="visit.said")
    asks = partial(_which_house, turn, known) if known else None
    report.begin_from_words(turn, text, instead=[instead], asks=asks)
    return True


def said_beside(turn: Turn, text: str) -> bool:
    """True when words to an open visit tell of another house alone: that visit waits, too."""
    before = turn.draft
    if before is None or filling.name_of(turn, before) != hearing.VISIT:
        return False
    told = _read(turn, text) or _read(turn, text, tells=False)
    here = set(filling.answers_of(turn, before)[1]["visit_ids"].split())
    others = [one for one in told if here.isdisjoint(one["visit_ids"].split())]
    if not told or len(others) < len(told) or alarming(turn, text):
        return False
    for preset in reversed(told):
        filling.begin(turn, "visit", preset=preset, quiet=True)
    turn.draft = before
    names = "、".join(one["visit_names"] for one in told)
    turn.say(Card(text=turn.words("checkin.heard_beside", name=names)), asks=False)
    filling.show(turn)
    return True


def _tells_of_some(turn: Turn, text: str) -> bool:
    """True for a worker's words that say how a visit went: 没在家, 门锁着."""
    return bool(turn.roles) and hearing.read(turn, text).tells


def begin_said(turn: Turn, told: str) -> None:
    """没有危险，记成看望: words that sounded like danger are a visit's after all."""
    before = report.said_before(turn, told)
    text = filling.answers_of(turn, before)[1].get("what", "") if before else ""
    visits_told = _read(turn, text) or _read(turn, text, tells=False)
    known = several.houses(turn) if text and not visits_told else []
    if before is None or not (visits_told or known):
        register.refuse(turn)
    elif visits_told:
        _begin_read(turn, visits_told)
        report.take_over(turn, before)
    else:
        turn.draft = before
        turn.say(_which_house(turn, known, before.id), in_place=True)


def begin_of(turn: Turn, arg: str) -> None:
    """The house was tapped of which the words tell, or all of them, "child:draft", ":draft"."""
    whose, _, told = arg.partition(":")
    before, known = report.said_before(turn, told), several.houses(turn)
    text = filling.answers_of(turn, before)[1].get("what", "") if before else ""
    meant = [one for one in known if not whose or one.named == whose]
    views = [seen for one in meant for child in one.children if (seen := _seen(turn, child.id))]
    if before is None or not text or not views:
        register.refuse(turn)
        return
    card = hearing.read(turn, text)
    answers = {**hearing.answers_of(turn, text, card), "note": tidy(text)}
    _begin_read(turn, [{**_preset(turn, some, "dictated"), **answers} for some in _cards(views)])
    report.take_over(turn, before)


def more_houses(turn: Turn, arg: str) -> None:
    """The next houses of which the words may tell, "start:draft"."""
    start, _, told = arg.partition(":")
    before = report.said_before(turn, told)
    if before is None:
        register.refuse(turn)
        return
    turn.draft = before
    card = _which_house(turn, several.houses(turn), before.id, start=int(start))
    turn.say(card, in_place=True)


def _which_house(turn: Turn, known: Sequence[several.House], told: int, *, start: int = 0) -> Card:
    """Of which house do the words tell that lie in a draft? Perhaps of none."""
    fits = len(known) <= HOUSES
    page = known if fits else known[start : start + HOUSES - 1]
    rows = [button(_house(turn, one), "visit.of", f"{one.named}:{told}") for one in page]
    if not fits:
        following = start + len(page) if start + len(page) < len(known) else 0
        rows.append(button(turn.words("form.more"), "visit.of_more", f"{following}:{told}"))
    if 1 < len(known) <= several.MOST:
        label = turn.words("checkin.all_houses", count=len(known))
        rows.append(button(label, "visit.of", f":{told}"))
    rows.append(button(turn.words("checkin.no_house"), "form.show"))
    return colleagues.note(turn, turn.words("checkin.which_house"), *rows)


def _house(turn: Turn, house: several.House) -> str:
    """王小明、王小芳（一组）."""
    views = [seen for one in house.children if (seen := register.view(turn, one.id))]
    area = turn.work.areas.get(house.children[0].area_id)
    names = "、".join(map(_name, views[:SHOWN_OF_HOUSE]))
    return turn.words("checkin.house", name=names, area=area.name if area else "")


def _begin_read(turn: Turn, told: Sequence[Mapping[str, str]]) -> None:
    """The first card; the others wait in drafts, and are shown when it is done."""
    first, *others = told
    for preset in reversed(others):
        filling.begin(turn, "visit", preset=preset, quiet=True)
    rest = "、".join(one["visit_names"] for one in others)
    key = "checkin.heard_some" if others else "checkin.heard"
    heard = [turn.words(key, name=first["visit_names"], other=rest)]
    if missed := _unheard(turn, told):
        heard.append(turn.words("checkin.unheard", name="、".join(missed)))
    filling.begin(turn, "visit", preset=first, notice=Notice(text="\n".join(heard)))


def _unheard(turn: Turn, told: Sequence[Mapping[str, str]]) -> list[str]:
    """Children who were named, but of whom it was not understood how it went."""
    children = _who_may_be_meant(turn, "\n".join(each["note"] for each in told))
    heard = {one for each in told for one in each["visit_ids"].split()}
    said = by_full_name("\n".join(each["note"] for each in told), children)
    named = hearing.read(turn, said, [one.name for one in children]).children
    missed = (children[one.child] for one in named)
    return [one.name for one in missed if str(one.id) not in heard and _seen(turn, one.id)]


def _read(turn: Turn, text: str, *, tells: bool = True) -> list[dict[str, str]]:
    """The answers of each visit that words tell of; none for words that tell of none.

    Not ``tells``: somebody said that they do, how it went is asked.
    """
    children = _who_may_be_meant(turn, text)
    if not children or not text:
        return []
    counted = several.in_names(turn, text, several.houses(turn)) if several.counts(text) else text
    said = by_full_name(counted, children)
    parts = hearing.parts(turn, said, [one.name for one in children])
    # Of one visit the words stay as they were written.
    whole = text if len(parts) == 1 else ""
    return [
        preset
        for part in parts
        if not tells or part.card.tells
        for preset in _presets_of(turn, children, part, whole or part.text.rstrip("，,；; "))
    ]


def _who_may_be_meant(turn: Turn, text: str) -> list[Child]:
    """The speaker's own; of houses that are counted also those that fell to them."""
    children = own(turn)
    if not several.counts(text):
        return children
    known = {one.id for one in children}
    due = (one for house in several.houses(turn) for one in house.children)
    return [*children, *(one for one in due if one.id not in known)]


def _presets_of(
    turn: Turn, children: Sequence[Child], part: hearing.Part, words: str
) -> Iterator[dict[str, str]]:
    """The cards of one part of the words: one has room for so many children."""
    views = [seen for one in part.card.children if (seen := _seen(turn, children[one.child].id))]
    for some in _cards(views):
        yield {
            **_preset(turn, some, "dictated"),
            **hearing.answers_of(turn, words, part.card),
            "note": tidy(words),
        }


def _cards(views: Sequence[View]) -> Iterator[list[View]]:
    """The children by cards; brothers and sisters stand on one."""
    houses: dict[int, list[View]] = {}
    for one in views:
        houses.setdefault(one.child.household_id, []).append(one)
    card: list[View] = []
    for house in houses.values():
        if card and len(card) + len(house) > MOST:
            yield card
            card = []
        card = [*card, *house[:MOST]]
    if card:
        yield card


def _seen(turn: Turn, child_id: int) -> View | None:
    """The child, if the speaker enters visits for them."""
    seen = register.view(turn, child_id)
    return seen if seen is not None and child_file.may_visit(turn, seen) else None


def _preset(turn: Turn, views: Sequence[View], source: Source) -> dict[str, str]:
    names = [_name(one) for one in views]
    following = planning.foreseen(turn.work, turn.rules, views[0].child).isoformat()
    return {
        "visit_ids": " ".join(str(one.child.id) for one in views),
        "visit_names": "、".join(names),
        "visit_count": str(len(views)),
        **{f"visit_child_{place}": name for place, name in enumerate(names, 1)},
        "visit_was": _was(turn, views[0]),
        "visit_source": source,
        "visit_at": turn.at.isoformat(timespec="minutes"),
        "visit_by": turn.work.people.name_of(turn.speaker.person_id),
        "visit_next": following,
        "next_on": following,
    }


def _name(seen: View) -> str:
    return mask_name(seen.child.name) if "name" in seen.waits else seen.child.name


def _was(turn: Turn, seen: View) -> str:
    """Grandmother looks after them, both parents away ...: so that no answer is asked twice."""
    told = [
        turn.words(f"checkin.was.{key}", value=value)
        for key in WAS
        if key in seen.fields and (value := child_file.value(turn, seen, key))
    ]
    return "；".join(told) or turn.words("checkin.was.nothing")


# -- entering -----------------------------------------------------------------------------------


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
    return [seen for one in ids if (seen := _seen(turn, int(one))) is not None]


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
        key: child_file.tidied(key, value) or ""
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
    child_file.note(turn, seen)
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
            when=telling.hour(turn, duty.grade),
        )


def _settle(turn: Turn, before: Mapping[int, Duty], *, done: bool) -> None:
    """Cards that asked for it ask no more; the digests of whose it was shrink."""
    people = [turn.speaker.person_id]
    for child_id, duty in before.items():
        if done:
            card = colleagues.note(turn, turn.words("visit.settled"))
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
    answers = filled.answers
    duties = turn.work.duties.visits_of([one.child.id for one in views])
    lines = [turn.words("checkin.done", name="、".join(map(_name, views)))]
    lines += [
        turn.words(
            "checkin.next",
            name=_name(one),
            what=turn.words(f"visits.step.{visits.step(duty)}"),
            left=visits.left(turn, duty.due_at),
            reasons=visits.reasons(turn, duty, most=2),
        )
        for one in views
        if (duty := duties.get(one.child.id)) is not None
    ]
    if disputed:
        lines.append(turn.words("checkin.disputed"))
    worries, grave = _worries(turn, answers), alarming(turn, answers.get("note", ""))
    rows = _told_too(turn, filled)
    if worries:
        lines.append(turn.words("checkin.worries", text=worries))
    if grave:
        lines.append(turn.words("checkin.grave"))
    if worries or grave:
        first = made[views[0].child.id]
        rows.append(button(turn.words("checkin.report"), "visit.report", str(first)))
    # One way to the house is enough: the step of an absence is told from here.
    day = _at(turn, answers).astimezone(turn.rules.zone).date()
    rows += [row for one in views for row in absences.steps_of_child(turn, one.child.id, day)][
        :STEPS
    ]
    first_id = str(views[0].child.id)
    if answers["went"] == "moved" and stewards.keeps(turn, views[0].child.area_id):
        rows.append(button(turn.words("checkin.moved"), "depart", first_id))
    rows.append(button(turn.words("mine.visits"), "visits"))
    rows.append(button(turn.words("child.back"), "child", first_id))
    answer(turn, defang("\n".join(lines)), *rows)


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


def _worries(turn: Turn, answers: Mapping[str, str]) -> str:
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


# -- a report of it -----------------------------------------------------------------------------


def file_report(turn: Turn, visit_id: str) -> None:
    """One tap: what the visitor found is a report with a case, and nothing is typed again."""
    visit = turn.work.visits.get(int(visit_id))
    seen = _seen(turn, visit.child_id) if visit is not None else None
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
    card = colleagues.note(turn, turn.words("checkin.reported", text=receipt))
    turn.say(card, key=f"report:{filed.id}:receipt", report_id=filed.id, asks=False)


def _reported(turn: Turn, seen: View, visit: Visit) -> dict[str, str]:
    answers = json.loads(visit.answers)
    worries = _worries(turn, answers)
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


# -- what was seen before -----------------------------------------------------------------------


def look_back(turn: Turn, child_id: str) -> None:
    """走访记录: the latest visits, for whoever has the file open."""
    seen = child_file.opened(turn, child_id)
    if seen is None:
        return
    lines = [turn.words("checkin.history", name=register.called(turn, seen))]
    lines += [
        _line(turn, seen, visit) for visit in turn.work.visits.of_child(seen.child.id, SHOWN)
    ]
    if len(lines) == 1:
        lines.append(turn.words("checkin.never"))
    rows = []
    if _seen(turn, seen.child.id) is not None:
        rows = [button(turn.words("checkin.begin"), "visit", child_id), *_pause_rows(turn, seen)]
    answer(
        turn, defang("\n".join(lines)), *rows, button(turn.words("child.back"), "child", child_id)
    )


def _line(turn: Turn, seen: View, visit: Visit) -> str:
    rhythm = turn.rules.policy.rhythm
    kind = rhythm.kinds[visit.kind].name if visit.kind in rhythm.kinds else ""
    match visit.result:
        case "done":
            what = turn.words("checkin.seen" if visit.seen else "checkin.unseen", what=kind)
        case "failed":
            reason = rhythm.failures.get(visit.reason)
            what = turn.words(
                "checkin.failed", what=kind, text=reason.name if reason else visit.reason
            )
        case "explained":
            what = turn.words("checkin.explained")
        case _:
            assert_never(visit.result)
    answers = json.loads(visit.answers)
    by = answers.get("visit_by") or turn.work.people.name_of(visit.person_id)
    note = answers.get("note") or answers.get("late_note", "")
    line = turn.words("checkin.line", when=f"{visit.on_day:%Y-%m-%d}", what=what, name=by)
    worries = _worries(turn, answers) if "notes" in seen.fields else ""
    more = [one for one in (worries, note if "notes" in seen.fields else "") if one]
    return "；".join([line, *more])


# -- pauses -------------------------------------------------------------------------------------


def begin_pause(turn: Turn, child_id: str) -> None:
    """先不走访: why, and from when to when."""
    seen = _seen(turn, int(child_id))
    if seen is None:
        register.refuse(turn)
        return
    if not turn.rules.policy.rhythm.may_pause(turn.rules.policy.rhythm.tier_of(seen.child.tier)):
        back = button(turn.words("child.back"), "child", child_id)
        answer(turn, turn.words("checkin.never_paused", name=_name(seen)), back)
        return
    many = len(_household(turn, seen)) > 1
    preset = {
        "child_id": child_id,
        "child_label": _name(seen),
        "visit_many": "yes" if many else "no",
    }
    filling.begin(turn, "visit_pause", preset=preset, in_place=True)


def paused(turn: Turn, filled: Filled) -> None:
    """The days are understood, or asked again; visits go on by themselves afterwards."""
    told = filled.answers
    seen = _seen(turn, int(told["child_id"]))
    if seen is None:
        register.refuse(turn)
        return
    days = parse_days(told["pause_days"], turn.at.date())
    if days is None:
        again = {name: value for name, value in told.items() if name != "pause_days"}
        notice = Notice(text=turn.words("checkin.which_days"))
        filling.begin(turn, "visit_pause", preset=again, notice=notice)
        return
    whole = told.get("whole") == "all"
    children = _household(turn, seen) if whole else [seen.child]
    names = "、".join(one.name for one in children)
    turn.work.visits.put_off(
        [one.id for one in children],
        reason=told["pause_reason"],
        first_day=days[0],
        last_day=days[1],
        by=turn.speaker.person_id,
        household_id=seen.child.household_id if whole else None,
    )
    planning.plan_stirred(turn.work, turn.rules)
    digest.refresh(turn, [turn.speaker.person_id])
    _say_next(turn, seen, "checkin.paused", days[0], days[1], names)


def go_on(turn: Turn, pause_id: str) -> None:
    """接着走访: a pause ends today."""
    pause = turn.work.visits.pause(int(pause_id))
    seen = _of_pause(turn, pause.child_id, pause.household_id) if pause else None
    if pause is None or seen is None:
        register.refuse(turn)
        return
    whole = pause.household_id is not None
    children = _household(turn, seen) if whole else [seen.child]
    names = "、".join(one.name for one in children)
    yesterday = turn.at.date() - timedelta(days=1)
    ids = [one.id for one in children]
    turn.work.visits.go_on(pause.id, yesterday, ids, by=turn.speaker.person_id)
    planning.plan_stirred(turn.work, turn.rules)
    _say_next(turn, seen, "checkin.goes_on", pause.first_day, yesterday, names)


def _say_next(turn: Turn, seen: View, key: str, first: date, last: date, names: str) -> None:
    duty = turn.work.duties.visits_of([seen.child.id]).get(seen.child.id)
    text = turn.words(
        key,
        name=names,
        first=visits.say_day(turn, first),
        last=visits.say_day(turn, last),
        left=visits.left(turn, duty.due_at) if duty else "",
    )
    answer(turn, text, button(turn.words("child.back"), "child", str(seen.child.id)))


def _pause_rows(turn: Turn, seen: View) -> list[tuple[Button, ...]]:
    today = turn.at.date()
    running = [
        one
        for one in turn.work.visits.pauses([seen.child.id], [seen.child.household_id])
        if one.last_day >= today
    ]
    if not running:
        return [button(turn.words("checkin.pause"), "visit.pause", str(seen.child.id))]
    return [
        button(
            turn.words(
                "checkin.go_on",
                first=visits.say_day(turn, one.first_day),
                last=visits.say_day(turn, one.last_day),
            ),
            "visit.go_on",
            str(one.id),
        )
        for one in running
    ]


def _of_pause(turn: Turn, child_id: int | None, household_id: int | None) -> View | None:
    if child_id is not None:
        return _seen(turn, child_id)
    household = turn.work.children.of_household(household_id or 0)
    return next((seen for one in household if (seen := _seen(turn, one.id))), None)


def _household(turn: Turn, seen: View) -> list[Child]:
    """The children of the house that the speaker visits."""
    household = turn.work.children.of_household(seen.child.household_id)
    return [one for one in household if one.status == "active" and _seen(turn, one.id)]


def _dump(said: Mapping[str, str]) -> str:
    return json.dumps(dict(said), ensure_ascii=False, separators=(",", ":"))
