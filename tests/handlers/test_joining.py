"""Two that were joined and taken apart are as if they had never been joined.

Random cases of one village, brought to random points by random acts; whoever must not hear of one
of them, by name or by the county; then one tap to join and one to undo. What is compared is all
that joining may touch: the rows of both cases, who has to do with them, every open duty, and to
which child each report belongs.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.county.rules import read_rules
from bot.settings import read_settings
from handlers import talk
from handlers.cases import acts, casework, involved, joining, opening, uniting
from handlers.rules import Rules
from handlers.turn import Turn
from storage.cases.case import Case
from storage.people.people import NOBODY
from storage.people.person import Speaker
from storage.reporting.reports import ReportIn
from storage.sealing import KeyRing
from storage.store import Store
from storage.work import Work
from tests.fakes.databases import open_memory
from tests.fakes.house import OwnClock, prepare, settle_county

BEGAN = datetime(2026, 11, 20, 2, tzinfo=UTC)
POSTS = (
    ("赵人甲", "child_director", "青石镇河湾村"),
    ("赵人乙", "child_supervisor", "青石镇"),
    ("赵人丙", "township_head", "青石镇"),
    ("赵人丁", "police_station", "青石镇"),
    ("赵人戊", "civil_affairs", "云岭县"),
    ("赵人己", "county_leader", "云岭县"),
)
#: What may happen to a case before and while it is joined: who does what.
DONE: tuple[tuple[int, str, dict[str, str]], ...] = (
    (1, "accept", {}),
    (0, "accept", {}),
    (1, "seen", {"safe": "yes"}),
    (1, "seen", {"safe": "no"}),
    (1, "feedback", {"words": "在办"}),
    (4, "exclude", {"avoids": "赵人甲", "reason": "亲戚"}),
    (4, "exclude", {"avoids": "赵人丙", "reason": "亲戚"}),
    (1, "plan_item", {"helper": "3", "what": "送油送米", "until": "2026-12-20"}),
    (3, "police_taken", {"police_number": "1"}),
)


@dataclass(frozen=True, kw_only=True)
class Plot:
    """What two reports say, what happens to each, and who joins them."""

    grades: tuple[str, str]
    named: tuple[str, str]
    before: tuple[list[int], list[int]]
    apart: int
    joins: int


def happening() -> st.SearchStrategy[list[int]]:
    return st.lists(st.integers(0, len(DONE) - 1), max_size=4)


PLOTS = st.builds(
    Plot,
    grades=st.tuples(*[st.sampled_from(["red", "orange", "yellow", "blue"])] * 2),
    named=st.tuples(*[st.sampled_from(["", "", "赵人甲", "赵人乙", "赵人丁"])] * 2),
    before=st.tuples(happening(), happening()),
    apart=st.integers(0, 72),
    joins=st.sampled_from([1, 4, 5]),
)


class World:
    """The program's memory and its rules."""

    def __init__(self, store: Store, rules: Rules) -> None:
        self.store, self.rules = store, rules


class _Undo(Exception):
    """Nothing of it stays."""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder: Path = tmp_path_factory.mktemp("joining")
    chosen = read_settings(
        database_url=f"sqlite:///{folder / 'data' / 'x.db'}", key_file=folder / "keys" / "x.keys"
    )
    (folder / "keys").mkdir()
    KeyRing.create(chosen.key_file)
    prepare()
    store = open_memory(chosen, OwnClock(BEGAN))
    store.write(settle_county).result()
    yield World(store=store, rules=read_rules(chosen))
    store.close()


@settings(max_examples=60)
@given(plot=PLOTS)
def test_joined_and_parted_is_as_if_never_joined(world: World, plot: Plot) -> None:
    def live(work: Work) -> None:
        scene = Scene(world, work, plot)
        before = scene.state()
        if not scene.join():
            raise _Undo
        scene.check_joined()
        scene.part()
        assert scene.state() == before
        raise _Undo

    with pytest.raises(_Undo):
        world.store.write(live).result()


@settings(max_examples=40)
@given(plot=PLOTS, since=happening(), days=st.integers(0, 20))
def test_whatever_happens_in_between_both_go_on(
    world: World, plot: Plot, since: list[int], days: int
) -> None:
    """Whatever was to be done about the one is to be done again, each duty once; nobody lost."""

    def live(work: Work) -> None:
        scene = Scene(world, work, plot)
        owed = [scene.kinds(case) for case in scene.both()]
        if not scene.join():
            raise _Undo
        stood = scene.standing()
        work.now += timedelta(days=days)
        scene.happens(stood.id, since)
        scene.check_joined()
        scene.part()
        alone = next(one for one in scene.both() if one.id != stood.id)
        index = [one.id for one in scene.both()].index(alone.id)
        assert scene.kinds(alone) >= owed[index]
        for case in scene.both():
            assert case.joined_into is None
            open_ = work.duties.open_of("case", case.id)
            plain = [duty.kind for duty in open_ if not duty.what]
            assert len(plain) == len(set(plain))
            assert case.owner.person_id not in involved.excluded(scene.nobody(), case.id)
            assert [one.number for one in work.cases.reports(case.id)] == [case.number]
        raise _Undo

    with pytest.raises(_Undo):
        world.store.write(live).result()


class Scene:
    """Two reports of one village, and what was done about them."""

    def __init__(self, world: World, work: Work, plot: Plot) -> None:
        self.world, self.work, self.plot = world, work, plot
        work.now = BEGAN
        self.people = [self._settle(*post) for post in POSTS]
        self.ids: list[int] = []
        for index in (0, 1):
            self.ids.append(self._report(plot.grades[index], plot.named[index]))
            self.happens(self.ids[index], plot.before[index])
            work.now += timedelta(hours=plot.apart) if index == 0 else timedelta()
        self.hidden = [involved.excluded(self.nobody(), one) for one in self.ids]
        self.shown = {
            person.person_id: [self._sees(person, one) for one in self.ids]
            for person in self.people
        }

    def _settle(self, name: str, role: str, place: str) -> Speaker:
        met = self.work.people.meet("paper", name)
        self.work.people.set_name(met.person_id, name)
        tree = self.work.areas
        roots = [root.id for root in tree.roots() if root.name == place]
        area = roots[0] if roots else tree.search(place)[0].id
        self.work.people.add_role(met.person_id, role, area)
        return met

    def _report(self, grade: str, named: str) -> int:
        version = self.work.forms.current("report")
        assert version is not None
        said = {"what": "门锁着，孩子一个人在里面哭", "suspect_name": named}
        report = self.work.reports.file(
            ReportIn(
                draft_id=self.work.new_id(),
                kind="report",
                area_id=self.work.areas.search("青石镇河湾村")[0].id,
                form_version=version.version,
                answers=json.dumps({key: value for key, value in said.items() if value}),
                grade=grade,
                reasons=(),
                circumstances=("alone",),
                state="filed",
                anonymous=True,
                occurred_at=None,
            )
        )
        opening.open_case(self.nobody(), report)
        joining.offer(self.nobody(), report)
        case = self.work.cases.of_report(report.id)
        assert case is not None
        return case.id

    def nobody(self) -> Turn:
        return Turn(
            work=self.work,
            rules=self.world.rules,
            speaker=NOBODY,
            at=self.work.now.astimezone(self.world.rules.zone),
            finish=talk.finish,
        )

    def turn(self, index: int) -> Turn:
        speaker = self.work.people.speaker_of(self.people[index].contact_id)
        assert speaker is not None
        turn = self.nobody()
        turn.speaker = speaker
        return turn

    def happens(self, case_id: int, done: list[int]) -> None:
        for one in done:
            who, name, body = DONE[one]
            turn = self.turn(who)
            body = {**body}
            if "helper" in body:
                body["helper"] = str(self.people[int(body["helper"])].person_id)
            found = casework.may_do(turn, case_id, name)
            if found is not None:
                acts.do(turn, found[0].case, name, body)

    def both(self) -> list[Case]:
        found = [self.work.cases.get(one) for one in self.ids]
        return [one for one in found if one is not None]

    def standing(self) -> Case:
        return next(one for one in self.both() if one.joined_into is None)

    def kinds(self, case: Case) -> set[str]:
        return {duty.kind for duty in self.work.duties.open_of("case", case.id)}

    def state(self) -> list[object]:
        return [
            (
                replace(case, version=0),
                sorted(
                    (one.person_id, one.kind, one.role, one.basis, one.parts, one.by)
                    for one in self.work.cases.members(case.id)
                ),
                self.work.duties.open_of("case", case.id),
                [one.id for one in self.work.cases.reports(case.id)],
            )
            for case in self.both()
        ]

    def join(self) -> bool:
        """One tap on what is offered; False when this person may not join these."""
        turn = self.turn(self.plot.joins)
        joining.compare(turn, str(self.ids[1]))
        offers = [
            button.action.arg
            for spoken in turn.spoken
            for row in spoken.card.rows
            for button in row
            if button.action.verb == "case.join"
        ]
        if not offers:
            return False
        joining.join(self.turn(self.plot.joins), offers[0])
        return True

    def part(self) -> None:
        stood = self.standing()
        case = uniting.newest(self.nobody(), stood)
        assert case is not None
        for index in (self.plot.joins, 4, 5, 2, 1):
            joining.part(self.turn(index), str(case.id))
            now = self.work.cases.get(case.id)
            if now is not None and now.joined_into is None:
                return
        raise AssertionError("nobody could take them apart")

    def check_joined(self) -> None:
        """One case, one owner; who must not hear of either hears of neither, and did not learn."""
        stood = self.standing()
        hidden = involved.excluded(self.nobody(), stood.id)
        assert hidden >= self.hidden[0] | self.hidden[1]
        assert stood.owner.person_id not in hidden
        for person in self.people:
            if person.person_id in hidden:
                assert [self._sees(person, one) for one in self.ids] == [False, False]
        for duty in self.work.duties.open_of("case", stood.id):
            assert duty.person_id not in hidden
        gone = next(one for one in self.both() if one.joined_into is not None)
        assert self.work.duties.open_of("case", gone.id) == ()
        numbers = {one.number for one in self.work.cases.reports(stood.id)}
        assert numbers == {one.number for one in self.both()}

    def _sees(self, person: Speaker, case_id: int) -> bool:
        return involved.view(self.turn(self.people.index(person)), case_id) is not None
