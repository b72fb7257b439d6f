"""包保责任: who holds how many children, whom, and for whom nobody answers."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date

from handlers.children import keeping
from handlers.office import children
from handlers.people import colleagues
from handlers.turn import Turn

#: Children of one cause, on one page.
SHOWN = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Somebody who answers for children."""

    id: int
    name: str = field(repr=False)
    posts: str
    count: int
    too_many: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Gaps:
    """How many children nobody answers for in truth, by cause."""

    causes: tuple[tuple[str, str, int], ...]
    count: int
    #: Who holds no post yet, and from which day they will.
    begins: tuple[tuple[str, date], ...]


def may(turn: Turn) -> bool:
    """True for whoever says who answers for the children of a place."""
    return keeping.keeps(turn)


def loads(turn: Turn) -> tuple[tuple[int, int], ...]:
    """Who answers for how many children of the speaker's places, the fullest hands first."""
    found: dict[int, int] = {}
    for area in keeping.places(turn):
        found |= turn.work.responsibilities.loads(area)
    return tuple(sorted(found.items(), key=lambda one: (-one[1], one[0])))


def holders(turn: Turn, some: Collection[tuple[int, int]]) -> tuple[Holder, ...]:
    """How a list shows them."""
    limit = turn.rules.policy.limits["children_per_person"]
    colleagues.read_ahead(turn, [person for person, _ in some])
    posts = turn.work.people.roles_of(person for person, _ in some)
    return tuple(
        Holder(
            id=person,
            name=colleagues.called(turn, person),
            posts="、".join(
                colleagues.post_name(turn, post.role, post.area_id) for post in posts[person]
            ),
            count=count,
            too_many=count > limit,
        )
        for person, count in some
    )


def in_hands(turn: Turn, person_id: int) -> tuple[children.Line, ...] | None:
    """Whom a holder of the speaker's places answers for; None for anybody else."""
    areas = keeping.places(turn)
    if not any(turn.work.responsibilities.has_in(person_id, area) for area in areas):
        return None
    held = [one.child for one in turn.work.responsibilities.of_person(person_id)]
    tree = turn.work.areas
    here = [one for one in held if any(tree.is_within(one.area_id, area) for area in areas)]
    return children.lines_of(turn, here)


def gaps(turn: Turn) -> Gaps:
    """How many, by cause in the order of weight."""
    counts = keeping.gap_counts(turn)
    found = keeping.gaps_of(turn, "not_yet") if counts["not_yet"] else ()
    begins = {gap.person_id: gap.begins for gap in found if gap.person_id and gap.begins}
    return Gaps(
        causes=tuple(
            (cause, turn.words(f"gap.{cause}"), counts[cause])
            for cause in keeping.CAUSES
            if counts[cause]
        ),
        count=sum(counts.values()),
        begins=tuple(
            (colleagues.called(turn, person), moment.astimezone(turn.rules.zone).date())
            for person, moment in begins.items()
        ),
    )


def of_cause(turn: Turn, cause: str) -> tuple[children.Line, ...]:
    """The children of one cause."""
    ids = [gap.child_id for gap in keeping.gaps_of(turn, cause)]
    return children.lines_of(turn, turn.work.children.some(ids[:SHOWN]))
