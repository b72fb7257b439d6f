"""The heart and the clock: an outage is noticed, a leap holds what climbs until it is settled."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot import wiring
from bot.channels.channel import TryLater
from bot.delivery import Delivery as Sender
from bot.health.watch import ASKED, Watch
from conversation.incoming import Chosen
from storage.anchors import read_anchor
from storage.audit import Head
from storage.pulses import Outage
from storage.sealing import KeyRing
from storage.work import Reading
from tests.fakes.house import House, open_house
from tests.handlers.test_climbing import alarmed, climbs, duty

BEGAN = datetime(2026, 11, 20, 2, tzinfo=UTC)


class Machine:
    """The clocks of a machine: one that is set, one that only goes on, and one far away."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.seconds = 1000.0
        self.elsewhere: timedelta | None = None
        self.watch = self.life()

    def life(self) -> Watch:
        """One life of the program on this machine."""
        self.watch = Watch(
            store=self.house.store,
            intake=self.house.intake,
            sources=(self.source,),
            wall=self.house.clock.now,
            steady=lambda: self.seconds,
        )
        return self.watch

    async def source(self) -> datetime | None:
        if self.elsewhere is None:
            return None
        return self.house.clock.now() + self.elsewhere

    async def passes(self, span: timedelta, *, leap: timedelta = timedelta()) -> None:
        """Time passes, and the clock is set besides; then the beats come as they would."""
        self.house.clock.moment[0] += span + leap
        self.seconds += span.total_seconds()
        await self.beats()

    async def beats(self) -> None:
        await self.watch.beat()
        await self.watch.unless_held(self.house.bells.ring_duties)()
        await self.house.settled()


@pytest.fixture
async def house(database_url: str, tmp_path: Path) -> AsyncIterator[House]:
    file = tmp_path / "keys" / "house.keys"
    file.parent.mkdir()
    KeyRing.create(file)
    async with open_house(tmp_path, began=BEGAN, url=database_url) as opened:
        yield opened


@pytest.fixture
async def machine(house: House) -> Machine:
    made = Machine(house)
    await made.beats()
    return made


async def test_a_leap_forward_holds_what_climbs_until_a_person_agrees(
    house: House, machine: Machine
) -> None:
    case = await alarmed(house)
    await machine.passes(timedelta(seconds=1), leap=timedelta(hours=3))
    await machine.passes(timedelta(seconds=1))
    acknowledge = await duty(house, case, "acknowledge")
    assert await climbs(house, acknowledge) == ()
    assert machine.watch.trouble == "clock-forward"
    assert "往前跳了 3 小时" in house.paper.to("县民政")[-1].card.text
    county = await house.visitor("县民政")
    await county.taps("时间不对")
    await house.settled()
    await machine.passes(timedelta(seconds=1))
    assert machine.watch.trouble
    await county.taps("时间是对的，接着催")
    await house.settled()
    await machine.passes(timedelta(seconds=1))
    assert machine.watch.trouble == ""
    assert len(await climbs(house, acknowledge)) == 4


@pytest.mark.parametrize("hours", [3, -3])
async def test_a_second_source_that_agrees_is_enough_and_one_that_does_not_is_not(
    house: House, machine: Machine, hours: int
) -> None:
    machine.elsewhere = timedelta(hours=-hours)
    await machine.passes(timedelta(seconds=1), leap=timedelta(hours=hours))
    await machine.passes(timedelta(seconds=1))
    assert machine.watch.trouble
    machine.elsewhere = timedelta(seconds=2)
    await machine.passes(timedelta(seconds=1))
    assert machine.watch.trouble == ""


async def test_a_clock_that_goes_back_rings_nothing_twice(house: House, machine: Machine) -> None:
    case = await alarmed(house)
    await machine.passes(timedelta(minutes=16))
    acknowledge = await duty(house, case, "acknowledge")
    before = await climbs(house, acknowledge)
    assert len(before) == 2
    await machine.passes(timedelta(seconds=1), leap=timedelta(minutes=-16))
    assert machine.watch.trouble == "clock-back"
    await machine.passes(timedelta(seconds=1), leap=timedelta(minutes=16))
    assert machine.watch.trouble == ""
    assert await climbs(house, acknowledge) == before


async def test_what_was_done_while_the_clock_was_a_year_ahead_is_dated_back_with_it(
    house: House, machine: Machine
) -> None:
    year = timedelta(days=365)
    await house.visitor("县民政")
    await machine.passes(timedelta(seconds=1), leap=year)
    house.paper.deaf["督导员"] = TryLater(after=timedelta(seconds=5))
    case = await alarmed(house)
    ahead = await duty(house, case, "acknowledge")
    assert ahead.rings_at is not None
    assert ahead.rings_at > BEGAN + year
    house.paper.deaf.clear()
    await machine.passes(timedelta(seconds=1), leap=-year)
    assert machine.watch.trouble == ""
    # Another life, in which no chat rests.
    house.delivery = Sender(house.store, [house.paper, house.page], house.clock, wiring.metrics())
    await machine.passes(timedelta(seconds=10))
    assert sum("紧急" in one.card.text for one in house.paper.to("督导员")) == 1
    back = await duty(house, case, "acknowledge")
    assert (back.set_at, back.due_at) == (ahead.set_at - year, ahead.due_at - year)
    await machine.passes(timedelta(minutes=16))
    assert len(await climbs(house, back)) == 2

    def sent_ahead(reading: Reading) -> list[str]:
        speaker = reading.people.speaker("paper", "教师")
        assert speaker is not None
        rows = reading.outbox.shown(speaker.contact_id, 0, 50)
        return [row.card for row in reading.outbox.shown(speaker.contact_id, rows[0].id, 50)]

    before = len(await house.store.read(sent_ahead))
    await (await house.visitor("教师")).says("你好")
    await house.settled()
    assert len(await house.store.read(sent_ahead)) > before


async def test_what_was_done_before_a_clock_that_ran_ahead_was_put_right_goes_back_too(
    house: House, machine: Machine
) -> None:
    """It came up eight hours ahead, and nobody could be asked; then a time server answers."""
    ahead = await duty(house, await alarmed(house), "acknowledge")
    machine.elsewhere = timedelta(seconds=1)
    await machine.passes(timedelta(seconds=1), leap=-timedelta(hours=8))
    await machine.passes(timedelta(seconds=1))
    assert machine.watch.trouble == ""
    found = await house.store.read(lambda reading: reading.duties.get(ahead.id))
    assert found is not None
    assert (found.set_at, found.due_at) == (
        ahead.set_at - timedelta(hours=8),
        ahead.due_at - timedelta(hours=8),
    )
    await machine.passes(timedelta(minutes=16))
    assert len(await climbs(house, ahead)) == 2


@pytest.mark.parametrize("seconds", [-89, -30, 30, 89])
async def test_what_a_time_server_corrects_is_no_leap(
    house: House, machine: Machine, seconds: int
) -> None:
    await machine.passes(timedelta(seconds=1), leap=timedelta(seconds=seconds))
    assert machine.watch.trouble == ""
    assert await outages(house) == []


async def test_a_process_that_slept_notices_it_and_what_it_missed(
    house: House, machine: Machine
) -> None:
    case = await alarmed(house)
    await machine.passes(timedelta(minutes=20))
    assert [(one.kind, one.missed > 0) for one in await outages(house)] == [("away", True)]
    acknowledge = await duty(house, case, "acknowledge")
    assert len(await climbs(house, acknowledge)) == 2


async def test_a_restart_knows_since_when_nobody_was_awake(house: House, machine: Machine) -> None:
    house.clock.moment[0] += timedelta(hours=72)
    machine.seconds = 5.0
    machine.life()
    await machine.beats()
    # Nobody who is asked knows what time it is.
    assert await outages(house) == []
    machine.seconds += ASKED
    await machine.beats()
    (away,) = await outages(house)
    assert (away.kind, away.since, away.until) == ("away", BEGAN, BEGAN + timedelta(hours=72))
    assert machine.watch.trouble == ""


async def test_a_restart_with_a_clock_that_ran_ahead_meanwhile_lets_nothing_climb(
    house: House, machine: Machine
) -> None:
    case = await alarmed(house)
    acknowledge = await duty(house, case, "acknowledge")
    # Ten minutes without power, and a clock in the zone of the place: eight hours ahead.
    house.clock.moment[0] += timedelta(hours=8, minutes=10)
    machine.seconds = 5.0
    machine.life()
    await machine.beats()
    machine.seconds += 2
    machine.elsewhere = -timedelta(hours=8)
    await machine.beats()
    assert machine.watch.trouble == "clock-forward"
    await machine.passes(timedelta(seconds=30))
    assert await climbs(house, acknowledge) == ()
    await machine.passes(timedelta(seconds=1), leap=-timedelta(hours=8))
    assert machine.watch.trouble == ""
    assert [one.kind for one in await outages(house)] == ["forward"]
    await machine.passes(timedelta(seconds=1))
    assert len(await climbs(house, acknowledge)) == 1


async def test_a_restart_whose_time_others_agree_to_waits_for_nobody(
    house: House, machine: Machine
) -> None:
    house.clock.moment[0] += timedelta(hours=72)
    machine.seconds = 5.0
    machine.elsewhere = timedelta(seconds=3)
    machine.life()
    await machine.beats()
    assert [one.kind for one in await outages(house)] == ["away"]


async def test_a_restart_with_a_clock_that_went_back_holds_until_it_is_later_again(
    house: House, machine: Machine
) -> None:
    house.clock.moment[0] -= timedelta(days=400)
    machine.life()
    await machine.beats()
    assert machine.watch.trouble == "clock-back"
    # Another restart does not make it forget.
    machine.life()
    await machine.beats()
    assert machine.watch.trouble == "clock-back"
    await machine.passes(timedelta(seconds=1), leap=timedelta(days=400))
    assert machine.watch.trouble == ""


async def test_nothing_climbs_before_the_first_look(house: House) -> None:
    rung: list[str] = []
    watch = Machine(house).watch

    async def ring() -> None:
        rung.append("rung")

    await watch.unless_held(ring)()
    assert rung == []
    await watch.beat()
    await watch.unless_held(ring)()
    assert rung == ["rung"]


async def test_the_days_line_counts_what_was_to_be_sent_and_goes_to_the_administrator(
    house: House, machine: Machine
) -> None:
    await house.visitor("管理员")
    await alarmed(house)
    await machine.passes(timedelta(minutes=20))
    house.clock.moment[0] = BEGAN + timedelta(hours=10, minutes=5)
    for _ in range(3):
        await house.bells.daily()
        await house.settled()
    line = [one.card.text for one in house.paper.to("管理员") if "运行情况" in one.card.text]
    assert len(line) == 1
    assert "失败 0" in line[0]
    assert "停过 20 分钟" in line[0]
    due, sent = (int(line[0].split(what)[1].split("，")[0]) for what in ("应发 ", "已发 "))
    assert due == sent > 0
    anchor = read_anchor(line[0].split("核对码：")[1])
    assert anchor is not None
    verdict = await house.store.read(lambda reading: reading.audit.verify(anchors=[anchor]))
    assert isinstance(verdict, Head)
    assert 0 < anchor.seq <= verdict.seq
    assert not any("运行情况" in one.card.text for one in house.paper.to("县民政"))


async def test_only_whoever_keeps_the_county_says_that_the_clock_is_right(
    house: House, machine: Machine
) -> None:
    await machine.passes(timedelta(seconds=1), leap=timedelta(hours=3))
    (leap,) = await outages(house)
    for name in ("教师", "督导员", "路人"):
        visitor = await house.visitor(name)
        await visitor.does(Chosen(verb="clock.right", arg=str(leap.id)))
    await machine.passes(timedelta(seconds=1))
    assert machine.watch.trouble


async def outages(house: House) -> list[Outage]:
    def all_of(reading: Reading) -> list[Outage]:
        ever = timedelta(days=1000)
        return [*reading.pulses.between(BEGAN - ever, BEGAN + ever)]

    return await house.store.read(all_of)
