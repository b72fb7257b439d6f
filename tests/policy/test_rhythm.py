"""Who is visited when, in the words that the worker reads; and what holds for every child."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

import policy
from policy.durations import Workdays
from policy.next_visit import Planned, next_visit
from policy.reasons import say_every, say_why, say_within
from policy.rhythm import Contact, Rhythm
from policy.seasons import Season
from policy.signals import KINDS, Kind, Sum
from policy.tables import load_policy
from policy.visit_facts import ChildFacts, Failure, Pause, Silence, Visit, Wish
from policy.words import load_words

DEFAULT = Path(policy.__file__).parent
OURS = load_policy(DEFAULT)
WORDS = load_words(DEFAULT / "words.toml")
SHANGHAI = ZoneInfo("Asia/Shanghai")
WATCHING = replace(OURS.rhythm, contact=replace(OURS.rhythm.contact, on=True))


def at(day: str, hour: str = "10:00") -> datetime:
    return datetime.fromisoformat(f"{day} {hour}").replace(tzinfo=SHANGHAI)


def plan(
    child: ChildFacts,
    rhythm: Rhythm = OURS.rhythm,
    seasons: Mapping[str, Season] = OURS.seasons,
) -> Planned:
    return next_visit(child, rhythm, seasons, OURS.calendar, SHANGHAI)


def told(planned: Planned) -> list[str]:
    return [say_why(why, WORDS, OURS.rhythm, OURS.seasons) for why in planned.why]


def home(day: str) -> Visit:
    return Visit(on=date.fromisoformat(day), kind="home")


ENTERED = at("2026-01-05")


def child(tier: str = "黄", *visits: Visit, **facts: object) -> ChildFacts:
    return replace(ChildFacts(entered_at=ENTERED, tier=tier, visits=visits), **facts)  # type: ignore[arg-type]


# -- stories -----------------------------------------------------------------------------------


def test_a_new_child_is_visited_within_five_working_days() -> None:
    planned = plan(child("绿", entered_at=at("2026-03-10")))
    assert (planned.earliest, planned.due) == (date(2026, 3, 10), date(2026, 3, 17))
    assert planned.by == at("2026-03-17", "17:30")
    assert told(planned) == ["新登记，5个工作日内第一次", "等级绿，每季度一次"]


@pytest.mark.parametrize(
    ("tier", "due", "why"),
    [
        ("红", date(2026, 3, 17), "等级红，每周一次"),
        ("高风险", date(2026, 3, 17), "等级红，每周一次"),
        ("橙", date(2026, 3, 25), "等级橙，每半月一次"),
        # Thursday 9 April is a working day.
        ("黄", date(2026, 4, 9), "等级黄，每月一次"),
        ("", date(2026, 4, 9), "等级黄，每月一次"),
        ("没听说过", date(2026, 4, 9), "等级黄，每月一次"),
        ("green", date(2026, 6, 8), "等级绿，每季度一次"),
    ],
)
def test_the_tier_gives_the_interval(tier: str, due: date, why: str) -> None:
    planned = plan(child(tier, home("2026-03-10")), seasons={})
    assert planned.due == due
    assert told(planned) == [why]


def test_a_due_day_without_work_is_brought_forward_to_the_last_working_day() -> None:
    # Thirty days after 3 September is Saturday, in the middle of 国庆.
    assert plan(child("黄", home("2026-09-03")), seasons={}).due == date(2026, 9, 30)
    # The visit before lies in the same holidays: the day stays.
    assert plan(child("红", home("2026-10-01")), seasons={}).due == date(2026, 10, 8)
    assert plan(child("红", home("2026-02-15")), seasons={}).due == date(2026, 2, 22)


def test_a_label_shortens_a_long_interval_and_never_lengthens_one() -> None:
    left_behind = frozenset({"left_behind"})
    planned = plan(child("绿", home("2026-03-10"), tags=left_behind), seasons={})
    assert planned.due == date(2026, 4, 9)
    assert told(planned) == ["留守儿童，每月一次", "等级绿，每季度一次"]
    assert plan(child("红", home("2026-03-10"), tags=left_behind)).due == date(2026, 3, 17)


def test_in_summer_it_is_every_week_and_then_every_month_again() -> None:
    before = plan(child("黄", home("2026-06-25")))
    assert before.due == date(2026, 7, 7)
    assert told(before) == ["暑假，每周一次", "等级黄，每月一次"]
    assert plan(child("黄", home("2026-07-07"))).due == date(2026, 7, 14)
    assert plan(child("黄", home("2026-08-24"))).due == date(2026, 8, 31)
    after = plan(child("黄", home("2026-08-31")))
    assert after.due == date(2026, 9, 30)
    assert told(after) == ["等级黄，每月一次"]


def test_a_season_concerns_whom_it_names() -> None:
    assert plan(child("绿", home("2026-06-25"))).due == date(2026, 9, 23)
    by_the_water = child("绿", home("2026-06-25"), tags=frozenset({"waterside"}))
    assert plan(by_the_water).due == date(2026, 7, 2)
    assert told(plan(by_the_water)) == ["防溺水，每周一次", "等级绿，每季度一次"]


def test_at_the_spring_festival_a_child_in_hardship_is_visited_once() -> None:
    poor = frozenset({"in_hardship"})
    before = plan(child("绿", home("2026-01-20"), tags=poor))
    # 正月十五 is a Tuesday.
    assert (before.earliest, before.due) == (date(2026, 2, 10), date(2026, 3, 3))
    assert told(before) == ["春节返乡，去一次", "等级绿，每季度一次"]
    assert plan(child("绿", home("2026-02-10"), tags=poor)).due == date(2026, 5, 11)


def test_a_child_put_into_red_is_seen_within_a_day_even_on_a_holiday() -> None:
    red = child("红", home("2026-02-19"), tiered_at=at("2026-02-20", "20:00"))
    assert plan(red).by == at("2026-02-21", "20:00")
    assert told(plan(red)) == ["等级定为红，24小时内去一次", "等级红，每周一次"]
    seen = replace(red, visits=(home("2026-02-20"),))
    assert plan(seen).due == date(2026, 2, 27)


def test_a_child_put_into_another_tier_is_planned_anew_with_time_to_go() -> None:
    raised = child("橙", home("2026-03-10"), tiered_at=at("2026-04-08"))
    assert plan(raised).due == date(2026, 4, 13)
    assert told(plan(raised)) == ["等级定为橙，3个工作日内去一次", "等级橙，每半月一次"]
    lowered = child("绿", home("2026-03-10"), tiered_at=at("2026-04-08"))
    assert plan(lowered, seasons={}).due == date(2026, 6, 8)


def test_what_was_overdue_stays_so_when_the_tier_changes() -> None:
    missed = date(2026, 4, 9)
    late = child("橙", home("2026-03-10"), tiered_at=at("2026-05-08"), missed=missed)
    assert plan(late).due == missed
    assert told(plan(late))[0] == "早就该去了，还没去"
    visited = replace(late, visits=(home("2026-05-08"),))
    assert plan(visited).due == date(2026, 5, 22)


@pytest.mark.parametrize(
    ("tier", "kind", "seen", "counts"),
    [
        ("红", "home", True, True),
        ("红", "home", False, False),
        ("蓝", "home", False, False),
        ("绿", "home", False, True),
        ("红", "phone", True, False),
        ("蓝", "phone", True, False),
        ("绿", "phone", True, True),
        ("绿", "phone", False, True),
        ("黄", "video", True, True),
        ("橙", "video", True, False),
        ("红", "school", True, True),
        ("黄", "drone", True, False),
    ],
)
def test_what_counts_as_a_visit_depends_on_the_tier(
    tier: str, kind: str, seen: bool, counts: bool
) -> None:
    visit = Visit(on=date(2026, 3, 20), kind=kind, seen=seen)
    planned = plan(child(tier, home("2026-03-12"), visit), seasons={})
    assert planned.earliest == date(2026, 3, 21 if counts else 13)


def test_visits_that_failed_go_from_again_to_the_phone_to_the_township() -> None:
    family = child("黄", home("2026-03-10"))
    steps = []
    for day in (date(2026, 4, 7), date(2026, 4, 10), date(2026, 4, 13)):
        family = replace(family, failures=(*family.failures, Failure(on=day, reason="nobody")))
        steps.append((plan(family).step, plan(family).due))
    # The day that the interval gave stays, however often nobody was met.
    assert steps == [
        ("visit", date(2026, 4, 9)),
        ("phone", date(2026, 4, 9)),
        ("township", date(2026, 4, 9)),
    ]
    assert told(plan(family)) == [
        "等级黄，每月一次",
        "还是没见到（家里没人），请镇里一起想办法",
    ]
    met = replace(family, visits=(home("2026-04-14"),))
    assert (plan(met).step, plan(met, seasons={}).due) == ("visit", date(2026, 5, 14))


def test_a_visit_that_failed_early_is_tried_again_soon() -> None:
    tried = child(
        "黄", home("2026-03-10"), failures=(Failure(on=date(2026, 3, 20), reason="nobody"),)
    )
    assert plan(tried).due == date(2026, 3, 25)
    assert told(plan(tried)) == ["上次没见到（家里没人），再去一次", "等级黄，每月一次"]


def test_a_refusal_goes_to_the_township_at_once() -> None:
    refused = child(
        "黄", home("2026-03-10"), failures=(Failure(on=date(2026, 3, 20), reason="refused"),)
    )
    assert (plan(refused).step, plan(refused).due) == ("township", date(2026, 3, 23))
    assert told(plan(refused))[0] == "还是没见到（家里不愿意），请镇里一起想办法"


HOME_FOR_THE_FESTIVAL = Pause(
    reason="parents_home", first=date(2026, 2, 17), last=date(2026, 3, 3)
)


def test_a_pause_ends_by_itself() -> None:
    paused = child("黄", home("2026-02-12"), pauses=(HOME_FOR_THE_FESTIVAL,))
    planned = plan(paused)
    assert (planned.earliest, planned.due) == (date(2026, 3, 4), date(2026, 3, 6))
    assert told(planned) == [
        "父母在家，3月3日以后接着去",
        "寒假，每半月一次",
        "等级黄，每月一次",
    ]


def test_a_pause_never_hides_a_red_child() -> None:
    red = child("红", home("2026-02-12"), pauses=(HOME_FOR_THE_FESTIVAL,))
    assert plan(red) == plan(replace(red, pauses=()))


def test_a_pause_does_not_hide_what_was_overdue_before() -> None:
    late = child("黄", home("2026-01-05"), pauses=(HOME_FOR_THE_FESTIVAL,))
    assert plan(late).due == date(2026, 1, 29)


def test_pauses_one_after_the_other_are_one_and_none_lasts_for_ever() -> None:
    second = Pause(reason="hospital", first=date(2026, 3, 4), last=date(2030, 1, 1))
    paused = child("黄", home("2026-02-12"), pauses=(second, HOME_FOR_THE_FESTIVAL))
    # Ninety days after 4 March is 2 June.
    assert plan(paused).due == date(2026, 6, 5)


def test_two_silences_make_a_visit_due_where_the_county_wants_it() -> None:
    silent = child("绿", home("2026-03-10"), silence=Silence(count=2, week=date(2026, 3, 29)))
    assert plan(silent, seasons={}).due == date(2026, 6, 8)
    planned = plan(silent, WATCHING)
    assert planned.due == date(2026, 4, 1)
    assert told(planned)[0] == "2 个星期没报平安，去看看"
    once = replace(silent, silence=Silence(count=1, week=date(2026, 3, 29)))
    assert plan(once, WATCHING, {}).due == date(2026, 6, 8)
    answered = replace(silent, visits=(home("2026-03-30"),))
    assert plan(answered, WATCHING, {}).due == date(2026, 6, 26)


def together(day: str, kind: Kind = "absence", step: int = 0) -> Sum:
    return Sum(
        on=date.fromisoformat(day),
        step=OURS.signals.weak.steps[step],
        kind=kind,
        counts={"report": 1, "absence": 2},
    )


def test_what_adds_up_makes_a_visit_due_until_somebody_was_there() -> None:
    quiet = child("绿", home("2026-03-10"))
    noticed = replace(quiet, sums=(together("2026-03-16"),))
    planned = plan(noticed, seasons={})
    assert (planned.earliest, planned.due) == (date(2026, 3, 16), date(2026, 3, 19))
    assert planned.grade == "yellow"
    # That somebody reported is not said to whoever goes.
    assert told(planned)[0] == "几件小事合起来要紧（没到校 2 次），3个工作日内去看看"
    graver = replace(noticed, sums=(*noticed.sums, together("2026-03-17", step=1)))
    assert (plan(graver, seasons={}).due, plan(graver).grade) == (date(2026, 3, 18), "orange")
    looked = replace(noticed, visits=(home("2026-03-17"),))
    assert (plan(looked, seasons={}).due, plan(looked).grade) == (date(2026, 6, 15), None)


def test_what_a_visitor_was_worried_about_is_looked_at_again() -> None:
    there = child("绿", home("2026-03-16"))
    worried = replace(there, sums=(together("2026-03-16", "visit_worried"),))
    assert plan(worried, seasons={}).due == date(2026, 3, 19)
    calm = replace(there, sums=(together("2026-03-16"),))
    assert plan(calm, seasons={}).due == plan(there, seasons={}).due


def test_a_silence_that_goes_on_moves_no_day_and_a_visit_begins_it_anew() -> None:
    silent = child("绿", home("2026-03-10"), silence=Silence(count=5, week=date(2026, 4, 19)))
    assert plan(silent, WATCHING, {}).due == date(2026, 4, 1)
    visited = replace(silent, visits=(home("2026-04-08"),))
    assert plan(visited, WATCHING, {}).due == date(2026, 4, 22)
    just_now = replace(silent, visits=(home("2026-04-15"),))
    assert plan(just_now, WATCHING, {}).due == date(2026, 7, 14)


def test_whoever_of_the_family_wants_to_talk_is_heard_the_next_working_day() -> None:
    wish = Wish(what="talk", since=date(2026, 3, 27))
    asked = child("绿", home("2026-03-10"), wish=wish)
    assert plan(asked, seasons={}).due == date(2026, 6, 8)
    planned = plan(asked, WATCHING, {})
    assert planned.due == date(2026, 3, 30)
    assert told(planned)[0] == "家里人想找人说说"
    worried = replace(asked, wish=replace(wish, what="worry"))
    assert told(plan(worried, WATCHING, {}))[0] == "家里人放心不下，想请人看看"


def test_no_pause_keeps_a_family_waiting_that_wants_to_talk() -> None:
    wish = Wish(what="talk", since=date(2026, 2, 20))
    paused = child("黄", home("2026-02-12"), pauses=(HOME_FOR_THE_FESTIVAL,))
    assert plan(replace(paused, wish=wish), WATCHING).due < plan(paused, WATCHING).due


def test_families_are_asked_from_a_day_and_an_hour_of_the_week_on() -> None:
    contact, saturday = WATCHING.contact, datetime(2026, 11, 28, 9, tzinfo=SHANGHAI)
    assert contact.asks_at(saturday)
    assert contact.asks_at(saturday + timedelta(days=1, hours=10))
    assert not contact.asks_at(saturday - timedelta(minutes=1))
    assert not contact.asks_at(saturday + timedelta(days=2))
    assert not replace(contact, on=False).asks_at(saturday)


def test_the_register_gives_the_tags() -> None:
    record = {
        "labels": "left_behind ill",
        "both_away": "yes",
        "boarding": "no",
        "guardianship": "guardian_weak",
        "hazards": "water wiring",
    }
    assert OURS.rhythm.tags_of(record) == {
        "left_behind",
        "ill",
        "both_away",
        "weak_guardian",
        "waterside",
    }
    assert OURS.rhythm.tags_of({}) == frozenset()


def test_spans_are_said_plainly() -> None:
    assert [say_every(timedelta(days=n), WORDS) for n in (7, 15, 30, 45, 90)] == [
        "每周一次",
        "每半月一次",
        "每月一次",
        "每 45 天一次",
        "每季度一次",
    ]
    spans = (Workdays(5), timedelta(hours=24), timedelta(days=3), timedelta(minutes=30))
    assert [say_within(span, WORDS) for span in spans] == [
        "5个工作日",
        "24小时",
        "3天",
        "1小时",
    ]


# -- what holds for every child ----------------------------------------------------------------

START = date(2025, 11, 1)
TIERS = tuple(OURS.rhythm.tiers)
TAGS = (
    "left_behind",
    "in_hardship",
    "both_away",
    "weak_guardian",
    "boarding",
    "waterside",
    "slope",
)
days = st.integers(0, 500).map(lambda number: START + timedelta(days=number))
moments = st.builds(
    lambda day, hour: datetime.combine(day, time(hour), SHANGHAI), days, st.integers(0, 23)
)
visits = st.builds(Visit, on=days, kind=st.sampled_from([*OURS.rhythm.kinds]), seen=st.booleans())
failures = st.builds(Failure, on=days, reason=st.sampled_from([*OURS.rhythm.failures]))
pauses = st.builds(
    lambda first, long: Pause(
        reason="parents_home", first=first, last=first + timedelta(days=long)
    ),
    days,
    st.integers(0, 120),
)
silences = st.builds(Silence, count=st.integers(1, 4), week=days)
sums = st.builds(
    Sum,
    on=days,
    step=st.sampled_from(OURS.signals.weak.steps),
    kind=st.sampled_from(KINDS),
    counts=st.just({"absence": 1, "visit_failed": 2}),
)
tags = st.frozensets(st.sampled_from(TAGS))
facts = st.builds(
    ChildFacts,
    entered_at=moments,
    tier=st.sampled_from(TIERS),
    tags=tags,
    tiered_at=st.none() | moments,
    tagged_at=st.none() | moments,
    visits=st.lists(visits, max_size=5).map(tuple),
    failures=st.lists(failures, max_size=4).map(tuple),
    silence=st.none() | silences,
    sums=st.lists(sums, max_size=3).map(tuple),
    missed=st.none() | days,
)
paused = st.builds(
    lambda one, some: replace(one, pauses=tuple(some)), facts, st.lists(pauses, max_size=3)
)


def last_good(one: ChildFacts) -> date:
    entered = one.entered_at.date()
    counted = [visit.on for visit in one.visits if OURS.rhythm.counts(visit, one.tier)]
    return max([entered, *counted])


def said_since(one: ChildFacts) -> date:
    """The day from which the tier's interval may be counted at the latest."""
    changes: Iterable[datetime | None] = (one.tiered_at, one.tagged_at)
    return max([last_good(one), *(change.date() for change in changes if change)])


@given(one=paused)
def test_there_is_always_one_answer_that_can_be_said(one: ChildFacts) -> None:
    planned = plan(one, WATCHING)
    assert planned.earliest <= planned.due
    assert planned.by.astimezone(SHANGHAI).date() == planned.due
    assert all(told(planned))
    assert len(planned.why) == len({why.key for why in planned.why})


@given(one=facts)
def test_nobody_waits_longer_than_the_tier_says(one: ChildFacts) -> None:
    every = OURS.rhythm.tiers[one.tier].every
    assert plan(one).due <= said_since(one) + every


@given(one=facts)
def test_what_is_due_lies_behind_the_last_visit(one: ChildFacts) -> None:
    assert plan(one).due > last_good(one)


@given(one=paused)
def test_a_season_only_brings_a_visit_forward(one: ChildFacts) -> None:
    without = plan(one, seasons={})
    assert plan(replace(one, pauses=())).due <= plan(replace(one, pauses=()), seasons={}).due
    assert plan(one).due <= without.due


@given(one=facts, more=tags)
def test_a_tag_more_never_puts_a_visit_off(one: ChildFacts, more: frozenset[str]) -> None:
    assert plan(replace(one, tags=one.tags | more)).due <= plan(one).due


@given(one=paused)
def test_a_pause_puts_off_and_then_lets_go(one: ChildFacts) -> None:
    planned, unpaused = plan(one), plan(replace(one, pauses=()))
    assert planned.due >= unpaused.due
    longest = OURS.rhythm.pause.longest
    ends = [min(pause.last, pause.first + longest) for pause in one.pauses]
    if planned.due > unpaused.due:
        assert planned.due <= max(ends) + timedelta(days=15)
        assert planned.why[0].key == "paused"
        assert planned.due > (planned.why[0].until or date.max)
    if not OURS.rhythm.may_pause(one.tier):
        assert planned == unpaused


@given(one=paused, other=st.sampled_from(TIERS))
def test_a_graver_tier_is_never_visited_later(one: ChildFacts, other: str) -> None:
    graver, lighter = sorted((one.tier, other), key=TIERS.index)
    assert plan(replace(one, tier=graver)).due <= plan(replace(one, tier=lighter)).due


@given(one=paused, failure=failures)
def test_one_more_failure_never_puts_a_visit_off_and_never_goes_back(
    one: ChildFacts, failure: Failure
) -> None:
    steps = ("visit", "phone", "township")
    latest = max([failure.on, *(f.on for f in one.failures)])
    more = replace(one, failures=(*one.failures, replace(failure, on=latest)))
    assert steps.index(plan(more).step) >= steps.index(plan(one).step)


@given(one=paused)
def test_a_visit_that_counts_today_moves_the_next_one_on(one: ChildFacts) -> None:
    planned = plan(one)
    made = max([planned.due, *(visit.on for visit in one.visits)])
    again = plan(replace(one, visits=(*one.visits, Visit(on=made, kind="home"))))
    assert again.due > made


def test_the_rule_of_silence_is_off_until_a_county_turns_it_on() -> None:
    assert OURS.rhythm.contact == Contact(
        on=False,
        silences=2,
        within=Workdays(3),
        heard_within=Workdays(1),
        asks_on=6,
        asks_from=time(9),
    )
