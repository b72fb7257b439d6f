"""人员与邀请: the people whom somebody manages, and inviting more."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from conversation.cards import Action, Button
from handlers.people import colleagues, terms
from handlers.turn import Turn
from policy.managing import managed_levels, seat
from policy.phones import phone_of_somebody
from policy.terms import Term, Wrong
from storage.people.person import Role as Post

#: Invitations on one sheet, and given ones that are listed.
AT_ONCE, SHOWN = 60, 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A post with the days that bound it, and the button that sets them."""

    line: str
    change: Button


@dataclass(frozen=True, slots=True, kw_only=True)
class Colleague:
    """Somebody whom the speaker manages."""

    name: str = field(repr=False)
    posts: tuple[Held, ...]
    is_reached: bool
    #: Every phone of theirs is locked.
    is_locked: bool
    #: Locks what leads to them, or gives them a new way in; None for oneself.
    lost: Button | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which of them are wanted."""

    #: Only those whom no message reaches.
    unreached: bool = False
    #: A name, a part of one, or a whole telephone.
    text: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """An invitation that the speaker gave out."""

    post: str
    given_at: datetime
    until: datetime
    #: used, over, open
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Invited:
    """New invitations, to be printed."""

    role: str
    post: str
    until: datetime
    tokens: tuple[str, ...] = field(repr=False)


def may(turn: Turn) -> bool:
    """True for whoever manages anybody."""
    return colleagues.is_manager(turn)


def found(turn: Turn, asked: Asked) -> Mapping[int, Sequence[Post]]:
    """The people of one's places who are wanted, with their posts there."""
    managed = colleagues.staff(turn, unreached=asked.unreached, ahead=True)
    wanted = _named(turn, managed, asked.text) if asked.text else managed
    return {person: managed[person] for person in wanted}


def _named(turn: Turn, managed: Collection[int], text: str) -> Collection[int]:
    """Whoever is called so, or has this telephone."""
    if phone := phone_of_somebody(text):
        return [one for one in turn.work.people.by_phone(phone) if one in managed]
    return colleagues.named(turn, managed, text)


def lines(turn: Turn, some: Mapping[int, Sequence[Post]]) -> tuple[Colleague, ...]:
    """These people as a list shows them."""
    reached = turn.work.people.reaches(some)
    locked = turn.work.locks.without_phone(some)
    colleagues.read_ahead(turn, some)
    return tuple(
        Colleague(
            name=colleagues.called(turn, person),
            posts=tuple(_held(turn, one) for one in some[person]),
            is_reached=person in reached,
            is_locked=person in locked,
            lost=_lost(turn, person, is_locked=person in locked),
        )
        for person in some
    )


def _lost(turn: Turn, person: int, *, is_locked: bool) -> Button | None:
    if person == turn.speaker.person_id:
        return None
    key = "lost.code_button" if is_locked else "mine.lost"
    return Button(label=turn.words(key), action=Action("lost.ask", str(person)))


def _held(turn: Turn, post: Post) -> Held:
    change = Button(label=turn.words("mine.posts"), action=Action("post", str(post.id)))
    return Held(line=colleagues.post_line(turn, post), change=change)


def posts(turn: Turn) -> tuple[tuple[str, str], ...]:
    """The posts to which the speaker may invite: key and name."""
    roles = turn.rules.policy.roles
    levels = managed_levels(colleagues.held(turn), roles)
    return tuple((key, role.name) for key, role in roles.items() if role.level in levels)


def places(turn: Turn) -> tuple[tuple[int, str], ...]:
    """Where the speaker may invite: their places down to the villages."""
    tree, found = turn.work.areas, {}
    roles = turn.rules.policy.roles
    for role, at in colleagues.held(turn):
        if role not in roles or not roles[role].manages:
            continue
        for area in tree.descendants(at):
            row = tree.get(area)
            if row is not None and row.kind != "group":
                found[area] = tree.full_name(area) or row.name
    return tuple(found.items())


def given(turn: Turn) -> tuple[Given, ...]:
    """The invitations that the speaker gave out, the newest first."""
    zone = turn.rules.zone
    return tuple(
        Given(
            post=colleagues.with_term(
                turn, colleagues.post_name(turn, one.role, one.area_id), one.post
            ),
            given_at=one.issued_at.astimezone(zone),
            until=one.expires_at.astimezone(zone),
            state="used" if one.used_by else "over" if one.expires_at <= turn.work.now else "open",
        )
        for one in turn.work.invitations.issued_by(turn.speaker.person_id)[:SHOWN]
    )


def invite(
    turn: Turn, role: str, area: int, count: int, days: tuple[str, str]
) -> Invited | Wrong | None:
    """Invitations to a post from one day to another; what is wrong with the days.

    None where the speaker brings nobody in, or for too many.
    """
    described = turn.rules.policy.roles.get(role)
    if described is None or turn.work.areas.get(area) is None or not 1 <= count <= AT_ONCE:
        return None
    at = seat(described, area, turn.work.areas)
    if at is None or not colleagues.manages(turn, role, at):
        return None
    try:
        held = terms.read(turn, *days)
    except ValueError:  # these are no days
        return None
    if not isinstance(held, Term):
        return held
    life = turn.rules.policy.timing["invite_life"]
    me = turn.speaker.person_id
    tokens = tuple(turn.work.invitations.issue(role, at, me, life, held)[1] for _ in range(count))
    return Invited(
        role=role,
        post=colleagues.with_term(turn, colleagues.post_name(turn, role, at), held),
        until=(turn.work.now + life).astimezone(turn.rules.zone),
        tokens=tokens,
    )
