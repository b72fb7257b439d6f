"""A form is published while a hundred people fill in the old one: nobody notices."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.county.publisher import Source, compiled
from bot.settings import HOME
from storage.work import Reading, Work
from tests.fakes.house import House, open_house
from tests.fakes.paper import Visitor

PEOPLE = 100
FIRST = ("报告", "1", "孩子没人管", "河湾村", "跳过")
REST = ("不清楚", "不留名", "跳过", "发出去")


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path, began=datetime(2026, 11, 20, 2, tzinfo=UTC)) as opened:
        yield opened


async def test_a_hundred_dialogues_finish_on_the_version_they_began(house: House) -> None:
    people = [await house.visitor(f"邻居{number}") for number in range(PEOPLE)]
    for number, person in enumerate(people):
        for said in (*FIRST, *REST)[: 1 + number % 8]:  # each somewhere else in the form
            await person.says(said)
    await house.settled()
    await house.wait(timedelta(minutes=1))
    await house.store.write(publish_another)
    for number, person in enumerate(people):
        for said in (*FIRST, *REST)[1 + number % 8 :]:
            await person.says(said)
    await house.settled()
    assert [name(person) for person in people if not has_receipt(house, person)] == []
    assert await house.store.read(lambda reading: reading.poison.list()) == ()
    assert await versions(house) == [PEOPLE]


async def test_who_begins_afterwards_is_asked_the_new_question(house: House) -> None:
    await house.wait(timedelta(minutes=1))
    await house.store.write(publish_another)
    person = await house.visitor("邻居")
    await person.says("报告")
    await house.settled()
    assert "孩子碰到了什么事" in house.paper.to("邻居")[-1].card.text


def publish_another(work: Work) -> None:
    """The county words the first question anew and takes an option away."""
    source = (HOME / "forms" / "report.md").read_text("utf-8")
    text = source.replace("孩子遇到什么情况？", "孩子碰到了什么事？")
    lines = [line for line in text.splitlines() if "| circumstances | alone |" not in line]
    file = Source(name="report.md", data="\n".join(lines).encode())
    (form,) = compiled([file])
    work.forms.publish(form["form"], form["title"], form["compiled"], form["version"], file.hash)


def has_receipt(house: House, person: Visitor) -> bool:
    return any("受理号" in sent.card.text for sent in house.paper.to(person.address))


def name(person: Visitor) -> str:
    return person.address


async def versions(house: House) -> list[int]:
    """How many reports there are of each version of the form."""

    def look(reading: Reading) -> list[int]:
        ids = [area.id for area in reading.places.load()]
        reports = reading.reports.in_areas(ids, reading.now.replace(year=2000))
        found = [each.form_version for each in reports]
        return [found.count(version) for version in sorted(set(found))]

    return await house.store.read(look)


async def test_a_summary_on_the_screen_keeps_a_question_that_was_taken_away(house: House) -> None:
    person = await house.visitor("邻居")
    for said in ("报告", "1", "孩子没人管", "河湾村", "小明", *REST[:3]):
        await person.says(said)
    await house.settled()
    assert "4. 是哪个孩子：小明" in house.paper.to("邻居")[-1].card.text
    await house.wait(timedelta(minutes=1))
    await house.store.write(without_the_child)
    await person.says("4")
    await house.settled()
    assert "现在填的是：小明" in house.paper.to("邻居")[-1].card.text
    await person.says("小红")
    await house.settled()
    assert "4. 是哪个孩子：小红" in house.paper.to("邻居")[-1].card.text
    await person.says("发出去")
    await house.settled()
    assert has_receipt(house, person)
    assert await house.store.read(lambda reading: reading.poison.list()) == ()
    again = await house.visitor("另一个邻居")
    for said in ("报告", "1", "孩子没人管", "河湾村"):
        await again.says(said)
    await house.settled()
    assert "是哪个孩子" not in house.paper.to("另一个邻居")[-1].card.text


def without_the_child(work: Work) -> None:
    """The county asks for no name any more."""
    source = (HOME / "forms" / "report.md").read_text("utf-8")
    lines = [line for line in source.splitlines() if "| text | child |" not in line]
    assert len(lines) < len(source.splitlines())
    file = Source(name="report.md", data="\n".join(lines).encode())
    (form,) = compiled([file])
    work.forms.publish(form["form"], form["title"], form["compiled"], form["version"], file.hash)
