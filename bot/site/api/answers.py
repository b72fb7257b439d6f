"""What a program is answered: rows of ours as the values that the description promises."""

from typing import Any, cast

from bot.site.api import models
from bot.site.console.references import References
from handlers.office import analysis
from handlers.systems.machines import CaseRow, ChildRow, ReportRow
from policy.areas import AreaRow
from storage.visiting.visit import Visit


class Answers:
    """Rows as values, each named as this installation names it to programs."""

    def __init__(self, references: References) -> None:
        self._references = references

    def area(self, row: AreaRow, *, top: bool) -> models.Area:
        """A place; the token's own has nothing above it."""
        parent = None if top else self._name_or_none("area", row.parent_id)
        return models.Area(
            id=self._name("area", row.id), parent=parent, kind=cast("Any", row.kind), name=row.name
        )

    def child(self, row: ChildRow) -> models.Child:
        """A child of the register, as far as the token reads it."""
        child = row.seen.child
        return models.Child(
            id=self._name("child", child.id),
            area=self._name("area", child.area_id),
            status=cast("Any", child.status),
            columns=dict(row.columns),
            updated_at=child.updated_at,
        )

    def case(self, row: CaseRow) -> models.Case:
        """A case, without names."""
        case = row.case
        return models.Case(
            id=self._name("case", case.id),
            number=case.number,
            area=self._name_or_none("area", case.area_id),
            grade=cast("Any", case.grade),
            stage=case.stage,
            stage_name=row.stage_name,
            owner_post=row.owner,
            child=self._name_or_none("child", row.child),
            opened_at=case.opened_at,
            accepted_at=case.accepted_at,
            closed_at=case.closed_at,
            outcome=case.outcome,
            solved=cast("Any", case.solved),
            reopened=case.reopened,
            due_kind=row.due_kind,
            due_at=row.due_at,
        )

    def report(self, row: ReportRow) -> models.Report:
        """A report; what was said only where the token may read it."""
        told = row.report
        return models.Report(
            id=self._name("report", told.id),
            number=told.number,
            kind=cast("Any", told.kind),
            area=self._name_or_none("area", told.area_id),
            grade=cast("Any", told.grade),
            circumstances=list(told.circumstances),
            case=self._name("case", row.case.id),
            stage=row.case.stage,
            created_at=told.created_at,
            occurred_at=told.occurred_at,
            said=None if row.said is None else dict(row.said),
        )

    def visit(self, one: Visit) -> models.Visit:
        """A visit, without what was said there."""
        return models.Visit(
            id=self._name("visit", one.id),
            child=self._name("child", one.child_id),
            kind=one.kind,
            result=one.result,
            reason=one.reason,
            seen=one.seen,
            alone=one.alone,
            day=one.on_day,
            next_day=one.next_on,
            entered_at=one.entered_at,
        )

    def figures(self, page: analysis.Page) -> models.Figures:
        """The numbers of a place and of those right below it."""
        return models.Figures(
            area=self._name("area", page.area),
            first=page.first,
            last=page.last,
            figures=[
                models.Figure(
                    key=one.key,
                    name=one.name,
                    means=one.means,
                    count=one.count,
                    percent=one.share,
                )
                for one in page.numbers
            ],
            places=[
                models.PlaceFigures(
                    area=self._name("area", one.id), name=one.name, counts=dict(one.counts)
                )
                for one in page.places
            ],
        )

    def _name(self, kind: str, number: int) -> str:
        return self._references.name(kind, number)

    def _name_or_none(self, kind: str, number: int | None) -> str | None:
        return None if number is None else self._references.name(kind, number)
