"""转介: to an institution of the county's directory, or to a colleague who is let in.

Each has a clock of its own: whether it is taken, then how it went; nobody answers, and it climbs.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from handlers import saying
from handlers.cases import assisting, duties
from handlers.people import colleagues
from handlers.turn import Turn
from storage.cases.case import Case, Entry
from storage.cases.duties import Duty

#: The act, and by whom it asks: whether it is taken, and by what this goes on.
REFER = "refer"
ASKED = ("provider_answer", "take_referral")
GOES_ON = {"provider_answer": "provider_result", "take_referral": "referral"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Referral:
    """One of them, as a paper shows it."""

    to: str = field(repr=False)
    contact: str = field(repr=False)
    phone: str = field(repr=False)
    what: str = field(repr=False)
    #: What is awaited of it; None once it is over.
    waits: Duty | None
    #: What became of it, the first thing first.
    became: tuple[Entry, ...] = field(repr=False)


def referred(turn: Turn, case: Case, body: Mapping[str, str]) -> Case | None:
    """Somebody is asked: a colleague answers it; for an institution whoever has the case does."""
    if body.get("helper"):
        return assisting.referred(turn, case, body)
    what = turn.words("referral.of", name=_reached(turn, body), what=body["what"])
    duties.set_for_case(turn, case, "provider_answer", turn.work.new_id(), what=what)
    return case


def say_whom_to_ring(turn: Turn, case: Case, body: Mapping[str, str]) -> None:
    """How the institution is reached, and that there is a paper for it."""
    if not body.get("helper"):
        turn.say(saying.note(turn, turn.words("referral.ring", name=_reached(turn, body))))


def taken(turn: Turn, case: Case, body: Mapping[str, str]) -> Case | None:
    """It is taken: from now on the result is awaited, of just this one."""
    answered = turn.work.duties.get(int(body.get("duty") or 0))
    if answered is not None and answered.kind in GOES_ON:
        kind, cause = GOES_ON[answered.kind], turn.work.new_id()
        duties.set_for_case(turn, case, kind, cause, what=answered.what)
    return case


def _reached(turn: Turn, body: Mapping[str, str]) -> str:
    """县人民医院，李医生，电话 0870-1234567, as far as it is known."""
    name, contact, phone = _institution(turn, body)
    told = turn.words("referral.phone", number=phone) if phone else ""
    return "，".join(filter(None, (name, contact, told)))


def _institution(turn: Turn, body: Mapping[str, str]) -> tuple[str, str, str]:
    known = turn.rules.policy.providers.providers.get(body.get("provider", ""))
    if known is None:
        return body.get("provider_words", ""), "", ""
    return known.name, known.contact, known.phone


# -- on paper -----------------------------------------------------------------------------------


def told(turn: Turn, case: Case, entry: Entry) -> Referral:
    """What is known of a referral of the story; its words may have been removed."""
    body = json.loads(entry.body)
    name, contact, phone = _institution(turn, body)
    if helper := body.get("helper", ""):
        name, contact = "", colleagues.called(turn, int(helper))
        phone = turn.work.people.phone_of(int(helper)) or ""
    chain = _chain(turn, case, entry)
    ids = {str(one.id) for one in chain}
    return Referral(
        to=name or contact,
        contact=contact if name else "",
        phone=phone,
        what=body.get("what", ""),
        waits=next((one for one in chain if one.state == "open"), None),
        became=tuple(
            one
            for one in turn.work.cases.entries(case.id)
            if json.loads(one.body).get("duty") in ids
        ),
    )


def _chain(turn: Turn, case: Case, entry: Entry) -> list[Duty]:
    """What was set with a referral, and what followed when it was taken."""
    every = sorted(turn.work.duties.of("case", case.id), key=lambda one: one.id)
    asked = [one for one in every if one.kind in ASKED and one.id < entry.id]
    if not asked:
        return []
    first = asked[-1]  # it is set right before the act is written
    after = [
        one
        for one in every
        if one.kind == GOES_ON[first.kind] and one.what == first.what and one.id > first.id
    ]
    return [first, *after[:1]]
