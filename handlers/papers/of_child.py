"""What stands on the papers of a child and of a pupil who is missing."""

from handlers import erasing
from handlers.children import child_file, register
from handlers.children.register import View
from handlers.school import classes
from handlers.school.absence_view import View as AbsenceView
from handlers.turn import Turn
from policy.register.columns import COLUMNS

#: Columns of the register by the field that shows them.
OF_CHILD = {
    "child_name": "name",
    "child_sex": "sex",
    "child_birth": "birth_date",
    "child_id_number": "id_number",
    "child_address": "address",
    **{
        f"{parent}_{part}": f"{parent}_{part}"
        for parent in ("father", "mother")
        for part in ("name", "id_number", "phone", "whereabouts")
    },
    **{
        f"carer_{part}": f"guardian_{part}"
        for part in ("name", "id_number", "phone", "relation", "address", "health")
    },
    "care_reason": "care_reason",
}


def facts(turn: Turn, seen: View) -> dict[str, str]:
    """What the register knows, as far as the maker of the paper reads it."""
    known = _columns(seen)
    known["area"] = turn.work.areas.full_name(seen.child.area_id)
    known["erased"] = erasing.receipt(turn, "child", seen.child.id)
    school = [said for key in ("school", "class") if (said := _column(seen, key))]
    if school:
        known["child_school"] = " ".join(school)
    carer = next(
        (one for one in turn.work.carers.of_child(seen.child.id) if one.kind == "delegated"), None
    )
    if carer is not None and "guardian_name" in seen.fields:
        known |= {
            "care_since": str(carer.since or ""),
            "care_until": str(carer.until or ""),
            **{
                key: carer.said[key]
                for key in ("child_opinion", "school_told_on", "village_told_on")
                if carer.said.get(key) and carer.said[key] != "none"
            },
        }
    return known


def of_absence(turn: Turn, seen: AbsenceView) -> dict[str, str]:
    """What the register and the school know; the school's own words for where the pupil sits."""
    child = register.view(turn, seen.missed.child_id) if seen.missed.child_id else None
    known = facts(turn, child) if child is not None else {}
    return {
        **known,
        **({"child_name": seen.name} if seen.is_named else {}),
        "child_school": classes.called(seen.room),
        "absent_since": f"{seen.missed.first_day:%Y年%m月%d日}",
        "return_days": str(turn.rules.policy.absence.notice.days),
    }


def _columns(seen: View) -> dict[str, str]:
    return {field: said for field, key in OF_CHILD.items() if (said := _column(seen, key))}


def _column(seen: View, key: str) -> str:
    """A column that the maker reads in full; "" for what is unknown or not for them."""
    value = seen.child.values.get(key, "")
    return child_file.said(COLUMNS[key], value) if value and key in seen.fields else ""
