"""What goes when its time is over (policy/retention.toml), and the paper of it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from handlers.people import own_data
from handlers.rules import Rules
from handlers.turn import Turn
from policy.retention import BY_YEAR, Kind
from storage.erasing.erasure import ASKED, Matter
from storage.work import Work

#: What is removed in one turn: nobody waits long for it.
FILES, REPORTERS, CASES, CHILDREN, OTHERS = 5, 50, 5, 5, 20
#: Wishes that are looked at in one turn; one is carried out.
PEOPLE = 100
#: Hours of the night at which it is done.
NIGHT = range(1, 5)


def let_go(work: Work, rules: Rules) -> bool:
    """Remove some of what is over; False when nothing more is."""
    return any(step() for step in _Over(work, rules).steps())


def receipt(turn: Turn, matter: Matter, matter_id: int) -> str:
    """What was removed, a line for each time, as the paper of it says."""
    names: dict[str, str] = {kind: line.name for kind, line in turn.rules.policy.retention.items()}
    names["file"] = turn.words("case.erased_file")
    return "\n".join(
        turn.words(
            "case.erased_line",
            when=f"{stone.at.astimezone(turn.rules.zone):%Y-%m-%d %H:%M}",
            what=names.get(stone.kind, stone.kind),
            count=stone.removed,
            why=turn.words("case.erased_asked" if stone.is_asked else "case.erased_over"),
            number=stone.digest.hex()[:16],
        )
        for stone in turn.work.erasures.of(matter, matter_id)
    )


@dataclass(slots=True)
class _Over:
    """What is over now."""

    work: Work
    rules: Rules

    def steps(self) -> Iterable[Callable[[], bool]]:
        """Each removes some, and is False when nothing more is."""
        yield from (self._people, self._files, self._reporters, self._cases)
        yield from (self._children, self._visits)
        yield from (self._families, self._absences, self._reports, self._rolls)

    def _people(self) -> bool:
        agreed = self.work.erasures.agreed("person", PEOPLE)
        return any(own_data.carry_out(self.work, self.rules, one) for one in agreed)

    def _files(self) -> bool:
        found = self.work.erasures.files_over(self._before("case"), FILES)
        found = found or self.work.forgetting.files_over(self._before("report"), FILES)
        for file in found:
            kind: Kind = "case" if file.matter == "case" else "report"
            self.work.erasures.forget_file(file, self._rule(kind, file.matter, file.matter_id))
        return bool(found)

    def _reporters(self) -> bool:
        found = self.work.erasures.reporters_over(self._before("reporter"), REPORTERS)
        for report_id, case_id in found:
            rule = self._rule("reporter", "case", case_id)
            self.work.erasures.forget_reporter(report_id, "case", case_id, rule)
        return bool(found)

    def _cases(self) -> bool:
        found = self.work.erasures.cases_over(self._before("case"), CASES)
        for case_id in found:
            self.work.erasures.forget_case(case_id, self._rule("case", "case", case_id))
        return bool(found)

    def _children(self) -> bool:
        old, wrong = self._before("child"), self._before("wrong")
        found = self.work.forgetting.children_over(old.date(), wrong.date(), wrong, CHILDREN)
        for child_id in found:
            child = self.work.children.get(child_id)
            left = child is not None and child.status == "left" and child.left_reason != "wrong"
            rule = self._rule("child" if left else "wrong", "child", child_id)
            self.work.forgetting.forget_child(child_id, rule, self._counted)
        return bool(found)

    @property
    def _counted(self) -> frozenset[str]:
        """The columns on which numbers of past days depend."""
        return frozenset({"birth_date", "sex", *self.rules.policy.summary.asks})

    def _visits(self) -> bool:
        before = self._before("visit")
        found = self.work.forgetting.visits_over(before, OTHERS)
        for child_id in found:
            self.work.forgetting.forget_visits(child_id, before, self._rule("visit"))
        return bool(found)

    def _families(self) -> bool:
        before = self._before("family")
        found = self.work.forgetting.families_over(before.date(), before, OTHERS)
        for child_id in found:
            rule = self._rule("family")
            self.work.forgetting.forget_family(child_id, before.date(), before, rule)
        return bool(found)

    def _absences(self) -> bool:
        found = self.work.forgetting.absences_over(self._before("absence"), OTHERS)
        for absence_id in found:
            self.work.forgetting.forget_absence(absence_id, self._rule("absence"))
        return bool(found)

    def _reports(self) -> bool:
        found = self.work.forgetting.reports_over(self._before("report"), OTHERS)
        for report_id in found:
            self.work.forgetting.forget_report(report_id, self._rule("report"))
        return bool(found)

    def _rolls(self) -> bool:
        before = self._before("roll")
        found = self.work.forgetting.rolls_over(before.date(), before, OTHERS)
        for class_id in found:
            self.work.forgetting.forget_rolls(class_id, before.date(), before, self._rule("roll"))
        return bool(found)

    def _before(self, kind: Kind) -> datetime:
        kept = self.rules.policy.retention[kind]
        if kind in BY_YEAR:
            return kept.over_before_year(self.work.now, self.rules.zone)
        return kept.over_before(self.work.now)

    def _rule(self, kind: Kind, matter: Matter = "case", matter_id: int = 0) -> str:
        wish = self.work.erasures.wish(matter, matter_id) if matter_id else None
        if wish is not None and wish.agreed_by is not None:
            return f"{ASKED}{wish.id}"
        kept = self.rules.policy.retention[kind]
        return f"{kind}, {kept.after}, {kept.years} years"
