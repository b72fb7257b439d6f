"""Who answers for which child (包保): where nobody does, and giving a child to somebody."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import get_args

from conversation.cards import Card
from handlers.children import child_file, register, stewards
from handlers.children.register import View
from handlers.people import colleagues
from handlers.rules import Rules
from handlers.saying import SHOWN, answer, button
from handlers.turn import Turn
from storage.children.responsibility import PRIMARY, Cause, Gap
from storage.reaching.owed import OutRow
from storage.work import Work

#: Children of one cause on a card; beside them the next page, the way back and the way home.
ON_PAGE = 5
#: Gaps in the order of their weight.
CAUSES: tuple[Cause, ...] = get_args(Cause)
#: The cause of those who are in good hands, of which there are too few.
MANY = "too_many"


# -- where nobody answers -----------------------------------------------------------------------


def gaps(turn: Turn, arg: str = "") -> None:
    """没人管的孩子: how many for each cause, then the children of one cause, page by page."""
    if not keeps(turn):
        answer(turn, turn.words("people.not_yours"))
        return
    cause, _, start = arg.partition(":")
    if not cause:
        counts = gap_counts(turn)
        rows = [
            button(
                turn.words("gap.count", what=turn.words(f"gap.{one}"), count=counts[one]),
                "gaps",
                one,
            )
            for one in CAUSES
            if counts[one]
        ]
        key = "gap.some" if rows else "gap.none"
        answer(turn, turn.words(key, count=sum(counts.values())), *rows)
        return
    found = gaps_of(turn, cause)
    children, first = [gap.child_id for gap in found], int(start or 0)
    own = register.own_ids(turn)
    views = [
        seen
        for child in turn.work.children.some(children[first : first + ON_PAGE])
        if (seen := register.view_of(turn, child, own=child.id in own))
    ]
    begins = {gap.child_id: gap.begins for gap in found}
    rows = [
        button(_called(turn, seen, begins[seen.child.id]), "keep", str(seen.child.id))
        for seen in views
    ]
    head = turn.words("gap.children", what=turn.words(f"gap.{cause}"), count=len(children))
    more = (
        [button(turn.words("form.more"), "gaps", f"{cause}:{first + ON_PAGE}")]
        if first + ON_PAGE < len(children)
        else []
    )
    answer(turn, head, *rows, *more, button(turn.words("gap.back"), "gaps"))


def _called(turn: Turn, seen: View, begins: datetime | None) -> str:
    """A child; of one whose person holds no post yet, with the day when they will."""
    name = register.called(turn, seen)
    if begins is None:
        return name
    return turn.words("gap.begins", name=name, when=turn.day(begins))


def gaps_of(turn: Turn, cause: str | None = None) -> Sequence[Gap]:
    """The gaps at or below the places whose people the speaker brings in, or those of a cause."""
    limit = turn.rules.policy.limits["children_per_person"]
    found: dict[int, Gap] = {}
    for area in places(turn):
        for gap in turn.work.responsibilities.gaps(area, at_most=limit, cause=cause):
            found.setdefault(gap.child_id, gap)
    return tuple(found.values())


def gap_counts(turn: Turn) -> Mapping[Cause, int]:
    """How many of them there are, by cause."""
    limit, tree = turn.rules.policy.limits["children_per_person"], turn.work.areas
    found: Counter[Cause] = Counter()
    every = places(turn)
    for area in every:
        if not any(area != other and tree.is_within(area, other) for other in every):
            found.update(turn.work.responsibilities.gap_counts(area, at_most=limit))
    return found


def places(turn: Turn) -> tuple[int, ...]:
    """Where the speaker says who answers for the children, by a post that may see them."""
    roles, reading = turn.rules.policy.roles, turn.rules.policy.rights.reading_posts()
    level = roles["responsible"].level
    return tuple(
        dict.fromkeys(
            area
            for role, area in colleagues.held(turn)
            if role in reading and role in roles and level in roles[role].manages
        )
    )


def keeps(turn: Turn) -> bool:
    """True for whoever says who answers for the children of a place."""
    return bool(places(turn))


def tell_gaps(work: Work, rules: Rules) -> None:
    """One card to each township with gaps, and one to the county with the sum.

    Once a week while there are any, and at once when there are more; fewer show in its place.
    """
    total = Counter[str]()
    for root in work.areas.roots():
        for town in work.areas.children(root.id):
            found = _gaps_in(work, rules, town.id)
            total += found
            _tell(work, rules, "township", town.id, found)
        _tell(work, rules, "county", root.id, total)


def _gaps_in(work: Work, rules: Rules, area: int) -> Counter[str]:
    limit = rules.policy.limits["children_per_person"]
    return Counter[str](work.responsibilities.gap_counts(area, at_most=limit))


def _tell(work: Work, rules: Rules, level: str, area: int, found: Counter[str]) -> None:
    reading = rules.policy.rights.reading_posts()
    posts = [
        name
        for name, role in rules.policy.roles.items()
        if role.level == level and "village" in role.manages and name in reading
    ]
    about, day = f"gaps:{area}", work.now.astimezone(rules.zone).date()
    known = {row.contact_id: row for row in work.outbox.about(about)}
    for one in work.people.holders(posts, (area,)):
        before, count = known.get(one.contact_id), found.total()
        week, told = _told(work, before)
        is_news = count > told or (count > 0 and week != f"{day:%G%V}")
        if not is_news and count == told:
            continue
        if before is not None:
            work.outbox.settle(before.id)
            work.outbox.supersede(before.id)
        stewards.tell(
            work,
            [one],
            _gap_card(rules, work.areas.full_name(area), found),
            key=f"gaps:{day:%G%V}:{count}:{area}:{day:%m%d}",
            about=about if count else None,
            replaces=_place_of(before) if before is not None and not is_news else None,
        )


def _place_of(before: OutRow) -> int | None:
    return before.id if before.state == "sent" else before.replaces


def _told(work: Work, before: OutRow | None) -> tuple[str, int]:
    """In which week somebody was told last, and of how many; that of nobody is none."""
    if before is None:
        return "", 0
    _, week, count, *_ = work.outbox.key_of(before.id).split(":")
    return week, int(count)


def _gap_card(rules: Rules, area: str, found: Counter[str]) -> Card:
    """Too many in good hands are not nobody's."""
    many, count = found[MANY], found.total()
    key = "gap.none" if not count else "gap.today" if not many else "gap.both"
    if many == count > 0:
        key = "gap.many"
    limit = rules.policy.limits["children_per_person"]
    return Card(
        text=rules.words(key, area=area, count=count - many, left=many, what=limit),
        rows=(
            button(rules.words("mine.gaps"), "gaps"),
            button(rules.words("mine.split"), "split"),
            button(rules.words("home.again"), "home"),
        ),
    )


# -- giving a child to somebody -----------------------------------------------------------------


def choose(turn: Turn, child_id: str) -> None:
    """谁来管: the people of the village and the township, each with how many they have."""
    seen = _assignable(turn, child_id)
    if seen is None:
        return
    loads = turn.work.responsibilities.loads(town_of(turn, seen))
    now = turn.work.responsibilities.primary(seen.child.id)
    rows = [
        button(
            turn.words(
                "keep.person", name=colleagues.called(turn, person), count=loads.get(person, 0)
            ),
            "keep.set",
            f"{child_id}:{person}",
        )
        for person in candidates(turn, seen)
        if person != now
    ]
    head = turn.words(
        "keep.ask",
        name=register.called(turn, seen),
        other=colleagues.called(turn, now) if now else turn.words("child.no_keeper"),
    )
    answer(turn, head, *rows[:SHOWN], button(turn.words("child.back"), "child", child_id))


def give(turn: Turn, arg: str) -> None:
    """One tap: the child is in these hands now, and whoever has them is told."""
    child_id, _, person_id = arg.partition(":")
    seen = _assignable(turn, child_id)
    if seen is None:
        return
    person = int(person_id)
    if person not in candidates(turn, seen):
        register.refuse(turn)
        return
    made = turn.work.responsibilities.assign(
        seen.child.id, person, PRIMARY, by=turn.speaker.person_id
    )
    name = register.called(turn, seen)
    if person != turn.speaker.person_id:
        told = turn.words("keep.yours", area=turn.work.areas.full_name(seen.child.area_id))
        look = button(turn.words("keep.look"), "child", child_id)
        colleagues.tell_person(turn, person, told, look, key=f"keep:{made}")
    answer(
        turn,
        turn.words("keep.done", name=name, other=colleagues.called(turn, person)),
        button(turn.words("gap.more"), "gaps"),
        button(turn.words("child.back"), "child", child_id),
    )


def _assignable(turn: Turn, child_id: str) -> View | None:
    seen = register.view(turn, int(child_id))
    if seen is None or not child_file.may_assign(turn, seen):
        register.refuse(turn)
        return None
    return seen


def candidates(turn: Turn, seen: View) -> tuple[int, ...]:
    """Who may answer for the child: posts of the village level, the nearest first."""
    roles = turn.rules.policy.roles
    posts = [name for name, role in roles.items() if role.level == "village"]
    tree = turn.work.areas
    above = [row.id for row in tree.path(seen.child.area_id) if row.kind in ("village", "group")]
    town = town_of(turn, seen)
    near = turn.work.people.in_posts(posts, above)
    far = turn.work.people.in_posts(posts, tree.descendants(town))
    return tuple(dict.fromkeys(post.person_id for post in (*near, *far)))


def town_of(turn: Turn, seen: View) -> int:
    """The township where the child lives."""
    path = turn.work.areas.path(seen.child.area_id)
    return next((row.id for row in path if row.kind == "town"), seen.child.area_id)
