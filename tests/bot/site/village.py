"""A tiny invented conversation behind the site, that keeps the promises of the real app."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from bot.channels.channel import Arrival, NotStored, Outgoing, Sent, Stored, Taken
from bot.channels.webchat import Given, Kept, Shown, WebChannel
from bot.site.health import Vital
from conversation.cards import Action, Button, Card
from conversation.incoming import (
    Chosen,
    FileKind,
    Left,
    Pressed,
    Said,
    SentFile,
    SharedPlace,
    Unreadable,
)

NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)

DANGER, REPORT, PROGRESS, GUIDE, HELP = (
    "孩子现在有危险",
    "我要报告",
    "查进度",
    "要不要报？",
    "帮助和热线",
)
PLACES = ("石桥村一组", "石桥村二组", "石桥村三组", "青山村", "柳树湾")
SIGNS = ("家里没有大人照看", "好几天没上学", "身上有伤", "被人欺负", "吃不饱、穿不暖", "别的情况")


def card(text: str, *rows: Sequence[str], danger: str = "", **more: object) -> Card:
    """A card whose buttons do what their labels say."""
    drawn = tuple(
        tuple(
            Button(label=label, action=Action(label), style="danger" if label == danger else "")
            for label in row
        )
        for row in rows
    )
    return replace(Card(text=text, rows=drawn), **more)  # type: ignore[arg-type]


HOME = card(
    "您好，这里是相伴。看到孩子没人管、受欺负、有危险，都可以告诉我们。\n\n"
    "孩子正在挨打、受伤、要出事：先打110；有人受伤，打120。",
    (DANGER,),
    (REPORT, PROGRESS),
    (GUIDE, HELP),
    danger=DANGER,
    calls=("110", "120"),
)
WHERE = card(
    "先打110。有人受伤，打120。\n\n孩子在哪里？点一下，发位置，或者写村名、组名。",
    *[(place,) for place in PLACES],
    ("取消",),
    calls=("110", "120"),
    wants_place=True,
)
WHAT = card("现在怎么了？写一句话就行。", ("上一步", "取消"))
SAFE = card("第 2/6 步\n\n孩子现在安全吗？", ("安全", "不知道", "不安全"))
RECEIPT = card(
    "已经告诉石桥村的人和派出所。\n\n回执号：3 0 1 5 6 2 7 4 8\n请记下来。有人马上去看孩子。",
    ("补充情况", "回到开头"),
)


def signs(chosen: frozenset[str]) -> Card:
    """A question with several answers, changed in place."""
    rows = [(f"{'☑' if sign in chosen else '☐'} {sign}",) for sign in SIGNS]
    done = f"完成（已选 {len(chosen)}）"
    text = "第 1/6 步\n\n您看到了什么？可以选几样，选好点“完成”。"
    return card(text, *rows, (done,), ("上一步", "稍后继续", "取消"))


@dataclass(slots=True)
class Person:
    """Where one session stands."""

    shown: list[tuple[Outgoing, datetime]] = field(default_factory=list)
    chosen: frozenset[str] = frozenset()
    expects: str = ""


class Village:
    """Intake, history, drawer and vitals in memory."""

    def __init__(self) -> None:
        self.now = NOON
        self.channel = WebChannel(now=lambda: self.now)
        self.people: dict[str, Person] = {}
        self.arrivals: list[Arrival] = []
        self.files: dict[str, tuple[str, Kept, bytes]] = {}
        self.ours: dict[int, bytes] = {}  # files that the bot sends
        self.busy = 0  # so many arrivals are not stored
        self.gate: asyncio.Event | None = None  # arrivals wait for it
        self.ticks = True
        self.telegram = ""
        self.toast: str | None = None
        self.before_history: Callable[[], Awaitable[None]] | None = None
        #: Sessions whose pages were open, each time that it was said, and cards that they showed.
        self.opened: list[str] = []
        self.displayed: list[tuple[str, int]] = []
        #: The sessions of those who hold a post.
        self.posts: set[str] = set()
        self._keys: set[str] = set()
        self._ids = iter(range(2**53 + 1, 2**63))

    # -- what a test looks at

    def heard(self) -> list[str]:
        """Everything said and pressed, in the order in which it was stored."""
        return [_words(arrival) for arrival in self.arrivals]

    def shown(self, address: str) -> list[str]:
        """First lines of everything that was sent to a session."""
        return [out.card.text.split("\n")[0] for out, _ in self.people[address].shown]

    # -- Presence

    async def is_open(self, addresses: Sequence[str]) -> None:
        self.opened += addresses

    async def shown_to(self, address: str, cards: Sequence[int]) -> bool:
        self.displayed += [(address, one) for one in cards]
        return not self.busy

    async def with_posts(self, addresses: Sequence[str]) -> frozenset[str]:
        return frozenset(self.posts & {*addresses})

    # -- Intake

    async def take(self, arrival: Arrival) -> Taken:
        if self.gate is not None:
            await self.gate.wait()
        if self.busy:
            self.busy -= 1
            return NotStored(after=timedelta(seconds=2))
        if arrival.key not in self._keys:
            self._keys.add(arrival.key)
            self.arrivals.append(arrival)
            await self._answer(arrival)
        return Stored(toast=self.toast)

    async def _answer(self, arrival: Arrival) -> None:
        person = self.people.setdefault(arrival.address, Person())
        match arrival.incoming:
            case Said(text="/start"):
                await self.send(arrival.address, HOME)
            case Said() if person.expects == "what":
                person.expects = ""
                await self.send(arrival.address, RECEIPT)
            case Said(text=text):
                await self.send(arrival.address, card(f"记下了：{text}"))
            case SharedPlace():
                person.expects = "what"
                await self.send(arrival.address, WHAT)
            case SentFile(kind=kind, size=size):
                await self.send(arrival.address, card(f"收到了（{kind}，{size // 1000} KB）。"))
            case Pressed(token=token, position=position):
                await self._pressed(arrival.address, person, token, position)
            case Chosen() | Unreadable() | Left():
                pass

    async def _pressed(self, address: str, person: Person, token: str, position: int) -> None:
        out = next(out for out, _ in person.shown if out.token == token)
        label = out.card.buttons()[position].label
        if label == DANGER:
            await self.send(address, WHERE)
        elif label in PLACES:
            person.expects = "what"
            await self.send(address, WHAT)
        elif label == REPORT:
            person.chosen = frozenset()
            await self.send(address, signs(person.chosen))
        elif label[2:] in SIGNS:
            person.chosen ^= {label[2:]}
            await self.send(address, signs(person.chosen), replaces=str(out.id))
        elif label.startswith("完成"):
            await self.send(
                address, card("第 2/6 步\n\n孩子现在安全吗？", ("安全", "不知道", "不安全"))
            )
        else:
            await self.send(address, HOME)

    async def send(
        self,
        address: str,
        shown: Card,
        *,
        replaces: str | None = None,
        live: bool = True,
        asks: bool = False,
    ) -> Outgoing:
        """What delivery does: remember, then bring."""
        number = next(self._ids)
        out = Outgoing(
            id=number,
            address=address,
            card=shown,
            token=f"t{number}",
            replaces=replaces,
            asks=asks,
        )
        self.people.setdefault(address, Person()).shown.append((out, self.now))
        if live:
            assert await self.channel.send(out) == Sent(external_id=str(number))
        return out

    # -- History

    async def after(self, address: str, last_id: int, *, in_hand: bool = False) -> Sequence[Shown]:
        shown = self.people[address].shown if address in self.people else []
        news = [_shown(out, at) for out, at in shown if out.id > last_id]
        if self.before_history:
            await self.before_history()
        return news

    # -- Drawer

    async def keep(
        self, address: str, name: str, mime: str, kind: FileKind, chunks: AsyncIterator[bytes]
    ) -> str:
        body = b"".join([chunk async for chunk in chunks])
        file = f"f{len(self.files)}"
        kept = Kept(name=name, mime=mime, kind=kind, size=len(body))
        self.files[file] = (address, kept, body)
        return file

    async def find(self, address: str, file: str) -> Kept | None:
        owner, kept, _ = self.files.get(file, ("", None, b""))
        return kept if owner == address else None

    async def sent(self, address: str, card: int) -> Given | None:
        person = self.people.get(address, Person())
        found = next((out for out, _ in person.shown if out.id == card), None)
        if found is None or found.card.document is None:
            return None
        document = found.card.document
        return Given(name=document.name, mime=document.mime, content=self.ours[document.id])

    # -- Vitals

    async def check(self) -> Sequence[Vital]:
        return (
            Vital(name="database", well=True),
            Vital(name="ticks", well=self.ticks, reading="3"),
            Vital(name="telegram", well=not self.telegram, reading=self.telegram, stops=False),
        )


def _shown(out: Outgoing, at: datetime) -> Shown:
    return Shown(id=out.id, card=out.card, token=out.token, replaces=out.replaces, at=at)


def _words(arrival: Arrival) -> str:
    match arrival.incoming:
        case Said(text=text):
            return text
        case Pressed(position=position):
            return f"#{position}"
        case other:
            return type(other).__name__
