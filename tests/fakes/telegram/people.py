"""People with Telegram on their phones, and groups: what they do, and what they see."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.fakes.telegram.account import BOT
from tests.fakes.telegram.ledger import Message
from tests.fakes.telegram.methods import as_json

if TYPE_CHECKING:
    from tests.fakes.telegram.server import FakeTelegram

MESSAGE_LIVES = 24 * 3600.0
PRESS_LIVES = 150.0

# The lanes of tdlib/telegram-bot-api: a press may overtake the message before it.
PRESS_LANE = 3 << 33
MEMBERSHIP_LANE = 5 << 33


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One bubble on the person's screen."""

    ours: bool
    text: str
    buttons: tuple[tuple[str, ...], ...]
    message_id: int
    #: The name of the file that hangs on it.
    document: str = ""

    def __str__(self) -> str:
        rows = "".join(f"\n  [{'] ['.join(row)}]" for row in self.buttons)
        document = f"〔{self.document}〕" if self.document else ""
        return f"{'机' if self.ours else '我'}：{document}{self.text}{rows}"


class Person:
    """Somebody who talks to the bot in a private chat."""

    def __init__(self, server: "FakeTelegram", number: int, name: str) -> None:
        self._server = server
        self.number = number
        self.name = name
        self.started = False
        self.has_blocked = False
        self.deactivated = False
        self.toasts: list[str] = []
        self._since = 0
        self._presses = 0

    # -- what they do ---------------------------------------------------------------------------

    def says(self, text: str, *, reply_to: Seen | None = None) -> int:
        return self._sends({"text": text}, text=text, reply_to=reply_to)

    def taps(self, label: str, *, on: Seen | None = None) -> int:
        """Tap the newest button with this label, or failing that with it in its label."""
        message, button = self._button(label, on)
        self._begin()
        self._presses += 1
        query = f"{self.number}{self._presses:08d}"
        self._server.presses[query] = (self, self._server.clock() + PRESS_LIVES)
        press = {
            "id": query,
            "from": self.user(),
            "message": as_json(self._server, message),
            "chat_instance": str(self.number * 7),
            "data": button["callback_data"],
        }
        return self._server.happen(
            "callback_query",
            press,
            chat_id=self.number,
            lane=self.number + PRESS_LANE,
            lives=PRESS_LIVES,
        )

    def sends_photo(
        self, content: bytes, *, caption: str = "", album: str = "", size: int | None = None
    ) -> int:
        small = self._file(content[:50], "photos/file_{number}.jpg", width=90, height=67)
        large = self._file(content, "photos/file_{number}.jpg", width=1280, height=960, size=size)
        parts: dict[str, Any] = {"photo": [small, large]}
        if album:
            parts["media_group_id"] = album
        return self._sends(parts | _caption(caption))

    def sends_voice(self, content: bytes, *, size: int | None = None) -> int:
        voice = self._file(content, "voice/file_{number}.oga", duration=7, size=size)
        return self._sends({"voice": voice | {"mime_type": "audio/ogg"}})

    def sends_video(self, content: bytes, *, caption: str = "", size: int | None = None) -> int:
        video = self._file(
            content, "videos/file_{number}.mp4", width=640, height=480, duration=9, size=size
        )
        return self._sends({"video": video | {"mime_type": "video/mp4"}} | _caption(caption))

    def sends_document(
        self, content: bytes, name: str, mime: str, *, caption: str = "", size: int | None = None
    ) -> int:
        document = self._file(content, "documents/file_{number}", size=size)
        document |= {"file_name": name, "mime_type": mime}
        return self._sends({"document": document} | _caption(caption))

    def shares_place(self, latitude: float, longitude: float) -> int:
        return self._sends({"location": {"latitude": latitude, "longitude": longitude}})

    def shares_contact(self, phone: str, first_name: str) -> int:
        return self._sends({"contact": {"phone_number": phone, "first_name": first_name}})

    def sends_sticker(self) -> int:
        sticker = self._file(b"sticker", "stickers/file_{number}.webp", width=512, height=512)
        kinds = {"type": "regular", "is_animated": False, "is_video": False}
        return self._sends({"sticker": sticker | kinds})

    def edits(self, text: str) -> int:
        """Change the newest message of their own."""
        message = next(each for each in reversed(self._chat()) if not each.ours)
        self._begin()
        message.before.append((message.text, []))
        message.text = text
        message.content["parts"] |= {"text": text, "edit_date": int(self._server.clock()) + 1}
        return self._happens("edited_message", as_json(self._server, message))

    def blocks(self) -> int:
        self.has_blocked = True
        return self._membership("member", "kicked")

    def unblocks(self) -> int:
        self.has_blocked = False
        return self._membership("kicked", "member")

    # -- what they see --------------------------------------------------------------------------

    def sees(self) -> list[Seen]:
        """The chat as it stands now, oldest first."""
        return [_seen(message) for message in self._chat()]

    def screen(self) -> str:
        """The chat as text, for transcripts and for failures."""
        return "\n".join(map(str, self.sees())) or "(空)"

    def newest(self) -> Seen:
        """The newest of the bot's messages."""
        return next(each for each in reversed(self.sees()) if each.ours)

    async def hears(self, text: str, *, within: float = 5.0) -> Seen:
        """The bot's message with these words that is new since they last did something."""
        try:
            async with asyncio.timeout(within):
                while not (found := self._heard(text)):
                    await self._server.changes()
        except TimeoutError:
            raise AssertionError(f"没有听到“{text}”，看到的是：\n{self.screen()}") from None
        return found

    def opens(self, seen: Seen) -> bytes:
        """The bytes of the file that hangs on a message."""
        message = self._server.ledger.messages[self.number, seen.message_id]
        return self._server.files[message.document["file_id"]][1]

    # -- inside ---------------------------------------------------------------------------------

    def user(self) -> dict[str, Any]:
        return {"id": self.number, "is_bot": False, "first_name": self.name, "language_code": "zh"}

    def _heard(self, text: str) -> Seen | None:
        fresh = [each for each in self._chat() if each.ours and each.changed > self._since]
        fresh.sort(key=lambda message: message.changed)
        return next((_seen(each) for each in reversed(fresh) if text in each.text), None)

    def _sends(
        self, parts: dict[str, Any], *, text: str = "", reply_to: Seen | None = None
    ) -> int:
        self._begin()
        if reply_to:
            replied = self._server.ledger.messages[self.number, reply_to.message_id]
            parts["reply_to_message"] = as_json(self._server, replied)
        message = self._server.write(
            Message(
                message_id=self._server.message_number(),
                chat_id=self.number,
                ours=False,
                text=text,
                date=int(self._server.clock()),
                content={"from_id": self.number, "parts": parts},
            )
        )
        return self._happens("message", as_json(self._server, message))

    def _begin(self) -> None:
        self.started = True
        self._since = self._server.events()

    def _happens(self, kind: str, payload: dict[str, Any]) -> int:
        return self._server.happen(
            kind, payload, chat_id=self.number, lane=self.number, lives=MESSAGE_LIVES
        )

    def _membership(self, old: str, new: str) -> int:
        self._begin()
        change = {
            "chat": {"id": self.number, "type": "private", "first_name": self.name},
            "from": self.user(),
            "date": int(self._server.clock()),
            "old_chat_member": _member(old),
            "new_chat_member": _member(new),
        }
        return self._server.happen(
            "my_chat_member",
            change,
            chat_id=self.number,
            lane=self.number + MEMBERSHIP_LANE,
            lives=MESSAGE_LIVES,
        )

    def _chat(self) -> list[Message]:
        return [each for each in self._server.chats[self.number] if not each.deleted]

    def _button(self, label: str, on: Seen | None) -> tuple[Message, dict[str, Any]]:
        shown = [each for each in self._chat() if on is None or each.message_id == on.message_id]
        buttons = [
            (message, button)
            for message in reversed(shown)
            for row in message.keyboard
            for button in row
            if label in button["text"]
        ]
        exact = (each for each in buttons if each[1]["text"] == label)
        found = next(exact, None) or next(iter(buttons), None)
        assert found, f"没有按钮“{label}”，看到的是：\n{self.screen()}"
        return found

    def _file(self, content: bytes, path: str, **more: Any) -> dict[str, Any]:
        size = more.pop("size", None)
        file_id = self._server.keep_file(content, path, size=size)
        return {
            "file_id": file_id,
            "file_unique_id": file_id[-16:],
            "file_size": len(content) if size is None else size,
            **more,
        }


class Group:
    """A group that somebody may add the bot to."""

    def __init__(self, server: "FakeTelegram", number: int) -> None:
        self._server = server
        self.number = number
        self.has_bot = False

    def adds_bot(self, by: Person) -> int:
        self.has_bot = True
        return self._membership("left", "member", by.user())

    def removes_bot(self, by: Person) -> int:
        self.has_bot = False
        return self._membership("member", "kicked", by.user())

    def says(self, by: Person, text: str) -> int:
        message = {
            "message_id": self._server.message_number(),
            "date": int(self._server.clock()),
            "chat": self.chat(),
            "from": by.user(),
            "text": text,
        }
        return self._server.happen(
            "message", message, chat_id=self.number, lane=self.number, lives=MESSAGE_LIVES
        )

    def bot_left(self) -> None:
        self._membership("member", "left", BOT)

    def chat(self) -> dict[str, Any]:
        return {"id": self.number, "type": "supergroup", "title": "河湾村邻里群"}

    def _membership(self, old: str, new: str, by: dict[str, Any]) -> int:
        change = {
            "chat": self.chat(),
            "from": by,
            "date": int(self._server.clock()),
            "old_chat_member": _member(old),
            "new_chat_member": _member(new),
        }
        return self._server.happen(
            "my_chat_member",
            change,
            chat_id=self.number,
            lane=self.number + MEMBERSHIP_LANE,
            lives=MESSAGE_LIVES,
        )


def _member(status: str) -> dict[str, Any]:
    return {"status": status, "user": BOT} | ({"until_date": 0} if status == "kicked" else {})


def _seen(message: Message) -> Seen:
    text = message.text or _names_of_parts(message.content.get("parts", {}))
    rows: Sequence[Sequence[dict[str, Any]]] = message.keyboard
    return Seen(
        ours=message.ours,
        text=text,
        buttons=tuple(tuple(button["text"] for button in row) for row in rows),
        message_id=message.message_id,
        document=message.document.get("file_name", ""),
    )


def _names_of_parts(parts: dict[str, Any]) -> str:
    return f"({', '.join(name for name in parts if name != 'reply_to_message')})"


def _caption(caption: str) -> dict[str, str]:
    return {"caption": caption} if caption else {}
