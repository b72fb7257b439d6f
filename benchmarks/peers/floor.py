"""The floor: no logic and no memory, only the HTTP calls that our bot makes for the same talk.

Served and called with the HTTP library of our bot, so that the difference is what we decide,
store and seal.
"""

import asyncio
import json
import os
from collections import Counter
from pathlib import Path

import aiohttp
from aiohttp import web

API = f"{os.environ['BENCH_API']}/bot{os.environ['BENCH_TOKEN']}/"
PORT = int(os.environ["BENCH_PORT"])
JSON = {"Content-Type": "application/json"}


def cards() -> list[dict]:
    """Every card of the talk, in order."""
    talk = json.loads(Path(os.environ["BENCH_TALK"]).read_text("utf-8"))
    home, summary = talk["home"], talk["summary"]
    shown = [card(home["text"], [home["start"], *home["others"]])]
    for question in talk["questions"]:
        labels = [*question.get("options", []), talk["back"], talk["cancel"]]
        if question["kind"] == "several":
            labels.insert(-2, talk["done"])
            shown += [card(question["text"], labels)] * len(question["answers"])
        shown.append(card(question["text"], labels))
    shown.append(card(summary["text"], [summary["file"], talk["cancel"]]))
    shown.append(card(talk["receipt"]["text"], []))
    return shown


def card(text: str, labels: list[str]) -> dict:
    """A message's text and buttons."""
    rows = [[{"text": label, "callback_data": label[:16]}] for label in labels]
    return {"text": text, "reply_markup": {"inline_keyboard": rows}}


class Floor:
    """Counts where each chat is, and shows the next card."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session
        self._cards = cards()
        self._at: Counter[int] = Counter()
        self._tasks: set[asyncio.Task] = set()

    async def take(self, request: web.Request) -> web.Response:
        """Answer the update and the webhook."""
        update = json.loads(await request.read())
        if query := update.get("callback_query"):
            chat = query["message"]["chat"]["id"]
            where = {"chat_id": chat, "message_id": query["message"]["message_id"]}
            self._call("editMessageText", where | self._next(chat))
            answer = {"method": "answerCallbackQuery", "callback_query_id": query["id"]}
            return web.json_response(answer)
        chat = update["message"]["chat"]["id"]
        self._call("sendMessage", {"chat_id": chat} | self._next(chat))
        return web.Response()

    def _next(self, chat: int) -> dict:
        at = self._at[chat]
        self._at[chat] = (at + 1) % len(self._cards)
        return self._cards[at]

    def _call(self, method: str, params: dict) -> None:
        task = asyncio.create_task(self.post(method, params))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def post(self, method: str, params: dict) -> None:
        """One Bot API call."""
        body = json.dumps(params, ensure_ascii=False).encode()
        async with self._session.post(API + method, data=body, headers=JSON) as response:
            json.loads(await response.read())


async def main() -> None:
    """Serve until stopped."""
    async with aiohttp.ClientSession() as session:
        floor = Floor(session)
        site = web.Application()
        site.router.add_post("/hook", floor.take)
        runner = web.AppRunner(site, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", PORT).start()
        await floor.post(
            "setWebhook", {"url": f"http://127.0.0.1:{PORT}/hook", "max_connections": 100}
        )
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
