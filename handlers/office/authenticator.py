"""验证器: one's own app, and letting a lost one be forgotten by two others."""

from dataclasses import dataclass, field
from datetime import datetime

from handlers.office import administration, second_person
from handlers.people import colleagues, proof
from handlers.turn import Turn
from storage.audit import PROGRAM
from storage.people.authenticators import Reset, Said

#: Apps that were forgotten, the last ones.
SHOWN = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Mine:
    """How it stands with the speaker's own app."""

    #: Whether the county asks for codes, whether there is an app, and whether one was just said.
    is_asked: bool
    is_set: bool
    is_proven: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """Somebody who has an app."""

    id: int
    name: str = field(repr=False)
    posts: str
    since: datetime
    is_me: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Somebody's app is to be forgotten."""

    id: int
    name: str = field(repr=False)
    who: str
    at: datetime
    why: str = field(repr=False)
    #: True for whoever may agree.
    is_mine_to_decide: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgotten:
    """Somebody's app was forgotten."""

    name: str = field(repr=False)
    who: str
    at: datetime
    why: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Everybody:
    """Who has an app, the wishes that wait, and the last ones that were forgotten."""

    owners: tuple[Owner, ...]
    waiting: tuple[Wish, ...]
    forgotten: tuple[Forgotten, ...]


# -- one's own ------------------------------------------------------------------------------------


def mine(turn: Turn) -> Mine:
    """The speaker's own."""
    return Mine(
        is_asked=proof.is_asked(turn),
        is_set=turn.work.authenticators.is_set(turn.speaker.person_id),
        is_proven=turn.is_proven,
    )


def begin(turn: Turn) -> bytes | None:
    """A new secret, shown once; None where an app is there and did not say who sits here."""
    if not _may_change(turn):
        return None
    return turn.work.authenticators.begin(turn.speaker.person_id)


def confirm(turn: Turn, code: str) -> Said:
    """The first code; its owner hears of it in the chat, in case that it was somebody else.

    Where an app is there it says once more who sits here: they may have left since they began.
    """
    if not _may_change(turn):
        return Said.OVER
    me = turn.speaker.person_id
    said = turn.work.authenticators.confirm(me, code)
    if said is Said.RIGHT:
        key = f"authenticator:{me}:{turn.work.now.isoformat()}"
        colleagues.tell_person(turn, me, turn.words("authenticator.set"), key=key)
    return said


def _may_change(turn: Turn) -> bool:
    return turn.is_proven or not turn.work.authenticators.is_set(turn.speaker.person_id)


def say(turn: Turn, code: str) -> Said:
    """Six digits of the app."""
    return turn.work.authenticators.say(turn.speaker.person_id, code)


# -- a lost one -----------------------------------------------------------------------------------


def everybody(turn: Turn) -> Everybody | None:
    """For whoever configures the channel."""
    if not administration.configures(turn):
        return None
    return Everybody(
        owners=owners(turn),
        waiting=tuple(_wish(turn, one) for one in turn.work.authenticators.waiting()),
        forgotten=tuple(
            Forgotten(
                name=colleagues.called(turn, one.person_id),
                who=_asker(turn, one),
                at=one.proposed_at.astimezone(turn.rules.zone),
                why=one.why,
            )
            for one in turn.work.authenticators.forgotten(SHOWN)
        ),
    )


def owners(turn: Turn) -> tuple[Owner, ...]:
    """Everybody who has an app."""
    zone, me = turn.rules.zone, turn.speaker.person_id
    found = [
        Owner(
            id=person,
            name=colleagues.called(turn, person),
            posts="、".join(
                colleagues.post_name(turn, post.role, post.area_id)
                for post in turn.work.people.roles(person)
            ),
            since=since.astimezone(zone),
            is_me=person == me,
        )
        for person, since in turn.work.authenticators.all_set().items()
    ]
    return tuple(sorted(found, key=lambda one: (one.posts, one.name, one.id)))


def ask_reset(turn: Turn, person: int, why: str) -> bool:
    """Ask that somebody else's app be forgotten."""
    if not administration.configures(turn) or len(why) < second_person.WHY_CHARS:
        return False
    if not turn.work.authenticators.is_set(person) or _is_me(turn, person):
        return False
    turn.work.authenticators.ask_reset(person, why, by=turn.speaker.person_id)
    return True


def decide(turn: Turn, reset_id: int, *, agrees: bool) -> bool:
    """Agree as the second person, or refuse; whoever lost it is neither of the two."""
    found = turn.work.authenticators.reset(reset_id)
    me = turn.speaker.person_id
    if found is None or not administration.configures(turn):
        return False
    if not agrees:
        return turn.work.authenticators.refuse(reset_id, by=me)
    if not _may_agree(turn, found) or not turn.work.authenticators.forget(reset_id, by=me):
        return False
    text = turn.words("authenticator.forgotten")
    colleagues.tell_person(turn, found.person_id, text, key=f"authenticator-reset:{found.id}")
    return True


def forget(turn: Turn, person: int, why: str) -> int:
    """The office at its own machine has a lost one forgotten; how many hear of it.

    For counties where two others are not to be had. Whoever manages the county hears at once, so
    that nobody does it unseen.
    """
    authenticators, office = turn.work.authenticators, turn.speaker.person_id
    reset = authenticators.ask_reset(person, why, by=office)
    authenticators.forget(reset, by=office)
    key = f"authenticator-reset:{reset}"
    colleagues.tell_person(turn, person, turn.words("authenticator.forgotten_here"), key=key)
    others = {*administration.keepers(turn.work, turn.rules)} - {person}
    text = turn.words("authenticator.was_forgotten", name=colleagues.called(turn, person))
    for one in others:
        colleagues.tell_person(turn, one, text, key=f"{key}:{one}")
    return len(others)


def _asker(turn: Turn, wish: Reset) -> str:
    if wish.proposed_by == PROGRAM:
        return turn.words("authenticator.office")
    return colleagues.called(turn, wish.proposed_by)


def _may_agree(turn: Turn, wish: Reset) -> bool:
    return (
        wish.state == "proposed"
        and second_person.may_be(turn, wish.proposed_by)
        and not _is_me(turn, wish.person_id)
    )


def _is_me(turn: Turn, person: int) -> bool:
    links = turn.work.links
    return links.who_is(person) == links.who_is(turn.speaker.person_id)


def _wish(turn: Turn, wish: Reset) -> Wish:
    return Wish(
        id=wish.id,
        name=colleagues.called(turn, wish.person_id),
        who=_asker(turn, wish),
        at=wish.proposed_at.astimezone(turn.rules.zone),
        why=wish.why,
        is_mine_to_decide=_may_agree(turn, wish),
    )
