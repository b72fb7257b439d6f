"""Nothing that the program says of itself to a reporter comes at another hour, or says what of."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from handlers import talk
from handlers.cases import evidence
from handlers.reporting import drafts, recordings, reporters
from handlers.turn import Turn
from storage.people.people import NOBODY
from storage.people.person import Speaker
from storage.sealing import KeyRing
from storage.work import Work
from tests.fakes.house import House, open_house
from tests.handlers.test_reporters_hear import accepted, reported, unmasked

CHINA = ZoneInfo("Asia/Shanghai")
#: What whoever looks over the shoulder may read.
QUIET = ("有新消息，方便的时候点“看一看”", "没写完的，方便的时候", "记下了。号码：", "再发一次")
#: All that is told of a case.
NEWS = ("accepted", "visited", "police", "closed", "still", "joined", "parted")


@pytest.fixture
async def house(database_url: str, tmp_path: Path) -> AsyncIterator[House]:
    file = tmp_path / "keys" / "house.keys"
    file.parent.mkdir()
    KeyRing.create(file)
    began = datetime(2026, 11, 20, 2, tzinfo=UTC)
    async with open_house(tmp_path, began=began, url=database_url) as opened:
        yield opened


async def test_everything_waits_for_the_hours_and_is_discreet(house: House) -> None:
    number = await reported(house, avoid="孩子爸爸在家的时候")
    neighbour = await house.visitor("邻居")
    await neighbour.sends("voice", b"x")
    # What they began after it: one with danger in it, and one without.
    await neighbour.says("危险")
    await neighbour.says("河湾村")
    await house.settled()
    said = len(house.paper.to("邻居"))
    house.clock.moment[0] += timedelta(minutes=20)
    await by_itself(house, lambda turn: evidence.lost(turn, voice(turn), "gone"))
    await by_itself(house, lambda turn: recordings.heard(turn, voice(turn), "孩子被打得流血"))
    await by_itself(house, lambda turn: ring(turn, "nudge"))
    await by_itself(house, lambda turn: ring(turn, "unfinished"))
    await accepted(house)
    await unmasked(house, number)
    await as_program(house, tell_all)
    await house.settled()
    assert len(house.paper.to("邻居")) == said
    house.clock.moment[0] = datetime(2026, 11, 20, 18, tzinfo=CHINA).astimezone(UTC)
    await house.settled()
    heard = [one.card.text for one in house.paper.to("邻居")[said:]]
    assert len(heard) >= len(NEWS) + 5
    loud = [text for text in heard if not any(quiet in text for quiet in QUIET)]
    assert loud == []


async def test_whoever_just_spoke_is_answered(house: House) -> None:
    await reported(house, avoid="孩子爸爸在家的时候")
    neighbour = await house.visitor("邻居")
    await neighbour.sends("voice", b"x")
    await house.settled()
    said = len(house.paper.to("邻居"))
    house.clock.moment[0] += timedelta(minutes=1)
    await by_itself(house, lambda turn: evidence.lost(turn, voice(turn), "gone"))
    await house.settled()
    assert "有新消息" not in house.paper.to("邻居")[said].card.text


async def test_who_chose_nothing_is_told_at_once(house: House) -> None:
    neighbour = await house.visitor("邻居")
    for word in ("危险", "河湾村"):
        await neighbour.says(word)
    await house.settled()
    await house.wait(timedelta(minutes=40))
    assert "您有一份还没填完" in house.paper.to("邻居")[-1].card.text


# -- helpers --------------------------------------------------------------------------------------


async def by_itself(house: House, say: Callable[[Turn], None]) -> None:
    """A turn with the neighbour, who did not speak."""

    def act(work: Work) -> None:
        speaker = work.people.speaker("paper", "邻居")
        assert speaker is not None
        turn = begun(house, work, speaker)
        say(turn)
        turn.close()

    await house.store.write(act)
    await house.settled()


async def as_program(house: House, act: Callable[[Turn], None]) -> None:
    await house.store.write(lambda work: act(begun(house, work, NOBODY)))


def begun(house: House, work: Work, speaker: Speaker) -> Turn:
    return Turn(
        work=work,
        rules=house.rules,
        speaker=speaker,
        at=work.now.astimezone(house.rules.zone),
        finish=talk.finish,
        draft=speaker.draft,
    )


def tell_all(turn: Turn) -> None:
    report = turn.work.reports.all()[-1]
    case = turn.work.cases.of_report(report.id)
    assert case is not None
    for what in NEWS:
        reporters.tell_of(turn, case, what, turn.work.new_id())
    reporters.say_back(turn, case, {"words": "孩子去医院看过了"})
    reporters.ask(turn, case, {"question": "白天家里有大人吗？"})


def voice(turn: Turn) -> int:
    return turn.work.attachments.loose_of(
        turn.speaker.contact_id, turn.work.now - timedelta(days=1), turn.work.now
    )[0].id


def ring(turn: Turn, what: str) -> None:
    """The draft's bell."""
    draft = turn.work.drafts.open_of(turn.speaker.contact_id)[0]
    turn.work.drafts.mark_danger(draft.id)
    turn.work.drafts.wake(draft.id, turn.work.now, what)
    (bell,) = [one for one in turn.work.drafts.due(turn.work.now, 50) if one.id == draft.id]
    drafts.wake(turn, bell)
