"""暂缓销毁, and what goes when its time is over (policy/retention.toml)."""

from collections.abc import Mapping
from datetime import date

from handlers.cases import deadlines
from handlers.people.colleagues import answer
from handlers.turn import Rules, Turn
from policy.retention import Kind
from storage.cases import Case
from storage.erasures import ASKED
from storage.work import Work

#: Files, reporters and cases that are removed in one turn: nobody waits long for it.
FILES, REPORTERS, CASES = 5, 50, 5
#: Hours of the night at which it is done.
NIGHT = range(1, 5)


def held(turn: Turn, case: Case, body: Mapping[str, str]) -> Case | None:
    """The words of a case are kept past their time, until a day; or not any more."""
    by = turn.speaker.person_id
    if body["hold"] == "yes":
        until = deadlines.end_of_day(turn, date.fromisoformat(body["until"]))
        turn.work.erasures.set_hold(case.id, by=by, reason=body["reason"], until=until)
    else:
        turn.work.erasures.end_hold(case.id, by=by)
    return case


def asked_to_erase(turn: Turn, case: Case, _: Mapping[str, str]) -> Case | None:
    """The first person asks, another one agrees; what is held back stays."""
    erasures, by = turn.work.erasures, turn.speaker.person_id
    wish = erasures.wish(case.id)
    if erasures.hold(case.id) is not None:
        answer(turn, turn.words("case.erase_held"))
        return None
    if wish is None:
        erasures.ask(case.id, by=by)
    elif not erasures.agree(wish, case.id, by=by):
        answer(turn, turn.words("case.erase_other"))
        return None
    return case


def lines(turn: Turn, case: Case) -> list[str]:
    """What was removed of a case, and until when it is held back."""
    kept = turn.rules.policy.retention
    last = {stone.kind: stone for stone in turn.work.erasures.of_case(case.id)}
    said = [
        turn.words(
            "case.erased",
            what=kept[kind].name,
            when=turn.day(last[kind].at.astimezone(turn.rules.zone)),
        )
        for kind in kept
        if kind in last
    ]
    if (wish := turn.work.erasures.wish(case.id)) is not None:
        said.append(turn.words("case.erase_soon" if wish.agreed_by else "case.erase_asked"))
    if (hold := turn.work.erasures.hold(case.id)) is not None:
        until = turn.day(hold.until.astimezone(turn.rules.zone))
        said.append(turn.words("case.held", when=until))
    return said


def let_go(work: Work, rules: Rules) -> bool:
    """Remove some of what is over; False when nothing more is."""
    before = {kind: kept.over_before(work.now) for kind, kept in rules.policy.retention.items()}
    if files := work.erasures.files_over(before["case"], FILES):
        for file in files:
            work.erasures.forget_file(file, _rule(work, rules, "case", file.case_id))
    elif reports := work.erasures.reporters_over(before["reporter"], REPORTERS):
        for report_id, case_id in reports:
            rule = _rule(work, rules, "reporter", case_id)
            work.erasures.forget_reporter(report_id, case_id, rule)
    elif cases := work.erasures.cases_over(before["case"], CASES):
        for case_id in cases:
            work.erasures.forget_case(case_id, _rule(work, rules, "case", case_id))
    else:
        return False
    return True


def receipt(turn: Turn, case: Case) -> str:
    """What was removed, a line for each time, as the paper of it says."""
    kept = turn.rules.policy.retention
    names: dict[str, str] = {kind: line.name for kind, line in kept.items()}
    names["file"] = turn.words("case.erased_file")
    return "\n".join(
        turn.words(
            "case.erased_line",
            when=f"{stone.at.astimezone(turn.rules.zone):%Y-%m-%d %H:%M}",
            what=names[stone.kind],
            count=stone.removed,
            why=turn.words("case.erased_asked" if stone.is_asked else "case.erased_over"),
            number=stone.digest.hex()[:16],
        )
        for stone in turn.work.erasures.of_case(case.id)
    )


def _rule(work: Work, rules: Rules, kind: Kind, case_id: int) -> str:
    wish = work.erasures.wish(case_id)
    if wish is not None and wish.agreed_by is not None:
        return f"{ASKED}{wish.id}"
    kept = rules.policy.retention[kind]
    return f"{kind}, {kept.after}, {kept.years} years"
