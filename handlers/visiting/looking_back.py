"""What was seen before: a child's visits, the newest first."""

import json
from typing import assert_never

from handlers.children import child_file, register
from handlers.children.register import View
from handlers.saying import answer, button
from handlers.turn import Turn
from handlers.visiting.beginning import seen_of
from handlers.visiting.checkin import worries_of
from handlers.visiting.pauses import pause_rows
from policy.masking import defang
from storage.visiting.visit import Visit

#: Visits that one look back shows.
SHOWN = 10


def look_back(turn: Turn, child_id: str) -> None:
    """走访记录: the latest visits, for whoever has the file open."""
    seen = child_file.opened(turn, child_id)
    if seen is None:
        return
    lines = [turn.words("checkin.history", name=register.called(turn, seen))]
    lines += [
        _line(turn, seen, visit) for visit in turn.work.visits.of_child(seen.child.id, SHOWN)
    ]
    if len(lines) == 1:
        lines.append(turn.words("checkin.never"))
    rows = []
    if seen_of(turn, seen.child.id) is not None:
        rows = [button(turn.words("checkin.begin"), "visit", child_id), *pause_rows(turn, seen)]
    answer(
        turn, defang("\n".join(lines)), *rows, button(turn.words("child.back"), "child", child_id)
    )


def _line(turn: Turn, seen: View, visit: Visit) -> str:
    rhythm = turn.rules.policy.rhythm
    kind = rhythm.kinds[visit.kind].name if visit.kind in rhythm.kinds else ""
    match visit.result:
        case "done":
            what = turn.words("checkin.seen" if visit.seen else "checkin.unseen", what=kind)
        case "failed":
            reason = rhythm.failures.get(visit.reason)
            what = turn.words(
                "checkin.failed", what=kind, text=reason.name if reason else visit.reason
            )
        case "explained":
            what = turn.words("checkin.explained")
        case _:
            assert_never(visit.result)
    answers = json.loads(visit.answers)
    by = answers.get("visit_by") or turn.work.people.name_of(visit.person_id)
    note = answers.get("note") or answers.get("late_note", "")
    line = turn.words("checkin.line", when=f"{visit.on_day:%Y-%m-%d}", what=what, name=by)
    worries = worries_of(turn, answers) if "notes" in seen.fields else ""
    more = [one for one in (worries, note if "notes" in seen.fields else "") if one]
    return "；".join([line, *more])
