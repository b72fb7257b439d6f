"""Who sees which child, and how much of the record; whom words mean among those."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from conversation.cards import Action, Button, Card
from handlers.children.own import own
from handlers.children.roll import fits
from handlers.people import proof
from handlers.people.colleagues import held
from handlers.saying import home_row
from handlers.turn import Turn
from policy.masking import mask_name
from policy.register.columns import COLUMNS
from storage.children.child import Child

#: Whoever opened a file with a reason reads on so long without a new one.
READS_ON = timedelta(minutes=30)
#: Looks among which their own is.
LOOKS = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A child, and what of the record the speaker may read."""

    child: Child = field(repr=False)
    fields: frozenset[str]
    #: What is shown as 张*, 138****5678.
    masked: frozenset[str]
    #: In the speaker's own hands, or in those of somebody they stand in for.
    own: bool
    #: What of the masked ones is theirs to read once the six digits were said.
    waits: frozenset[str] = frozenset()


# -- who sees whom ------------------------------------------------------------------------------


def view(turn: Turn, child_id: int) -> View | None:
    """The child as the speaker may see them; absent and foreign are the same."""
    child = turn.work.children.meant(child_id)
    if child is None:
        return None
    seen = view_of(turn, child, own=child.id in own_ids(turn))
    return seen and (_whole(seen) if seen.waits and reads_on(turn, seen) else seen)


def view_of(turn: Turn, child: Child, *, own: bool, at: int | None = None) -> View | None:
    """The same for a child that was read already; ``at`` is where it may live one day.

    Where the county asks for six digits, who a child is that is not one's own is read after them.
    """
    if child.status not in ("active", "left"):
        return None
    rights = turn.rules.policy.rights
    sight = rights.sight(held(turn), at or child.area_id, turn.work.areas, own=own)
    if not sight:
        return None
    waits = frozenset[str]() if own or proof.is_given(turn) else sight.full & COLUMNS.identities
    shown = sight.without(waits)
    return View(child=child, fields=shown.full, masked=shown.masked, own=own, waits=waits)


def _whole(seen: View) -> View:
    """With what waited for the digits."""
    return replace(
        seen, fields=seen.fields | seen.waits, masked=seen.masked - seen.waits, waits=frozenset()
    )


def reads_on(turn: Turn, seen: View) -> bool:
    """True within half an hour of the speaker's own look."""
    since = turn.work.now - READS_ON
    looks = turn.work.child_looks.of_child(seen.child.id)
    return any(
        look.person_id == turn.speaker.person_id and look.at >= since for look in looks[-LOOKS:]
    )


def open_file(turn: Turn, seen: View, *, code: str, reason: str = "") -> View:
    """Write down that the speaker looks, and show what they may read: files open here alone.

    Raises PermissionError where six digits are asked and were not said: whoever leads here asks
    for them before.
    """
    if seen.waits:
        raise PermissionError
    turn.work.children.open(seen.child.id, turn.speaker.person_id, code=code, reason=reason)
    return seen


def own_ids(turn: Turn) -> frozenset[int]:
    """The children in the speaker's own hands, as their own or as a deputy."""
    return frozenset(child.id for child in own(turn))


def sees_register(turn: Turn) -> bool:
    """True for whom there is anybody to find."""
    reading = turn.rules.policy.rights.reading_posts()
    return any(role in reading for role, _ in held(turn)) or bool(own_ids(turn))


def has_children(turn: Turn) -> bool:
    """True for who answers for a child."""
    return bool(own_ids(turn))


def called(turn: Turn, seen: View) -> str:
    """王小明（10岁，河湾村二组）: the name as far as it may be read."""
    name = seen.child.name if "name" in seen.fields else mask_name(seen.child.name)
    area = turn.work.areas.get(seen.child.area_id)
    path = turn.work.areas.path(seen.child.area_id)
    place = "".join(row.name for row in path if row.kind in ("village", "group"))
    years = age(seen.child, turn.at.date())
    key = "child.label" if years is not None else "child.label_no_age"
    return turn.words(key, name=name, count=years, area=place or (area.name if area else ""))


def age(child: Child, today: date) -> int | None:
    """Whole years; None while the birthday is not known."""
    return years(child.values.get("birth_date", ""), today)


def years(birth_date: str, today: date) -> int | None:
    """Whole years since a day; None for a year or a month alone."""
    if len(birth_date) < len("2016-09-01"):
        return None
    born = date.fromisoformat(birth_date)
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


# -- finding ------------------------------------------------------------------------------------


def search(turn: Turn, text: str) -> Sequence[View]:
    """Whom the words may mean, within what the speaker may see. Raises NotRead."""
    own = own_ids(turn)
    reading = turn.rules.policy.rights.reading_posts()
    areas = {
        area
        for role, at in held(turn)
        if role in reading
        for area in turn.work.areas.descendants(at)
    }
    turn.rules.roll.catch_up(turn.work, areas, own)
    hits = turn.rules.roll.find(text, areas, own)
    children = {child.id: child for child in turn.work.children.some(hits)}
    views = [
        view_of(turn, children[one], own=one in own)
        for one in hits
        if one in children and children[one].status == "active"
    ]
    return [one for one in views if one is not None and _is_found(turn, one, text)]


def _is_found(turn: Turn, seen: View, text: str) -> bool:
    """True for whom the words mean by what the speaker reads: by no parent who is not theirs."""
    read = seen.fields | seen.waits | (seen.masked & {"name"})
    known = {key: value for key, value in seen.child.values.items() if key in read}
    if len(known) == len(seen.child.values):
        return True
    return fits(text, replace(seen.child, values=known), turn.work.areas)


def refuse(turn: Turn) -> None:
    """Absent and foreign sound the same."""
    turn.say(
        Card(
            text=turn.words("child.nobody"),
            rows=(
                (Button(label=turn.words("child.find_again"), action=Action("find")),),
                home_row(turn),
            ),
        )
    )
