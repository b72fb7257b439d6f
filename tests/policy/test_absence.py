"""From the first morning that a pupil is missing to the return, counted in school days."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

import policy
from policy.absence import Absence, Break, plan, stage, standing, steps_due
from policy.absence_lines.words import REASONS
from policy.faults import PolicyFaults
from policy.tables import load_policy

OURS = load_policy(Path(policy.__file__).parent)
TABLE, CALENDAR = OURS.absence, OURS.calendar
SHANGHAI = ZoneInfo("Asia/Shanghai")
MONDAY = date(2026, 11, 23)


def at(day: date, hour: int = 8, minute: int = 40) -> datetime:
    return datetime.combine(day, time(hour, minute), SHANGHAI)


def missing(day: date = MONDAY, **known: Any) -> Absence:
    return replace(Absence(first_day=day, noted=at(day)), **known)


def dues(absence: Absence) -> dict[str, str]:
    return {step.key: f"{step.due:%m-%d %H:%M}" for step in plan(absence, TABLE, CALENDAR)}


def standings(absence: Absence, *days: date) -> list[str]:
    return [standing(absence, day, TABLE, CALENDAR) for day in days]


def test_a_week_without_a_word() -> None:
    assert dues(missing()) == {
        "contact": "11-23 09:40",
        "responsible_visit": "11-23 18:00",
        "home_visit": "11-24 18:00",
        "school_office": "11-24 18:00",
        "group_visit": "11-25 18:00",
        "written_report": "11-26 17:00",
        "reasons": "11-30 17:00",
        "persuasion": "12-02 17:00",
        "measures": "12-04 17:00",
    }


def test_who_does_what() -> None:
    steps = {step.key: step for step in plan(missing(), TABLE, CALENDAR)}
    assert (steps["contact"].whose, steps["contact"].tells) == (("teacher",), ("responsible",))
    assert steps["group_visit"].whose == ("school_head", "child_director")
    assert steps["written_report"].tells == ("education", "township_head", "child_supervisor")


def test_only_what_has_begun_and_is_not_done_is_due() -> None:
    absence = missing()

    def keys(now: datetime, *done: str) -> list[str]:
        known = replace(absence, done=frozenset(done))
        return [step.key for step in steps_due(known, now, TABLE, CALENDAR)]

    assert keys(at(MONDAY, 8, 39)) == []
    assert keys(at(MONDAY)) == ["contact", "responsible_visit"]
    assert keys(at(MONDAY, 12), "contact") == ["responsible_visit"]
    tuesday = at(MONDAY + timedelta(days=1), 9)
    assert keys(tuesday, "responsible_visit") == ["contact", "home_visit", "school_office"]


@pytest.mark.parametrize(
    ("first", "visit"),
    [
        (date(2026, 11, 27), "11-30"),  # Friday: the weekend is no school
        (date(2026, 9, 30), "10-08"),  # before the national holiday
        (date(2026, 10, 9), "10-10"),  # a Saturday that is made up
        (date(2026, 11, 28), "12-01"),  # noted on a Saturday: Monday is day 0
    ],
)
def test_days_are_school_days(first: date, visit: str) -> None:
    assert dues(missing(first))["home_visit"] == f"{visit} 18:00"


def test_a_school_holiday_stops_the_count_and_an_extra_day_goes_on() -> None:
    winter = {"寒假": Break(first=date(2026, 11, 24), last=date(2026, 12, 6))}
    school = replace(TABLE.school, breaks=winter, taught=frozenset({date(2026, 11, 28)}))
    steps = plan(missing(), replace(TABLE, school=school), CALENDAR)
    days = {step.key: step.due.date() for step in steps}
    assert (days["home_visit"], days["group_visit"]) == (date(2026, 11, 28), date(2026, 12, 7))


def test_whoever_hears_late_has_an_hour() -> None:
    absence = replace(missing(), noted=at(MONDAY, 20, 0))
    assert dues(absence)["contact"] == dues(absence)["responsible_visit"] == "11-23 21:00"


def test_a_pupil_is_asked_for_when_the_roll_is_called_and_a_boarder_at_once() -> None:
    sunday = MONDAY - timedelta(days=1)
    absence = Absence(first_day=sunday, noted=at(sunday, 19, 0))
    assert dues(absence)["contact"] == "11-23 09:30"
    assert dues(replace(absence, is_boarder=True))["contact"] == "11-22 20:00"
    assert dues(replace(absence, is_boarder=True))["home_visit"] == "11-24 18:00"


@pytest.mark.parametrize(
    ("reason", "known", "contact"),
    [
        ("sick", {}, "11-26 09:30"),
        ("leave", {}, "11-25 09:30"),
        ("sick", {"excused_until": date(2026, 12, 4)}, "12-07 09:30"),
        ("sick", {"excused_until": MONDAY}, "11-24 09:30"),
        ("sick", {"is_excused": False}, "11-23 09:40"),
        ("unknown", {}, "11-23 09:40"),
        ("", {"excused_until": date(2026, 11, 24)}, "11-25 09:30"),
        ("something new", {}, "11-23 09:40"),
    ],
)
def test_an_excuse_holds_for_its_longest_time_and_then_somebody_asks(
    reason: str, known: dict[str, Any], contact: str
) -> None:
    assert dues(replace(missing(reason=reason), **known))["contact"] == contact


def test_a_child_that_nobody_can_find_is_for_the_police_at_once() -> None:
    for absence in (missing(cannot_be_found=True), missing(reason="missing")):
        assert dues(absence) == {"police": "11-23 08:40"}
        assert standings(absence, MONDAY) == ["missing"]
    assert dues(missing(reason="sick", cannot_be_found=True)) == {"police": "11-23 08:40"}


def test_who_comes_late_is_not_looked_for() -> None:
    assert dues(missing(reason="late")) == {}


def test_the_return_ends_the_ladder_and_is_looked_after() -> None:
    back = missing(returned=date(2026, 11, 26))
    assert dues(back) == {
        "observation_1": "11-27 17:30",
        "observation_5": "12-03 17:30",
        "observation_20": "12-24 17:30",
    }
    assert standings(back, date(2026, 11, 25), date(2026, 11, 26)) == ["suspected", "present"]


def test_when_the_notice_has_run_out_somebody_looks_until_the_pupil_is_back() -> None:
    noticed = missing(noticed=date(2026, 11, 28))
    # Seven days after a Saturday is a Saturday: the first school day after it.
    assert dues(noticed)["notice_20261128"] == "12-07 17:30"
    [step] = [one for one in plan(noticed, TABLE, CALENDAR) if one.key.startswith("notice")]
    assert step.duty == "absent_notice"
    assert "township_head" in step.whose
    again = replace(noticed, noticed=date(2026, 12, 8), done=frozenset({"notice_20261128"}))
    assert dues(again)["notice_20261208"] == "12-15 17:30"
    assert "notice_20261128" not in dues(replace(noticed, returned=date(2026, 12, 1)))


def test_in_which_ledger_a_pupil_belongs() -> None:
    days = [MONDAY + timedelta(days=n) for n in (0, 1, 2, 25)]
    asked = frozenset({"contact", "home_visit"})
    assert standings(missing(), *days) == ["absent", "absent", "suspected", "suspected"]
    assert standings(missing(done=asked), *days)[-1] == "dropout"
    assert standings(missing(reason="left"), MONDAY) == ["suspected"]
    assert standings(missing(reason="sick"), *days[:3]) == ["absent", "absent", "absent"]


def test_every_reason_that_a_line_may_give_has_its_path() -> None:
    assert set(TABLE.kinds) == set(REASONS)


reasons = st.sampled_from(["", *REASONS])
first_days = st.dates(min_value=date(2025, 1, 1), max_value=date(2026, 11, 1))


@given(first=first_days, reason=reasons, boarder=st.booleans(), hours=st.integers(0, 100))
def test_steps_fall_due_on_school_days_in_their_order(
    first: date, reason: str, boarder: bool, hours: int
) -> None:
    noted = at(first) + timedelta(hours=hours)
    absence = Absence(first_day=first, noted=noted, reason=reason, is_boarder=boarder)
    steps = [step for step in plan(absence, TABLE, CALENDAR) if step.key != "police"]
    assert [step.due for step in steps] == sorted(step.due for step in steps)
    for step in steps:
        assert noted <= step.begins < step.due
        if step.begins > noted:
            assert TABLE.school.is_taught(step.due.date(), CALENDAR)


@given(first=first_days, reason=reasons, days=st.integers(0, 60))
def test_what_is_due_stays_due_until_it_is_done(first: date, reason: str, days: int) -> None:
    absence = missing(first, reason=reason)
    now = at(first) + timedelta(days=days)
    today = {step.key for step in steps_due(absence, now, TABLE, CALENDAR)}
    later = {step.key for step in steps_due(absence, now + timedelta(days=1), TABLE, CALENDAR)}
    assert today <= later
    done = replace(absence, done=frozenset(later))
    assert steps_due(done, now, TABLE, CALENDAR) == ()


def test_every_fault_of_a_county_s_ladder_is_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "policy").mkdir()
    (tmp_path / "policy" / "absence.toml").write_text(
        """
        [kind]
        sick = { path = "excused", longest = 0 }
        bored = { path = "ladder" }
        late = { path = "later" }
        [step.contact]
        day = 1
        within = "soon"
        [step.responsible_visit]
        off = true
        [step.home_visit]
        day = -1
        whose = []
        [step.group_visit]
        tells = ["mayor"]
        [school]
        least = "an hour"
        [school.breaks]
        "暑假" = { first = 2026-08-31, last = 2026-07-10 }
        "寒假" = { first = 2026-01-20, last = 2027-02-20 }
        [dropout]
        suspected_after = 30
        dropout_needs = ["letter"]
        """,
        "utf-8",
    )
    with pytest.raises(PolicyFaults) as raised:
        load_policy(Path(policy.__file__).parent, tmp_path)
    told = [one.split("」")[0].split("「")[1] for one in raised.value.sentences]
    assert told == [
        "step.contact.within",
        "step.home_visit.day",
        "step.home_visit.whose",
        "step.group_visit.tells",
        "dropout.dropout_needs",
        "dropout.suspected_after",
        "kind.late.path",
        "kind",
        "kind.sick",
        "school.breaks",
        "school.breaks",
        "school.least",
        "stage.visited.steps",
    ]
    assert all("{" not in sentence for sentence in raised.value.sentences)


def test_who_was_about_to_leave_school_is_looked_after_for_two_terms() -> None:
    back = missing(returned=date(2026, 11, 26))
    stood = replace(back, stood="suspected")
    assert [*dues(stood)][:3] == [*dues(back)]
    assert len(dues(stood)) == 3 + len(TABLE.observation.dropout_days)


def test_the_nine_stages_from_the_first_morning_to_the_end() -> None:
    known = missing()
    looked = [f"observation_{day}" for day in TABLE.observation.days]
    longer = [f"observation_{day}" for day in TABLE.observation.dropout_days]
    told = [stage(known, TABLE)]
    for step in ("contact", "home_visit", "reasons", "persuasion", "measures"):
        known = replace(known, done=known.done | {step})
        told.append(stage(known, TABLE))
    known = replace(known, returned=date(2026, 12, 24), stood="dropout")
    for steps in ([], looked[:1], longer[:-1], [*looked, *longer]):
        known = replace(known, done=known.done | {*steps})
        told.append(stage(known, TABLE))
    nine = ["found", "verified", "visited", "analysed", "urged", "helped", "back", "observed"]
    assert told == [*nine, "observed", "closed"]
    assert [*TABLE.stages] == [*nine, "closed"]
    # What was skipped does not hold back what was reached; a notice urges, too.
    assert stage(missing(noticed=date(2026, 11, 28)), TABLE) == "urged"
