"""aiogram: its finite state machine over MemoryStorage, or over SQLite, served by aiohttp.

The project's own storages that outlast a process need a Redis or a MongoDB server; SQLite comes
from the package aiogram-sqlite-storage, with its defaults.
"""

import os
import sys
from itertools import count

import asked
from aiogram import Bot, Dispatcher, F, Router
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.filters import CommandStart
from aiogram.fsm.context import FSMContext
from aiogram.fsm.state import State, StatesGroup
from aiogram.fsm.storage.base import BaseStorage
from aiogram.fsm.storage.memory import MemoryStorage
from aiogram.types import (
    CallbackQuery,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    Message,
)
from aiogram.webhook.aiohttp_server import SimpleRequestHandler, setup_application
from aiohttp import web

REVIEW = len(asked.QUESTIONS)
numbers = count(1)
reports: dict[int, dict[str, str]] = {}
router = Router()


class Report(StatesGroup):
    """Where a report stands."""

    typing = State()
    choosing = State()
    reviewing = State()


def markup(rows: asked.Rows) -> InlineKeyboardMarkup:
    """The library's keyboard."""
    return InlineKeyboardMarkup(
        inline_keyboard=[
            [InlineKeyboardButton(text=label, callback_data=data) for label, data in row]
            for row in rows
        ]
    )


@router.message(CommandStart())
async def start(message: Message) -> None:
    """The first screen."""
    text, rows = asked.home()
    await message.answer(text, reply_markup=markup(rows))


@router.callback_query(F.data == "report")
async def begin(query: CallbackQuery, state: FSMContext) -> None:
    """The first question."""
    await show(query, state, {"at": -1, "chosen": [], "answers": {}}, 0)


@router.message(Report.typing)
async def typed(message: Message, state: FSMContext) -> None:
    """A text is the answer."""
    data = await state.get_data()
    data["answers"][asked.QUESTIONS[data["at"]]["name"]] = message.text
    await show(message, state, data, data["at"] + 1)


@router.callback_query(Report.choosing, F.data.regexp(r"^(\d+|done)$"))
async def pressed(query: CallbackQuery, state: FSMContext) -> None:
    """An option, or that the choices are made."""
    data = await state.get_data()
    at = data["at"]
    if query.data != "done":
        data["chosen"] = asked.pick(at, query.data, data["chosen"])
    if asked.QUESTIONS[at]["kind"] == "several" and query.data != "done":
        await show(query, state, data, at)
        return
    data["answers"][asked.QUESTIONS[at]["name"]] = " ".join(data["chosen"])
    await show(query, state, data, at + 1)


@router.callback_query(F.data == "back")
async def back(query: CallbackQuery, state: FSMContext) -> None:
    """The question before."""
    data = await state.get_data()
    await show(query, state, data, max(0, data["at"] - 1))


@router.callback_query(F.data == "cancel")
async def cancel(query: CallbackQuery, state: FSMContext) -> None:
    """Stop."""
    await state.clear()
    await query.answer()
    await query.message.edit_text(asked.TALK["cancel"])


@router.callback_query(Report.reviewing, F.data == "file")
async def file(query: CallbackQuery, state: FSMContext) -> None:
    """Keep the report and give the receipt."""
    number = next(numbers)
    reports[number] = (await state.get_data())["answers"]
    await state.clear()
    await query.answer()
    await query.message.edit_text(asked.receipt(number))


async def show(event: Message | CallbackQuery, state: FSMContext, data: dict, at: int) -> None:
    """Ask the question, or show the summary."""
    if at != data["at"]:
        data.update(at=at, chosen=[])
    if at == REVIEW:
        await state.set_state(Report.reviewing)
        text, rows = asked.summary(data["answers"])
    else:
        typing = asked.QUESTIONS[at]["kind"] == "text"
        await state.set_state(Report.typing if typing else Report.choosing)
        text, rows = asked.question(at, data["chosen"])
    await state.set_data(data)
    if isinstance(event, CallbackQuery):
        await event.answer()
        await event.message.edit_text(text, reply_markup=markup(rows))
    else:
        await event.answer(text, reply_markup=markup(rows))


def storage() -> BaseStorage:
    """Where states are kept."""
    if "sqlite" not in sys.argv:
        return MemoryStorage()
    from aiogram_sqlite_storage.sqlitestore import SQLStorage

    return SQLStorage(f"{os.environ['BENCH_FOLDER']}/aiogram.db")


def main() -> None:
    """Serve until stopped."""
    server = TelegramAPIServer.from_base(os.environ["BENCH_API"])
    bot = Bot(os.environ["BENCH_TOKEN"], session=AiohttpSession(api=server))
    port = int(os.environ["BENCH_PORT"])
    dispatcher = Dispatcher(storage=storage())
    dispatcher.include_router(router)

    async def set_webhook() -> None:
        await bot.set_webhook(f"http://127.0.0.1:{port}/hook")

    dispatcher.startup.register(set_webhook)
    site = web.Application()
    SimpleRequestHandler(dispatcher, bot).register(site, "/hook")
    setup_application(site, dispatcher, bot=bot)
    web.run_app(site, host="127.0.0.1", port=port, print=None, access_log=None)


if __name__ == "__main__":
    main()
