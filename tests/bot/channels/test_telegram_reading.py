"""Every update has one meaning, and none of them ever raises."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from telegram import Message, Update

from bot.channels.channel import Arrival
from bot.channels.telegram import reading
from bot.channels.telegram.reading import MAX_MIME, Elsewhere, Heard, Nothing, read, read_body
from conversation.incoming import (
    FileKind,
    Incoming,
    Left,
    Pressed,
    Said,
    SentFile,
    SharedPlace,
    Unreadable,
)
from tests.bot.channels.payloads import (
    ANNA,
    DATE,
    GROUP,
    PRIVATE,
    edited,
    file,
    membership,
    message,
    press,
    size,
)
from tests.bot.channels.telegram_bench import NOW
from tests.bot.channels.updates import messages, spoilt_updates, updates

SENT_AT = datetime.fromtimestamp(DATE, UTC)


KINDS = ["message", "edited_message"]


def heard(update: dict[str, Any]) -> Heard:
    return read(update, b"raw", NOW)


def arrived(update: dict[str, Any]) -> Arrival:
    arrival = heard(update)
    assert isinstance(arrival, Arrival)
    return arrival


PHOTO = [size("small", 90, 60), size("large", 1280, 853), size("middle", 320, 213)]
VIDEO = file("v", width=640, height=480, duration=9, mime_type="video/mp4", file_size=9)
STICKER = file("s", type="regular", width=1, height=1, is_animated=False, is_video=False)
PLACE = {"latitude": 25.1, "longitude": 99.2}
POLL = {
    "id": "1",
    "question": "？",
    "options": [],
    "total_voter_count": 0,
    "is_closed": False,
    "is_anonymous": True,
    "type": "regular",
    "allows_multiple_answers": False,
}


@pytest.mark.parametrize(
    ("parts", "meaning"),
    [
        ({"text": "孩子没来上学"}, Said(text="孩子没来上学")),
        ({"text": "/start INVITE"}, Said(text="/start INVITE")),
        ({"text": ""}, Said(text="")),
        (
            {"photo": PHOTO, "caption": "伤口", "media_group_id": "77"},
            SentFile(
                kind="photo",
                source="large",
                mime="image/jpeg",
                size=12800,
                caption="伤口",
                album="77",
            ),
        ),
        (
            {"voice": file("o", duration=3, mime_type="audio/ogg", file_size=99)},
            SentFile(kind="voice", source="o", mime="audio/ogg", size=99),
        ),
        (
            {"audio": file("m", duration=3, mime_type="audio/mpeg", file_name="录音.mp3")},
            SentFile(kind="voice", source="m", name="录音.mp3", mime="audio/mpeg"),
        ),
        ({"video": VIDEO}, SentFile(kind="video", source="v", mime="video/mp4", size=9)),
        # What its sender calls it is longer than PostgreSQL keeps: the report would be lost by it.
        (
            {"document": file("d", mime_type="x/" + "y" * 200, file_size=9)},
            SentFile(kind="document", source="d", size=9),
        ),
        (
            {"video_note": file("n", length=240, duration=3)},
            SentFile(kind="video", source="n", mime="video/mp4"),
        ),
        (
            {"animation": VIDEO, "document": file("v", mime_type="video/mp4")},
            SentFile(kind="video", source="v", mime="video/mp4", size=9),
        ),
        (
            {"document": file("d", file_name="名单.xlsx", mime_type="a/b", file_size=5)},
            SentFile(kind="document", source="d", name="名单.xlsx", mime="a/b", size=5),
        ),
        ({"document": file("d")}, SentFile(kind="document", source="d")),
        ({"location": {"latitude": 1e9, "longitude": 0}}, Unreadable(what="service")),
        ({"location": {"latitude": float("nan"), "longitude": 0}}, Unreadable(what="service")),
        ({"location": PLACE}, SharedPlace(latitude=25.1, longitude=99.2)),
        (
            {"venue": {"location": PLACE, "title": "小学", "address": "村口"}, "location": PLACE},
            SharedPlace(latitude=25.1, longitude=99.2),
        ),
        ({"contact": {"phone_number": "139", "first_name": "李四"}}, Said(text="李四 139")),
        ({"contact": {"phone_number": "139", "first_name": "四", "user_id": 7}}, Said(text="139")),
        ({"contact": {"first_name": "李四"}}, Unreadable(what="contact")),
        ({"sticker": STICKER}, Unreadable(what="sticker")),
        ({"poll": POLL}, Unreadable(what="poll")),
        ({"dice": {"emoji": "🎲", "value": 3}}, Unreadable(what="dice")),
        ({"delete_chat_photo": True}, Unreadable(what="service")),
        ({"telepathy": {"thought": 1}}, Unreadable(what="service")),
        ({"photo": []}, Unreadable(what="service")),
    ],
)
def test_what_a_message_holds(parts: dict[str, Any], meaning: Incoming) -> None:
    arrival = arrived(message(**parts))
    assert arrival.incoming == meaning
    assert arrival.key == "telegram:100:message:7:5"
    assert (arrival.address, arrival.at, arrival.replies_to) == ("7", SENT_AT, None)


@pytest.mark.parametrize(
    ("data", "meaning"),
    [
        ("abcDEF-_123.0", Pressed(token="abcDEF-_123", position=0)),
        ("a.b.12", Pressed(token="a.b", position=12)),
        ("abc", Unreadable(what="button")),
        ("abc.", Unreadable(what="button")),
        (".1", Unreadable(what="button")),
        ("abc.-1", Unreadable(what="button")),
        ("abc.１", Unreadable(what="button")),
        ("abc.1000", Unreadable(what="button")),
        ("", Unreadable(what="button")),
        (None, Unreadable(what="button")),
    ],
)
def test_what_a_press_says(data: str | None, meaning: Incoming) -> None:
    arrival = arrived(press(data))
    assert arrival.incoming == meaning
    assert arrival.key == "telegram:100:callback_query:7:991"
    assert (arrival.address, arrival.at, arrival.replies_to) == ("7", NOW, "4")


def test_a_press_on_a_message_that_is_too_old_to_be_shown() -> None:
    old = {"chat": PRIVATE, "message_id": 4, "date": 0}
    assert arrived(press("abc.1", message=old)).replies_to == "4"


def test_a_press_without_its_message_is_still_the_persons() -> None:
    arrival = arrived(press("abc.1", message=None))
    assert (arrival.address, arrival.replies_to) == ("7", None)


def test_a_reply_names_what_it_replies_to() -> None:
    replied = message(text="收到编号")["message"] | {"message_id": 3}
    arrival = arrived(message(text="还有一件事", reply_to_message=replied))
    assert arrival.replies_to == "3"


def test_an_edit_has_a_key_of_its_own_each_time() -> None:
    arrival = arrived(edited(text="改过的话"))
    assert arrival.incoming == Unreadable(what="edited")
    assert arrival.key == f"telegram:100:edited_message:7:5:{DATE + 60}"
    assert arrival.at == SENT_AT + timedelta(seconds=60)


def test_a_position_shared_live_is_told_from_an_edited_text() -> None:
    assert arrived(edited(location=PLACE)).incoming == Unreadable(what="edited-place")


@pytest.mark.parametrize(("status", "gone"), [("kicked", True), ("member", False)])
def test_blocking_and_coming_back(status: str, gone: bool) -> None:
    arrival = arrived(membership(status))
    assert arrival.incoming == Left(gone=gone)
    assert arrival.key == f"telegram:100:my_chat_member:7:{DATE}"


@pytest.mark.parametrize(
    ("update", "place"),
    [
        (message(GROUP, text="群里的话"), Elsewhere(chat_id=-100500, added=False, inside=True)),
        (membership("member", GROUP), Elsewhere(chat_id=-100500, added=True, inside=True)),
        (membership("left", GROUP), Elsewhere(chat_id=-100500, added=False, inside=False)),
        (membership("kicked", GROUP), Elsewhere(chat_id=-100500, added=False, inside=False)),
        (
            press("abc.1", message=message(GROUP)["message"]),
            Elsewhere(chat_id=-100500, added=False, inside=True),
        ),
    ],
    ids=["words", "added", "left", "kicked", "press"],
)
def test_nothing_from_a_group_is_anybodys_arrival(
    update: dict[str, Any], place: Elsewhere
) -> None:
    assert heard(update) == place


@pytest.mark.parametrize("kind", ["channel_post", "inline_query", "poll_answer", "telepathy"])
def test_kinds_that_nobody_asked_for_are_nothing(kind: str) -> None:
    assert isinstance(heard({"update_id": 1, kind: {}}), Nothing | Arrival)
    assert isinstance(heard({"update_id": 1}), Nothing)


def test_what_cannot_be_read_is_kept_under_the_name_of_whom_it_seems_to_come_from() -> None:
    broken = {"update_id": 9, "message": {"chat": {"id": 7}, "text": "话"}}
    arrival = arrived(broken)
    assert (arrival.address, arrival.incoming) == ("7", Unreadable(what="malformed"))
    assert arrival.raw == b"raw"


def test_the_raw_update_and_the_words_stay_out_of_repr() -> None:
    heard = read(message(text="秘密的话"), "秘密的话".encode(), NOW)
    shown = repr(heard)
    assert "秘密" not in shown
    assert "'7'" not in shown
    assert isinstance(heard, Arrival)
    assert ":7:" in heard.key  # the cause names who spoke, too
    assert ":7:" not in shown


@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow])
@given(updates() | spoilt_updates())
def test_no_update_of_any_kind_raises(update: Any) -> None:
    assert isinstance(read_body(json.dumps(update).encode(), NOW), Arrival | Elsewhere | Nothing)


@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow])
@given(messages(), st.text())
def test_no_message_that_keeps_to_the_description_is_malformed(
    parts: dict[str, Any], text: str
) -> None:
    for news in (parts, {"text": text, "reply_to_message": parts}):
        sound = {**news, "message_id": 5, "date": DATE, "edit_date": DATE, "chat": PRIVATE}
        arrival = arrived({"update_id": 100, "message": sound})
        assert arrival.incoming != Unreadable(what="malformed")


@pytest.mark.parametrize("news", ["poll", "story", "forward_origin", "external_reply", "from"])
def test_news_in_a_part_that_is_not_read_costs_no_word(news: str) -> None:
    replied = message(**{news: {"a field of": "tomorrow"}})["message"]
    update = message(text="孩子没来上学", reply_to_message=replied, **{news: {"as": "well"}})
    assert arrived(update).incoming == Said(text="孩子没来上学")


@given(st.binary(max_size=200))
def test_no_body_raises(body: bytes) -> None:
    assert isinstance(read_body(body, NOW), Arrival | Elsewhere | Nothing)


# -- held to the library ------------------------------------------------------------------------


@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow])
@given(messages(), st.integers(1, 2**52), st.integers(1, 2**31), st.sampled_from(KINDS))
def test_a_message_says_what_the_library_says_it_does(
    parts: dict[str, Any], person: int, date: int, kind: str
) -> None:
    chat = {**PRIVATE, "id": person}
    sound = {**parts, "message_id": 5, "date": date, "edit_date": date, "chat": chat}
    update = {"update_id": 100, kind: sound}
    try:
        by_library = Update.de_json(update, None).effective_message
    except Exception:  # it is stricter than the description, or a version behind it
        by_library = None
    assume(by_library)
    assert by_library
    arrival = arrived(update)
    replied = by_library.reply_to_message
    assert arrival.address == str(by_library.chat.id)
    assert arrival.at == by_library.edit_date
    assert arrival.replies_to == (str(replied.message_id) if replied else None)
    if kind == "message":
        assert arrival.incoming == by_the_library(by_library)


@given(st.text(max_size=64), st.integers(1, 2**52), st.booleans())
def test_a_press_says_what_the_library_says_it_does(data: str, person: int, bare: bool) -> None:
    card = {} if bare else {"message": message({**PRIVATE, "id": person}, text="卡")["message"]}
    update = press(data, **{"from": {**ANNA, "id": person}, "message": None, **card})
    by_library = Update.de_json(update, None).callback_query
    assert by_library
    arrival = arrived(update)
    assert arrival.address == str(by_library.from_user.id)
    assert arrival.key.endswith(f":{by_library.id}")
    shown = by_library.message
    assert arrival.replies_to == (str(shown.message_id) if shown else None)


def by_the_library(read: Message) -> Incoming:
    """The same meaning, told from the library's objects."""
    if read.text is not None:
        return Said(text=read.text)
    if (place := read.location) and abs(place.latitude) <= 90 and abs(place.longitude) <= 180:
        return SharedPlace(latitude=place.latitude, longitude=place.longitude)
    if read.photo:
        photo = max(read.photo, key=lambda each: each.width * each.height)
        return sent(read, "photo", photo, "image/jpeg")
    if (whose := read.contact) and whose.phone_number:
        own = read.from_user is not None and whose.user_id == read.from_user.id
        name = f"{whose.last_name or ''}{whose.first_name}"
        return Said(text=" ".join(filter(None, ("" if own else name, whose.phone_number))))
    if read.voice or read.audio:
        return sent(read, "voice", read.voice or read.audio)
    if read.video_note:
        return sent(read, "video", read.video_note, "video/mp4")
    if read.video or read.animation:
        return sent(read, "video", read.video or read.animation)
    if read.document:
        return sent(read, "document", read.document)
    unusable = (what for what in reading._UNUSABLE if getattr(read, what, None) is not None)
    return Unreadable(what=next(unusable, "service"))


def sent(read: Message, kind: FileKind, file: Any, mime: str = "") -> SentFile:
    told = getattr(file, "mime_type", None) or ""
    return SentFile(
        kind=kind,
        source=file.file_id,
        name=getattr(file, "file_name", None) or "",
        mime=(told if len(told) <= MAX_MIME else "") or mime,
        size=max(0, file.file_size or 0),
        caption=read.caption or "",
        album=read.media_group_id or "",
    )
