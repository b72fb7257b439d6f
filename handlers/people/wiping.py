"""清空对话: whoever takes the phone reads nothing of what was said."""

from datetime import timedelta

from conversation.cards import Card
from handlers.saying import answer, button
from handlers.turn import Turn

#: Telegram lets a bot remove what is younger than 48 hours; the way there takes a moment.
YOUNG = timedelta(hours=47, minutes=50)
#: Whose messages lie in an app of somebody else's; a page of ours clears itself.
APPS = frozenset({"telegram"})


def ask(turn: Turn, _: str = "") -> None:
    """What will be gone, what stays, and what to note first."""
    if turn.speaker.channel in APPS:
        answer(
            turn,
            turn.words("wipe.ask"),
            button(turn.words("wipe.yes"), "wipe.yes", turn.heard_as or ""),
        )
    else:
        answer(turn, turn.words("wipe.elsewhere"))


def wipe(turn: Turn, asked_by: str = "") -> None:
    """Remove both sides' messages; an open form is put aside, and nothing reminds of it.

    Whether the question was sent may not be written down yet: it says which message asked for it.
    """
    contact_id = turn.speaker.contact_id
    wipes = messages(turn, contact_id, *filter(None, (asked_by, turn.replies_to)))
    turn.draft = turn.in_place = None
    for draft in turn.work.drafts.open_of(contact_id):
        if draft.wake_for == "nudge":
            later = draft.updated_at + turn.rules.policy.timing["draft_unfinished"]
            turn.work.drafts.wake(draft.id, later, "unfinished")
    turn.say(Card(text=turn.words("wipe.done"), wipes=wipes))


def messages(turn: Turn, contact_id: int, *more: str) -> tuple[str, ...]:
    """The messages of both sides that can still be removed, and these, the oldest first."""
    since = turn.work.now - YOUNG
    found = {
        *turn.work.outbox.messages_since(contact_id, since),
        *turn.work.attachments.messages_since(contact_id, since),
        *more,
    }
    return tuple(sorted(found, key=lambda one: (len(one), one)))
