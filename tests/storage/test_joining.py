"""Two persons become one: every table of the schema that names a person, on both engines."""

from datetime import UTC, date, datetime
from itertools import count
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    Float,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    String,
    Table,
    UniqueConstraint,
    insert,
)
from sqlalchemy import select as sql_select

from storage.people.links import BELONGING
from storage.store import Store
from storage.tables import Id, Moment, metadata, person
from storage.work import Work

#: What somebody did keeps the id that they had; ``links.who_is`` tells who that is now.
DID = {
    "audit.actor",
    "api_token.made_by",
    "absence.entered_by",
    "absence_entry.person_id",
    "carer.entered_by",
    "case_entry.person_id",
    "case_member.given_by",
    "case_report.joined_by",
    "child_conflict.person_id",
    "child_conflict.settled_by",
    "child_entry.person_id",
    "child_twin.decided_by",
    "child_twin.found_by",
    "claim.decided_by",
    "claim_list.brought_by",
    "duty.ended_by",
    "duty_climb.person_id",
    "family_link.ended_by",
    "family_link.issued_by",
    "form_change.decided_by",
    "form_change.proposed_by",
    "holiday_child.taken_by",
    "hook.made_by",
    "leave.entered_by",
    "outage.settled_by",
    "paper_number.made_by",
    "pause.person_id",
    "phone_call.ended_by",
    "registration.decided_by",
    "responsibility.entered_by",
    "role.agreed_by",
    "role.given_by",
    "roll_call.taken_by",
    "roster.applied_by",
    "roster.undone_by",
    "rule_change.decided_by",
    "rule_change.proposed_by",
    "school_check.checked_by",
    "school_class.created_by",
    "school_month.said_by",
    "shift.entered_by",
    "unmasking.asked_by",
    "unmasking.decided_by",
    "burden_week.person_id",
    "tier_look.person_id",
    "visit.person_id",
    "case_hold.ended_by",
    "case_hold.set_by",
    "erasure_wish.agreed_by",
    "erasure_wish.asked_by",
    "erasure_wish.refused_by",
    "authenticator_reset.decided_by",
    "authenticator_reset.person_id",
    "authenticator_reset.proposed_by",
    # Counted anew wherever a child's hands change.
    "head_count.person_id",
    # Its own module takes it along, or drops it where both have one.
    "authenticator.person_id",
    # Who was whom.
    "person_joined.into_id",
    "person_joined.person_id",
}
#: Columns that name another thing than a person.
THINGS = {
    "area_id",
    "parent_id",
    "attachment_id",
    "card_id",
    "case_id",
    "child_id",
    "contact_id",
    "document_id",
    "draft_id",
    "entry_id",
    "household_id",
    "joined_into",
    "list_id",
    "matter_id",
    "merged_into",
    "next_area_id",
    "part_id",
    "place_id",
    "prev_area_id",
    "replaces",
    "report_id",
    "roster_id",
    "seq",
    "source_id",
    "subject_id",
    "undo_entry_id",
}
NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
_numbers = count(1_000)


def named(column: Column[Any]) -> str:
    return f"{column.table.name}.{column.name}"


def may_name_a_person(column: Column[Any]) -> bool:
    targets = {key.column.table.name for key in column.foreign_keys}
    if targets:
        return targets == {"person"}
    return column.type is Id and column.name not in {"id", *THINGS}


def test_every_column_that_names_a_person_says_whether_it_goes_along() -> None:
    found = {
        named(column)
        for table in metadata.tables.values()
        for column in table.columns
        if may_name_a_person(column)
    }
    assert found == DID | {named(column) for column in BELONGING}
    assert DID.isdisjoint(named(column) for column in BELONGING)


def something(column: Column[Any]) -> object:
    number = next(_numbers)
    match column.type:
        case Moment():
            return NOW
        case Boolean():
            return False
        case Date():
            return date(2026, 11, 23)
        case LargeBinary():
            return number.to_bytes(16, "big")
        case String(length=length):
            return str(number)[: length or 8]
        case Integer() | Float():
            return number
        case _:
            return number


def put(work: Work, table: Table, **values: object) -> dict[str, object]:
    """A row with whatever its columns need, and the rows that these point at."""
    row = dict(values)
    for column in table.columns:
        if column.name in row:
            continue
        if column.nullable:
            row[column.name] = None
            continue
        target = next((key.column for key in column.foreign_keys), None)
        row[column.name] = (
            something(column) if target is None else put(work, target.table)[target.name]
        )
    work.db.run(insert(table), **row)
    return row


def test_the_factory_makes_numbers_for_ids() -> None:
    assert isinstance(something(person.c.id), int)


async def test_whatever_belonged_to_one_of_two_persons_is_the_other_ones(store: Store) -> None:
    def play(work: Work) -> None:
        stays, gone = (work.people.meet("web", name).person_id for name in "ab")
        for column in BELONGING:
            put(work, column.table, **{column.name: gone})
        work.links.join(stays, gone, by=stays)
        for column in BELONGING:
            holders = {row[0] for row in work.db.all(sql_select(column))}
            assert gone not in holders, named(column)
            assert stays in holders, named(column)

    await store.write(play)


async def test_what_both_had_of_the_same_thing_is_there_once(store: Store) -> None:
    """Every unique key that holds a person: with a row of each in it, joining does not fail."""

    def play(work: Work) -> None:
        for column in BELONGING:
            table = column.table
            for key in unique_keys(table, column):
                stays, gone = (work.people.meet("web", f"{key}{who}").person_id for who in "ab")
                first = put(work, table, **{column.name: stays})
                same = {name: first[name] for name in key if name != column.name}
                put(work, table, **{**same, column.name: gone})
                work.links.join(stays, gone, by=stays)
                holders = [row[0] for row in work.db.all(sql_select(column))]
                assert (holders.count(stays), holders.count(gone)) == (1, 0), named(column)

    await store.write(play)


def unique_keys(table: Table, column: Column[Any]) -> list[tuple[str, ...]]:
    unique: list[PrimaryKeyConstraint | UniqueConstraint | Index] = [
        table.primary_key,
        *(one for one in table.constraints if isinstance(one, UniqueConstraint)),
        # What is unique among some rows alone has a test of its own below.
        *(
            one
            for one in table.indexes
            if one.unique and one.dialect_options["sqlite"]["where"] is None
        ),
    ]
    keys = {
        tuple(part.name for part in one.columns) for one in unique if column.name in one.columns
    }
    return [key for key in sorted(keys) if len(key) > 1]


async def test_whoever_was_told_on_one_account_has_answered_on_both(store: Store) -> None:
    def play(work: Work) -> None:
        stays, gone = (work.people.meet("web", name).person_id for name in "ab")
        sent = work.broadcasts.add(stays, "other", "通知", [stays, gone])
        work.broadcasts.put(sent, gone)
        work.broadcasts.read(sent, gone)
        work.links.join(stays, gone, by=stays)
        assert work.broadcasts.silent(sent, 0, 9) == ()
        assert work.broadcasts.count(sent).all == 1

    await store.write(play)


async def test_a_class_of_either_account_is_taught_by_the_one_person(store: Store) -> None:
    def play(work: Work) -> None:
        stays, gone, other = (work.people.meet("web", name).person_id for name in "abc")
        school = put(work, metadata.tables["school"])["id"]
        assert isinstance(school, int)
        asked, left, only = (
            work.classes.add(school, name, grade=None, number=None, by=gone) for name in "甲乙丙"
        )
        work.classes.ask_to_teach(asked, stays)
        work.classes.ask_to_teach(left, stays)
        work.classes.leave(left, gone)
        work.classes.ask_to_teach(left, other)
        work.classes.let_teach(left, other)
        work.links.join(stays, gone, by=stays)
        assert work.classes.teachers(asked) == (stays,)
        assert work.classes.teachers(left) == (other,)
        assert work.classes.teachers(only) == (stays,)
        assert work.classes.waits(left, stays)

    await store.write(play)


async def test_whoever_brought_a_case_to_its_end_is_no_second_under_another_id(
    store: Store,
) -> None:
    def play(work: Work) -> None:
        stays, gone = (work.people.meet("web", name).person_id for name in "ab")
        case = put(work, metadata.tables["case_file"])["id"]
        assert isinstance(case, int)
        entries = metadata.tables["case_entry"]
        put(work, entries, case_id=case, person_id=gone, stage="closing")
        work.links.join(stays, gone, by=stays)
        assert work.cases.brought_by(case, "closing") == stays

    await store.write(play)


def test_of_two_lines_of_the_phone_list_about_one_thing_one_stays(store: Store) -> None:
    def join(work: Work) -> list[str]:
        stays, gone = work.people.add(name="甲"), work.people.add(name="乙")
        for person_id in (stays, gone):
            work.undelivered.add(person_id, "case:7", "gone", "{}", 2)
        work.links.join(stays, gone, by=stays)
        return sorted(one.state for one in work.undelivered.of_matter("case:7"))

    assert store.write(join).result(10) == ["new", "over"]
