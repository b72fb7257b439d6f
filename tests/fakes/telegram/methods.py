"""The Bot API methods that the bot may call, with Telegram's own words for each refusal."""

import re
from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from tests.fakes.telegram.account import BOT
from tests.fakes.telegram.ledger import Call, Keyboard, Message
from tests.fakes.telegram.outlets import Hook
from tests.fakes.telegram.refusals import Refusal
from tests.fakes.telegram.spec import Upload

if TYPE_CHECKING:
    from tests.fakes.telegram.server import FakeTelegram

Params = dict[str, Any]

MAX_TEXT = 4096
MAX_BUTTONS = 100
MAX_IN_A_ROW = 8
MAX_CALLBACK_BYTES = 64
MAX_DOWNLOAD = 20_000_000
MAX_UPLOAD = 50_000_000
MAX_CAPTION = 1024
MAX_REMOVED = 100
EDITS_UNTIL = 48 * 3600.0


def words_for(call: Call, misfit: str) -> str:
    """Telegram's words for the commonest misfits, else the description's."""
    if misfit.endswith(".chat_id is required"):
        return "Bad Request: chat_id is empty"
    if misfit.endswith(".text is required"):
        return "Bad Request: message text is empty"
    if misfit.endswith(".document is required"):
        return "Bad Request: there is no document in the request"
    if ".reply_markup" in misfit:
        return f"Bad Request: can't parse reply keyboard markup JSON object: {misfit}"
    return f"Bad Request: {misfit}"


# -- messages -----------------------------------------------------------------------------------


def send_message(server: "FakeTelegram", params: Params) -> Params:
    chat_id = _reachable(server, params["chat_id"])
    message = server.write(
        Message(
            message_id=server.message_number(),
            chat_id=chat_id,
            ours=True,
            text=_text(params),
            keyboard=_keyboard(params),
            date=int(server.clock()),
            protected=params.get("protect_content", False),
            silent=params.get("disable_notification", False),
        )
    )
    return as_json(server, message)


def send_document(server: "FakeTelegram", params: Params) -> Params:
    chat_id = _reachable(server, params["chat_id"])
    document = params["document"]
    if not isinstance(document, Upload):
        raise Refusal(400, "Bad Request: wrong file identifier/HTTP URL specified")
    if not document.file_size:
        raise Refusal(400, "Bad Request: file must be non-empty")
    message = server.write(
        Message(
            message_id=server.message_number(),
            chat_id=chat_id,
            ours=True,
            text=_plain(params, "caption", MAX_CAPTION, "message caption is too long"),
            keyboard=_keyboard(params),
            date=int(server.clock()),
            protected=params.get("protect_content", False),
            silent=params.get("disable_notification", False),
            document=asdict(document),
        )
    )
    return as_json(server, message)


def edit_message_text(server: "FakeTelegram", params: Params) -> Params:
    chat_id = _reachable(server, params.get("chat_id", 0))
    if "message_id" not in params:
        raise Refusal(400, "Bad Request: message identifier is not specified")
    message = server.ledger.messages.get((chat_id, int(params["message_id"])))
    if message is None or message.deleted:
        raise Refusal(400, "Bad Request: message to edit not found")
    if not message.ours:
        raise Refusal(400, "Bad Request: message can't be edited")
    if message.document:
        raise Refusal(400, "Bad Request: there is no text in the message to edit")
    text, keyboard = _text(params), _keyboard(params)
    if (text, keyboard) == (message.text, message.keyboard):
        raise Refusal(
            400,
            "Bad Request: message is not modified: specified new message content and reply markup"
            " are exactly the same as a current content and reply markup of the message",
        )
    message.before.append((message.text, message.keyboard))
    message.text, message.keyboard = text, keyboard
    server.touch(message)
    return as_json(server, message)


def delete_message(server: "FakeTelegram", params: Params) -> bool:
    message = server.ledger.messages.get((params["chat_id"], params["message_id"]))
    if message is None or message.deleted:
        raise Refusal(400, "Bad Request: message to delete not found")
    if server.clock() - message.date > EDITS_UNTIL:
        raise Refusal(400, "Bad Request: message can't be deleted for everyone")
    message.deleted = True
    server.touch(message)
    return True


def delete_messages(server: "FakeTelegram", params: Params) -> bool:
    """Those that are not there are skipped; a single one that is too old stops them all."""
    numbers = params["message_ids"]
    if not 1 <= len(numbers) <= MAX_REMOVED:
        raise Refusal(400, "Bad Request: too many message identifiers specified")
    chat_id = int(params["chat_id"])
    found = [server.ledger.messages.get((chat_id, number)) for number in numbers]
    there = [one for one in found if one is not None and not one.deleted]
    if any(server.clock() - one.date > EDITS_UNTIL for one in there):
        raise Refusal(400, "Bad Request: message can't be deleted for everyone")
    for message in there:
        message.deleted = True
        server.touch(message)
    return True


def answer_callback_query(server: "FakeTelegram", params: Params) -> bool:
    query, text = params["callback_query_id"], params.get("text", "")
    person, until = server.presses.get(query, (None, 0.0))
    if person is None or server.clock() > until:
        raise Refusal(
            400,
            "Bad Request: query is too old and response timeout expired or query ID is invalid",
        )
    if len(text) > 200:
        raise Refusal(400, "Bad Request: MESSAGE_TOO_LONG")
    del server.presses[query]
    person.toasts.append(text)
    server.ledger.answers.append((query, text))
    return True


def as_json(server: "FakeTelegram", message: Message) -> Params:
    """The message as Telegram shows it to the bot."""
    body: Params = {
        "message_id": message.message_id,
        "date": message.date,
        "chat": chat_json(server, message.chat_id),
    }
    if message.ours:
        body["from"] = BOT
    else:
        body["from"] = server.people[message.content["from_id"]].user()
    if message.document:
        body |= {"document": message.document, "caption": message.text}
    elif message.text:
        body["text"] = message.text
    if message.keyboard:
        body["reply_markup"] = {"inline_keyboard": message.keyboard}
    parts: Params = message.content.get("parts", {})
    return body | parts


def chat_json(server: "FakeTelegram", chat_id: int) -> Params:
    if chat_id < 0:
        return server.groups[chat_id].chat()
    return {"id": chat_id, "type": "private", "first_name": server.people[chat_id].name}


def _reachable(server: "FakeTelegram", chat_id: object) -> int:
    if isinstance(chat_id, int) and chat_id in server.groups:
        if not server.groups[chat_id].has_bot:
            raise Refusal(403, "Forbidden: bot was kicked from the supergroup chat")
        return chat_id
    person = server.people.get(chat_id) if isinstance(chat_id, int) else None
    if person is None or not person.started:
        raise Refusal(400, "Bad Request: chat not found")
    if person.deactivated:
        raise Refusal(403, "Forbidden: user is deactivated")
    if person.has_blocked:
        raise Refusal(403, "Forbidden: bot was blocked by the user")
    return person.number


def _text(params: Params) -> str:
    text = _plain(params, "text", MAX_TEXT, "message is too long")
    if not text:
        raise Refusal(400, "Bad Request: message text is empty")
    return text


def _plain(params: Params, name: str, most: int, too_long: str) -> str:
    if params.keys() & {"parse_mode", "entities", "caption_entities"}:
        raise Refusal(400, "Bad Request: the fake parses no entities; plain text only")
    text: str = params.get(name, "")
    if any("\ud800" <= each <= "\udfff" for each in text):
        raise Refusal(400, "Bad Request: strings must be encoded in UTF-8")
    # Telegram drops control characters and the blanks at both ends.
    text = re.sub(r"[\x00-\x08\x0b-\x1f\x7f]", "", text).strip()
    if len(text.encode("utf-16-le")) // 2 > most:
        raise Refusal(400, f"Bad Request: {too_long}")
    return text


def _keyboard(params: Params) -> Keyboard:
    keyboard: Keyboard = params.get("reply_markup", {}).get("inline_keyboard", [])
    buttons = [button for row in keyboard for button in row]
    if len(buttons) > MAX_BUTTONS or any(len(row) > MAX_IN_A_ROW for row in keyboard):
        raise Refusal(400, "Bad Request: reply markup is too long")
    for button in buttons:
        _check_button(button)
    return [row for row in keyboard if row]


def _check_button(button: Mapping[str, Any]) -> None:
    if not button["text"].strip():
        raise Refusal(400, "Bad Request: inline keyboard button text must be non-empty")
    if "url" in button and urlsplit(button["url"]).scheme not in ("http", "https", "tg", "ton"):
        raise Refusal(
            400,
            f"Bad Request: inline keyboard button URL '{button['url']}' is invalid:"
            " Wrong HTTP URL",
        )
    if not button.keys() - {"text", "style", "icon_custom_emoji_id"}:
        raise Refusal(
            400,
            "Bad Request: can't parse inline keyboard button:"
            " Text buttons are unallowed in the inline keyboard",
        )
    if len(button.get("callback_data", "x").encode()) not in range(1, MAX_CALLBACK_BYTES + 1):
        raise Refusal(400, "Bad Request: BUTTON_DATA_INVALID")
    if button.get("style") not in (None, "danger", "success", "primary"):
        raise Refusal(400, "Bad Request: BUTTON_STYLE_INVALID")


# -- updates ------------------------------------------------------------------------------------


async def get_updates(server: "FakeTelegram", params: Params) -> list[Params]:
    if server.courier.hook is not None:
        raise Refusal(
            409,
            "Conflict: can't use getUpdates method while webhook is active;"
            " use deleteWebhook to delete the webhook first",
        )
    if "allowed_updates" in params:
        server.queue.allowed = tuple(params["allowed_updates"])
    made = await server.queue.poll(
        offset=params.get("offset", 0),
        limit=max(1, min(100, params.get("limit", 100))),
        seconds=min(50, params.get("timeout", 0)),
    )
    return [each.body for each in made]


def set_webhook(server: "FakeTelegram", params: Params) -> bool:
    url = params["url"]
    if not url:
        return delete_webhook(server, params)
    parts = urlsplit(url)
    if parts.scheme != "https" and parts.hostname not in ("127.0.0.1", "localhost"):
        raise Refusal(400, "Bad Request: bad webhook: An HTTPS URL must be provided for webhook")
    secret = params.get("secret_token", "")
    if not re.fullmatch(r"[A-Za-z0-9_-]{0,256}", secret):
        raise Refusal(400, "Bad Request: bad webhook: secret token contains unallowed characters")
    connections = params.get("max_connections", 40)
    if connections not in range(1, 101):
        raise Refusal(400, "Bad Request: max_connections must be between 1 and 100")
    if params.get("drop_pending_updates"):
        server.queue.drop()
    if "allowed_updates" in params:
        server.queue.allowed = tuple(params["allowed_updates"])
    server.ledger.webhooks.append(url)
    server.queue.terminate_polls("Conflict: terminated by setWebhook request")
    server.courier.set_hook(Hook(url=url, secret=secret, connections=connections))
    return True


def delete_webhook(server: "FakeTelegram", params: Params) -> bool:
    if params.get("drop_pending_updates"):
        server.queue.drop()
    server.courier.set_hook(None)
    return True


def get_webhook_info(server: "FakeTelegram", params: Params) -> Params:
    hook = server.courier.hook
    info: Params = {
        "url": hook.url if hook else "",
        "has_custom_certificate": False,
        "pending_update_count": len(server.queue),
    }
    if hook:
        info |= {"max_connections": hook.connections, "ip_address": "127.0.0.1"}
        if server.queue.allowed:
            info["allowed_updates"] = list(server.queue.allowed)
        if hook.last_error:
            info |= {"last_error_date": hook.last_error_at, "last_error_message": hook.last_error}
    return info


# -- the rest -----------------------------------------------------------------------------------


def set_my_commands(server: "FakeTelegram", params: Params) -> bool:
    for each in params["commands"]:
        if not re.fullmatch(r"[a-z0-9_]{1,32}", each["command"]):
            raise Refusal(400, "Bad Request: BOT_COMMAND_INVALID")
        if not 1 <= len(each["description"]) <= 256:
            raise Refusal(400, "Bad Request: BOT_COMMAND_DESCRIPTION_INVALID")
    server.commands = params["commands"]
    return True


def get_file(server: "FakeTelegram", params: Params) -> Params:
    known = server.files.get(params["file_id"])
    if known is None:
        raise Refusal(400, "Bad Request: wrong file_id or the file is temporarily unavailable")
    path, _, size = known
    if size > MAX_DOWNLOAD:
        raise Refusal(400, "Bad Request: file is too big")
    file_id = params["file_id"]
    return {
        "file_id": file_id,
        "file_unique_id": file_id[-16:],
        "file_size": size,
        "file_path": path,
    }


def leave_chat(server: "FakeTelegram", params: Params) -> bool:
    group = server.groups.get(params["chat_id"])
    if group is None:
        raise Refusal(400, "Bad Request: chat not found")
    if not group.has_bot:
        raise Refusal(403, "Forbidden: bot is not a member of the supergroup chat")
    group.has_bot = False
    server.ledger.left.append(params["chat_id"])
    group.bot_left()
    return True
