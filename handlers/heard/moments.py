"""When it was, and from when until when, said where something else is asked."""

from conversation.dates import find_moment, is_when, parse_days, parse_moment
from conversation.dialogue import Step
from conversation.values import moment_text
from handlers.heard import kept
from handlers.heard.open_form import OF_CHILD, PLACE, Heard, OpenForm

#: When it happened, and what is ticked where whoever reports chooses what else they know.
MOMENT, MORE = "when", "topics"
#: By the question for a first day the one for the last.
UNTIL = {"leave_from": "leave_until", "care_from": "care_until"}
#: By a question the one for when: 刚才打了110 answers both.
WHEN = {"police_called": "police_when"}


def for_name(here: OpenForm, text: str) -> Heard | None:
    """昨天晚上, where it is asked which child or where."""
    asks_for_name = here.asks in {PLACE, *OF_CHILD}
    if not here.keeper or not asks_for_name or not is_when(text, here.turn.at):
        return None
    return _happened_then(here, text).going_on("form.kept_when")


def _happened_then(here: OpenForm, text: str) -> OpenForm:
    """The moment answers when it was, where a form asks that; else it is kept as it was said."""
    when, more = here.form.named(MOMENT), here.form.named(MORE)
    moment = parse_moment(text, here.turn.at)
    if when is None or moment is None or moment > here.turn.at or here.answer_at(when.path):
        return kept.noted(here, text)
    heard = here.settled(when.path, moment_text(moment))
    if more is None or here.form.choice(more.list, MOMENT) is None:
        return heard
    ticked = dict.fromkeys((*heard.answer_at(more.path).split(), MOMENT))
    return heard.settled(more.path, " ".join(ticked), asked=True)


def both_days(here: OpenForm, text: str) -> Heard | None:
    """The first and the last day, told at once: 明天起三天."""
    last = here.form.named(UNTIL[here.asks]) if here.asks in UNTIL else None
    days = parse_days(text, here.turn.at.date()) if last is not None else None
    if last is None or days is None:
        return None
    return Heard(step=here.answered({here.at: str(days[0]), last.path: str(days[1])}))


def told_too(here: OpenForm, step: Step, text: str) -> Heard | None:
    """An answer that says when it was as well."""
    now = here.after(step)
    if not now.asks or WHEN.get(here.asks) != now.asks:
        return None
    moment = find_moment(text, here.turn.at)
    if moment is None or moment > here.turn.at:
        return None
    return Heard(step=now.answered({now.at: moment_text(moment)}))
