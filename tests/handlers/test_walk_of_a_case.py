"""A case among people who do whatever they can, in any order, while time leaps: what always holds.

After every step: exactly one owner, who may hear of it; a live deadline while it is open; no step
of a ladder taken twice, or left out; nobody excluded hears anything; closed by two. And of one
person alone: whatever they do, the case does not end, and a deadline that passes is heard above.
"""

import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import TypeAlias

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bot.county.rules import read_rules
from bot.settings import HOME, read_settings
from conversation.cards import Action, card_from_json
from conversation.incoming import Pressed, Said
from handlers import doing, talk
from handlers.cases import case_card, involved, opening
from handlers.reaching import ringing
from handlers.rules import Rules
from handlers.turn import Turn
from policy.duties import Clockwork
from storage.audit import append
from storage.cases.case import Case
from storage.cases.duties import Duty
from storage.people.people import NOBODY
from storage.people.person import Speaker
from storage.reaching.owed import OutboxIn
from storage.reporting.reports import ReportIn
from storage.sealing import KeyRing
from storage.store import Store
from storage.work import Work
from tests.fakes.house import OwnClock, prepare, settle_county

BEGAN = datetime(2026, 11, 20, 2, tzinfo=UTC)
#: Who there is; the last one is kin and must hear nothing.
PEOPLE = {
    "主任": ("child_director", "青石镇青石村"),
    "督导": ("child_supervisor", "青石镇"),
    "镇长": ("township_head", "青石镇"),
    "警察": ("police_station", "青石镇"),
    "民政": ("civil_affairs", "云岭县"),
    "县长": ("county_leader", "云岭县"),
    "亲戚": ("village_head", "青石镇青石村"),
}
HIDDEN = "亲戚"
LEAPS = (
    timedelta(minutes=1),
    timedelta(minutes=16),
    timedelta(hours=3),
    timedelta(days=1),
    timedelta(days=8),
    timedelta(days=40),
)
#: What somebody does beside the acts of the table.
ACTS = tuple(tomllib.loads((HOME / "policy" / "lifecycle.toml").read_text("utf-8"))["act"])
#: Cards of one form, at most.
CARDS = 40

Step: TypeAlias = tuple[str, str, int]


class _Undo(Exception):
    """Takes back all that a walk did."""


@pytest.fixture(scope="module")
def rules() -> Rules:
    return read_rules(read_settings())


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    folder = tmp_path_factory.mktemp("walk")
    keys = KeyRing.create(folder / "keys.json")
    url = f"sqlite:///{folder / 'walk.db'}"
    opened = Store.open(url, keys, OwnClock(BEGAN).now, turn_seconds=300)
    prepare()
    opened.write(_settle).result()
    yield opened
    opened.close()


def _settle(work: Work) -> None:
    settle_county(work)
    for name, (role, place) in PEOPLE.items():
        met = work.people.meet("paper", name)
        work.people.set_name(met.person_id, name)
        areas = [one.id for one in work.areas.roots() if one.name == place]
        at = areas[0] if areas else work.areas.search(place)[0].id
        work.people.add_role(met.person_id, role, at)


# -- walking ------------------------------------------------------------------------------------


@dataclass(slots=True)
class Walk:
    """One case, and all that was told to whom."""

    work: Work
    rules: Rules
    case_id: int = 0
    #: Since the last look, and who was excluded then.
    told: list[OutboxIn] = field(default_factory=list)
    hidden: frozenset[int] = frozenset()

    def begin(self, grade: str) -> None:
        """A report on the village, which kin of the family must not hear of."""
        put = self.work.outbox.put

        def heard(card: OutboxIn) -> int:
            self.told.append(card)
            return put(card)

        self.work.outbox.put = heard  # type: ignore[method-assign]
        form = self.work.forms.current("report")
        assert form is not None
        filed = self.work.reports.file(
            ReportIn(
                kind="report",
                area_id=self.work.areas.search("青石镇青石村")[0].id,
                form_version=form.version,
                answers="{}",
                grade=grade,
                anonymous=True,
            )
        )
        report = self.work.reports.get(filed.id)
        assert report is not None
        turn = self.turn(NOBODY)
        opening.open_case(turn, report)
        case = self.work.cases.of_report(report.id)
        assert case is not None
        self.case_id = case.id
        hidden = self.speaker(HIDDEN).person_id
        self.work.cases.add_member(case.id, hidden, "excluded", by=0, basis="kin")
        self.told.clear()
        self.done()

    def take(self, step: Step) -> None:
        """Somebody does something, or time passes and what is due rings."""
        what, name, number = step
        match what:
            case "leap":
                self.work.now += LEAPS[number % len(LEAPS)]
                self.ring()
            case "pass":
                to = [*PEOPLE][number % len(PEOPLE)]
                self.do(name, "case.pass", f"{self.case_id}:{self.speaker(to).person_id}")
            case "details":
                self.do(name, "case.details", str(self.case_id))
            case _:
                self.do(name, "case.act", f"{self.case_id}:{what}")
                self.fill_in(name, Random(number))

    def do(self, name: str, verb: str, arg: str) -> None:
        turn = self.turn(self.speaker(name))
        doing.VERBS[verb](turn, arg)
        turn.close()
        self.done()

    def fill_in(self, name: str, chance: Random) -> None:
        """Answer whatever is asked, by chance, until the form is through or given up."""
        for _ in range(CARDS):
            speaker = self.speaker(name)
            row = self.work.outbox.get(speaker.card_id or 0)
            if speaker.draft is None or row is None or row.token is None:
                return
            card = card_from_json(row.card)
            actions = [button.action for button in card.buttons()]
            at = _choice(actions, chance)
            turn = self.turn(speaker)
            if at is None:
                talk.take(turn, Said(text=chance.choice(("情况都核实过了", "2026-12-20", "3"))))
            else:
                talk.take(turn, Pressed(token=row.token, position=at))
            turn.close()
            self.done()
        turn = self.turn(self.speaker(name))
        doing.FORM_VERBS["form.drop"](turn, "")
        turn.close()

    def ring(self) -> None:
        """As the beat does."""
        for _ in range(20):
            due = self.work.duties.ringing(self.work.now, 500)
            if not due:
                return
            for one in due:
                ringing.ring(self.turn(NOBODY), one)
            self.done()
        raise AssertionError("it never stops ringing")

    def turn(self, speaker: Speaker) -> Turn:
        return Turn(
            work=self.work,
            rules=self.rules,
            speaker=speaker,
            at=self.work.now.astimezone(self.rules.zone),
            finish=talk.finish,
            draft=speaker.draft,
        )

    def speaker(self, name: str) -> Speaker:
        return self.work.people.meet("paper", name)

    def done(self) -> None:
        """What the audit says of one step is known in the next, as between two turns."""
        append(self.work.db, self.work.shared.audit_key, self.work.facts)
        self.work.facts.clear()

    def case(self) -> Case:
        case = self.work.cases.get(self.case_id)
        assert case is not None
        return case

    def duties(self) -> tuple[Duty, ...]:
        return self.work.duties.of("case", self.case_id)


def _choice(actions: Sequence[Action], chance: Random) -> int | None:
    """A button that goes on with the form; None where words are wanted."""
    forward = [
        at
        for at, action in enumerate(actions)
        if action.verb in ("form.choose", "form.done", "form.skip")
    ]
    return chance.choice(forward) if forward else None


def walked(store: Store, rules: Rules, grade: str, steps: Sequence[Step]) -> None:
    """Walk, look after every step, and take all back."""

    def go(work: Work) -> None:
        walk = Walk(work=work, rules=rules)
        walk.begin(grade)
        invariants(walk)
        for step in steps:
            walk.take(step)
            invariants(walk)
        raise _Undo

    with pytest.raises(_Undo):
        store.write(go).result()


# -- what always holds --------------------------------------------------------------------------


def invariants(walk: Walk) -> None:
    """All that must hold between any two steps."""
    case = walk.case()
    hidden = {one.person_id for one in walk.work.cases.members(case.id) if one.kind == "excluded"}
    _is_owned(walk, case, hidden)
    _has_a_live_deadline(walk, case)
    _climbs_once(walk)
    _hides(walk, hidden)
    _is_closed_by_two(walk, case)


def _is_owned(walk: Walk, case: Case, hidden: set[int]) -> None:
    assert case.owner.role, "a case without an owner"
    assert case.owner.area_id is not None
    assert case.owner.person_id not in hidden
    if case.is_accepted and case.is_open:
        assert case.owner.person_id is not None


def _has_a_live_deadline(walk: Walk, case: Case) -> None:
    if case.is_open:
        waiting = [one for one in walk.duties() if one.state == "open"]
        assert waiting, f"nothing is to be done in {case.stage}"
        assert any(one.rings_at is not None or one.due_at <= walk.work.now for one in waiting)


def _climbs_once(walk: Walk) -> None:
    for duty in walk.duties():
        climbs = walk.work.duties.climbs(duty.id)
        levels = [one.level for one in climbs]
        assert levels == sorted(set(levels)), "a step was taken twice"
        assert (
            duty.state != "open"
            or duty.rings_at is None
            or duty.rings_at > walk.work.now
            or (duty.set_at == walk.work.now)
        ), "a duty is silent"
        for one in climbs:
            assert one.fired_at >= one.passed_at
            if one.step not in ("self", "reporter"):
                assert one.person_id is not None, "nobody heard of a step"


def _hides(walk: Walk, hidden: set[int]) -> None:
    """Whoever was excluded before this step heard nothing by it, and sees nothing now."""
    about = case_card.about(walk.case())
    for card in walk.told:
        contact = walk.work.people.contact(card.contact_id)
        if contact is not None and contact.person_id in walk.hidden and card.turn == 0:
            assert card.about != about, "somebody who must not hear was told"
    walk.told.clear()
    walk.hidden = frozenset(hidden)
    for person in hidden:
        contact = walk.work.people.contacts_of(person)[0]
        speaker = walk.work.people.speaker_of(contact.id)
        assert speaker is not None
        assert involved.view(walk.turn(speaker), walk.case_id) is None


def _is_closed_by_two(walk: Walk, case: Case) -> None:
    if case.is_open:
        return
    entries = walk.work.cases.entries(case.id)
    confirmed = next(one for one in reversed(entries) if one.act == "confirm_close")
    asked = next(one for one in reversed(entries) if one.act == "close")
    assert confirmed.person_id != asked.person_id


# -- walks --------------------------------------------------------------------------------------

_WORKERS = [name for name in PEOPLE if name != HIDDEN]
_STEPS = st.one_of(
    st.tuples(st.just("leap"), st.just(""), st.integers(0, len(LEAPS) - 1)),
    st.tuples(st.sampled_from(ACTS), st.sampled_from([*PEOPLE]), st.integers(0, 10_000)),
    st.tuples(st.sampled_from(("pass", "details")), st.sampled_from([*PEOPLE]), st.integers(0, 9)),
)
#: The way to the end, for walks that begin there.
TO_THE_END: tuple[Step, ...] = (
    ("accept", "督导", 0),
    ("seen", "督导", 3),
    ("handled", "督导", 5),
    ("assess", "督导", 7),
    ("settle_risk", "民政", 1),
    ("close", "督导", 2),
    ("close", "督导", 4),
    ("confirm_close", "督导", 2),
    ("confirm_close", "民政", 2),
)
#: Who could hear is kin, all but the leader of the county, who has the case.
NOBODY_ABOVE: tuple[Step, ...] = (
    *TO_THE_END[:4],
    ("pass_on", "县长", 8130),
    ("not_ours", "督导", 3641),
    ("not_ours", "民政", 1755),
    ("leap", "", 1),
    ("leap", "", 5),
    ("leap", "", 2),
)
#: The second person of the end steps aside as kin, and has it still to do.
SECOND_IS_KIN: tuple[Step, ...] = (
    *TO_THE_END[:6],
    ("leap", "", 3),
    ("not_ours", "民政", 8662),
    ("not_ours", "镇长", 7970),
    ("leap", "", 5),
)
_WALKS = st.tuples(
    st.sampled_from(["red", "orange", "yellow", "blue"]),
    st.integers(0, len(TO_THE_END)).map(lambda count: [*TO_THE_END[:count]]),
    st.lists(_STEPS, max_size=12),
).map(lambda drawn: (drawn[0], [*drawn[1], *drawn[2]]))


def test_the_way_to_the_end_leads_to_the_end(store: Store, rules: Rules) -> None:
    """So that the walks below begin where they say."""

    def go(work: Work) -> None:
        walk = Walk(work=work, rules=rules)
        walk.begin("red")
        for step in TO_THE_END:
            walk.take(step)
        assert walk.case().stage == "closed"
        raise _Undo

    with pytest.raises(_Undo):
        store.write(go).result()


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(walk=_WALKS)
@example(walk=("red", [*TO_THE_END, ("leap", "", 5), ("reopen", "民政", 1), ("leap", "", 5)]))
@example(walk=("yellow", [("not_ours", "督导", 1), ("not_ours", "民政", 1), ("leap", "", 4)]))
@example(walk=("red", list(NOBODY_ABOVE)))
@example(walk=("red", list(SECOND_IS_KIN)))
def test_whatever_people_do_the_case_is_owned_timed_hidden_and_closed_by_two(
    store: Store, rules: Rules, walk: tuple[str, list[Step]]
) -> None:
    walked(store, rules, *walk)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    grade=st.sampled_from(["red", "orange", "yellow", "blue"]),
    actor=st.sampled_from(_WORKERS),
    steps=st.lists(
        st.tuples(
            st.sampled_from((*ACTS, "leap", "leap", "pass_to_self")), st.integers(0, 10_000)
        ),
        min_size=1,
        max_size=14,
    ),
)
def test_nobody_alone_ends_a_case_or_lets_a_final_deadline_pass_unheard(
    store: Store, rules: Rules, grade: str, actor: str, steps: list[tuple[str, int]]
) -> None:
    def go(work: Work) -> None:
        walk = Walk(work=work, rules=rules)
        walk.begin(grade)
        me = walk.speaker(actor).person_id
        for what, number in steps:
            match what:
                case "leap":
                    walk.take(("leap", "", number))
                case "pass_to_self":
                    walk.do(actor, "case.pass", f"{walk.case_id}:{me}")
                case _:
                    walk.take((what, actor, number))
            invariants(walk)
        walk.take(("leap", "", len(LEAPS) - 1))
        assert walk.case().is_open, "one person ended it"
        for duty in walk.duties():
            _was_heard_above(walk, duty, me)
        raise _Undo

    with pytest.raises(_Undo):
        store.write(go).result()


def _was_heard_above(walk: Walk, duty: Duty, me: int) -> None:
    """A duty that stood open past the last step of its first time climbed to somebody else."""
    steps = walk.rules.policy.duties.steps(duty.kind, duty.grade)
    if not steps or steps[-1].to == "reporter":
        return
    clock = Clockwork(calendar=walk.rules.policy.calendar, zone=walk.rules.zone)
    last = steps[-1].after
    final = duty.first_due_at if last is None else clock.after(duty.first_due_at, last)
    stood_until = duty.ended_at or walk.work.now
    if final <= stood_until:
        climbs = walk.work.duties.climbs(duty.id)
        assert len(climbs) >= len(steps)
        assert any(one.person_id not in (None, me) for one in climbs)
