"""The posts that people hold, and what each may and must do."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

Import: TypeAlias = Literal["roster", "areas", "shifts", "class", "claims"]
Level: TypeAlias = Literal["village", "township", "county"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """A post: 儿童主任, 督导员 ..."""

    name: str
    #: At which level of the county it works.
    level: Level
    #: Bound by law to report (未成年人保护法 art. 11(2)); for everybody else it is a right.
    must_report: bool = False
    #: Is told of reports in its area and may read them.
    reads_reports: bool = False
    #: May lower a grade, with a reason; whoever reads a report may raise it.
    lowers_grade: bool = False
    #: Invites, approves and hands over people of these levels, at or below its own place.
    manages: tuple[Level, ...] = ()
    #: May ask for a reporter's identity and, as the second person, agree to it.
    opens_identity: bool = False
    #: Tables that it brings in, at or below its place: 名册, 地名表, 值班表, 班级名单, 名单核对.
    imports: tuple[Import, ...] = ()
    #: Writes a child who is found into the register, at or below its own place.
    enters_children: bool = False
    #: Says there who looks after a child, who left and who moved; the first is among it.
    keeps_register: bool = False
    #: Calls the roll of a class; answers for a whole school.
    teaches: bool = False
    heads_school: bool = False
