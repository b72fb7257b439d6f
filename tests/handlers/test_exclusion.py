"""回避: for whoever must not hear of a case it is not there: no card, no list, no count, no trace.

Random people in random posts of the county, some on leave, some with a deputy; a random report,
then everything that happens to it for two weeks. What those who are left out see and are sent must
be the same as if there had been no report at all.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlalchemy import bindparam, select

from bot.county.rules import read_rules
from bot.settings import read_settings
from handlers import desk, talk
from handlers.cases import acts, cases, casework, exclusion, grades, involved, opening
from handlers.children import child_file, child_past, register
from handlers.office import (
    administration,
    analysis,
    bulletin,
    children,
    looks,
    staff,
    today,
)
from handlers.office import cases as office_cases
from handlers.reaching import calls, ringing
from handlers.reporting import identity
from handlers.rules import Rules
from handlers.supervision import burden, figure_talk
from handlers.turn import Filled, Turn
from handlers.visiting import planning
from storage.people.people import NOBODY
from storage.people.person import Speaker
from storage.reporting.reports import ReportIn
from storage.sealing import KeyRing
from storage.store import Store
from storage.tables import outbox
from storage.work import Work
from tests.fakes.databases import open_memory
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


#: Numbers of cases that open their lists.
OF_CASES = ("reports", "cases_red", "cases_orange", "cases_yellow", "cases_blue")


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
    store = open_memory(chosen, clock)
    store.write(settle_county).result()
    yield World(store=store, rules=read_rules(chosen), clock=clock)
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
    child = _child(world, work, people)
    before = {one.person_id: _sight(world, work, one, number="000000000") for one in people}
    case_id, number = _report(world, work, org, child)
    work.child_looks.note(child, NOBODY.person_id, code="report")
    planning.plan_stirred(work, world.rules)
    hidden = {one.person_id for one in people} & involved.excluded(_nobody(world, work), case_id)
    for index, person in enumerate(people):
        if index in org.named and org.people[index]:
            assert person.person_id in hidden
    assert _sent(work, hidden, people) == 0
    for index in sorted(org.later):
        if index < len(people):
            hidden |= _exclude(world, work, people, case_id, index)
    report = work.cases.reports(case_id)[0]
    exclusion.said_more(_nobody(world, work), report, "听说是" + _names(org.said))
    hidden |= involved.excluded(_nobody(world, work), case_id)
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


def _child(world: World, work: Work, people: list[Speaker]) -> int:
    """A child of that village in the hands of the first of them, whose next visit is planned."""
    area = work.areas.search("青石镇河湾村")[0].id
    values = {"name": "王小明", "birth_date": "2016-09-01"}
    child = work.children.add(area, values, source="registration", by=0)
    work.responsibilities.assign(child, people[0].person_id, by=0)
    planning.plan_stirred(work, world.rules)
    return child


def _report(
    world: World, work: Work, org: Org, child: int | None = None, /, **more: str
) -> tuple[int, str]:
    area = work.areas.search("青石镇河湾村")[0].id
    said = {"suspect": org.kind, "suspect_name": _names(org.named), **more}
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
            child_id=child,
        )
    )
    opening.open_case(_nobody(world, work), report, child)
    exclusion.opened(_nobody(world, work), report)
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
        seen = involved.view(turn, case_id)
        if seen is not None and seen.is_to_it & {"civil_affairs", "county_leader"}:
            acts.do(turn, seen.case, "exclude", {"avoids": name, "reason": "亲戚"})
            break
    hidden = involved.excluded(_nobody(world, work), case_id)
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
        figure_talk.show,
        lambda turn: figure_talk.lists(turn, _seat(turn)),
        lambda turn: figure_talk.paces(turn, _seat(turn)),
        lambda turn: figure_talk.apart(turn, _seat(turn)),
        calls.show,
    ):
        turn = _turn(world, work, person)
        look(turn)
        shown += [card.card.text for card in turn.spoken]
        shown += [one.label for card in turn.spoken for row in card.card.rows for one in row]
    turn = _turn(world, work, person)
    asked = analysis.Asked(area=int(_seat(turn)))
    shown.append(repr(analysis.page(turn, asked)))
    shown += [repr(analysis.listed(turn, asked, key, 0)) for key in OF_CASES]
    return shown + _desk(turn, asked)


def _children(turn: Turn) -> list[register.View]:
    """Whom the speaker sees."""
    (root,) = turn.work.areas.roots()
    found = turn.work.children.below(root.id, statuses=("active",), after=0, count=9)
    seen = (register.view(turn, child.id) for child in found)
    return [one for one in seen if one is not None]


def _desk(turn: Turn, asked: analysis.Asked) -> list[str]:
    """What stands on the other pages of the desk."""
    listed = [
        office_cases.listed(turn, office_cases.Asked(state=state)) for state in ("open", "closed")
    ]
    told = analysis.page(turn, asked)
    seen = _children(turn)
    return [
        *(line for one in seen for line in child_past.who_looked(turn, one)),
        *(line for one in seen for line in child_past.what_changed(turn, one)),
        *(line for one in seen for line in child_file.standing(turn, one)),
        *(line for one in seen for line in child_file.labels(turn, one)),
        repr(children.listed(turn, children.Asked())),
        repr(children.late_visits(turn)),
        *map(repr, (today.now(turn), *(office_cases.lines(turn, some) for some in listed))),
        *map(repr, (looks.page(turn), looks.exported(turn))),
        *map(repr, (administration.lost(turn), administration.places(turn, None))),
        repr(administration.burden(turn) if administration.may(turn) else None),
        repr(burden.measured(turn)),
        repr(staff.lines(turn, staff.found(turn, staff.Asked())) if staff.may(turn) else None),
        repr(bulletin.drafted(turn, told) if told is not None else None),
    ]


def _seat(turn: Turn) -> str:
    """Where the speaker's first post is; the county, of whoever has none."""
    held = [post.area_id for post in turn.roles]
    return str(held[0] if held else turn.work.areas.roots()[0].id)


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
        assert involved.relations(_turn(world, work, people[0]), case) == frozenset()
        member = next(one for one in work.cases.members(case_id) if one.kind == "excluded")
        turn = _turn(world, work, people[who])
        exclusion.choose_back(turn, f"{case_id}:{member.id}")
        assert (turn.draft is not None) == ends
        if ends:
            case = work.cases.get(case_id)
            assert case is not None
            acts.do(turn, case, "readmit", {"member": str(member.id), "reason": "不是亲戚"})
        is_to_it = involved.relations(_turn(world, work, people[0]), case)
        assert ("receiver" in is_to_it) == ends
        raise _Undo

    with pytest.raises(_Undo):
        world.store.write(live).result()


@dataclass(kw_only=True)
class Office:
    """The five people of OFFICES around one report."""

    world: World
    work: Work
    people: list[Speaker]
    case_id: int

    def turn(self, who: int) -> Turn:
        return _turn(self.world, self.work, self.people[who])

    def does(self, who: int, act: str, **body: str) -> None:
        case = self.work.cases.get(self.case_id)
        assert case is not None
        assert casework.may_do(self.turn(who), self.case_id, act) is not None
        acts.do(self.turn(who), case, act, body)

    def says_more(self, text: str) -> None:
        report = self.work.cases.reports(self.case_id)[0]
        exclusion.said_more(_nobody(self.world, self.work), report, text)

    def out(self) -> set[int]:
        hidden = involved.excluded(_nobody(self.world, self.work), self.case_id)
        return {at for at, one in enumerate(self.people) if one.person_id in hidden}

    def reads(self, who: int) -> bool | None:
        """Whether somebody reads the words; None for whom there is no case."""
        turn = self.turn(who)
        seen = involved.view(turn, self.case_id)
        return None if seen is None else "answers" in cases.parts_of(turn, seen)

    def told(self, who: int) -> bool:
        """Whether the story tells them that somebody is spoken of."""
        turn = self.turn(who)
        seen = involved.view(turn, self.case_id)
        assert seen is not None
        return any("提到一个管这个地方的人" in line for line in cases.story(turn, seen).entries)

    def asked(self) -> list[int]:
        return [
            at
            for at, one in enumerate(self.people)
            if at in (2, 3, 4) and _sent(self.work, {one.person_id}, self.people)
        ]

    def member(self, who: int, kind: str) -> str:
        person = self.people[who].person_id
        return next(
            str(one.id)
            for one in self.work.cases.members(self.case_id)
            if (one.person_id, one.kind) == (person, kind)
        )


def in_office(world: World, live: Callable[[Office], None], **said: str) -> None:
    """A report about a child of the village, with these answers, and what happens to it."""

    def turn(work: Work) -> None:
        people = [_settle(work, number, posts) for number, posts in enumerate(OFFICES.people)]
        case_id, _ = _report(world, work, OFFICES, **said)
        live(Office(world=world, work=work, people=people, case_id=case_id))
        raise _Undo

    with pytest.raises(_Undo):
        world.store.write(turn).result()


def test_whoever_works_on_it_is_not_shut_out_by_a_harmless_sentence(world: World) -> None:
    def live(office: Office) -> None:
        office.does(0, "accept")
        office.says_more("赵人甲来看过了，赵人乙没来。我跟赵人丙也说了")
        assert (office.out(), office.asked()) == (set(), [])
        assert [office.reads(who) for who in range(3)] == [True, True, True]

    in_office(world, live)


def test_whoever_is_blamed_later_is_out_at_once_whatever_they_do_about_it(world: World) -> None:
    def live(office: Office) -> None:
        office.does(0, "accept")
        office.says_more("就是赵人甲打的，别告诉赵人乙")
        assert office.out() == {0, 1}
        assert [office.reads(0), office.reads(1)] == [None, None]
        case = office.work.cases.get(office.case_id)
        assert case is not None
        assert case.owner.person_id in {office.people[who].person_id for who in (2, 4)}
        assert len(office.asked()) == 1

    in_office(world, live)


def test_whom_the_first_words_blame_never_heard_of_it(world: World) -> None:
    def live(office: Office) -> None:
        assert office.out() == {0}
        assert _sent(office.work, {office.people[0].person_id}, office.people) == 0

    in_office(world, live, what="赵人甲喝了酒打孩子，孩子是赵人乙班上的")


def test_who_is_only_mentioned_can_act_and_reads_nothing_until_the_county_decides(
    world: World,
) -> None:
    def live(office: Office) -> None:
        assert office.out() == set()
        assert [office.reads(who) for who in (0, 1)] == [False, True]
        assert [office.told(who) for who in (0, 1)] == [False, True]
        [county] = office.asked()
        office.does(0, "accept")
        assert office.reads(0) is False
        # Twice is asked once.
        office.says_more("孩子又去赵人甲那里了")
        assert office.asked() == [county]
        office.does(county, "readmit", member=office.member(0, "held"), reason="只是邻居")
        assert office.reads(0) is True

    in_office(world, live, what="孩子常去赵人甲那里")


def test_the_county_may_keep_out_whom_words_mention(world: World) -> None:
    def live(office: Office) -> None:
        [county] = office.asked()
        office.does(county, "exclude", avoids="赵人甲", reason="是他")
        assert office.out() == {0}
        assert office.reads(0) is None

    in_office(world, live, what="孩子常去赵人甲那里")


def test_what_a_colleague_writes_down_shuts_nobody_out_but_kin(world: World) -> None:
    def live(office: Office) -> None:
        office.does(1, "accept")
        office.does(1, "seen", safe="yes", what="和赵人甲一起去的，赵人丙也在那里")
        assert (office.out(), office.asked()) == (set(), [])
        office.does(1, "seen", safe="yes", what="孩子是赵人甲的侄子")
        assert office.out() == {0}
        # What was told where a choice is asked is read like the sentence.
        office.does(1, "seen", safe="yes", told="孩子的叔叔就是赵人丙")
        assert office.out() == {0, 2}

    in_office(world, live)


def test_a_second_who_steps_aside_leaves_the_end_to_another_second(world: World) -> None:
    def live(office: Office) -> None:
        office.does(0, "accept")
        office.does(0, "seen", safe="yes", what="在家")
        office.does(0, "close", outcome="home_better", what="奶奶照看")
        people = [one.person_id for one in office.people]
        asked = [people[1]]
        for _ in range(3):
            [duty] = [
                one
                for one in office.work.duties.open_of("case", office.case_id)
                if one.kind == "confirm_close"
            ]
            assert duty.person_id == asked[-1]
            who = people.index(asked[-1])
            office.does(who, "not_ours", why="kin")
            assert office.reads(who) is None
            [duty] = [
                one
                for one in office.work.duties.open_of("case", office.case_id)
                if one.kind == "confirm_close"
            ]
            assert duty.person_id not in (people[0], *asked)
            asked.append(duty.person_id or 0)
        case = office.work.cases.get(office.case_id)
        assert case is not None
        assert case.owner.person_id == people[0]
        last = people.index(asked[-1])
        office.does(last, "confirm_close", what="看过了")
        case = office.work.cases.get(office.case_id)
        assert case is not None
        assert not case.is_open

    in_office(world, live)
