"""python-telegram-bot: ConversationHandler and PicklePersistence, served by run_webhook."""

import os
from itertools import count

import asked
from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.ext import (
    Application,
    CallbackQueryHandler,
    CommandHandler,
    ContextTypes,
    ConversationHandler,
    MessageHandler,
    PicklePersistence,
    filters,
)

Context = ContextTypes.DEFAULT_TYPE
REVIEW = len(asked.QUESTIONS)
numbers = count(1)


def markup(rows: asked.Rows) -> InlineKeyboardMarkup:
    """The library's keyboard."""
    return InlineKeyboardMarkup(
        [[InlineKeyboardButton(label, callback_data=data) for label, data in row] for row in rows]
    )


async def start(update: Update, _: Context) -> None:
    """The first screen."""
    text, rows = asked.home()
    await update.message.reply_text(text, reply_markup=markup(rows))


async def begin(update: Update, context: Context) -> int:
    """The first question."""
    context.user_data.clear()
    context.user_data["answers"] = {}
    return await show(update, context, 0)


async def typed(update: Update, context: Context) -> int:
    """A text is the answer."""
    at = context.user_data["at"]
    context.user_data["answers"][asked.QUESTIONS[at]["name"]] = update.message.text
    return await show(update, context, at + 1)


async def pressed(update: Update, context: Context) -> int:
    """An option, or that the choices are made."""
    at, data = context.user_data["at"], update.callback_query.data
    chosen = context.user_data.setdefault("chosen", [])
    if data != "done":
        chosen = context.user_data["chosen"] = asked.pick(at, data, chosen)
    if asked.QUESTIONS[at]["kind"] == "several" and data != "done":
        return await show(update, context, at)
    context.user_data["answers"][asked.QUESTIONS[at]["name"]] = " ".join(chosen)
    return await show(update, context, at + 1)


async def back(update: Update, context: Context) -> int:
    """The question before."""
    return await show(update, context, max(0, context.user_data["at"] - 1))


async def show(update: Update, context: Context, at: int) -> int:
    """Ask the question, or show the summary; the state is its number."""
    if at != context.user_data.get("at"):
        context.user_data.update(at=at, chosen=[])
    if at == REVIEW:
        text, rows = asked.summary(context.user_data["answers"])
    else:
        text, rows = asked.question(at, context.user_data["chosen"])
    if query := update.callback_query:
        await query.answer()
        await query.edit_message_text(text, reply_markup=markup(rows))
    else:
        await update.message.reply_text(text, reply_markup=markup(rows))
    return at


async def file(update: Update, context: Context) -> int:
    """Keep the report and give the receipt."""
    number = next(numbers)
    context.bot_data.setdefault("reports", {})[number] = context.user_data.pop("answers")
    await update.callback_query.answer()
    await update.callback_query.edit_message_text(asked.receipt(number))
    return ConversationHandler.END


async def cancel(update: Update, _: Context) -> int:
    """Stop."""
    await update.callback_query.answer()
    await update.callback_query.edit_message_text(asked.TALK["cancel"])
    return ConversationHandler.END


def states() -> dict[int, list]:
    """Of each question, what answers it."""
    found: dict[int, list] = {REVIEW: [CallbackQueryHandler(file, pattern="^file$")]}
    for at, question in enumerate(asked.QUESTIONS):
        found[at] = [CallbackQueryHandler(back, pattern="^back$")]
        if question["kind"] == "text":
            found[at].append(MessageHandler(filters.TEXT & ~filters.COMMAND, typed))
        else:
            found[at].append(CallbackQueryHandler(pressed, pattern=r"^(\d+|done)$"))
    return found


def main() -> None:
    """Serve until stopped."""
    application = (
        Application.builder()
        .token(os.environ["BENCH_TOKEN"])
        .base_url(f"{os.environ['BENCH_API']}/bot")
        .persistence(PicklePersistence(filepath=f"{os.environ['BENCH_FOLDER']}/ptb.pickle"))
        .build()
    )
    application.add_handler(
        ConversationHandler(
            entry_points=[CallbackQueryHandler(begin, pattern="^report$")],
            states=states(),
            fallbacks=[CallbackQueryHandler(cancel, pattern="^cancel$")],
            name="report",
            persistent=True,
        )
    )
    application.add_handler(CommandHandler("start", start))
    application.run_webhook(
        listen="127.0.0.1",
        port=int(os.environ["BENCH_PORT"]),
        url_path="hook",
        webhook_url=f"http://127.0.0.1:{os.environ['BENCH_PORT']}/hook",
    )


if __name__ == "__main__":
    main()
