"""暂缓销毁 and 按申请销毁 of a case."""

from collections.abc import Mapping
from datetime import date

from handlers.cases import deadlines
from handlers.saying import answer
from handlers.turn import Turn
from storage.cases.case import Case


def held(turn: Turn, case: Case, body: Mapping[str, str]) -> Case | None:
    """The words of a case are kept past their time, until a day; or not any more."""
    by = turn.speaker.person_id
    if body["hold"] == "yes":
        until = deadlines.end_of_day(turn, date.fromisoformat(body["until"]))
        turn.work.erasures.set_hold("case", case.id, by=by, reason=body["reason"], until=until)
    else:
        turn.work.erasures.end_hold("case", case.id, by=by)
    return case


def asked_to_erase(turn: Turn, case: Case, _: Mapping[str, str]) -> Case | None:
    """The first person asks, another one agrees; what is held back stays."""
    erasures, by = turn.work.erasures, turn.speaker.person_id
    wish = erasures.wish("case", case.id)
    if erasures.held(case.id) is not None:
        answer(turn, turn.words("case.erase_held"))
        return None
    if wish is None:
        erasures.ask("case", case.id, by=by)
    elif not erasures.agree(wish, "case", by=by):
        answer(turn, turn.words("case.erase_other"))
        return None
    return case


def lines(turn: Turn, case: Case) -> list[str]:
    """What was removed of a case, and until when it is held back."""
    kept = turn.rules.policy.retention
    last = {stone.kind: stone for stone in turn.work.erasures.of("case", case.id)}
    said = [
        turn.words(
            "case.erased",
            what=kept[kind].name,
            when=turn.day(last[kind].at.astimezone(turn.rules.zone)),
        )
        for kind in kept
        if kind in last
    ]
    if (wish := turn.work.erasures.wish("case", case.id)) is not None:
        said.append(turn.words("case.erase_soon" if wish.agreed_by else "case.erase_asked"))
    if (hold := turn.work.erasures.held(case.id)) is not None:
        until = turn.day(hold.until.astimezone(turn.rules.zone))
        said.append(turn.words("case.held", when=until))
    return said
