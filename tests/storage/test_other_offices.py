"""Tokens, what others are told, their lists, and walking lists page by page: on both engines."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from policy.happenings import HAPPENINGS
from policy.machines import KINDS
from policy.register.claims import Claim
from storage.cases.case import Owner
from storage.reporting.reports import ReportIn
from storage.store import Store
from storage.visiting.visit import VisitIn
from storage.work import Reading, Work
from tests.fakes.clock import FakeClock
from tests.storage.village import Village, settled


def _child(work: Work, area: int) -> int:
    child = work.children.add(area, {"name": "张小明"}, source="registration", by=0)
    work.visits.add(
        VisitIn(
            child_id=child,
            kind="home",
            result="done",
            seen=True,
            answers="{}",
            person_id=1,
            on_day=work.now.date(),
            true_at=work.now,
        )
    )
    return child


def _case(work: Work, area: int) -> int:
    filed = work.reports.file(
        ReportIn(
            kind="report",
            area_id=area,
            form_version="v1",
            answers="{}",
            grade="yellow",
            anonymous=True,
        )
    )
    owner = Owner(role="child_director", area_id=area, person_id=None)
    return work.cases.open(filed, owner, stage="received", child_id=None).id


@pytest.fixture
def place(store: Store) -> Village:
    return store.write(settled).result(30)


def _walk(step: Callable[[int], tuple[int, ...]]) -> list[int]:
    found: list[int] = []
    while page := step(found[-1] if found else 0):
        found += page
    return found


def test_lists_are_walked_without_a_gap(store: Store, place: Village, clock: FakeClock) -> None:
    def settle(work: Work) -> tuple[list[int], list[int]]:
        places = (place.village, place.elsewhere, place.village, place.town, place.village)
        return [_child(work, area) for area in places], [_case(work, area) for area in places]

    children, cases = store.write(settle).result(30)
    day = clock().date()

    def look(reading: Reading) -> tuple[list[int], ...]:
        return (
            _walk(
                lambda after: tuple(
                    one.id
                    for one in reading.children.below(
                        place.town, statuses=("active",), after=after, count=2
                    )
                )
            ),
            _walk(
                lambda after: tuple(
                    one.id
                    for one in reading.cases.walked(
                        place.town, since=clock() - timedelta(days=1), after=after, limit=2, seer=9
                    )
                )
            ),
            _walk(
                lambda after: tuple(
                    one.id
                    for one in reading.visits.walked(place.town, since=day, after=after, count=2)
                )
            ),
            _walk(
                lambda after: tuple(
                    one.id
                    for one in reading.cases.reports_walked(
                        place.town, since=clock() - timedelta(days=1), after=after, limit=2, seer=9
                    )
                )
            ),
        )

    walked = store.read(look).result(30)
    assert walked[0] == [one for at, one in enumerate(children) if at != 1]
    assert walked[1] == [one for at, one in enumerate(cases) if at != 1]
    assert len(walked[2]) == len(walked[3]) == 4


def test_a_token_lives_and_ends(store: Store, place: Village, clock: FakeClock) -> None:
    def make(work: Work) -> tuple[int, str]:
        return work.machines.make("县医院", "", place.town, KINDS, timedelta(days=30), by=7)

    number, token = store.write(make).result(30)
    found = store.read(lambda reading: reading.machines.by_token(token)).result(30)
    assert found is not None
    assert (found.id, found.kinds, found.used_at) == (number, KINDS, None)
    assert store.read(lambda reading: reading.machines.by_token(token + "x")).result(30) is None
    store.write(lambda work: work.machines.touch(found)).result(30)
    store.write(lambda work: work.machines.keep_answer(number, "k", b"a", 201, "答")).result(30)
    told = store.read(
        lambda reading: [reading.machines.answered(number, "k", asked) for asked in (b"a", b"b")]
    ).result(30)
    assert [(one.is_same, one.body) for one in told if one] == [(True, "答"), (False, "答")]
    later = clock() + timedelta(days=1)
    assert store.write(lambda work: work.machines.forget_answers(later, 10)).result(30) == 1
    assert store.write(lambda work: work.machines.end(number, by=7)).result(30)
    assert store.read(lambda reading: reading.machines.by_token(token)).result(30) is None


def test_what_happens_waits_for_who_is_told(
    store: Store, place: Village, clock: FakeClock
) -> None:
    hook = store.write(
        lambda work: work.hooks.make(
            "教育局", "https://x.cn/s", "whsec_x", place.town, HAPPENINGS, by=7
        )
    ).result(30)
    store.write(lambda work: _child(work, place.village)).result(30)
    store.write(lambda work: _child(work, place.elsewhere)).result(30)
    due = store.read(lambda reading: reading.hooks.due(10)).result(30)
    assert {one.kind for one in due} == {"child.changed", "visit.entered"}
    assert {one.area_id for one in due} == {place.village}
    first, second = due[0], due[1]
    until = clock() + timedelta(minutes=2)
    takes = [
        store.write(lambda work: work.hooks.lease(first.id, until)).result(30) for _ in range(2)
    ]
    assert takes == [True, False]
    store.write(lambda work: work.hooks.sent(first, 204)).result(30)
    store.write(lambda work: work.hooks.not_sent(second, 500, "status", None)).result(30)
    assert store.read(lambda reading: reading.hooks.due(10)).result(30) == ()
    assert not store.write(
        lambda work: work.hooks.give_up(hook, clock() - timedelta(days=3))
    ).result(30)
    span = clock() - timedelta(hours=1), clock() + timedelta(hours=1)
    again = store.write(lambda work: work.hooks.again_since(hook, *span, by=7)).result(30)
    assert again == 2
    log = store.read(lambda reading: reading.hooks.log(hook, before=2**62, count=10)).result(30)
    assert {one.state for one in log} == {"waiting"}
    assert store.write(lambda work: work.hooks.to_state(hook, "off", by=7)).result(30)
    store.write(lambda work: _child(work, place.village)).result(30)
    assert store.write(lambda work: work.hooks.forget(span[1], 10)).result(30) == 2


def test_a_list_is_kept_whole_or_not_seen(store: Store, place: Village) -> None:
    child = store.write(lambda work: _child(work, place.village)).result(30)
    claims = [
        Claim(kind="both", row=2, child_id=child, area=place.village, values={"name": "张小明"}),
        Claim(
            kind="differs",
            row=3,
            child_id=child,
            area=place.village,
            values={"school": "乙"},
            differs={"school": ("甲", "乙")},
        ),
        Claim(kind="theirs", row=4, child_id=None, area=None, values={"name": "赵新来"}),
        Claim(kind="ours", row=0, child_id=child, area=place.elsewhere, values={}),
    ]

    def begin(work: Work) -> int:
        listed = work.claims.begin("school", place.town, "学籍.xlsx", by=7)
        work.claims.add(listed, claims, place.town)
        return listed

    listed = store.write(begin).result(30)
    assert store.read(lambda reading: reading.claims.lists()).result(30) == ()
    assert store.read(lambda reading: reading.claims.waiting([place.town])).result(30) == 0
    store.write(lambda work: work.claims.finish(listed, "school", 4, by=7)).result(30)

    def look(reading: Reading) -> tuple[object, ...]:
        (kept,) = reading.claims.of_list(listed, "differs", [place.town], skip=0, count=10)
        return (
            reading.claims.waiting([place.town]),
            reading.claims.waiting([place.county]),
            dict(reading.claims.counts(listed, [place.town])),
            dict(reading.claims.by_place(listed)),
            dict(kept.claim.differs),
            kept.id,
        )

    town, whole, counts, places, differs, number = store.read(look).result(30)
    assert (town, whole) == (2, 3)
    assert counts == {("both", ""): 1, ("differs", "open"): 1, ("theirs", "open"): 1}
    assert places == {place.village: 1, place.town: 1, place.elsewhere: 1}
    assert differs == {"school": ("甲", "乙")}
    assert isinstance(number, int)
    for done in (True, False):
        decided = store.write(
            lambda work: work.claims.decide(number, "rejected", by=7, reason="他们错了")
        ).result(30)
        assert decided is done
    after = store.read(lambda reading: reading.claims.get(number)).result(30)
    assert after is not None
    assert (after.state, after.reason, after.decided_by) == ("rejected", "他们错了", 7)
