"""Whole dialogues as text: what people do is read, what they see is written beside it.

== 教师            who speaks from here on
> 你好             says; > [按钮] taps; > (照片) sends; > (位置 25.1 99.2) shares
> (文件 x.xlsx)    sends a file of tests/data; > (照片) 门口 sends it with words below it
> @回执 还有       replies to the latest receipt; @还没填完 1 to the latest card with these words
> {number} {pin} {token} {code}: the latest of each that was shown
> {aloud} {dashes}: the number as it is read aloud, and with dashes
.. 30m             time passes, bells ring
everything else    what the bot shows; `pytest tests/stories --update` writes it anew
"""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from conversation.cards import Button
from policy.durations import parse_duration
from tests.fakes.house import House, open_house
from tests.fakes.paper import Visitor

DATA = Path(__file__).parents[1] / "data"
STORIES = sorted(Path(__file__).parent.glob("*.story"))
BEGAN = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
CHINA = ZoneInfo("Asia/Shanghai")
NUMBER = re.compile(r"\d{3} \d{3} \d{3}")
TOKEN = re.compile(r"(?<=/start )[\w-]{22}")
CODE = re.compile(r"(?<!\d)\d{4} \d{4}(?!\d)")
NAMELESS = re.compile(r"(?<=匿名线人 )\d{3}")
ALOUD = str.maketrans("0123456789 ", "洞幺两三四五六拐八勾，")
PIN = re.compile(r"(?<=密码：)\d{6}")


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path, began=BEGAN) as opened:
        yield opened


@pytest.mark.parametrize("story", STORIES, ids=[path.stem for path in STORIES])
async def test_a_story_goes_as_it_was_told(
    story: Path, house: House, request: pytest.FixtureRequest
) -> None:
    told = await asyncio.to_thread(story.read_text, "utf-8")
    played = await Teller(house).play(told)
    if request.config.getoption("--update"):
        await asyncio.to_thread(story.write_text, played, "utf-8")
    assert played == told


def labels(row: tuple[Button, ...]) -> str:
    return " ".join(f"[{button.label}]" for button in row)


class Teller:
    """Plays a story and writes down what is seen."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.lines: list[str] = []
        self.shown = 0
        self.numbers: list[str] = []
        self.pins: list[str] = []
        self.tokens: list[str] = []
        self.codes: list[str] = []
        self.people: dict[str, Visitor] = {}
        self.speaker = ""

    async def play(self, story: str) -> str:
        for line in story.splitlines():
            if line.startswith(("#", "==", ">", "..")):
                await self.act(line)
        return "\n".join(self.lines) + "\n"

    async def act(self, line: str) -> None:
        if self.lines and self.lines[-1] and line[0] != "#":
            self.lines.append("")
        self.lines.append(line)
        match line.split(" ", 1):
            case ["==", name]:
                self.speaker = name.strip()
            case ["..", duration]:
                await self.house.wait(parse_duration(duration.strip()))
            case ["..>", day]:
                until = datetime.fromisoformat(day.strip()).replace(tzinfo=CHINA)
                await self.house.leap(until - self.house.clock.moment[0])
            case [">", said]:
                await self.do(said.strip())
            case _:
                return
        await self.house.settled()
        self.see()

    async def do(self, said: str) -> None:
        person = await self.house.visitor(self.speaker)
        said = said.replace("{number}", self.numbers[-1] if self.numbers else "")
        number = self.numbers[-1] if self.numbers else ""
        said = said.replace("{aloud}", number.translate(ALOUD))
        said = said.replace("{dashes}", number.replace(" ", "-"))
        said = said.replace("{pin}", self.pins[-1] if self.pins else "")
        said = said.replace("{token}", self.tokens[-1] if self.tokens else "")
        said = said.replace("{code}", self.codes[-1] if self.codes else "")
        if said.startswith("["):
            await person.taps(said.strip("[]"))
        elif said.startswith("(位置"):
            _, latitude, longitude = said.strip("()").split()
            await person.shares(float(latitude), float(longitude))
        elif said.startswith("("):
            sent, _, caption = said.removeprefix("(").partition(")")
            kind, _, name = sent.partition(" ")
            kinds = {"照片": "photo", "录音": "voice", "视频": "video", "文件": "document"}
            data = await asyncio.to_thread((DATA / name).read_bytes) if name else b"x"
            await person.sends(kinds[kind], data, name=name, caption=caption.strip())  # type: ignore[arg-type]
        elif said.startswith("@"):
            card, said = said[1:].split(" ", 1)
            marks = ("受理号", "密码") if card == "回执" else (card,)
            replied = next(
                one
                for one in reversed(self.house.paper.to(person.address))
                if all(mark in one.card.text for mark in marks)
            )
            await person.says(said, replies_to=str(replied.id))
        else:
            await person.says(said)

    def see(self) -> None:
        for person in self.house.visitors.values():
            for toast in person.toasts:
                self.lines.append(f"  ({toast})")
            person.toasts.clear()
        for outgoing in self.house.paper.sent[self.shown :]:
            who = self.house.name_of(outgoing.address)
            self.lines.append(f"〈{who}〉" + ("（原处）" if outgoing.replaces else ""))
            if outgoing.card.document:
                self.lines.append(f"  〔文件：{outgoing.card.document.name}〕")
            self.lines += [f"  {line}".rstrip() for line in self.tidy(outgoing.card.text)]
            for row in outgoing.card.rows:
                self.lines.append("  " + NUMBER.sub("### ### ###", labels(row)))
        self.shown = len(self.house.paper.sent)

    def tidy(self, text: str) -> list[str]:
        self.numbers += NUMBER.findall(text)
        self.pins += PIN.findall(text)
        self.tokens += TOKEN.findall(text)
        self.codes += CODE.findall(text)
        text = CODE.sub("#### ####", TOKEN.sub("######", text))
        text = NAMELESS.sub("###", NUMBER.sub("### ### ###", text))
        return PIN.sub("######", text).splitlines()
