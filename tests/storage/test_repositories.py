"""What each repository promises, on both engines."""

import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import psycopg
import pytest
from sqlalchemy import select

from policy.areas import AreaRow
from policy.receipt import is_number
from storage.audit import Fact
from storage.people.person import Speaker
from storage.people.tries import LOCKED_FOR, TRIES_AT_ONE
from storage.reporting.attachments_seen import STORED
from storage.reporting.reporters import Wrong
from storage.reporting.reports import Report, ReportIn
from storage.store import Store
from storage.tables import area_closure
from storage.work import Reading, Work
from tests.fakes.clock import FakeClock

MINUTE = timedelta(minutes=1)


# -- people ----------------------------------------------------------------------------------


async def test_a_stranger_is_nobody_until_met_and_the_same_person_ever_after(
    store: Store,
) -> None:
    assert await store.read(lambda reading: reading.people.speaker("web", "a")) is None
    met = await store.write(lambda work: work.people.meet("web", "a"))
    again = await store.write(lambda work: work.people.meet("web", "a"))
    elsewhere = await store.write(lambda work: work.people.meet("telegram", "a"))
    assert again == met
    assert elsewhere.person_id != met.person_id
    assert (met.turn, met.draft, met.card_id, met.reachable) == (0, None, None, True)


async def test_a_speaker_comes_with_the_draft_that_is_open(store: Store) -> None:
    def begin(work: Work) -> Speaker:
        speaker = _met(work, "a")
        draft = work.drafts.start(speaker.contact_id, "v1", '{"at": "/q"}')
        work.people.save_turn(speaker.contact_id, turn=3, draft_id=draft.id, card_id=77)
        return work.people.meet("web", "a")

    speaker = await store.write(begin)
    assert speaker.draft is not None
    draft = speaker.draft
    assert (speaker.turn, speaker.card_id, draft.dialogue) == (3, 77, '{"at": "/q"}')
    await store.write(lambda work: work.drafts.close(draft.id, "cancelled"))
    closed = await store.read(lambda reading: reading.people.speaker("web", "a"))
    assert closed is not None
    assert closed.draft is None


async def test_names_and_phones_are_kept_and_changed(store: Store) -> None:
    person = await store.write(lambda work: work.people.add(name="赵老师"))
    assert await store.read(lambda reading: reading.people.name_of(person)) == "赵老师"
    assert await store.read(lambda reading: reading.people.phone_of(person)) == ""

    def change(work: Work) -> None:
        work.people.set_name(person, "赵校长")
        work.people.set_phone(person, "13800138000")

    await store.write(change)
    assert await store.read(lambda reading: reading.people.name_of(person)) == "赵校长"
    assert await store.read(lambda reading: reading.people.phone_of(person)) == "13800138000"


async def test_a_role_holds_from_its_first_to_its_last_moment(
    store: Store, clock: FakeClock
) -> None:
    def appoint(work: Work) -> tuple[int, int]:
        area = _county(work)["青石镇"]
        person = _met(work, "a").person_id
        return person, work.people.add_role(
            person, "grid_worker", area, since=work.now + MINUTE, until=work.now + 3 * MINUTE
        )

    person, role = await store.write(appoint)
    held = []
    for _ in range(5):
        roles = await store.read(lambda reading: reading.people.roles(person))
        held.append([one.id for one in roles])
        clock.passes(MINUTE)
    assert held == [[], [role], [role], [], []]


async def test_a_role_that_was_ended_is_over(store: Store) -> None:
    def appoint_and_end(work: Work) -> int:
        person = _met(work, "a").person_id
        role = work.people.add_role(person, "teacher", _county(work)["青石镇"])
        work.people.end_role(role)
        return person

    person = await store.write(appoint_and_end)
    assert await store.read(lambda reading: reading.people.roles(person)) == ()


async def test_holders_are_found_once_for_each_contact_that_can_be_reached(
    store: Store,
) -> None:
    def appoint(work: Work) -> tuple[dict[str, int], dict[str, Speaker]]:
        areas = _county(work)
        people = {name: _met(work, name) for name in ("grid", "director", "gone", "elsewhere")}
        work.people.add_role(people["grid"].person_id, "grid_worker", areas["河湾村"])
        work.people.add_contact(people["grid"].person_id, "telegram", "grid-2")
        work.people.add_role(people["director"].person_id, "child_director", areas["河湾村"])
        work.people.add_role(people["gone"].person_id, "grid_worker", areas["河湾村"])
        work.people.mark_reachable(people["gone"].contact_id, False)
        work.people.add_role(people["elsewhere"].person_id, "grid_worker", areas["青石镇"])
        return areas, people

    areas, people = await store.write(appoint)
    found = await store.read(
        lambda reading: reading.people.holders(
            ["grid_worker", "child_director"], [areas["河湾村"]]
        )
    )
    assert [(one.person_id, one.channel, one.role) for one in found] == [
        (people["grid"].person_id, "web", "grid_worker"),
        (people["grid"].person_id, "telegram", "grid_worker"),
        (people["director"].person_id, "web", "child_director"),
    ]
    assert await store.read(lambda reading: reading.people.holders([], [])) == ()


async def test_an_address_belongs_to_one_person(store: Store) -> None:
    def try_twice(work: Work) -> list[bool]:
        first, second = work.people.add(), work.people.add()
        return [
            work.people.add_contact(first, "web", "shared"),
            work.people.add_contact(second, "web", "shared"),
        ]

    assert await store.write(try_twice) == [True, False]


# -- drafts and forms ------------------------------------------------------------------------


async def test_a_draft_wakes_when_it_is_due_and_never_once_it_is_closed(
    store: Store, clock: FakeClock
) -> None:
    def begin(work: Work) -> tuple[int, int]:
        contact = _met(work, "a").contact_id
        one = work.drafts.start(
            contact, "v1", "{}", wake_at=work.now + 2 * MINUTE, wake_for="nudge"
        )
        two = work.drafts.start(contact, "v1", "{}", wake_at=work.now + MINUTE, wake_for="nudge")
        return one.id, two.id

    one, two = await store.write(begin)

    async def due() -> list[int]:
        found = await store.read(lambda reading: reading.drafts.due(reading.now, 10))
        return [draft.id for draft in found]

    assert await due() == []
    clock.passes(3 * MINUTE)
    assert await due() == [two, one]
    await store.write(lambda work: work.drafts.close(two, "filed"))
    assert await due() == [one]
    later = clock.now + MINUTE
    await store.write(
        lambda work: work.drafts.save(
            one, '{"x": 1}', danger=True, wake_at=later, wake_for="hand_over"
        )
    )
    assert await due() == []
    draft = await store.read(lambda reading: reading.drafts.get(one))
    assert draft is not None
    assert (draft.dialogue, draft.danger, draft.wake_at, draft.wake_for) == (
        '{"x": 1}',
        True,
        later,
        "hand_over",
    )


async def test_a_closed_draft_is_not_saved_any_more(store: Store) -> None:
    def late(work: Work) -> tuple[str, str]:
        draft = work.drafts.start(_met(work, "a").contact_id, "v1", "first")
        work.drafts.close(draft.id, "filed")
        work.drafts.save(draft.id, "late", danger=True, wake_at=None, wake_for=None)
        kept = work.drafts.get(draft.id)
        assert kept
        return kept.state, kept.dialogue

    assert await store.write(late) == ("filed", "first")


async def test_open_drafts_of_a_contact_come_newest_first(store: Store) -> None:
    def begin(work: Work) -> tuple[list[int], list[int]]:
        contact = _met(work, "a").contact_id
        ids = [work.drafts.start(contact, "v1", "{}").id for _ in range(3)]
        work.drafts.remove(ids[1])
        return ids, [draft.id for draft in work.drafts.open_of(contact)]

    ids, found = await store.write(begin)
    assert found == [ids[2], ids[0]]


async def test_the_last_published_version_is_current_and_old_ones_stay(
    store: Store, clock: FakeClock
) -> None:
    for version in ("one", "two"):
        await store.write(_publishing(version))
        clock.passes(MINUTE)
    await store.write(lambda work: work.forms.publish("guide", "g", "c", "three", "h"))
    current = await store.read(lambda reading: reading.forms.current("report"))
    old = await store.read(lambda reading: reading.forms.get("one"))
    every = await store.read(lambda reading: reading.forms.all_current())
    assert current is not None
    assert old is not None
    assert (current.version, old.compiled) == ("two", "compiled one")
    assert [form.version for form in every] == ["three", "two"]
    clock.passes(MINUTE)
    await store.write(lambda work: work.forms.publish("report", "t", "c", "one", "hash 3"))
    again = await store.read(lambda reading: reading.forms.current("report"))
    assert again is not None
    assert (again.version, again.source_hash) == ("one", "hash 3")


async def test_a_form_whose_publishing_was_undone_is_not_remembered(store: Store) -> None:
    def publish_and_fail(work: Work) -> None:
        work.forms.publish("report", "t", "c", "v9", "h")
        assert work.forms.get("v9") is not None
        raise _Changed

    with pytest.raises(_Changed):
        await store.write(publish_and_fail)
    assert await store.read(lambda reading: reading.forms.get("v9")) is None


# -- reports and reporters -------------------------------------------------------------------


async def test_one_draft_files_one_report_however_often_it_is_pressed(store: Store) -> None:
    def file_twice(work: Work) -> tuple[Report, Report]:
        draft = work.drafts.start(_met(work, "a").contact_id, "v1", "{}").id
        return work.reports.file(_told(draft_id=draft)), work.reports.file(_told(draft_id=draft))

    first, second = await store.write(file_twice)
    assert first == second
    assert (first.reasons, first.circumstances) == (("r1", "r2"), ("c1",))


async def test_a_report_is_found_by_number_by_draft_by_area_and_by_its_reporter(
    store: Store, clock: FakeClock
) -> None:
    def file(work: Work) -> tuple[Report, int, int, int]:
        area = _county(work)["河湾村"]
        speaker = _met(work, "a")
        draft = work.drafts.start(speaker.contact_id, "v1", "{}").id
        report = work.reports.file(_told(draft_id=draft, area_id=area))
        work.reporters.keep(report.id, speaker.contact_id, {"name": "甲"}, "123456")
        work.reports.file(_told())
        return report, speaker.contact_id, area, draft

    report, contact, area, draft = await store.write(file)
    since = clock.now - MINUTE
    found = await store.read(
        lambda reading: [
            reading.reports.get(report.id),
            reading.reports.by_number(report.number),
            reading.reports.by_draft(draft),
            *reading.reports.of_contact(contact),
            *reading.reports.in_areas([area], since),
        ]
    )
    assert found == [report] * 5
    clock.passes(MINUTE)
    later = clock.now
    assert await store.read(lambda reading: reading.reports.in_areas([area], later)) == ()
    assert await store.read(lambda reading: reading.reports.of_contact(contact + 1)) == ()


async def test_what_is_added_to_a_report_stays_in_order(store: Store) -> None:
    def add(work: Work) -> int:
        report = work.reports.file(_told()).id
        for word in ("一", "二", "三"):
            work.reports.add_entry(report, "said", word)
        work.reports.set_grade(report, "red", ("raised",))
        return report

    report_id = await store.write(add)
    entries = await store.read(lambda reading: reading.reports.entries(report_id))
    report = await store.read(lambda reading: reading.reports.get(report_id))
    assert [entry.body for entry in entries] == ["一", "二", "三"]
    assert report is not None
    assert (report.grade, report.reasons) == ("red", ("raised",))


async def test_numbers_have_nine_digits_and_a_check_digit(store: Store) -> None:
    reports = await store.write(lambda work: [work.reports.file(_told()) for _ in range(50)])
    numbers = [report.number for report in reports]
    assert len(set(numbers)) == 50
    assert [number for number in numbers if not is_number(number)] == []
    assert [number for number in numbers if number[0] == "0"] == []


async def test_the_pin_opens_the_report_and_whoever_is_wrong_five_times_waits_an_hour(
    store: Store, clock: FakeClock
) -> None:
    report = await store.write(_filed)

    async def tries(pin: str) -> int | Wrong:
        return await store.write(_trying(report.number, pin))

    assert await tries("123456") == report.id
    for count in range(1, 5):
        assert await tries("000000") == Wrong(tries=count, locked_until=None)
    assert await tries("123456") == report.id
    for _ in range(4):
        await tries("000000")
    locked = Wrong(tries=5, locked_until=clock.now + LOCKED_FOR)
    assert await tries("000000") == locked
    assert await tries("123456") == locked
    clock.passes(LOCKED_FOR - timedelta(seconds=1))
    assert await tries("123456") == locked
    clock.passes(timedelta(seconds=1))
    assert await tries("123456") == report.id


async def test_a_stranger_who_guesses_at_a_number_locks_out_nobody_but_themselves(
    store: Store,
) -> None:
    report = await store.write(_filed)
    for _ in range(7):
        await store.write(_trying(report.number, "000000", "an officer"))
    assert isinstance(await store.write(_trying(report.number, "123456", "an officer")), Wrong)
    assert await store.write(_trying(report.number, "123456", "another phone")) == report.id


async def test_many_strangers_are_bound_by_the_number_and_whoever_reported_goes_on(
    store: Store, clock: FakeClock
) -> None:
    report = await store.write(_filed)
    for at in range(TRIES_AT_ONE):
        await store.write(_trying(report.number, "000000", f"session {at}"))
    until = clock.now + LOCKED_FOR
    for pin in ("123456", "000000"):
        stranger = await store.write(_trying(report.number, pin, "one more"))
        assert stranger == Wrong(tries=0, locked_until=until)
    owner = await store.write(_trying(report.number, "123456", "a"))
    assert owner == report.id
    clock.passes(LOCKED_FOR)
    assert await store.write(_trying(report.number, "123456", "one more")) == report.id


async def test_a_number_that_does_not_exist_answers_like_one_that_does(store: Store) -> None:
    report = await store.write(_filed)
    answers = [
        [
            await store.write(_trying(number, "000000", f"{number} {at // 7}"))
            for at in range(TRIES_AT_ONE + 20)
        ]
        for number in (report.number, "100000005")
    ]
    assert answers[0] == answers[1]


async def test_wrong_pins_of_long_ago_are_forgotten(store: Store, clock: FakeClock) -> None:
    await store.write(_trying("100000005", "1"))
    clock.passes(timedelta(days=2))
    before = clock.now - timedelta(days=1)
    # Their own count, that of the number, and that of all together.
    assert await store.write(lambda work: work.tries.forget(before)) == 3


async def test_whoever_opens_an_identity_is_written_down(store: Store, clock: FakeClock) -> None:
    report = await store.write(_filed)
    assert await store.write(
        lambda work: work.reporters.open_identity(report.id, 42, "call-back")
    ) == {"name": "甲", "phone": "13800138000"}
    facts = await store.read(lambda reading: reading.audit.of("report", report.id))
    assert facts == (
        Fact(clock.now, 42, "reporter-opened", "report", report.id, '{"reason":"call-back"}'),
    )


async def test_the_program_finds_the_contact_of_a_report_without_opening_it_to_anybody(
    store: Store,
) -> None:
    report = await store.write(_filed)
    contact = await store.read(lambda reading: reading.reporters.contact_of(report.id))
    speaker = await store.read(lambda reading: reading.people.speaker("web", "a"))
    assert speaker is not None
    assert contact == speaker.contact_id
    assert await store.read(lambda reading: reading.reporters.contact_of(1)) is None


# -- the way in ------------------------------------------------------------------------------


async def test_an_arrival_is_taken_once(store: Store, clock: FakeClock) -> None:
    taken = [await store.write(lambda work: work.inbox.take("k")) for _ in range(3)]
    assert taken == [True, False, False]
    clock.passes(timedelta(days=400))
    assert await store.write(lambda work: work.inbox.forget(work.now, 10)) == 1
    assert await store.write(lambda work: work.inbox.take("k"))


async def test_poison_is_kept_once_listed_without_its_words_and_opened_with_a_trace(
    store: Store,
) -> None:
    def keep(work: Work) -> list[int]:
        return [work.poison.keep("web", "k", b"raw", "ValueError at handlers") for _ in "ab"]

    one, same = await store.write(keep)
    assert one == same
    listed = await store.read(lambda reading: reading.poison.list())
    assert [(row.id, row.error, row.raw) for row in listed] == [
        (one, "ValueError at handlers", b"")
    ]
    opened = await store.write(lambda work: work.poison.open(one, 7))
    assert opened is not None
    assert opened.raw == b"raw"
    await store.write(lambda work: work.poison.discard(one, 7))
    assert await store.read(lambda reading: reading.poison.list()) == ()
    facts = await store.read(lambda reading: reading.audit.of("poison", one))
    assert [(fact.actor, fact.verb) for fact in facts] == [
        (7, "poison-opened"),
        (7, "poison-discarded"),
    ]


async def test_a_file_is_fetched_in_pieces_under_a_lease(store: Store, clock: FakeClock) -> None:
    def want(work: Work) -> tuple[int, int]:
        contact = _met(work, "a").contact_id
        draft = work.drafts.start(contact, "v1", "{}").id
        return draft, work.attachments.want(
            contact, kind="photo", channel="telegram", source="file-1", draft_id=draft
        )

    draft, file = await store.write(want)
    due = await store.write(lambda work: work.attachments.due(work.now, 5))
    assert [(one.id, one.source) for one in due] == [(file, "file-1")]
    assert await store.write(lambda work: work.attachments.due(work.now, 5)) == ()
    clock.passes(6 * MINUTE)
    again = await store.write(lambda work: work.attachments.due(work.now, 5))
    assert [one.tries for one in again] == [1]

    def fetch(work: Work) -> list[bytes]:
        for position, body in enumerate((b"abc", b"def", b"old")):
            work.attachments.put_chunk(file, position, body)
        work.attachments.put_chunk(file, 1, b"DEF")
        work.attachments.finish(file, "f" * 64, 6, chunks=2)
        work.attachments.bind(draft, 99)
        return list(work.attachments.chunks(file))

    assert await store.write(fetch) == [b"abc", b"DEF"]
    stored = await store.read(lambda reading: reading.attachments.of_report(99))
    assert [(one.id, one.state, one.size) for one in stored] == [(file, "stored", 6)]


async def test_a_picture_gets_one_copy_and_is_not_shown_when_it_is_not_what_came(
    store: Store, clock: FakeClock
) -> None:
    sum_of = sha256(b"picture").hexdigest()

    def come(work: Work) -> int:
        contact = _met(work, "a").contact_id
        file = work.attachments.receive(contact, kind="document", channel="web", name="", mime="")
        work.attachments.put_chunk(file, 0, b"picture")
        work.attachments.finish(file, sum_of, 7, chunks=1, picture="image/png")
        detail = {"sha256": sum_of, "size": 7}
        work.audit.write(0, STORED, "attachment", file, detail)
        return file

    file = await store.write(come)

    def due(work: Work) -> list[int]:
        return [one.id for one in work.attachments.uncopied(work.now, 5, MINUTE)]

    assert await store.write(due) == [file]
    assert await store.write(due) == []
    clock.passes(2 * MINUTE)
    assert await store.write(due) == [file]
    await store.write(lambda work: work.attachments.copied(file, b"small"))
    clock.passes(2 * MINUTE)
    assert await store.write(due) == []

    def look(reading: Reading) -> tuple[str, bytes | None, bytes | None, str]:
        found = reading.attachments.get(file)
        assert found is not None
        attachments = reading.attachments
        sound, small = attachments.sound(found), attachments.copy(file)
        return found.mime, sound, small, attachments.fault_of(found)

    assert await store.read(look) == ("image/png", b"picture", b"small", "")
    await store.write(lambda work: work.attachments.put_chunk(file, 0, b"another"))
    assert await store.read(look) == ("image/png", None, b"small", "changed")
    forged = sha256(b"another").hexdigest()
    await store.write(lambda work: work.attachments.finish(file, forged, 7, chunks=1))
    assert await store.read(look) == ("image/png", None, b"small", "rewritten")
    assert await store.read(lambda reading: reading.attachments.vanished()) == ()
    await store.write(lambda work: work.attachments.remove(file))
    assert await store.read(lambda reading: reading.attachments.copy(file)) is None
    assert await store.read(lambda reading: reading.attachments.vanished()) == ()


async def test_a_file_that_cannot_be_had_is_lost_or_refused_and_leaves_no_bytes(
    store: Store, clock: FakeClock
) -> None:
    def want(work: Work) -> tuple[int, int]:
        contact = _met(work, "a").contact_id
        one, two = (
            work.attachments.want(contact, kind="photo", channel="telegram", source=source)
            for source in ("1", "2")
        )
        work.attachments.put_chunk(one, 0, b"half")
        return one, two

    one, two = await store.write(want)
    soon = clock.now + MINUTE
    await store.write(lambda work: work.attachments.fail(one, "timeout", soon))
    await store.write(lambda work: work.attachments.refuse(two, "too-large"))
    clock.passes(MINUTE)
    due = await store.write(lambda work: work.attachments.due(work.now, 5))
    assert [row.id for row in due] == [one]
    await store.write(lambda work: work.attachments.fail(one, "gone", None))
    ended = await store.read(
        lambda reading: [reading.attachments.get(one), reading.attachments.get(two)]
    )
    assert [(row.state, row.reason) for row in ended if row] == [
        ("lost", "gone"),
        ("refused", "too-large"),
    ]
    assert await store.read(lambda reading: list(reading.attachments.chunks(one))) == []


# -- areas -----------------------------------------------------------------------------------


async def test_an_import_keeps_the_ids_of_what_stays_and_closes_what_went(store: Store) -> None:
    first = await store.write(_county)
    second = await store.write(lambda work: work.places.replace(_rows("青石镇", "新村")))
    tree = await store.read(lambda reading: reading.areas)
    assert second[1] == first["云岭县"]
    assert second[2] == first["青石镇"]
    assert [row.name for row in tree.children(second[2])] == ["新村"]
    assert tree.get(first["河湾村"]) is None
    again = await store.write(_county)
    assert again == first


async def test_a_county_of_ten_thousand_places_is_imported_in_one_turn(store: Store) -> None:
    rows = [
        AreaRow(id=1, parent_id=None, kind="county", name="云岭县"),
        *(AreaRow(id=n, parent_id=1, kind="town", name=f"镇{n}") for n in range(2, 22)),
        *(
            AreaRow(id=n, parent_id=2 + n % 20, kind="village", name=f"村{n}")
            for n in range(22, 10_001)
        ),
    ]
    kept = await store.write(lambda work: work.places.replace(rows))
    again = await store.write(lambda work: work.places.replace(rows))
    loaded = await store.read(lambda reading: reading.places.load())
    assert again == kept
    assert len(loaded) == 10_000


async def test_the_closure_knows_everything_above_and_below(store: Store) -> None:
    def closure(work: Work) -> tuple[dict[str, int], list[tuple[object, ...]]]:
        _county(work)
        areas = _county(work)
        columns = (area_closure.c.above_id, area_closure.c.below_id, area_closure.c.depth)
        return areas, work.db.all(select(*columns).order_by(*columns))

    areas, rows = await store.write(closure)
    county, town, village = areas["云岭县"], areas["青石镇"], areas["河湾村"]
    assert rows == [
        (county, county, 0),
        (county, town, 1),
        (county, village, 2),
        (town, town, 0),
        (town, village, 1),
        (village, village, 0),
    ]


async def test_a_tree_is_built_once_for_each_import(store: Store) -> None:
    await store.write(_county)
    one = await store.read(lambda reading: reading.areas)
    assert await store.read(lambda reading: reading.areas) is one
    await store.write(lambda work: work.places.replace(_rows("青石镇", "新村")))
    other = await store.read(lambda reading: reading.areas)
    assert other is not one


async def test_an_import_that_was_undone_changes_nothing_for_anybody(store: Store) -> None:
    await store.write(_county)
    before = await store.read(lambda reading: reading.areas)

    def import_and_fail(work: Work) -> None:
        kept = work.places.replace(_rows("别的镇", "别的村"))
        assert work.areas.get(kept[3]) is not None
        raise _Changed

    with pytest.raises(_Changed):
        await store.write(import_and_fail)
    assert await store.read(lambda reading: reading.areas) is before


# -- what the database itself refuses --------------------------------------------------------


async def test_a_draft_of_a_form_that_was_never_published_is_refused(store: Store) -> None:
    def begin(work: Work) -> None:
        work.drafts.start(work.people.meet("web", "a").contact_id, "unknown", "{}")

    with pytest.raises((sqlite3.IntegrityError, psycopg.IntegrityError)):
        await store.write(begin)


async def test_a_moment_without_its_zone_is_refused(store: Store) -> None:
    naive = datetime(2026, 11, 23, tzinfo=UTC).replace(tzinfo=None)
    with pytest.raises(ValueError, match="time zone"):
        await store.write(lambda work: work.inbox.forget(naive, 1))


def _met(work: Work, address: str) -> Speaker:
    work.forms.publish("report", "t", "{}", "v1", "h")
    return work.people.meet("web", address)


def _told(*, draft_id: int | None = None, area_id: int | None = None) -> ReportIn:
    return ReportIn(
        kind="report",
        area_id=area_id,
        form_version="v1",
        answers="{}",
        grade="yellow",
        reasons=("r1", "r2"),
        circumstances=("c1",),
        anonymous=True,
        draft_id=draft_id,
        occurred_at=datetime(2026, 11, 22, 12, tzinfo=UTC),
    )


def _filed(work: Work) -> Report:
    contact = _met(work, "a").contact_id
    report = work.reports.file(_told())
    work.reporters.keep(report.id, contact, {"name": "甲", "phone": "13800138000"}, "123456")
    return report


def _rows(town: str, village: str) -> list[AreaRow]:
    return [
        AreaRow(id=1, parent_id=None, kind="county", name="云岭县"),
        AreaRow(id=2, parent_id=1, kind="town", name=town, aliases=("老青石", "青石")),
        AreaRow(id=3, parent_id=2, kind="village", name=village, position=1),
    ]


def _county(work: Work) -> dict[str, int]:
    rows = _rows("青石镇", "河湾村")
    kept = work.places.replace(rows)
    return {row.name: kept[row.id] for row in rows}


class _Changed(Exception):
    """A turn changed its mind."""


def _trying(number: str, pin: str, by: str = "somebody") -> Callable[[Work], int | Wrong]:
    def trying(work: Work) -> int | Wrong:
        return work.reporters.check_pin(number, pin, _met(work, by).contact_id)

    return trying


def _publishing(version: str) -> Callable[[Work], None]:
    return lambda work: work.forms.publish(
        "report", "t", f"compiled {version}", version, f"hash {version}"
    )
