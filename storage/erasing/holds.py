"""What is held back: a report, a child's file, and what is of a child while a case of it is."""

from typing import Any

from sqlalchemy import ColumnElement, and_, exists, literal_column, or_, select

from storage.repository import given
from storage.tables import case_file, case_hold, report

_IS_ON = (case_hold.c.ended_at.is_(None), case_hold.c.until > given("now"))
#: A report of which no case was made, itself.
IS_REPORT_HELD = exists().where(
    *_IS_ON, case_hold.c.matter == literal_column("'report'"), case_hold.c.matter_id == report.c.id
)


def is_held(child_id: ColumnElement[Any]) -> ColumnElement[bool]:
    """True while its file, or a case about it, is held back; asks for ``now``."""
    cases = select(case_file.c.id).where(case_file.c.child_id == child_id)
    return exists().where(
        *_IS_ON,
        or_(
            and_(
                case_hold.c.matter == literal_column("'child'"), case_hold.c.matter_id == child_id
            ),
            and_(case_hold.c.matter == literal_column("'case'"), case_hold.c.matter_id.in_(cases)),
        ),
    )
