"""Who keeps the register of a place, and how they hear of something: no name, one card each."""

from collections.abc import Callable, Iterable

from conversation.cards import Card
from handlers.outgoing import owed
from handlers.people.colleagues import held
from handlers.rules import Rules
from handlers.turn import REMINDER, Turn
from policy.roles import Role
from storage.people.person import Holder
from storage.work import Work


def enters(turn: Turn) -> tuple[int, ...]:
    """The places for which the speaker writes children into the register."""
    return _places(turn, lambda role: role.enters_children or role.keeps_register)


def keeps(turn: Turn, area_id: int) -> bool:
    """True when the speaker keeps the register of this place."""
    return _within(turn, area_id, _places(turn, lambda role: role.keeps_register))


def heads(turn: Turn) -> tuple[int, ...]:
    """The places whose register the speaker keeps from above the villages."""
    return _places(turn, _is_head)


def is_head(turn: Turn, area_id: int) -> bool:
    """True when the speaker keeps the register of this place from above the villages."""
    return _within(turn, area_id, heads(turn))


def of_place(work: Work, rules: Rules, area_id: int) -> tuple[Holder, ...]:
    """The township's people, each once; the county's where the township has nobody."""
    path = work.areas.path(area_id)
    for level, kind in (("township", "town"), ("county", "county")):
        posts = [name for name, role in rules.policy.roles.items() if _is_head(role, level)]
        places = [row.id for row in path if row.kind == kind]
        found: dict[int, Holder] = {}
        for holder in work.people.holders(posts, places) if places else ():
            found.setdefault(holder.person_id, holder)
        if found:
            return tuple(found.values())
    return ()


def reach(work: Work, person_id: int) -> tuple[Holder, ...]:
    """A person by the first of their contacts that is reached; else nobody."""
    for contact in work.people.contacts_of(person_id):
        if contact.reachable:
            return (
                Holder(
                    person_id=person_id,
                    contact_id=contact.id,
                    channel=contact.channel,
                    role="",
                    area_id=0,
                ),
            )
    return ()


def tell(
    work: Work,
    holders: Iterable[Holder],
    card: Card,
    *,
    key: str,
    about: str | None = None,
    replaces: int | None = None,
) -> None:
    """One card to each of them, once for this cause."""
    for one in holders:
        owes = owed(
            one.contact_id,
            one.channel,
            card,
            key=f"{key}:{one.person_id}",
            priority=REMINDER,
            now=work.now,
            about=about,
            replaces=replaces,
        )
        work.outbox.put(owes)


def _is_head(role: Role, level: str = "") -> bool:
    return role.keeps_register and role.level != "village" and level in ("", role.level)


def _places(turn: Turn, may: Callable[[Role], bool]) -> tuple[int, ...]:
    roles = turn.rules.policy.roles
    return tuple(
        dict.fromkeys(at for role, at in held(turn) if role in roles and may(roles[role]))
    )


def _within(turn: Turn, area_id: int, places: Iterable[int]) -> bool:
    return any(turn.work.areas.is_within(area_id, at) for at in places)
