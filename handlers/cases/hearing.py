"""Somebody hears of a case: who has it, of what another did; a second, that they decide."""

from handlers.cases import case_card, involved
from handlers.people import colleagues
from handlers.reaching import telling
from handlers.reaching.telling import urgency
from handlers.turn import Turn
from policy.lifecycle import Act
from storage.cases.case import Case
from storage.cases.duties import Duty


def tell(turn: Turn, case: Case, person_id: int, what: str, **told: str) -> None:
    """A card of the case, with what its reader has to do about it first."""
    telling.tell_person(
        turn,
        person_id,
        case_card.card(turn, case, what, due=_asked_of(turn, case, person_id), told=told),
        key=f"case:{case.id}:{what}:{turn.work.new_id()}:{person_id}",
        priority=urgency(case.grade),
        about=case_card.about(case),
    )


def _asked_of(turn: Turn, case: Case, person_id: int) -> Duty | None:
    """What somebody is to do, first of all."""
    mine = (one for one in involved.open_duties(turn, case) if one.person_id == person_id)
    return next(mine, None)


def tell_owner(turn: Turn, case: Case, act: Act) -> None:
    """Whoever has the case hears what another did in it."""
    owner = case.owner.person_id
    if owner is not None and owner not in turn.whose:
        name = colleagues.called(turn, turn.speaker.person_id)
        tell(turn, case, owner, "case.by_another", name=name, did=act.did)
