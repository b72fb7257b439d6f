"""Updates as Telegram writes them, with invented people."""

from typing import Any

from tests.fakes.telegram import BOT

ANNA = {
    "id": 7,
    "is_bot": False,
    "first_name": "张",
    "last_name": "三",
    "language_code": "zh-hans",
}
PRIVATE = {"id": 7, "first_name": "张", "last_name": "三", "type": "private"}
GROUP = {"id": -100500, "title": "邻里群", "type": "supergroup"}
DATE = 1_763_888_400


def message(chat: dict[str, Any] = PRIVATE, **parts: Any) -> dict[str, Any]:
    return {
        "update_id": 100,
        "message": {"message_id": 5, "from": ANNA, "chat": chat, "date": DATE, **parts},
    }


def edited(**parts: Any) -> dict[str, Any]:
    body = message(edit_date=DATE + 60, **parts)
    return {"update_id": 100, "edited_message": body["message"]}


def press(data: str | None, **parts: Any) -> dict[str, Any]:
    card = {
        "message_id": 4,
        "from": BOT,
        "chat": PRIVATE,
        "date": DATE,
        "text": "孩子安全吗？",
        "reply_markup": {"inline_keyboard": [[{"text": "安全", "callback_data": "x.0"}]]},
    }
    body = {"id": "991", "from": ANNA, "message": card, "chat_instance": "3", "data": data}
    return {"update_id": 100, "callback_query": body | parts}


def membership(status: str, chat: dict[str, Any] = PRIVATE) -> dict[str, Any]:
    until = {"until_date": 0} if status == "kicked" else {}
    return {
        "update_id": 100,
        "my_chat_member": {
            "chat": chat,
            "from": ANNA,
            "date": DATE,
            "old_chat_member": {"user": BOT, "status": "member"},
            "new_chat_member": {"user": BOT, "status": status, **until},
        },
    }


def size(name: str, width: int, height: int) -> dict[str, Any]:
    return {
        "file_id": name,
        "file_unique_id": "u" + name,
        "width": width,
        "height": height,
        "file_size": width * 10,
    }


def file(name: str, **more: Any) -> dict[str, Any]:
    return {"file_id": name, "file_unique_id": "u" + name, **more}
