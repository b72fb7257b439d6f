"""What an address or a form of the desk asks a list for."""

from collections.abc import Mapping

from bot.site.console.front import page_number
from bot.site.console.references import References
from handlers.office import cases, staff
from handlers.office.children import Asked as ChildrenAsked
from policy.grading import GRADES

#: Characters of what is looked for.
SOUGHT = 100


def cases_asked(query: Mapping[str, str]) -> cases.Asked:
    """Open or closed cases, of a grade, late ones; whatever else is said is nothing."""
    grade, only = query.get("grade", ""), query.get("only", "")
    return cases.Asked(
        state="closed" if query.get("state") == "closed" else "open",
        grade=grade if grade in GRADES else "",
        only=only if only in cases.ONLY else "",
    )


def staff_asked(query: Mapping[str, str]) -> staff.Asked:
    """Whom no message reaches, or who is called so."""
    return staff.Asked(
        unreached=query.get("only") == "unreached", text=query.get("q", "").strip()[:SOUGHT]
    )


def children_asked(references: References, query: Mapping[str, str]) -> ChildrenAsked:
    """Children of a place or tier, active or gone, late ones, or who is called so."""
    area = query.get("area", "")
    named = references.number("area", area) if area else None
    status = query.get("status", "")
    return ChildrenAsked(
        area=(named or 0) if area else None,
        tier=query.get("tier", "")[:16],
        status="left" if status == "left" else "active",
        late=query.get("only") == "late",
        text=query.get("q", "").strip()[:SOUGHT],
        page=page_number(query),
    )
