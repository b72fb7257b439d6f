"""What is sent shortly after a visit was entered: it is kept as the visit's own photos are."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from conversation.cards import Action, Button
from handlers.children import child_file, register
from handlers.reporting.instead import Instead
from handlers.turn import Turn
from policy.masking import mask_name
from storage.visiting.visit import Visit

#: So long after it was entered, and so many visits are offered.
LATELY, MOST = timedelta(hours=2), 2
#: Children whom a button names.
NAMED = 3


@dataclass(frozen=True, slots=True)
class Entered:
    """The visits of one card, one a child."""

    visits: tuple[Visit, ...]
    names: tuple[str, ...] = field(repr=False)

    @property
    def report_id(self) -> int | None:
        """The report that was made of it, if one was."""
        return next((one.report_id for one in self.visits if one.report_id is not None), None)


def lately(turn: Turn) -> list[Entered]:
    """What the speaker entered a moment ago and may still see, the last first."""
    since = turn.work.now - LATELY
    rows = turn.work.visits.entered_by(turn.speaker.person_id, since) if turn.roles else ()
    moments = dict.fromkeys(one.entered_at for one in rows if one.result != "explained")
    entries = (tuple(one for one in rows if one.entered_at == at) for at in moments)
    found = (_entered(turn, visits) for visits in entries)
    return [one for one in found if one is not None][:MOST]


def offers(turn: Turn, file_id: int) -> list[tuple[Button, ...]]:
    """To keep a file with what was entered just now."""
    return [
        (
            Button(
                label=turn.words("file.idle_visit", name=called(one)),
                action=Action("file.visit", f"{one.visits[0].id} {file_id}"),
            ),
        )
        for one in lately(turn)
    ]


def offers_of_words(turn: Turn) -> list[Instead]:
    """To put words behind what was entered just now: 忘了说，他爷爷腿摔断了."""
    return [
        Instead(
            label=turn.words("checkin.add_words", name=called(one)),
            verb="visit.more",
            of=f"{one.visits[0].id}:",
        )
        for one in lately(turn)[:1]
    ]


def called(entered: Entered) -> str:
    """王小明、王小芳."""
    return "、".join(entered.names[:NAMED])


def meant(turn: Turn, visit_id: int) -> Entered | None:
    """What was entered with this visit, if it was the speaker, just now."""
    return next((one for one in lately(turn) if one.visits[0].id == visit_id), None)


def keep(turn: Turn, entered: Entered, files: Sequence[int]) -> None:
    """The files stay with the visit: a report that is made of it has them."""
    add_words(turn, entered, "", files)


def add_words(turn: Turn, entered: Entered, text: str, files: Sequence[int]) -> None:
    """The words stand with what was said of the visit, the files with its own."""
    for one in entered.visits:
        answers = json.loads(one.answers)
        answers["note"] = "\n".join(filter(None, (answers.get("note", ""), text)))
        known = answers.get("files", "").split()
        answers["files"] = " ".join(dict.fromkeys([*known, *map(str, files)]))
        said = json.dumps(answers, ensure_ascii=False, separators=(",", ":"))
        turn.work.visits.say_more(one.id, said)


def _entered(turn: Turn, visits: tuple[Visit, ...]) -> Entered | None:
    views = [register.view(turn, one.child_id) for one in visits]
    seen = [one for one in views if one is not None and child_file.may_visit(turn, one)]
    if len(seen) < len(visits):
        return None
    names = (mask_name(one.child.name) if "name" in one.waits else one.child.name for one in seen)
    return Entered(visits=visits, names=tuple(names))
