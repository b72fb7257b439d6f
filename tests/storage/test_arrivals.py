"""How people come, stand in for each other, become one, and how a reporter is unmasked."""

from datetime import timedelta
from functools import partial

import pytest

from storage.people.invitations import GUESSES, Accepted, Answer, Void
from storage.people.links import LIFE, Linked, NotLinked
from storage.people.tries import LOCKED_FOR, TRIES, TRIES_OF_ALL
from storage.reporting.reports import ReportIn
from storage.reporting.unmasking import NotOpened, Opened
from storage.store import Store
from storage.work import Work
from tests.fakes.clock import FakeClock
from tests.storage.village import Village, settled, worker

DAY = timedelta(days=1)
#: Guesses that are made in one turn.
SOME = 50
LINK_LIFE = timedelta(hours=72)
COUNTY_ROLES = {"civil_affairs", "police"}


# -- invitations ---------------------------------------------------------------------------------


async def test_a_link_gives_its_post_once_and_tells_of_a_second_use(store: Store) -> None:
    village = await store.write(settled)
    invited, token = await store.write(
        lambda work: work.invitations.issue(
            "grid_worker", village.village, village.boss, LINK_LIFE
        )
    )
    first = await store.write(lambda work: work.people.meet("web", "first").person_id)
    second = await store.write(lambda work: work.people.meet("web", "second").person_id)
    answers = [
        await store.write(lambda work, who=who: work.invitations.use(token, who))  # type: ignore[misc]
        for who in (first, second, first)
    ]
    assert [isinstance(answer, Accepted) for answer in answers] == [True, False, False]
    assert [answer.again for answer in answers if isinstance(answer, Void)] == [True, False]
    roles = await store.read(lambda reading: reading.people.roles(first))
    assert [(one.role, one.area_id) for one in roles] == [("grid_worker", village.village)]
    assert await store.read(lambda reading: reading.people.roles(second)) == ()
    (issued,) = await store.read(lambda reading: reading.invitations.issued_by(village.boss))
    assert (issued.id, issued.used_by) == (invited, first)


@pytest.mark.parametrize(("after", "works"), [(LINK_LIFE - DAY, True), (LINK_LIFE, False)])
async def test_a_link_works_for_three_days(
    store: Store, clock: FakeClock, after: timedelta, works: bool
) -> None:
    village = await store.write(settled)
    _, token = await store.write(
        lambda work: work.invitations.issue("teacher", village.village, village.boss, LINK_LIFE)
    )
    clock.passes(after)
    answer = await store.write(lambda work: work.invitations.use(token, village.other))
    assert isinstance(answer, Accepted) is works


async def test_a_guessed_link_is_nothing(store: Store) -> None:
    village = await store.write(settled)
    answer = await store.write(lambda work: work.invitations.use("guess", village.other))
    assert answer == Void(invitation=None, again=False)


async def test_whoever_guesses_links_waits_an_hour_and_nobody_else_does(
    store: Store, clock: FakeClock
) -> None:
    village = await store.write(settled)
    _, token = await store.write(
        lambda work: work.invitations.issue("teacher", village.village, village.boss, LINK_LIFE)
    )

    def use(work: Work, said: str, who: int) -> bool:
        return isinstance(work.invitations.use(said, who), Accepted)

    for number in range(TRIES):
        said = f"guess{number}"
        assert not await store.write(lambda work, s=said: use(work, s, village.other))  # type: ignore[misc]
    assert not await store.write(lambda work: use(work, token, village.other))
    clock.passes(LOCKED_FOR)
    assert await store.write(lambda work: use(work, token, village.other))
    _, again = await store.write(
        lambda work: work.invitations.issue("teacher", village.village, village.boss, LINK_LIFE)
    )
    assert await store.write(lambda work: use(work, again, village.boss))


async def test_many_who_guess_close_the_door_to_nobody_who_was_invited(store: Store) -> None:
    village = await store.write(settled)
    _, token = await store.write(
        lambda work: work.invitations.issue("teacher", village.village, village.boss, LINK_LIFE)
    )

    def guess(work: Work, first: int) -> list[Answer]:
        """Each by another account, so that nobody's own bound is met."""
        names = range(first, first + SOME)
        met = [work.people.meet("web", f"guesser {name}").person_id for name in names]
        return [work.invitations.use("guess", one) for one in met]

    for first in range(0, TRIES_OF_ALL, SOME):
        answers = await store.write(partial(guess, first=first))
        assert {type(answer) for answer in answers} == {Void}
    assert await store.write(lambda work: work.tries.all_wait(GUESSES)) is not None
    used = await store.write(lambda work: work.invitations.use(token, village.other))
    assert isinstance(used, Accepted)


async def test_many_who_guess_at_codes_keep_out_no_post_and_no_link(
    store: Store, clock: FakeClock
) -> None:
    village = await store.write(settled)

    def guess(work: Work, first: int) -> None:
        for name in range(first, first + SOME):
            person = work.people.meet("web", f"guesser {name}").person_id
            work.links.use("00000000", person)

    def use(work: Work, by: str) -> Linked | NotLinked:
        code = work.links.offer(village.other)
        person = village.boss if by == "boss" else work.people.meet("web", by).person_id
        return work.links.use(code, person)

    # What was guessed before an hour that is over does not count.
    await store.write(lambda work: guess(work, 2000))
    clock.passes(LOCKED_FOR)
    for first in range(0, TRIES_OF_ALL, SOME):
        await store.write(partial(guess, first=first))
    until = clock.now + LOCKED_FOR
    assert await store.write(lambda work: use(work, "stranger")) == NotLinked(locked_until=until)
    assert isinstance(await store.write(lambda work: use(work, "boss")), Linked)

    def comes(work: Work) -> Linked | NotLinked:
        way = work.links.offer_way(village.other, LINK_LIFE)
        return work.links.use(way, work.people.meet("web", "by a link").person_id)

    assert isinstance(await store.write(comes), Linked)
    clock.passes(LOCKED_FOR)
    assert isinstance(await store.write(lambda work: use(work, "stranger")), Linked)


# -- registrations -------------------------------------------------------------------------------


async def test_a_registration_waits_and_is_decided_once(store: Store) -> None:
    village = await store.write(settled)
    person, asked = await store.write(lambda work: _ask(work, village))
    (waiting,) = await store.read(lambda r: r.registrations.waiting([village.village]))
    assert (waiting.id, dict(waiting.said)) == (asked, {"name": "新人", "phone": "13800138000"})
    assert await store.read(lambda reading: reading.people.roles(person)) == ()
    approved = await store.write(lambda work: work.registrations.approve(asked, village.boss))
    assert approved is not None
    roles = await store.read(lambda reading: reading.people.roles(person))
    assert [(one.role, one.area_id) for one in roles] == [("grid_worker", village.village)]
    assert await store.read(lambda reading: reading.people.name_of(person)) == "新人"
    again = await store.write(lambda work: work.registrations.refuse(asked, village.boss, "晚了"))
    assert again is None


async def test_a_refused_one_hears_why_and_holds_nothing(store: Store) -> None:
    village = await store.write(settled)
    person, asked = await store.write(lambda work: _ask(work, village))
    refused = await store.write(
        lambda work: work.registrations.refuse(asked, village.boss, "不认识这个人")
    )
    assert refused is not None
    assert (refused.state, refused.reason) == ("refused", "不认识这个人")
    assert await store.read(lambda reading: reading.people.roles(person)) == ()


async def test_whoever_registers_anew_waits_once(store: Store) -> None:
    village = await store.write(settled)
    _, first = await store.write(lambda work: _ask(work, village))
    _, second = await store.write(lambda work: _ask(work, village))
    waiting = await store.read(lambda r: r.registrations.waiting([village.village]))
    assert [one.id for one in waiting] == [second]
    assert await store.write(lambda w: w.registrations.approve(first, village.boss)) is None


async def test_what_nobody_decides_climbs_until_somebody_does(
    store: Store, clock: FakeClock
) -> None:
    village = await store.write(settled)
    _, asked = await store.write(lambda work: _ask(work, village))

    async def due() -> list[int]:
        found = await store.read(lambda reading: reading.registrations.due(clock.now, 10))
        return [one.id for one in found]

    assert await due() == []
    clock.passes(DAY)
    assert await due() == [asked]
    assert await store.write(lambda work: work.registrations.climb(asked, None))
    assert await due() == []
    await store.write(lambda work: work.registrations.approve(asked, village.boss))
    assert not await store.write(lambda work: work.registrations.climb(asked, None))


async def test_a_name_of_a_roster_becomes_the_person_who_registers(store: Store) -> None:
    village = await store.write(settled)

    def named(work: Work) -> int:
        listed = work.people.add(name="新人", phone="13800138000")
        child = work.children.add(
            village.group, {"name": "孩子"}, source="registration", by=village.boss
        )
        work.responsibilities.assign(child, listed, by=village.boss)
        namesake = work.people.add(name="别人", phone="13800138000")
        work.responsibilities.assign(child, namesake, "mother", by=village.boss)
        return child

    child = await store.write(named)
    person, asked = await store.write(lambda work: _ask(work, village))
    await store.write(lambda work: work.registrations.approve(asked, village.boss))
    held = await store.read(lambda reading: reading.responsibilities.of_person(person))
    assert [(one.child.id, one.kind) for one in held] == [(child, "primary")]


# -- leave ---------------------------------------------------------------------------------------


async def test_a_deputy_acts_from_the_first_to_the_last_moment(
    store: Store, clock: FakeClock
) -> None:
    village = await store.write(settled)
    since, until = clock.now + DAY, clock.now + 3 * DAY
    leave = await store.write(
        lambda work: work.deputies.plan(
            village.cadre, village.other, since, until, by=village.cadre
        )
    )
    acting = [
        await store.read(lambda r, at=at: r.deputies.acting_for(village.other, at))  # type: ignore[misc]
        for at in (clock.now, since, until - DAY, until)
    ]
    assert acting == [(), (village.cadre,), (village.cadre,), ()]
    assert await store.read(lambda r: r.deputies.deputy_of(village.cadre, since)) == village.other
    clock.passes(2 * DAY)
    assert await store.write(lambda work: work.deputies.end(leave, by=village.cadre))
    assert await store.read(lambda r: r.deputies.acting_for(village.other, clock.now)) == ()
    assert not await store.write(lambda work: work.deputies.end(leave, by=village.cadre))


async def test_of_two_leaves_the_one_with_a_deputy_counts(store: Store, clock: FakeClock) -> None:
    village = await store.write(settled)
    until = clock.now + DAY

    def plan(work: Work) -> None:
        for deputy in (village.other, None):
            work.deputies.plan(village.cadre, deputy, work.now, until, by=village.cadre)

    await store.write(plan)
    assert (
        await store.read(lambda r: r.deputies.deputy_of(village.cadre, clock.now)) == village.other
    )


async def test_leave_ends_after_it_begins(store: Store, clock: FakeClock) -> None:
    village = await store.write(settled)
    with pytest.raises(ValueError, match="ends after"):
        await store.write(
            lambda work: work.deputies.plan(
                village.cadre, None, clock.now, clock.now, by=village.cadre
            )
        )


# -- one person on two channels ------------------------------------------------------------------


async def test_a_code_links_once_within_ten_minutes(store: Store, clock: FakeClock) -> None:
    village = await store.write(settled)
    late = await store.write(lambda work: work.links.offer(village.cadre))
    clock.passes(LIFE)
    assert await store.write(lambda w: w.links.use(late, village.other)) == NotLinked(
        locked_until=None
    )
    replaced = await store.write(lambda work: work.links.offer(village.cadre))
    code = await store.write(lambda work: work.links.offer(village.cadre))
    assert (len(code), code.isdigit()) == (8, True)
    answers = [
        await store.write(lambda work, one=one: work.links.use(one, village.other))  # type: ignore[misc]
        for one in (replaced, code, code)
    ]
    assert answers == [
        NotLinked(locked_until=None),
        Linked(person_id=village.cadre),
        NotLinked(locked_until=None),
    ]


async def test_who_guesses_codes_has_to_wait(store: Store, clock: FakeClock) -> None:
    village = await store.write(settled)
    code = await store.write(lambda work: work.links.offer(village.cadre))
    wrong = "00000000" if code != "00000000" else "11111111"
    guesses = [
        await store.write(lambda work: work.links.use(wrong, village.other)) for _ in range(TRIES)
    ]
    locked = NotLinked(locked_until=clock.now + LOCKED_FOR)
    assert guesses == [NotLinked(locked_until=None)] * (TRIES - 1) + [locked]
    assert await store.write(lambda work: work.links.use(code, village.other)) == locked
    clock.passes(LOCKED_FOR)
    fresh = await store.write(lambda work: work.links.offer(village.cadre))
    assert await store.write(lambda w: w.links.use(fresh, village.other)) == Linked(
        person_id=village.cadre
    )


async def test_two_persons_become_one_with_all_that_is_theirs(store: Store) -> None:
    village = await store.write(settled)

    def join(work: Work) -> tuple[int, int, int]:
        gone = work.people.meet("telegram", "cadre").person_id
        work.people.set_name(gone, "赵干部")
        work.people.add_role(gone, "responsible", village.village)
        work.people.add_role(gone, "teacher", village.town)
        child = work.children.add(
            village.group, {"name": "孩子"}, source="registration", by=village.boss
        )
        work.responsibilities.assign(child, gone, by=village.boss)
        work.children.change(child, {"notes": "走访"}, source="visit", by=gone)
        work.links.join(village.cadre, gone, by=village.cadre)
        return gone, child, work.people.meet("telegram", "cadre").person_id

    gone, child, met = await store.write(join)
    assert met == village.cadre
    assert await store.read(lambda reading: reading.links.who_is(gone)) == village.cadre
    assert await store.read(lambda reading: reading.people.name_of(village.cadre)) == "赵干部"
    roles = await store.read(lambda reading: reading.people.roles(village.cadre))
    assert sorted(one.role for one in roles) == ["responsible", "teacher"]
    held = await store.read(lambda reading: reading.responsibilities.of_person(village.cadre))
    assert [one.child.id for one in held] == [child]
    (visit,) = await store.read(lambda reading: reading.children.history(child, "notes"))
    assert visit.person_id == gone


async def test_a_post_of_two_persons_who_become_one_ends_with_the_later_of_them(
    store: Store,
) -> None:
    def join(work: Work) -> list[tuple[str, bool]]:
        village = settled(work)
        stays, gone = (work.people.meet("web", name).person_id for name in ("phone", "page"))
        for role, mine, theirs in (
            ("grid_worker", work.now + DAY, None),
            ("teacher", work.now + DAY, work.now + 9 * DAY),
        ):
            work.people.add_role(stays, role, village.village, until=mine)
            work.people.add_role(gone, role, village.village, until=theirs)
        work.links.join(stays, gone, by=gone)
        ends = {one.role: one.until for one in work.people.roles(stays)}
        assert len(work.people.roles(stays)) == len(ends)
        return [
            ("grid_worker", ends["grid_worker"] is None),
            ("teacher", ends["teacher"] == work.now + 9 * DAY),
        ]

    assert await store.write(join) == [("grid_worker", True), ("teacher", True)]


async def test_joined_twice_an_old_id_still_means_the_last(store: Store) -> None:
    def join(work: Work) -> tuple[int, int, int]:
        one, two, three = (work.people.meet("web", name).person_id for name in "abc")
        work.links.join(two, one, by=two)
        work.links.join(three, two, by=three)
        work.links.join(three, three, by=three)
        return work.links.who_is(one), work.links.who_is(two), three

    one, two, three = await store.write(join)
    assert (one, two) == (three, three)


# -- who reported --------------------------------------------------------------------------------


async def test_two_of_the_county_open_who_reported_and_both_are_written_down(
    store: Store,
) -> None:
    village, report, contact, first, second = await store.write(_reported)
    asked = await store.write(
        lambda w: w.unmaskings.ask(report, first, "法院调取", county_roles=COUNTY_ROLES)
    )
    assert isinstance(asked, int)
    assert await store.read(lambda reading: reading.unmaskings.waiting(first)) == ()
    (waiting,) = await store.read(lambda reading: reading.unmaskings.waiting(second))
    assert (waiting.id, waiting.reason) == (asked, "法院调取")
    alone = await store.write(
        lambda w: w.unmaskings.confirm(asked, first, county_roles=COUNTY_ROLES)
    )
    assert alone == NotOpened(code="same-person")
    below = await store.write(
        lambda w: w.unmaskings.confirm(asked, village.boss, county_roles=COUNTY_ROLES)
    )
    assert below == NotOpened(code="not-county")
    opened = await store.write(
        lambda w: w.unmaskings.confirm(asked, second, county_roles=COUNTY_ROLES)
    )
    assert opened == Opened(said={"speaker_name": "李四"}, contact_id=contact)
    again = await store.write(
        lambda w: w.unmaskings.confirm(asked, second, county_roles=COUNTY_ROLES)
    )
    assert again == NotOpened(code="decided")
    facts = await store.read(lambda reading: reading.audit.of("report", report))
    assert [(fact.actor, fact.verb) for fact in facts] == [
        (first, "unmasking-asked"),
        (second, "reporter-opened"),
    ]
    assert [fact for fact in facts if "法院" in fact.detail] == []


async def test_nobody_below_the_county_can_ask_who_reported(store: Store) -> None:
    village, report, _, _, _ = await store.write(_reported)

    def ask(work: Work) -> list[object]:
        # A county's post held in a township is no county's post.
        low = worker(work, "low", "civil_affairs", village.town)
        return [
            work.unmaskings.ask(report, who, "想知道", county_roles=COUNTY_ROLES)
            for who in (village.boss, low)
        ]

    assert await store.write(ask) == [NotOpened(code="not-county")] * 2


async def test_one_person_under_two_names_is_not_two(store: Store) -> None:
    _, report, _, first, _ = await store.write(_reported)

    def ask_and_join(work: Work) -> object:
        asked = work.unmaskings.ask(report, first, "…", county_roles=COUNTY_ROLES)
        assert isinstance(asked, int)
        same = work.people.meet("telegram", "first").person_id
        work.links.join(same, first, by=same)
        return work.unmaskings.confirm(asked, same, county_roles=COUNTY_ROLES)

    assert await store.write(ask_and_join) == NotOpened(code="same-person")


async def test_what_was_refused_stays_sealed(store: Store) -> None:
    _, report, _, first, second = await store.write(_reported)

    def refuse(work: Work) -> tuple[bool, bool, object]:
        asked = work.unmaskings.ask(report, first, "…", county_roles=COUNTY_ROLES)
        assert isinstance(asked, int)
        refusals = [
            work.unmaskings.refuse(asked, second, county_roles=COUNTY_ROLES) for _ in range(2)
        ]
        opened = work.unmaskings.confirm(asked, second, county_roles=COUNTY_ROLES)
        return (*refusals, opened)  # type: ignore[return-value]

    assert await store.write(refuse) == (True, False, NotOpened(code="decided"))


# -- steps ---------------------------------------------------------------------------------------


def _ask(work: Work, village: Village) -> tuple[int, int]:
    speaker = work.people.meet("web", "new")
    asked = work.registrations.ask(
        speaker.person_id,
        speaker.contact_id,
        "grid_worker",
        village.village,
        {"name": "新人", "phone": "13800138000"},
        climbs_at=work.now + DAY,
    )
    return speaker.person_id, asked


def _reported(work: Work) -> tuple[Village, int, int, int, int]:
    village = settled(work)
    contact = work.people.meet("web", "villager").contact_id
    report = work.reports.file(
        ReportIn(
            kind="report",
            area_id=village.group,
            form_version="v1",
            answers="{}",
            grade="yellow",
            anonymous=False,
        )
    )
    work.reporters.keep(report.id, contact, {"speaker_name": "李四"}, "123456")
    first = worker(work, "first", "civil_affairs", village.county)
    second = worker(work, "second", "police", village.county)
    return village, report.id, contact, first, second
