"""Nobody is both of two persons by somebody whom they invited a moment ago."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from handlers import talk
from handlers.cases import involved
from handlers.office import second_person
from handlers.people import standing
from handlers.turn import Turn
from storage.audit import PROGRAM
from storage.work import Work
from tests.fakes.house import House, open_house
from tests.handlers.test_reporters_stay_apart import NAME, named_report

BEGAN = datetime(2026, 11, 20, 2, tzinfo=UTC)
DAY = timedelta(days=1)
LIFE = timedelta(days=3)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path, began=BEGAN) as opened:
        for name in ("管理员", "县民政"):
            await opened.visitor(name)
        yield opened


def turn_of(work: Work, house: House, name: str) -> Turn:
    speaker = work.people.speaker("paper", name)
    assert speaker is not None
    return Turn(
        work=work,
        rules=house.rules,
        speaker=speaker,
        at=work.now.astimezone(house.rules.zone),
        finish=talk.finish,
    )


async def comes(house: House, name: str, role: str, *, by: str = "管理员") -> None:
    """Somebody takes a post of the county by a link that another gave them."""

    def issue(work: Work) -> str:
        giver = work.people.speaker("paper", by)
        issuer = PROGRAM if giver is None else giver.person_id
        return work.invitations.issue(role, work.areas.roots()[0].id, issuer, LIFE)[1]

    visitor = await house.visitor(name)
    for said in ("/start " + await house.store.write(issue), name, "跳过"):
        await visitor.says(said)
        await house.settled()


async def asks_who(house: House, name: str) -> str:
    """Ask who reported; what is answered."""
    await named_report(house)
    receipt = next(out for out in house.paper.to("邻居") if "受理号" in out.card.text)
    number = re.search(r"受理号：([\d ]+)", receipt.card.text)
    assert number is not None
    visitor = await house.visitor(name)
    for said in ("查报告人", number[1].replace(" ", ""), "要回访"):
        await visitor.says(said)
        await house.settled()
    if "发出去" in [one.label for one in house.paper.to(name)[-1].card.buttons()]:
        await visitor.says("发出去")
        await house.settled()
    return house.paper.to(name)[-1].card.text


def last(house: House, name: str) -> str:
    return house.paper.to(name)[-1].card.text


async def test_one_who_invites_two_opens_no_name(house: House) -> None:
    for name, role in (("木偶一", "civil_affairs"), ("木偶二", "police")):
        await comes(house, name, role)
    heard = [out.card.text for out in house.paper.to("县民政") if "新请了一位" in out.card.text]
    assert [("还没说名字" in text, "木偶" in text) for text in heard] == [
        (True, False),
        (False, True),
    ] * 2
    said = await asks_who(house, "木偶一")
    assert "县民政局" in said
    assert "县公安局" not in said
    assert not any("请求知道" in out.card.text for out in house.paper.to("木偶二"))
    await (await house.visitor("县民政")).taps("不同意")
    await house.settled()
    assert not any(NAME in out.card.text for out in house.paper.to("木偶一"))


async def test_after_three_days_they_count_and_before_by_whoever_knows_them(house: House) -> None:
    await comes(house, "新公安", "police")

    def counted(work: Work) -> bool:
        turn = turn_of(work, house, "新公安")
        return all(standing.counts(turn, post) for post in turn.roles)

    assert not await house.store.write(counted)
    house.clock.moment[0] += 3 * DAY
    assert await house.store.write(counted)
    await comes(house, "又一位", "police")

    def known(work: Work) -> list[bool]:
        found = []
        post = turn_of(work, house, "又一位").roles[0]
        for name in ("管理员", "又一位", "木偶", "县民政"):
            if work.people.speaker("paper", name) is None:
                work.people.meet("paper", name)
            standing.agree(turn_of(work, house, name), str(post.id))
            now = work.people.role(post.id)
            assert now is not None
            found.append(standing.counts(turn_of(work, house, "又一位"), now))
        return found

    # Neither whoever gave it, nor they themselves, nor a stranger; but another of the county.
    assert await house.store.write(known) == [False, False, False, True]


async def test_the_others_hear_of_a_new_one_and_one_tap_says_that_they_know_them(
    house: House,
) -> None:
    await comes(house, "新公安", "police")
    assert "县公安局" in last(house, "县民政")
    assert not any("新请了一位" in out.card.text for out in house.paper.to("管理员"))
    await (await house.visitor("县民政")).taps("我认识他")
    await house.settled()
    assert "现在就算一个" in last(house, "县民政")
    assert "县公安局" in await asks_who(house, "县民政")
    await (await house.visitor("新公安")).taps("同意打开")
    await house.settled()
    assert "已经同意了" in last(house, "县民政")


async def test_whom_the_office_invites_at_its_machine_counts_at_once(house: House) -> None:
    """So a county begins: its first two are invited there."""
    await comes(house, "第一天", "police", by="")
    assert not any("新请了一位" in out.card.text for out in house.paper.to("县民政"))
    assert "县公安局" in await asks_who(house, "县民政")


async def test_neither_tables_nor_ends_of_cases_are_agreed_to_by_somebody_just_invited(
    house: House,
) -> None:
    await named_report(house)
    await comes(house, "木偶", "civil_affairs")

    def may(work: Work) -> tuple[bool, bool]:
        turn = turn_of(work, house, "木偶")
        first = turn_of(work, house, "管理员").speaker.person_id
        (case,) = work.cases.below(work.areas.roots()[0].id, 9)
        return second_person.may_be(turn, first), "second" in involved.relations(turn, case)

    assert await house.store.write(may) == (False, False)
    house.clock.moment[0] += 3 * DAY
    assert await house.store.write(may) == (True, True)
