"""What the office does at its own machine with people by name: handing over, a lost app."""

from collections.abc import Mapping, Sequence

from bot.commands.words import words
from handlers import talk
from handlers.office import authenticator
from handlers.people import colleagues
from handlers.people.handover import Moved, hand_over
from handlers.rules import Rules
from handlers.turn import Turn
from policy.masking import mask_phone
from policy.phones import phone_of_somebody
from storage.audit import PROGRAM
from storage.people.person import Role as Post
from storage.people.person import Speaker
from storage.work import Work

#: Who speaks where nobody does: the office, at its own machine.
_OFFICE = Speaker(
    contact_id=PROGRAM,
    person_id=PROGRAM,
    channel="office",
    reachable=False,
    draft=None,
    turn=0,
    card_id=None,
)


class NotOnePerson(Exception):
    """A name means nobody, or several; ``sentences`` say whom it may mean. Nothing was done."""

    def __init__(self, sentences: list[str]) -> None:
        super().__init__("\n".join(sentences))
        self.sentences = sentences


def office_turn(work: Work, rules: Rules) -> Turn:
    """A turn of the office at its own machine."""
    return Turn(
        work=work,
        rules=rules,
        speaker=_OFFICE,
        at=work.now.astimezone(rules.zone),
        finish=talk.finish,
    )


def by_names(work: Work, rules: Rules, leaver: str, successor: str) -> Moved:
    """Hand over all that the first person holds to the second; raises NotOnePerson."""
    turn = office_turn(work, rules)
    staff = _staff(turn)
    people, troubles = [], []
    for said in (leaver, successor):
        meant = _meant(turn, staff, said)
        people += meant
        if len(meant) != 1:
            troubles += [_which(turn, staff, said, meant)]
    if not troubles and people[0] == people[1]:
        troubles = [words("handover.oneself")]
    if troubles:
        raise NotOnePerson(troubles)
    return hand_over(turn, people[0], people[1], staff[people[0]])


def forget_authenticator(work: Work, rules: Rules, said: str, why: str) -> int:
    """Have somebody's lost app forgotten; how many hear of it. Raises NotOnePerson."""
    turn = office_turn(work, rules)
    owners = {one: [*work.people.roles(one)] for one in work.authenticators.all_set()}
    meant = _meant(turn, owners, said)
    if len(meant) != 1:
        raise NotOnePerson([_which(turn, owners, said, meant, of="authenticators")])
    return authenticator.forget(turn, meant[0], why)


def _staff(turn: Turn) -> Mapping[int, list[Post]]:
    """Everybody who holds a post, or a child."""
    work = turn.work
    staff: dict[int, list[Post]] = {}
    for root in work.areas.roots():
        below = work.areas.descendants(root.id)
        for post in work.people.in_posts([*turn.rules.policy.roles], below, ahead=True):
            staff.setdefault(post.person_id, []).append(post)
        for one in work.responsibilities.in_area(root.id):
            staff.setdefault(one.person_id, [])
    return staff


def _meant(turn: Turn, staff: Mapping[int, list[Post]], said: str) -> list[int]:
    """Whom a telephone or a name means: all of that very name, else all whose name holds it."""
    if phone := phone_of_somebody(said):
        return [one for one in turn.work.people.by_phone(phone) if one in staff]
    return colleagues.named(turn, staff, said)


def _which(
    turn: Turn,
    staff: Mapping[int, list[Post]],
    said: str,
    meant: Sequence[int],
    *,
    of: str = "handover",
) -> str:
    if not meant:
        return words(f"{of}.nobody", name=said)
    people = turn.work.people
    lines = [
        words(
            "handover.one",
            name=colleagues.with_posts(turn, one, staff[one]),
            phone=mask_phone(people.phone_of(one)) or words("handover.no_phone"),
        )
        for one in meant
    ]
    return "\n".join([words(f"{of}.several", name=said), *lines])
