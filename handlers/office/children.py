"""儿童台账: the children whom somebody may see, masked, and one file once it is open to them."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from conversation.cards import Button
from handlers.children import child_file, child_past, register
from handlers.children.register import View
from handlers.office.lights import Due, due
from handlers.people import colleagues
from handlers.saying import button
from handlers.turn import Turn
from policy.masking import mask_name
from policy.register.columns import COLUMNS
from storage.children.child import Child

#: Children on one page of the list.
SHOWN = 50
#: The columns of a list that leaves the house are those of the register; so many rows at most.
EXPORTED = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One child of a list; the name is always 张*."""

    id: int
    name: str = field(repr=False)
    age: int | None
    place: str
    tier: str
    #: "" for who is not rated; None where that is not the reader's to know.
    tier_name: str | None
    keeper: str
    visit: Due | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which children are wanted."""

    area: int | None = None
    tier: str = ""
    #: active, left
    status: str = "active"
    #: Only those whose visit is late.
    late: bool = False
    #: Words as villagers say them; they take the place of the filters.
    text: str = field(default="", repr=False)
    page: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A page of children, and how many there are in all."""

    lines: tuple[Line, ...]
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part of the record: heading and lines of (column, value); "" is 未采集."""

    title: str
    lines: tuple[tuple[str, str], ...] = field(repr=False)
    change: Button


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One child's file; its parts only while it is open to the reader."""

    line: Line
    is_open: bool
    title: str = field(default="", repr=False)
    parts: tuple[Part, ...] = ()
    notes: tuple[str, ...] = field(default=(), repr=False)
    keepers: str = ""
    history: tuple[str, ...] = field(default=(), repr=False)
    looks: tuple[str, ...] = field(default=(), repr=False)
    buttons: tuple[Button, ...] = ()


def tops(turn: Turn, reads: str = "") -> tuple[int, ...]:
    """The places whose children the speaker sees by a post; of whom they read this column."""
    rights = turn.rules.policy.rights
    reading = [
        role
        for role in rights.child.get("area", {})
        if not reads or reads in rights.fields_for(role, "area")
    ]
    return tuple(dict.fromkeys(at for role, at in colleagues.held(turn) if role in reading))


def places(turn: Turn) -> tuple[tuple[int, str], ...]:
    """What the list may be narrowed to: the speaker's places, and two storeys below."""
    tree = turn.work.areas
    found: dict[int, str] = {}
    for top in tops(turn):
        for one in (top, *(row.id for row in tree.children(top))):
            found[one] = tree.full_name(one) or _name(turn, one)
            row = tree.get(one)
            if row is not None and row.kind == "town":
                found |= {sub.id: tree.full_name(sub.id) for sub in tree.children(one)}
    return tuple(found.items())


def tiers(turn: Turn) -> tuple[tuple[str, str], ...]:
    """The risk tiers: code and word; none for who reads nobody's."""
    if not tops(turn, "tier") and tops(turn):
        return ()
    return tuple((key, tier.name) for key, tier in turn.rules.policy.rhythm.tiers.items())


def _written(turn: Turn, tier: str) -> tuple[str, ...]:
    """How registers write a tier; nothing without a wish."""
    described = turn.rules.policy.rhythm.tiers.get(tier)
    return () if described is None else (tier, described.name, *described.words)


def listed(turn: Turn, asked: Asked) -> Listed:
    """A page of the children whom the speaker may see, masked."""
    if asked.text:
        views = register.search(turn, asked.text)
        return Listed(lines=_lines(turn, views), count=len(views))
    wanted = _wanted(turn, asked)
    before = turn.work.now if asked.late else None
    if not wanted:
        written = _written(turn, asked.tier)
        own = [one for one in _own(turn) if not written or one.child.tier in written]
        return Listed(lines=_lines(turn, own), count=len(own))
    found = turn.work.children.listed(
        wanted,
        status=asked.status,
        tiers=_written(turn, asked.tier),
        visit_before=before,
        skip=asked.page * SHOWN,
        count=SHOWN,
    )
    count = turn.work.children.count(
        wanted, status=asked.status, tiers=_written(turn, asked.tier), visit_before=before
    )
    return Listed(lines=_lines(turn, _seen(turn, found)), count=count)


def late_visits(turn: Turn) -> int:
    """How many children of the speaker's places, else of their own, should have been visited."""
    if wanted := tops(turn):
        return turn.work.visits.late(wanted)
    own = turn.work.duties.visits_of(register.own_ids(turn))
    return sum(duty.due_at < turn.work.now for duty in own.values())


def _wanted(turn: Turn, asked: Asked) -> tuple[int, ...]:
    """Where the wanted children are looked for: by a tier only where the speaker reads tiers."""
    return within(turn, asked.area, "tier" if asked.tier else "")


def within(turn: Turn, area: int | None, reads: str = "") -> tuple[int, ...]:
    """The wanted place if it is one of the speaker's; all of theirs without a wish."""
    mine = tops(turn, reads)
    if area is None:
        return mine
    tree = turn.work.areas
    return (area,) if any(tree.is_within(area, top) for top in mine) else ()


def page(turn: Turn, child_id: int) -> Page | None:
    """One child; None for absent and foreign ones alike.

    A file of one's own opens at once and the look is written down; another one's shows no more
    than the list does until its reader gave a reason.
    """
    seen = register.view(turn, child_id)
    if seen is None:
        return None
    line = _lines(turn, [seen])[0]
    if not seen.own and not register.reads_on(turn, seen):
        look = button(turn.words("office.look"), "child.look", str(seen.child.id))
        return Page(line=line, is_open=False, buttons=look)
    if not register.reads_on(turn, seen):
        register.open_file(turn, seen, code="own")
    deeds = [one for row in child_file.deeds(turn, seen) for one in row]
    return Page(
        line=line,
        is_open=True,
        title=register.called(turn, seen),
        parts=tuple(_parts(turn, seen)),
        notes=(
            *child_file.labels(turn, seen),
            *child_file.siblings(turn, seen),
            *child_file.standing(turn, seen),
        ),
        keepers=child_file.keeper_names(turn, seen),
        history=tuple(child_past.what_changed(turn, seen)),
        looks=tuple(child_past.who_looked(turn, seen)),
        buttons=tuple(deeds),
    )


def exported_count(turn: Turn, asked: Asked) -> int:
    """How many rows ``exported`` has, or nearly so: found without opening one."""
    wanted = _wanted(turn, asked)
    if not wanted:
        return 0
    count = turn.work.children.count(
        wanted,
        status=asked.status,
        tiers=_written(turn, asked.tier),
        visit_before=turn.work.now if asked.late else None,
    )
    return min(count, EXPORTED)


def exported(turn: Turn, asked: Asked) -> list[dict[str, str]]:
    """The rows of a list that leaves: every column as far as the speaker may read it."""
    wanted = _wanted(turn, asked)
    found = turn.work.children.listed(
        wanted,
        status=asked.status,
        tiers=_written(turn, asked.tier),
        visit_before=turn.work.now if asked.late else None,
        skip=0,
        count=EXPORTED,
    )
    return [
        {
            COLUMNS[key].heading: child_file.value(turn, seen, key)
            or child_file.said(COLUMNS[key], "")
            for key in child_file.shown(seen)
        }
        for seen in _seen(turn, found)
    ]


def lines_of(turn: Turn, children: Sequence[Child]) -> tuple[Line, ...]:
    """These children as far as the speaker may see them, masked."""
    return _lines(turn, _seen(turn, children))


def _own(turn: Turn) -> list[View]:
    mine = turn.work.children.some(register.own_ids(turn))
    return [one for child in mine if (one := register.view_of(turn, child, own=True))]


def _seen(turn: Turn, children: Sequence[Child]) -> list[View]:
    own = register.own_ids(turn)
    views = (register.view_of(turn, child, own=child.id in own) for child in children)
    return [view for view in views if view is not None]


def _lines(turn: Turn, views: Sequence[View]) -> tuple[Line, ...]:
    ids = [seen.child.id for seen in views]
    keepers = turn.work.responsibilities.primaries(ids)
    visits = turn.work.duties.visits_of(ids)
    colleagues.read_ahead(turn, {*keepers.values()})
    return tuple(
        Line(
            id=seen.child.id,
            name=mask_name(seen.child.name),
            age=register.age(seen.child, turn.at.date()),
            place=turn.work.areas.full_name(seen.child.area_id),
            tier=_tier(seen),
            tier_name=_tier_name(turn, seen),
            keeper=_called(turn, keepers.get(seen.child.id)),
            visit=due(turn, visits[seen.child.id]) if seen.child.id in visits else None,
        )
        for seen in views
    )


def _tier_name(turn: Turn, seen: View) -> str | None:
    if "tier" not in seen.fields:
        return None
    return child_file.value(turn, seen, "tier") if seen.child.tier else ""


def _tier(seen: View) -> str:
    return seen.child.tier if "tier" in seen.fields else ""


def _called(turn: Turn, person_id: int | None) -> str:
    return "" if person_id is None else colleagues.called(turn, person_id)


def _parts(turn: Turn, seen: View) -> list[Part]:
    shown = child_file.shown(seen)
    groups = dict.fromkeys(COLUMNS[key].group for key in shown)
    return [
        Part(
            title=turn.words(f"child.part.{group}"),
            lines=tuple(
                (COLUMNS[key].heading, child_file.value(turn, seen, key))
                for key in shown
                if COLUMNS[key].group == group
            ),
            change=button(turn.words("child.change"), "child.lines", f"{seen.child.id}:{group}")[
                0
            ],
        )
        for group in groups
    ]


def _name(turn: Turn, area: int) -> str:
    row = turn.work.areas.get(area)
    return row.name if row else ""
