"""回避: for whoever must not hear of a case it is not there: no card, no list, no count, no trace.

Random people in random posts of the county, some on leave, some with a deputy; a random report,
then everything that happens to it for two weeks. What those who are left out see and are sent must
be the same as if there had been no report at all.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlalchemy import bindparam, select

from bot import app
from bot.settings import read_settings
from handlers import (
    acts,
    cases,
    casework,
    desk,
    exclusion,
    grades,
    identity,
    ringing,
    talk,
)
from handlers.turn import Filled, Rules, Turn
from storage.people import NOBODY, Speaker
from storage.reports import ReportIn
from storage.sealing import KeyRing
from storage.store import Store
from storage.tables import outbox
from storage.work import Work
from tests.fakes.house import OwnClock, prepare, settle_county

BEGAN = datetime(2026, 11, 20, 2, tzinfo=UTC)
POSTS = (
    ("child_director", "青石镇河湾村"),
    ("village_head", "青石镇河湾村"),
    ("child_supervisor", "青石镇"),
    ("township_head", "青石镇"),
    ("police_station", "青石镇"),
    ("civil_affairs", "云岭县"),
    ("county_leader", "云岭县"),
    ("police", "云岭县"),
)


@dataclass(frozen=True, kw_only=True)
class Org:
    """Who there is: for each person the posts; who is away, and who stands in for them."""

    people: list[list[int]]
    away: dict[int, int] = field(default_factory=dict)
    grade: str
    #: How the report means somebody: by name, or by the kind of post.
    named: set[int]
    kind: str
    #: Whom the county excludes later.
    later: set[int]
    #: Whom somebody names in words that come later, and who is then raised to red.
    said: set[int]


ORGS = st.builds(
    Org,
    people=st.lists(
        st.lists(st.integers(0, len(POSTS) - 1), max_size=2, unique=True), min_size=3, max_size=8
    ),
    away=st.dictionaries(st.integers(0, 7), st.integers(0, 7), max_size=3),
    grade=st.sampled_from(["red", "orange", "yellow", "blue"]),
    named=st.sets(st.integers(0, 7), max_size=3),
    kind=st.sampled_from(["", "parent", "village_staff"]),
    later=st.sets(st.integers(0, 7), max_size=2),
    said=st.sets(st.integers(0, 7), max_size=2),
)


@dataclass(kw_only=True)
class World:
    store: Store
    rules: Rules
    clock: OwnClock


_CARDS = select(outbox.c.id).where(
    outbox.c.contact_id.in_(bindparam("contacts", expanding=True)), outbox.c.turn == 0
)


class _Undo(Exception):
    """Nothing of it stays."""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder: Path = tmp_path_factory.mktemp("exclusion")
    chosen = read_settings(
        database_url=f"sqlite:///{folder / 'data' / 'x.db'}", key_file=folder / "keys" / "x.keys"
    )
    (folder / "keys").mkdir()
    KeyRing.create(chosen.key_file)
    clock = OwnClock(BEGAN)
    prepare()
    store = app.open_memory(chosen, clock)
    store.write(settle_county).result()
    yield World(store=store, rules=app.read_rules(chosen), clock=clock)
    store.close()


#: The supervisor has it and is away; the head of the township, who stands in, is meant by it.
STANDS_IN = Org(
    people=[[2], [3], [5]],
    away={0: 1},
    grade="yellow",
    named={1},
    kind="",
    later=set(),
    said=set(),
)


@settings(max_examples=40)
@given(org=ORGS)
@example(org=STANDS_IN)
def test_for_whoever_is_left_out_there_is_no_case(world: World, org: Org) -> None:
    def live(work: Work) -> None:
        _live(world, work, org)
        raise _Undo

    with pytest.raises(_Undo):
        world.store.write(live).result()


def _live(world: World, work: Work, org: Org) -> None:
    people = [_settle(work, number, posts) for number, posts in enumerate(org.people)]
    for who, deputy in org.away.items():
        if who != deputy and max(who, deputy) < len(people):
            since, until = BEGAN - timedelta(days=1), BEGAN + timedelta(days=30)
            absent, stands_in = people[who].person_id, people[deputy].person_id
            work.deputies.plan(absent, stands_in, since, until, by=absent)
    before = {one.person_id: _sight(world, work, one, number="000000000") for one in people}
    case_id, number = _report(world, work, org)
    hidden = {one.person_id for one in people} & casework.excluded(_nobody(world, work), case_id)
    for index, person in enumerate(people):
        if index in org.named and org.people[index]:
            assert person.person_id in hidden
    assert _sent(work, hidden, people) == 0
    for index in sorted(org.later):
        if index < len(people):
            hidden |= _exclude(world, work, people, case_id, index)
    report = work.cases.reports(case_id)[0]
    exclusion.said_more(_nobody(world, work), report, "听说是" + _names(org.said))
    hidden |= casework.excluded(_nobody(world, work), case_id)
    for index in org.said:
        if index < len(people) and org.people[index]:
            assert people[index].person_id in hidden
    told = _sent(work, hidden, people)
    grades.rise(_nobody(world, work), report, "孩子现在有危险，快没气了")
    assert _sent(work, hidden, people) == told
    for _ in range(14):
        work.now += timedelta(days=1)
        for duty in work.duties.ringing(work.now, 100):
            ringing.ring(_nobody(world, work), duty)
    work.now = BEGAN
    assert _sent(work, hidden, people) == told
    for person in people:
        if person.person_id in hidden:
            assert _sight(world, work, person, number=number) == before[person.person_id]
    case = work.cases.get(case_id)
    assert case is not None
    assert case.owner.person_id not in hidden


def _names(people: set[int]) -> str:
    return "和".join(f"赵人{'甲乙丙丁戊己庚辛'[one]}" for one in sorted(people))


def _settle(work: Work, number: int, posts: list[int]) -> Speaker:
    met = work.people.meet("paper", f"人{number}")
    work.people.set_name(met.person_id, f"赵人{'甲乙丙丁戊己庚辛'[number]}")
    tree = work.areas
    for post in posts:
        role, place = POSTS[post]
        roots = [root.id for root in tree.roots() if root.name == place]
        work.people.add_role(met.person_id, role, roots[0] if roots else tree.search(place)[0].id)
    return met


def _report(world: World, work: Work, org: Org) -> tuple[int, str]:
    area = work.areas.search("青石镇河湾村")[0].id
    said = {"suspect": org.kind, "suspect_name": _names(org.named)}
    version = work.forms.current("report")
    assert version is not None
    report = work.reports.file(
        ReportIn(
            draft_id=work.new_id(),
            kind="report",
            area_id=area,
            form_version=version.version,
            answers=json.dumps({key: value for key, value in said.items() if value}),
            grade=org.grade,
            reasons=(),
            circumstances=(),
            state="filed",
            anonymous=True,
            occurred_at=None,
        )
    )
    casework.open_case(_nobody(world, work), report)
    case = work.cases.of_report(report.id)
    assert case is not None
    return case.id, case.number


def _exclude(
    world: World, work: Work, people: list[Speaker], case_id: int, index: int
) -> set[int]:
    """Somebody of the county excludes them, if there is anybody who may."""
    name = f"赵人{'甲乙丙丁戊己庚辛'[index]}"
    for person in people:
        turn = _turn(world, work, person)
        seen = casework.view(turn, case_id)
        if seen is not None and seen.is_to_it & {"civil_affairs", "county_leader"}:
            acts.do(turn, seen.case, "exclude", {"avoids": name, "reason": "亲戚"})
            break
    hidden = casework.excluded(_nobody(world, work), case_id)
    return {people[index].person_id} & hidden


def _nobody(world: World, work: Work) -> Turn:
    return Turn(
        work=work,
        rules=world.rules,
        speaker=NOBODY,
        at=work.now.astimezone(world.rules.zone),
        finish=talk.finish,
    )


def _turn(world: World, work: Work, person: Speaker) -> Turn:
    speaker = work.people.speaker_of(person.contact_id)
    assert speaker is not None
    turn = _nobody(world, work)
    turn.speaker = speaker
    return turn


def _sight(world: World, work: Work, person: Speaker, *, number: str) -> list[str]:
    """All that somebody sees who looks for it: lists, counts, the case itself, its reporter."""
    shown: list[str] = []
    newest = max((one.id for one in work.cases.below(work.areas.roots()[0].id, 9)), default=0)
    for look in (
        cases.mine,
        desk.show,
        desk.todo,
        lambda turn: cases.details(turn, str(newest or 4711)),
        lambda turn: cases.begin_regrade(turn, str(newest or 4711)),
        lambda turn: acts.begin(turn, f"{newest or 4711}:accept"),
        lambda turn: _ask_who_reported(turn, number),
    ):
        turn = _turn(world, work, person)
        look(turn)
        shown += [card.card.text for card in turn.spoken]
        shown += [one.label for card in turn.spoken for row in card.card.rows for one in row]
    return shown


def _ask_who_reported(turn: Turn, number: str) -> None:
    filled = Filled(
        form=turn.rules.current_form(turn.work, "unmask")[1],
        draft=None,  # type: ignore[arg-type]
        answers={"number": number, "unmask_why": "要联系"},
        by_path={},
    )
    if identity.may_ask(turn):
        identity.reason_given(turn, filled)


def _sent(work: Work, hidden: set[int], people: list[Speaker]) -> int:
    """How many cards were put for those who are left out, without their having asked."""
    contacts = [one.contact_id for one in people if one.person_id in hidden]
    return len(work.db.all(_CARDS, contacts=contacts)) if contacts else 0


#: Director, supervisor, county, leader, and one more of the county.
OFFICES = Org(
    people=[[0], [2], [5], [6], [5]],
    grade="yellow",
    named=set(),
    kind="",
    later=set(),
    said=set(),
)


@pytest.mark.parametrize(
    ("who", "ends"),
    [(2, False), (4, False), (3, True), (0, False)],
    ids=["self", "same", "other", "low"],
)
def test_what_one_post_said_another_ends(world: World, who: int, ends: bool) -> None:
    def live(work: Work) -> None:
        people = [_settle(work, number, posts) for number, posts in enumerate(OFFICES.people)]
        case_id, _ = _report(world, work, OFFICES)
        case = work.cases.get(case_id)
        assert case is not None
        before = work.cases.members(case_id)
        assert before[0].person_id == people[0].person_id
        body = {"avoids": "赵人甲", "reason": "亲戚"}
        acts.do(_turn(world, work, people[2]), case, "exclude", body)
        assert casework.relations(_turn(world, work, people[0]), case) == frozenset()
        member = next(one for one in work.cases.members(case_id) if one.kind == "excluded")
        turn = _turn(world, work, people[who])
        exclusion.choose_back(turn, f"{case_id}:{member.id}")
        assert (turn.draft is not None) == ends
        if ends:
            case = work.cases.get(case_id)
            assert case is not None
            acts.do(turn, case, "readmit", {"member": str(member.id), "reason": "不是亲戚"})
        is_to_it = casework.relations(_turn(world, work, people[0]), case)
        assert ("receiver" in is_to_it) == ends
        raise _Undo

    with pytest.raises(_Undo):
        world.store.write(live).result()


def test_whoever_works_on_it_is_not_shut_out_by_a_sentence(world: World) -> None:
    def live(work: Work) -> None:
        people = [_settle(work, number, posts) for number, posts in enumerate(OFFICES.people)]
        case_id, _ = _report(world, work, OFFICES)
        case = work.cases.get(case_id)
        assert case is not None
        acts.do(_turn(world, work, people[0]), case, "accept", {})
        report = work.cases.reports(case_id)[0]
        exclusion.said_more(_nobody(world, work), report, "赵人甲来看过了，赵人乙没来")
        assert casework.excluded(_nobody(world, work), case_id) == {people[1].person_id}
        asked = [one for one in (people[2], people[4]) if _sent(work, {one.person_id}, people)]
        assert len(asked) == 1
        raise _Undo

    with pytest.raises(_Undo):
        world.store.write(live).result()
