"""Families of children, on both engines."""

from datetime import date, timedelta

from storage.children.families import Heard, Link
from storage.store import Store
from storage.tables import family_link, family_week
from storage.visiting.visit import VisitIn
from storage.work import Work
from tests.fakes.clock import FakeClock
from tests.storage.village import settled

LIFE = timedelta(hours=72)
#: The clock of the tests begins on a Monday.
FIRST, SECOND, THIRD = date(2026, 11, 29), date(2026, 12, 6), date(2026, 12, 13)
SINCE = date(2026, 1, 1)


def a_child(work: Work, name: str = "赵雨涵") -> int:
    return work.children.add(
        settled(work).group, {"name": name, "sex": "female"}, source="roster", by=0
    )


def joined(work: Work, child: int, who: str, week: date = FIRST) -> Link:
    _, token = work.families.invite(child, "carer", "涵涵", by=1, life=LIFE)
    link = work.families.use(token, work.people.meet("web", who).person_id, week)
    assert link is not None
    return link


async def test_an_invitation_is_for_one_person_once_and_for_a_while(
    store: Store, clock: FakeClock
) -> None:
    def play(work: Work) -> None:
        child = a_child(work)
        one, other = (work.people.meet("web", name).person_id for name in ("one", "other"))
        link_id, token = work.families.invite(child, "parent", "涵涵", by=1, life=LIFE)
        assert [one.person_id for one in work.families.of_child(child)] == [None]
        link = work.families.use(token, one, FIRST)
        assert link is not None
        assert (link.id, link.person_id, link.called) == (link_id, one, "涵涵")
        assert work.families.use(token, other, FIRST) is None
        assert work.families.use(token, one, FIRST) is None
        assert work.families.use("nothing", one, FIRST) is None
        assert [one.child_id for one in work.families.of_person(one)] == [child]
        assert work.families.of_person(other) == ()
        assert work.families.end(link, by=1)
        assert not work.families.end(link, by=1)
        assert (work.families.of_person(one), work.families.of_child(child)) == ((), ())

    await store.write(play)
    token = await store.write(
        lambda work: work.families.invite(a_child(work), "carer", "a", by=1, life=LIFE)[1]
    )
    clock.now += LIFE
    late = await store.write(
        lambda work: work.families.use(token, work.people.meet("web", "late").person_id, FIRST)
    )
    assert late is None


async def test_a_revoked_invitation_opens_nothing(store: Store) -> None:
    def play(work: Work) -> None:
        link_id, token = work.families.invite(a_child(work), "carer", "涵涵", by=1, life=LIFE)
        link = work.families.get(link_id)
        assert link is not None
        work.families.end(link, by=1)
        assert work.families.use(token, work.people.meet("web", "x").person_id, FIRST) is None

    await store.write(play)


async def test_silence_is_counted_by_weeks_in_which_somebody_was_asked(store: Store) -> None:
    def play(work: Work) -> None:
        child = a_child(work)
        granny = joined(work, child, "granny", FIRST - timedelta(weeks=1))
        assert granny.person_id is not None

        def pass_by(week: date) -> None:
            assert work.families.to_ask(week, 9) == (granny.person_id,)
            work.families.ask([granny.id], week)
            assert work.families.to_ask(week, 9) == ()
            work.families.close_weeks(week, 9)  # its Sunday is not over
            assert work.families.week(granny.id, week).state == "asked"  # type: ignore[union-attr]
            work.families.close_weeks(week + timedelta(days=1), 9)

        pass_by(FIRST)
        work.families.ask([granny.id], SECOND, "skipped")
        pass_by(THIRD)
        assert work.families.heard([child], SINCE) == {child: Heard(silent=2, week=THIRD)}
        # One of the family is enough.
        uncle = joined(work, child, "uncle", THIRD)
        assert work.families.heard([child], SINCE) == {child: Heard()}
        work.families.end(uncle, by=1)
        assert work.families.heard([child], SINCE)[child].silent == 2
        work.families.say(granny, THIRD + timedelta(weeks=1))
        assert work.families.heard([child], SINCE) == {child: Heard()}
        assert child in work.stirred

    await store.write(play)


async def test_what_a_family_wants_stands_until_somebody_was_there_after_it(
    store: Store, clock: FakeClock
) -> None:
    child, link = await store.write(
        lambda work: (made := a_child(work), joined(work, made, "granny"))
    )

    def visited(work: Work, hours: int, result: str) -> Heard:
        day = work.now.date()
        work.visits.add(
            VisitIn(
                child_id=child,
                kind="phone",
                result=result,  # type: ignore[arg-type]
                answers="{}",
                person_id=1,
                on_day=day,
                true_at=work.now + timedelta(hours=hours),
            )
        )
        return work.families.heard([child], SINCE).get(child, Heard())

    said = clock.now
    await store.write(
        lambda work: work.families.say(link, FIRST, wanted="talk", told={"fine": "yes"})
    )
    clock.now += timedelta(hours=3)
    await store.write(lambda work: work.families.say(link, FIRST, told={"call_what": "x"}))
    waiting = Heard(wanted="talk", wanted_at=said)
    assert await store.write(lambda work: visited(work, -4, "done")) == waiting
    assert await store.write(lambda work: visited(work, 0, "failed")) == waiting
    told = await store.read(lambda reading: reading.families.week(link.id, FIRST))
    assert told is not None
    assert told.told == {"fine": "yes", "call_what": "x"}
    assert await store.write(lambda work: visited(work, -1, "done")) == Heard()


async def test_a_file_that_was_anothers_takes_its_family_along(store: Store) -> None:
    def play(work: Work) -> None:
        kept, twice = a_child(work), a_child(work, "赵雨函")
        link = joined(work, twice, "granny")
        work.children.merge(kept, twice, by=1)
        assert [one.id for one in work.families.of_child(kept)] == [link.id]
        assert [one.child_id for one in work.families.of_person(link.person_id or 0)] == [kept]
        assert work.families.to_ask(SECOND, 9) == (link.person_id,)
        work.families.say(link, SECOND, wanted="worry")
        assert work.families.heard([kept], SINCE)[kept].wanted == "worry"
        work.children.leave(kept, "moved", work.now.date(), by=1)
        assert work.families.of_person(link.person_id or 0) == ()
        assert work.families.to_ask(THIRD, 9) == ()

    await store.write(play)


async def test_two_persons_who_are_one_are_one_of_the_family(store: Store) -> None:
    def play(work: Work) -> None:
        link = joined(work, a_child(work), "telephone")
        page = work.people.meet("paper", "page").person_id
        work.links.join(page, link.person_id or 0, by=page)
        assert [one.id for one in work.families.of_person(page)] == [link.id]

    await store.write(play)


async def test_nothing_of_a_family_lies_open_and_old_weeks_go(store: Store) -> None:
    def play(work: Work) -> None:
        link = joined(work, a_child(work), "granny")
        work.families.say(link, FIRST, told={"call_what": "做噩梦"})
        rows = [*work.db.all(family_link.select()), *work.db.all(family_week.select())]
        kept = "".join(
            one.hex() if isinstance(one, bytes) else str(one) for row in rows for one in row
        )
        for secret in ("涵涵", "噩梦"):
            assert secret not in kept
            assert secret.encode().hex() not in kept
        assert "涵涵" not in repr(link)
        assert work.families.forget(FIRST, 9) == 0
        assert work.families.forget(SECOND, 9) == 1

    await store.write(play)
