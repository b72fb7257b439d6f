"""Whatever somebody taps or types, nothing outside their places and their rights leaves.

Walks go over every post, every place and everything that can be tapped or said, with ids of one's
own, foreign and absent ones. All that comes of it is read: cards, buttons, files, toasts, what
others are told, and errors. A walk must look the same when somebody far away is added.
"""

import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.county.rules import read_rules
from bot.settings import HOME, read_settings
from conversation.cards import Action, Card, card_from_json
from conversation.incoming import Pressed, Said
from handlers import doing, talk
from handlers.children import departure, keeping
from handlers.children.roll import Roll
from handlers.rules import Rules
from handlers.turn import Turn
from policy.register.columns import COLUMNS
from storage.audit import append
from storage.reaching.owed import OutboxIn
from storage.sealing import KeyRing
from storage.store import Store
from storage.work import Work
from tests.fakes.files import words_in
from tests.fakes.house import OwnClock, prepare
from tests.handlers.canaries import FAR, SEATS, County, add_far_away, may_read, settle

BEGAN = datetime(2026, 11, 20, 2, tzinfo=UTC)
WATCHER = "watcher"
ABSENT = 987654321

#: What each button is tapped with; a verb that is missing here fails the test below.
ARGUMENTS = {
    "home": "",
    "help": "",
    "drafts": "",
    "danger": "",
    "danger.said": "draft",
    "danger.told": "draft",
    "danger.at": "",
    "free.nothing": "",
    "report.at": "",
    "place.add": "report",
    "visit.said": "draft",
    "visit.of": "house:draft",
    "visit.more": "start:draft",
    "visit.of_more": "start:draft",
    "danger.heard": "absent",
    "report": "",
    "progress": "",
    "progress.other": "",
    "reported": "report",
    "answer": "report:1",
    "discreet": "",
    "same.yes": "report:report",
    "same.no": "report:report",
    "slip.again": "",
    "fix": "report",
    "fix.line": "report:line",
    "fix.yes": "report:report",
    "guide": "",
    "feedback": "",
    "message": "",
    "call_me": "",
    "elder": "",
    "hears": "",
    "hears.turn": "absent",
    "elder.on": "",
    "elder.off": "",
    "elder.suggest": "family",
    "draft.resume": "draft",
    "draft.drop": "draft",
    "file.add": "report 1",
    "file.case": "case 1",
    "file.visit": "case 1",
    "receipt.more": "draft",
    "free.work": "draft",
    "file.new": "absent",
    "table.form": "absent",
    "try": "",
    "try.form": "form",
    "try.as": "played",
    "forms.publish": "form",
    "forms.change": "absent",
    "forms.agree": "absent",
    "forms.disagree": "absent",
    "cases": "",
    "case.details": "case",
    "case.files": "case",
    "case.file": "file",
    "case.regrade": "case",
    "case.twin": "case",
    "case.join": "case:case:why",
    "case.apart": "case:case",
    "case.part": "case",
    "case.child": "case",
    "case.here": "case:place",
    "case.bind": "case:child",
    "case.unbind": "case",
    "case.act": "case:act",
    "case.told": "case:told:draft",
    "case.hat": "case:hat",
    "broadcast": "",
    "broadcast.new": "",
    "broadcast.go": "absent",
    "broadcast.stop": "absent",
    "broadcast.show": "absent",
    "broadcast.silent": "absent",
    "broadcast.got": "absent",
    "paper": "subject",
    "paper.make": "subject:paper",
    "case.more": "case:1",
    "case.move": "case:1",
    "case.shut": "case:1",
    "case.readmit": "case:1",
    "case.solved": "report",
    "case.unsolved": "report",
    "case.pass": "case:person",
    "visits": "",
    "tiers": "",
    "tier": "child",
    "tier.said": "child:red:1",
    "visits.later": "",
    "visits.why": "",
    "visit": "child",
    "visit.report": "absent",
    "visit.pause": "child",
    "visit.go_on": "absent",
    "child.visits": "child",
    "children": "area",
    "find": "",
    "child": "child",
    "child.look": "child",
    "child.part": "child:group",
    "child.parts": "child",
    "child.records": "child",
    "child.more": "child",
    "child.lines": "child:group",
    "child.line": "child:key",
    "child.history": "child",
    "child.looks": "child",
    "child.dispute": "dispute",
    "child.keep_stands": "dispute",
    "child.take_wanted": "dispute",
    "carers": "child",
    "carer": "child:1",
    "carer.add": "child:known",
    "carer.change": "child:1",
    "carer.end": "child:1",
    "depart": "child",
    "depart.back": "child",
    "child.hold": "child",
    "child.erase": "child",
    "transfer": "child",
    "transfer.take": "child",
    "transfer.refuse": "child",
    "transfer.stop": "child",
    "soon": "",
    "enter": "",
    "twin": "child:child",
    "twin.find": "child",
    "twin.join": "child:child",
    "twin.apart": "child:child",
    "twin.split": "child",
    "family": "child",
    "family.invite": "child",
    "family.end": "family",
    "family.mine": "",
    "family.fine": "",
    "family.call": "",
    "family.talk": "",
    "family.stop": "",
    "family.stop_yes": "",
    "gaps": "cause",
    "keep": "child",
    "keep.set": "child:person",
    "split": "",
    "split.of": "person::0",
    "split.to": "person:child:0",
    "split.do": "person:child:person",
    "stats": "area",
    "stats.list": "area:figure",
    "stats.apart": "place",
    "stats.lists": "place",
    "stats.means": "place",
    "stats.paces": "place",
    "stats.below": "place",
    "stats.table": "place",
    "months": "place",
    "holiday": "holiday",
    "holiday.hand": "holiday",
    "holiday.place": "holiday:place",
    "holiday.who": "holiday:place:pupil",
    "holiday.name": "holiday:place:pupil",
    "holiday.elsewhere": "holiday:place:pupil",
    "holiday.take": "holiday:place",
    "holiday.more": "holiday:8",
    "holiday.away": "holiday:pupil",
    "holiday.back": "holiday",
    "month": "month",
    "month.say": "month",
    "month.fix": "month",
    "month.back": "month",
    "quarter": "check",
    "quarter.done": "check",
    "classes": "",
    "class": "class",
    "class.new": "",
    "class.let": "class:person",
    "class.names": "class",
    "class.add": "class",
    "class.leaves": "class:0",
    "class.doubts": "class",
    "pupil.left": "pupil",
    "pupil.is": "pupil:child",
    "school": "school",
    "school.mine": "school",
    "roll": "class|day",
    "roll.done": "class|day",
    "roll.all": "class|day",
    "roll.name": "pupil|class",
    "absence": "absence",
    "absence.did": "absence:contact",
    "absence.why": "absence",
    "absence.because": "absence:sick:1",
    "absence.missing": "absence",
    "absence.lost": "absence",
    "absence.back": "absence",
    "absence.told": "absence:draft",
    "absence.gone": "absence",
    "mine": "",
    "mine.more": "group",
    "todo": "",
    "wipe": "",
    "wipe.yes": "",
    "account": "",
    "burden": "",
    "account.code": "",
    "account.enter": "",
    "console": "",
    "console.yes": "code",
    "console.no": "code",
    "register": "",
    "register.show": "registration",
    "register.approve": "registration",
    "register.refuse": "registration:stranger",
    "invite": "",
    "poster": "",
    "poster.make": "wall",
    "handover": "",
    "handover.do": "person:person",
    "posts": "",
    "lost": "",
    "lost.mine": "",
    "lost.mine_yes": "",
    "lost.other": "",
    "lost.ask": "person",
    "lost.lock": "person",
    "lost.code": "person",
    "own": "",
    "own.yes": "",
    "own.agree": "absent",
    "own.refuse": "absent",
    "post": "held",
    "standing.agree": "held",
    "leave": "",
    "leave.more": "",
    "leave.with": "person:2026-12-01:2026-12-02",
    "leave.back": "absent",
    "calls": "",
    "call": "call",
    "call.reached": "call",
    "call.missed": "call",
    "clock.right": "absent",
    "clock.wrong": "absent",
    "routes": "",
    "duty.later": "duty",
    "duty.urge": "duty",
    "urge": "report",
    "report.another": "report",
    "shifts": "",
    "shifts.coming": "",
    "shift.arrange": "",
    "shift.set": "person:post:days",
    "shift.drop": "absent",
    "unmask": "",
    "unmask.show": "wish",
    "unmask.agree": "wish",
    "unmask.read": "wish",
    "unmask.disagree": "wish",
    "table.roster": "absent",
    "table.evidence": "absent",
    "table.areas": "absent",
    "areas.confirm": "absent",
    "areas.apart": "absent",
    "areas.drop": "absent",
    "table.shifts": "absent",
    "table.class": "absent",
    "table.claims": "absent:school",
    "class_table.confirm": "absent",
    "class_table.drop": "absent",
    "class_table.same": "absent",
    "class_table.other": "absent",
    "shift_table.confirm": "absent",
    "shift_table.drop": "absent",
    "tables": "",
    "roster.confirm": "roster",
    "roster.drop": "roster",
    "roster.doubts": "roster",
    "roster.same": "row",
    "roster.other": "row",
    "roster.skip": "row",
    "roster.show": "roster",
    "roster.undo": "roster",
    "roster.kept": "roster",
    "roster.undo_sure": "roster",
}
#: What may be done with a case.
ACTS = tuple(tomllib.loads((HOME / "policy" / "lifecycle.toml").read_text("utf-8"))["act"])
#: What is told to the one who asked for it, a while later.
ANSWERS = ("unmask:",)
#: Different each time by design.
CHANCE = re.compile(r"\d{3} \d{3} \d{3}|\d{4} \d{4}|(?<=密码：)\d{6}|(?<=/start )[\w-]{22}")

Step: TypeAlias = tuple[str, str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Watcher:
    """Who walks: a post, its place, a child of their own, perhaps somebody to stand in for."""

    role: str
    seat: str
    own: int | None
    stands_in: bool


@dataclass(slots=True)
class Seen:
    """All that came of a walk."""

    shown: list[str] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    pushed: list[str] = field(default_factory=list)

    def take(self, turn: Turn) -> None:
        for spoken in turn.spoken:
            self.read(spoken.card)
            if document := spoken.card.document:
                self.shown.append(words_in(turn.work.attachments.content(document.id) or b""))
        self.shown.append(turn.toast or "")

    def read(self, card: Card) -> None:
        labels = [button.label for button in card.buttons()]
        name = card.document.name if card.document else ""
        self.shown += [card.text, name, *labels]
        # One's own words, offered to be kept as they are, are no answer.
        own_words = Action("form.choose", "")
        self.labels += [one.label for one in card.buttons() if one.action != own_words]


class _Undo(Exception):
    """Carries out of a turn what it saw, and takes all back that it did."""

    def __init__(self, seen: Seen) -> None:
        super().__init__()
        self.seen = seen


@pytest.fixture(scope="module")
def rules() -> Rules:
    read = read_rules(read_settings())
    policy = read.policy
    contact = replace(policy.rhythm.contact, on=True)  # so that there is something to see
    read.policy = replace(policy, rhythm=replace(policy.rhythm, contact=contact))
    return read


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    folder = tmp_path_factory.mktemp("county")
    keys = KeyRing.create(folder / "keys.json")
    url = f"sqlite:///{folder / 'county.db'}"
    opened = Store.open(url, keys, OwnClock(BEGAN).now, turn_seconds=120)
    prepare()
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def county(store: Store) -> County:
    return store.write(settle).result()


# -- walking ------------------------------------------------------------------------------------


def walked(
    store: Store,
    rules: Rules,
    county: County,
    watcher: Watcher,
    steps: Sequence[Step],
    far: str | None = None,
    *,
    only_child: bool = False,
    proven: bool = False,
) -> Seen:
    """What somebody sees on a walk; afterwards all is as it was."""

    def go(work: Work) -> None:
        _settle_watcher(work, county, watcher)
        if far is not None:
            add_far_away(work, county, far, only_child=only_child)
        seen = Seen()
        _listen(work, seen)
        fresh = replace(rules, roll=Roll())
        for step in steps:
            _step(work, fresh, county, step, seen, proven=proven)
        raise _Undo(seen)

    with pytest.raises(_Undo) as undone:
        store.write(go).result()
    return undone.value.seen


def _settle_watcher(work: Work, county: County, watcher: Watcher) -> None:
    person = work.people.meet("paper", WATCHER).person_id
    if watcher.role:
        work.people.add_role(person, watcher.role, county.places[watcher.seat])
    if watcher.own is not None:
        child = [*county.homes][watcher.own]
        work.responsibilities.assign(child, person, "teacher", by=0)
    if watcher.stands_in:
        day = timedelta(days=1)
        work.deputies.plan(
            county.people["河湾主任"], person, work.now - day, work.now + day, by=person
        )


def _listen(work: Work, seen: Seen) -> None:
    """Read what others are told, too."""
    me, put = work.people.meet("paper", WATCHER).contact_id, work.outbox.put

    def heard(card: OutboxIn) -> int:
        if card.contact_id != me and not (card.key or "").startswith(ANSWERS):
            told = card_from_json(card.card)
            seen.pushed += [told.text, *(button.label for button in told.buttons())]
        return put(card)

    work.outbox.put = heard  # type: ignore[method-assign]


def _step(
    work: Work, rules: Rules, county: County, step: Step, seen: Seen, *, proven: bool
) -> None:
    what, name, number = step
    turn = _turn(work, rules, proven=proven)
    match what:
        case "tap":
            tried = tuple(arguments(county, ARGUMENTS[name]))
            doing.VERBS[name](turn, tried[number % len(tried)])
        case "press":
            row = work.outbox.get(turn.speaker.card_id or 0)
            if row is not None and row.token:
                talk.take(turn, Pressed(token=row.token, position=number))
        case _:
            talk.take(turn, Said(text=name))
    turn.close()
    seen.take(turn)
    # What the audit says of one step is known in the next, as between two turns.
    append(work.db, work.shared.audit_key, work.facts)
    work.facts.clear()


def _turn(work: Work, rules: Rules, *, proven: bool) -> Turn:
    speaker = work.people.meet("paper", WATCHER)
    return Turn(
        work=work,
        rules=rules,
        speaker=speaker,
        at=work.now.astimezone(rules.zone),
        finish=talk.finish,
        draft=speaker.draft,
        is_proven=proven,
    )


def arguments(county: County, kind: str) -> Iterator[str]:
    """Ids of one's own, foreign and absent ones, as far as they fit the kind."""
    children = [*county.homes, ABSENT]
    people = [*county.people.values(), ABSENT]
    cases = [*(one.case for one in county.told), ABSENT]
    of: dict[str, Sequence[object]] = {
        "child": children,
        "report": [*(one.report for one in county.told), ABSENT],
        "case": cases,
        "file": [*county.files, ABSENT],
        "duty": [*county.duties, ABSENT],
        "wish": [county.wish, ABSENT],
        "dispute": [county.dispute, ABSENT],
        "registration": [county.registration, ABSENT],
        "draft": [county.draft, ABSENT],
        "area": ["", *county.places.values()],
        "cause": ["", *keeping.CAUSES],
        "absent": [ABSENT],
        "call": [*county.calls, ABSENT],
        "held": [*county.posts, ABSENT],
        "family": [*county.families, ABSENT],
        "roster": [*county.rosters, ABSENT],
        "row": [f"{one}:{county.doubtful}" for one in (*county.rosters, ABSENT)],
        "place": [*(county.places[seat] for seat in SEATS), ABSENT],
        "school": [*county.schools, ABSENT],
        "class": [*county.classes, ABSENT],
        "pupil": [*county.pupils, ABSENT],
        "absence": [*county.absences, ABSENT],
        "month": [*county.months, ABSENT],
        "holiday": [*county.holidays, ABSENT],
        "check": [*county.checks, ABSENT],
        "form": [f"{one}:{ABSENT}" for one in ("version", "sent", "change")],
        "played": [f"sent:{ABSENT}|teacher", f"version:{ABSENT}|"],
        "wall": ["village", "school", ABSENT],
        "person": people,
    }
    match kind:
        case "child:group":
            groups = ("child", "father", "mother", "guardianship", "support")
            yield from (f"{child}:{group}" for child in children for group in groups)
        case "child:key":
            yield from (f"{one.child}:{one.key}" for one in county.hidden)
        case "subject":
            yield from (f"case:{one}" for one in cases)
            yield from (f"child:{one}" for one in children)
        case "subject:paper":
            yield from (f"case:{one}:report_form" for one in cases)
            yield from (f"child:{one}:care_agreement" for one in children)
            yield from (f"absence:{one}:return_notice" for one in of["absence"])
        case "case:act":
            yield from (f"{case}:{act}" for case in cases for act in ACTS)
        case "case:told:draft":
            yield from (
                f"{case}:{act}:{draft}"
                for case in cases
                for act in ("note", "accept", "contacted")
                for draft in of["draft"]
            )
        case "absence:draft":
            yield from (f"{one}:{draft}" for one in of["absence"] for draft in of["draft"])
        case "case:place":
            yield from (f"{case}:{place}" for case in cases for place in of["place"])
        case "house:draft":
            yield from (f"{one}:{draft}" for one in ("", *children) for draft in of["draft"])
        case "start:draft":
            yield from (f"{start}:{draft}" for start in (0, 4) for draft in of["draft"])
        case "case 1":
            yield from (f"{case} {one}" for case in cases for one in (1, ABSENT))
        case "case:hat":
            yield from (
                f"{case}:{post}:{place}"
                for case in cases
                for post in ("child_director", "child_supervisor", "civil_affairs")
                for place in county.places.values()
            )
        case "case:child":
            yield from (f"{case}:{child}" for case in cases for child in children)
        case "case:case:why":
            yield from (f"{one}:{other}:same" for one in cases for other in cases)
        case "report:line":
            yield from (
                f"{one}:0:{name}" for one in of["report"] for name in ("place", "what", "child")
            )
        case "report:report":
            yield from (f"{one}:{other}" for one in of["report"] for other in of["report"])
        case "case:case":
            yield from (f"{one}:{other}" for one in cases for other in cases)
        case "case:person":
            yield from (f"{case}:{person}" for case in cases for person in people)
        case "child:person":
            yield from (f"{child}:{person}" for child in children for person in people)
        case "person:child:0":  # a child alone is its own household
            yield from (f"{one}:{child}:0" for one in [0, *people] for child in children)
        case "person:post:days":
            yield from (
                f"{one}:{post}:{place}:2026-12-01:2026-12-02:2"
                for one in people
                for post in ("child_director", "child_supervisor")
                for place in county.places.values()
            )
        case "person:child:person":
            yield from (
                f"{one}:{child}:{other}"
                for one in [0, *people[:3]]
                for child in children
                for other in people[:3]
            )
        case "child:child":
            near = children[:: len(county.homes) // 2]  # of one village, and the absent one
            yield from (f"{one}:{other}" for one in children for other in near)
        case "person:person":
            yield from (f"{one}:{other}" for one in people for other in people if one != other)
        case "area:figure":
            figures = ("children", "school_age", "suspected", "absent", "cases_yellow", "gaps")
            yield from (f"{at}:{one}:0" for at in of["place"] for one in figures)
        case "holiday:place":
            yield from (f"{one}:{at}" for one in of["holiday"] for at in of["area"] if at)
        case "holiday:place:pupil":
            yield from (
                f"{one}:{at}:{pupil}:{people[0]}"
                for one in of["holiday"]
                for at in of["area"]
                for pupil in of["pupil"]
                if at
            )
        case "holiday:pupil":
            yield from (f"{one}:{pupil}" for one in of["holiday"] for pupil in of["pupil"])
        case "class:person":
            yield from (f"{one}:{person}" for one in of["class"] for person in people)
        case "pupil:child":
            yield from (f"{one}:{child}" for one in of["pupil"] for child in [0, *children[:3]])
        case "class|day":
            yield from (f"{one}|2026-11-20" for one in of["class"])
        case "pupil|class":
            state = '["骉来", "", "unknown"]'
            yield from (
                f'{pupil}|[{one}, "2026-11-20", [{state}]]'
                for one in of["class"]
                for pupil in [*of["pupil"], "new"]
            )
        case "report 1":
            yield from (f"{one} 1" for one in of["report"])
        case "code":
            yield "ABC234"
        case "":
            yield ""
        case _:
            head, _, rest = kind.partition(":")
            yield from (f"{one}:{rest}" if rest else str(one) for one in of.get(head, people))


# -- who may see what ---------------------------------------------------------------------------


def leaks(
    work: Work, rules: Rules, county: County, watcher: Watcher, steps: Sequence[Step], seen: Seen
) -> list[str]:
    """The secrets that came to somebody for whom they are none."""
    posts = [(watcher.role, county.places[watcher.seat])] if watcher.role else []
    own = [[*county.homes][watcher.own]] if watcher.own is not None else []
    if watcher.stands_in:
        absent = county.people["河湾主任"]
        posts += [(post.role, post.area_id) for post in work.people.roles(absent)]
        own += [one.child.id for one in work.responsibilities.of_person(absent)]
    allowed = may_read(county, rules.policy, work.areas, posts, own)
    # What one typed oneself may stand in an answer, but never on a button.
    typed = "\n".join(name for what, name, _ in steps if what == "say")
    shown, labels, pushed = map("\n".join, (seen.shown, seen.labels, seen.pushed))
    return [
        secret
        for secret in county.secrets()
        if secret in pushed
        or (secret not in allowed and secret in (labels if secret in typed else shown))
    ]


def assert_nothing_leaves(
    store: Store, rules: Rules, county: County, watcher: Watcher, steps: Sequence[Step]
) -> None:
    seen = walked(store, rules, county, watcher, steps)
    found = store.read(
        lambda reading: leaks(reading, rules, county, watcher, steps, seen)  # type: ignore[arg-type]
    ).result()
    assert found == [], (watcher, steps)
    only_child = watcher.seat == "云岭县"
    far = FAR.get(watcher.seat, "云峰乡石板村一组")
    if watcher.stands_in or (only_child and watcher.role in rules.policy.rights.reading_posts()):
        return
    again = walked(store, rules, county, watcher, steps, far, only_child=only_child)
    assert [CHANCE.sub("#", one) for one in again.shown + again.pushed] == [
        CHANCE.sub("#", one) for one in seen.shown + seen.pushed
    ], (watcher, steps)


# -- the tests ----------------------------------------------------------------------------------


def test_the_walks_know_every_button() -> None:
    assert ARGUMENTS.keys() == doing.VERBS.keys()


POLICY = read_rules(read_settings()).policy
ROLES = ("", *POLICY.roles)


@pytest.mark.parametrize("role", ROLES, ids=[role or "nobody" for role in ROLES])
def test_nothing_leaves_by_a_tap_on_any_button_with_any_id(
    store: Store, rules: Rules, county: County, role: str
) -> None:
    for seat in ("青石镇河湾村", "青石镇", "云岭县") if role else SEATS[:1]:
        watcher = Watcher(role=role, seat=seat, own=None, stands_in=False)
        for verb, kind in ARGUMENTS.items():
            steps = [("tap", verb, at) for at in range(len([*arguments(county, kind)]))]
            assert_nothing_leaves(store, rules, county, watcher, steps)
        assert_nothing_leaves(store, rules, county, watcher, reading(county))


def reading(county: County) -> list[Step]:
    """Every child's file, opened with a reason and read to the last line."""
    steps: list[Step] = []
    groups = len([*arguments(county, "child:group")]) // len([*arguments(county, "child")])
    for at, _ in enumerate(county.homes):
        parts = [("tap", "child.part", at * groups + one) for one in range(groups)]
        names = ("child.history", "child.looks", "family")
        more = [("tap", name, at) for name in names]
        steps += [("tap", "child", at), ("press", "", 0), *parts, *more]
    return steps


def test_the_walks_do_see_what_may_be_seen(store: Store, rules: Rules, county: County) -> None:
    """Else nothing would be proved: each secret of a child comes to the county's own eyes."""
    watcher = Watcher(role="civil_affairs", seat="云岭县", own=None, stands_in=False)
    shown = "\n".join(walked(store, rules, county, watcher, reading(county)).shown)
    assert {one.key for one in county.hidden if one.value not in shown} == set()


#: The answers of a report up to the question which child it is.
UP_TO_THE_CHILD = ("3", "完成", "看到一件事", "一个说不清的地方")


@pytest.mark.parametrize("role", ROLES, ids=[role or "nobody" for role in ROLES])
def test_nothing_leaves_by_the_list_of_children_in_a_report(
    store: Store, rules: Rules, county: County, role: str
) -> None:
    there: list[Step] = [("tap", "report", 0), *said(*UP_TO_THE_CHILD)]
    names = [one.value for one in county.hidden if one.key in ("name", "nickname")]
    named = [step for name in names for step in (*there, *said(name, "1"))]
    for seat in ("青石镇河湾村", "青石镇", "云岭县") if role else SEATS[:1]:
        for own in (None, 0):
            watcher = Watcher(role=role, seat=seat, own=own, stands_in=False)
            assert_nothing_leaves(store, rules, county, watcher, there)
            assert_nothing_leaves(store, rules, county, watcher, named)


def test_the_list_in_a_report_does_show_whom_one_may_see(
    store: Store, rules: Rules, county: County
) -> None:
    steps = [("tap", "report", 0), *said(*UP_TO_THE_CHILD)]
    watcher = Watcher(role="grid_worker", seat="青石镇河湾村", own=0, stands_in=False)
    name = next(one.value for one in county.hidden if one.key == "name")
    assert any(name in label for label in walked(store, rules, county, watcher, steps).labels)


def said(*words: str) -> list[Step]:
    return [("say", word, 0) for word in words]


WORDS = (
    "/start",
    "10",
    "1",
    "2",
    "不知道",
    "跳过",
    "核对台账",
    "处理线索",
    "今天",
    "发出去",
    "青石镇",
    "周登记",
)


def steps_of(rules: Rules, county: County) -> st.SearchStrategy[list[Step]]:
    """Taps with ids, presses on what was shown, and words."""
    number = st.integers(0, 60)
    typed = [word for name in doing.SPOKEN for word in sorted(rules.words.listed(f"say.{name}"))]
    names = [one.value for one in county.hidden if one.key in ("name", "nickname")]
    numbers = [one.value for one in county.hidden if one.key in ("id_number", "guardian_phone")]
    said = st.sampled_from([*typed, *WORDS, *names, *numbers[:4], "wang", "biao", "暗事000"])
    one = st.one_of(
        st.tuples(st.just("tap"), st.sampled_from([*ARGUMENTS]), number),
        st.tuples(st.just("press"), st.just(""), st.integers(0, 9)),
        st.tuples(st.just("say"), said, st.just(0)),
    )
    return st.lists(one, min_size=1, max_size=8)


def watchers() -> st.SearchStrategy[Watcher]:
    return st.builds(
        Watcher,
        role=st.sampled_from(ROLES),
        seat=st.sampled_from(SEATS),
        own=st.none() | st.integers(0, 9),
        stands_in=st.booleans(),
    )


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_nothing_leaves_on_any_walk(
    store: Store, rules: Rules, county: County, data: st.DataObject
) -> None:
    watcher = data.draw(watchers())
    steps = data.draw(steps_of(rules, county))
    assert_nothing_leaves(store, rules, county, watcher, steps)


# -- six digits first ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def asking(rules: Rules) -> Rules:
    """The county wants six digits before it is opened who a child or a reporter is."""
    limits = {**rules.policy.limits, "authenticator_asked": 1}
    return replace(rules, policy=replace(rules.policy, limits=limits))


def identities(county: County) -> list[str]:
    """Names, numbers, telephones and addresses, of children, their people, and of who told."""
    of_children = [one.value for one in county.hidden if one.key in COLUMNS.identities]
    return [*of_children, *(word for one in county.told for word in one.reporter)]


#: The posts that see a child, or read a report, that is not in their hands; one of those that
#: see and do the same.
READING = tuple(
    {
        repr(
            (
                replace(one, name="", level="village"),
                POLICY.rights.child["area"].get(role),
                POLICY.rights.report.get(role),
            )
        ): role
        for role, one in POLICY.roles.items()
        if role in POLICY.rights.reading_posts() or one.reads_reports
    }.values()
)


@pytest.mark.parametrize("role", READING)
def test_no_button_opens_who_somebody_is_before_six_digits_were_said(
    store: Store, asking: Rules, county: County, role: str
) -> None:
    """What lies in one's own hands is left out: here nobody has anything in theirs.

    A post of the county sees what it sees anywhere below. Whoever has to find a pupil who is
    missing knows whom: that is in their hands, too.
    """
    watcher = Watcher(role=role, seat="云岭县", own=None, stands_in=False)
    missing = next(one.value for one in county.hidden if one.key == "name")
    mine = [missing, missing[1:]] if asking.policy.roles[role].heads_school else []
    for verb, kind in [*ARGUMENTS.items(), ("", "")]:
        count = len([*arguments(county, kind)])
        steps = [("tap", verb, at) for at in range(count)] if verb else reading(county)
        shown = "\n".join(walked(store, asking, county, watcher, steps).shown)
        assert [one for one in identities(county) if one in shown and one not in mine] == [], verb


def test_a_paper_is_made_after_them(store: Store, asking: Rules, county: County) -> None:
    """Else nothing would be proved: the same walk, with the digits, writes who the child is."""
    watcher = Watcher(role="civil_affairs", seat="云岭县", own=None, stands_in=False)
    kinds = len([*arguments(county, "subject:paper")])
    steps: list[Step] = [*reading(county), *(("tap", "paper.make", at) for at in range(kinds))]
    shown = "\n".join(walked(store, asking, county, watcher, steps, proven=True).shown)
    numbers = [one.value for one in county.hidden if one.key == "id_number"]
    assert [one for one in numbers if one not in shown] == []


def test_what_is_told_without_being_asked_names_nobody(
    store: Store, rules: Rules, county: County
) -> None:
    """The evening's gaps, the week's birthdays."""

    def ring(work: Work) -> None:
        seen = Seen()
        _listen(work, seen)
        keeping.tell_gaps(work, rules)
        departure.tell_soon(work, rules, departure.towns_with_soon(work, rules))
        raise _Undo(seen)

    with pytest.raises(_Undo) as undone:
        store.write(ring).result()
    pushed = "\n".join(undone.value.seen.pushed)
    assert "青石镇" in pushed
    assert [secret for secret in county.secrets() if secret in pushed] == []
