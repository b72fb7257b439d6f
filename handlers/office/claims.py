"""名单核对: what other offices' lists say, and what is made of each difference.

A list never changes the register: whoever keeps it takes a claim over, with its source, or not.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from conversation.cards import Card
from conversation.letters import tidy
from handlers import tables
from handlers.children import child_file, register, stewards
from handlers.people import colleagues, proof
from handlers.rules import Rules
from handlers.saying import button, note
from handlers.turn import Turn
from policy.masking import mask_name
from policy.register.claims import KINDS, Kind
from policy.register.columns import COLUMNS
from storage.children.child import Child
from storage.children.claims import ClaimList, KeptClaim
from storage.office.sent_tables import SentTable
from storage.work import Work

#: Lines on one page, and in one file.
SHOWN, EXPORTED = 50, 20_000
#: Whose work a claim is in the village.
VILLAGE = ("child_director", "village_head")
REASON_CHARS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What a list says of one child; the name is always 张*."""

    id: int
    row: int
    name: str = field(repr=False)
    place: str
    #: The headings of what differs.
    what: str
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A list: how many of each kind, how many still wait."""

    list: ClaimList
    source: str
    by: str
    brought_at: datetime
    counts: Mapping[Kind, int]
    waiting: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One list, and a page of one kind of what it says."""

    listed: Listed
    kind: Kind
    lines: tuple[Line, ...]
    more: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class One:
    """One claim with what it says, for whoever decides about it."""

    line: Line
    kind: Kind
    source: str
    list_id: int
    child_id: int | None
    name: str = field(repr=False)
    #: Heading, what the register says, what they say.
    rows: tuple[tuple[str, str, str], ...] = field(repr=False)
    reason: str = field(repr=False)
    #: Where a child who is only theirs can be entered.
    places: tuple[tuple[int, str], ...]
    place: int


def may(turn: Turn) -> bool:
    """True for whoever keeps the register from above the villages."""
    return bool(stewards.heads(turn))


def waiting(turn: Turn) -> int:
    """How many differences wait for the speaker."""
    return turn.work.claims.waiting(stewards.heads(turn))


def lists(turn: Turn) -> tuple[Listed, ...]:
    """The lists that say anything of the speaker's places, the newest first."""
    found = (_listed(turn, one) for one in turn.work.claims.lists())
    return tuple(one for one in found if any(one.counts.values()))


def page(turn: Turn, list_id: int, kind: str, skip: int) -> Page | None:
    """A page of what a list says in one way; None for what is not the speaker's."""
    known = turn.work.claims.get_list(list_id)
    seen = _listed(turn, known) if known else None
    if seen is None or not any(seen.counts.values()):
        return None
    wanted: Kind = next((one for one in KINDS if one == kind), "differs")
    found = turn.work.claims.of_list(
        list_id, wanted, stewards.heads(turn), skip=skip, count=SHOWN + 1
    )
    lines = tuple(_line(turn, one) for one in found[:SHOWN])
    return Page(listed=seen, kind=wanted, lines=lines, more=len(found) > SHOWN)


def is_there(turn: Turn, claim_id: int) -> bool:
    """True for a claim about the speaker's places."""
    return _kept(turn, claim_id) is not None


def one(turn: Turn, claim_id: int) -> One | None:
    """One claim, the look written down; absent and foreign are the same, and closed as long as
    six digits are asked for.
    """
    kept = _kept(turn, claim_id) if proof.is_given(turn) else None
    known = turn.work.claims.get_list(kept.list_id) if kept else None
    if kept is None or known is None:
        return None
    child = _child(turn, kept)
    if seen := child and register.view(turn, child.id):
        register.open_file(turn, seen, code="check")
    turn.work.audit.write(turn.speaker.person_id, "claim-opened", "claim", kept.id)
    return One(
        line=_line(turn, kept),
        kind=kept.claim.kind,
        source=turn.words(f"claims.{known.source}"),
        list_id=known.id,
        child_id=child.id if child else None,
        name=_name(turn, kept),
        rows=_rows(turn, kept, child),
        reason=kept.reason,
        places=_villages(turn) if kept.claim.kind == "theirs" else (),
        place=kept.claim.area or 0,
    )


def exported(turn: Turn, list_id: int) -> list[dict[str, str]]:
    """A list as it leaves the house: a line for each child, as far as the speaker reads it."""
    tops = stewards.heads(turn)
    found = [
        kept
        for kind in KINDS
        for kept in turn.work.claims.of_list(list_id, kind, tops, skip=0, count=EXPORTED)
    ]
    words = turn.words
    return [
        {
            words("claims.kind"): words(f"claims.is_{kept.claim.kind}"),
            words("claims.row"): str(kept.claim.row or ""),
            COLUMNS["name"].heading: _name(turn, kept),
            words("claims.place"): turn.work.areas.full_name(kept.claim.area or 0),
            words("claims.what"): "；".join(
                words("claims.differs", name=heading, first=ours, last=theirs)
                for heading, ours, theirs in _rows(turn, kept, _child(turn, kept))
                if kept.claim.kind in ("differs", "perhaps")
            ),
            words("claims.state"): words(f"claims.{kept.state or 'same'}"),
            words("claims.reason"): kept.reason,
        }
        for kept in found
    ]


def found(turn: Turn, table: SentTable, list_id: int) -> None:
    """Whoever sent it hears what the list says, and the townships what of it is theirs."""
    known = turn.work.claims.get_list(list_id)
    if known is None or not turn.work.sent_tables.move_on(table, "taken"):
        return
    counts = _listed(turn, known).counts
    told = [
        turn.words("claims.count", what=turn.words(f"claims.is_{kind}"), count=count)
        for kind, count in counts.items()
        if count
    ]
    source = turn.words(f"claims.{known.source}")
    text = turn.words("claims.found", what=source, text="\n".join(told))
    tables.say(turn, text if told else turn.words("claims.nobody", what=source))
    tell_new(turn.work, turn.rules, list_id)


def tell_new(work: Work, rules: Rules, list_id: int) -> None:
    """The townships hear that a list is there, and how much of it is theirs to decide."""
    known, tree = work.claims.get_list(list_id), work.areas
    if known is None:
        return
    counts = Counter[int]()
    for area, count in work.claims.by_place(list_id).items():
        for row in tree.path(area):
            if row.kind == "town":
                counts[row.id] += count
    for town, count in counts.items():
        others = [
            one
            for one in stewards.of_place(work, rules, town)
            if one.person_id != known.brought_by
        ]
        text = rules.words("claims.new", what=rules.words(f"claims.{known.source}"), count=count)
        stewards.tell(work, others, Card(text=text), key=f"claims:{list_id}:{town}")


# -- deciding -----------------------------------------------------------------------------------


def accept(turn: Turn, claim_id: int, place: int) -> bool:
    """Take over what they say, with its source; False for what cannot be taken."""
    kept, me = _waiting(turn, claim_id), turn.speaker.person_id
    if kept is None:
        return False
    claim, child = kept.claim, _child(turn, kept)
    area = place or claim.area or 0
    if claim.kind == "theirs":
        can_be = _is_village(turn, area) and stewards.is_head(turn, area)
    else:
        can_be = child is not None and claim.kind in ("differs", "perhaps")
    # Of two who take it over at one moment the second one finds it decided.
    if not can_be or not turn.work.claims.decide(kept.id, "accepted", by=me):
        return False
    if child is None:
        turn.work.children.add(area, claim.values, source="claim", by=me, source_id=kept.list_id)
        return True
    turn.work.children.change(
        child.id,
        {key: theirs for key, (_, theirs) in claim.differs.items()},
        expect={key: ours for key, (ours, _) in claim.differs.items()},
        source="claim",
        by=me,
        source_id=kept.list_id,
    )
    return True


def reject(turn: Turn, claim_id: int, reason: str) -> bool:
    """Leave the register as it is, and say why."""
    why = tidy(reason)[:REASON_CHARS]
    kept = _waiting(turn, claim_id)
    if kept is None or not why:
        return False
    return turn.work.claims.decide(kept.id, "rejected", by=turn.speaker.person_id, reason=why)


def ask(turn: Turn, claim_id: int) -> bool:
    """Have the village look; False where there is no child or nobody to ask."""
    kept = _waiting(turn, claim_id)
    child = _child(turn, kept) if kept else None
    known = turn.work.claims.get_list(kept.list_id) if kept else None
    if kept is None or child is None or known is None:
        return False
    places = [row.id for row in turn.work.areas.path(child.area_id) if row.kind == "village"]
    holders = turn.work.people.holders(VILLAGE, places) if places else ()
    if not holders or not turn.work.claims.decide(kept.id, "asked", by=turn.speaker.person_id):
        return False
    text = turn.words("claims.ask", what=turn.words(f"claims.{known.source}"))
    look = button(turn.words("claims.look"), "child", str(child.id))
    stewards.tell(turn.work, holders, note(turn, text, look), key=f"claim:{kept.id}:asked")
    return True


# -- parts --------------------------------------------------------------------------------------


def _listed(turn: Turn, known: ClaimList) -> Listed:
    found = turn.work.claims.counts(known.id, stewards.heads(turn))
    counts = {kind: sum(n for (one, _), n in found.items() if one == kind) for kind in KINDS}
    return Listed(
        list=known,
        source=turn.words(f"claims.{known.source}"),
        by=colleagues.called(turn, known.brought_by) if known.brought_by else "",
        brought_at=known.brought_at.astimezone(turn.rules.zone),
        counts=counts,
        waiting=sum(n for (_, state), n in found.items() if state in ("open", "asked")),
    )


def _kept(turn: Turn, claim_id: int) -> KeptClaim | None:
    kept = turn.work.claims.get(claim_id)
    if kept is None or not stewards.is_head(turn, kept.claim.area or 0):
        return None
    return kept


def _waiting(turn: Turn, claim_id: int) -> KeptClaim | None:
    kept = _kept(turn, claim_id)
    return kept if kept and kept.state in ("open", "asked") else None


def _child(turn: Turn, kept: KeptClaim) -> Child | None:
    """The child of the register, if the speaker keeps them now."""
    if kept.claim.child_id is None:
        return None
    child = turn.work.children.meant(kept.claim.child_id)
    return child if child and stewards.is_head(turn, child.area_id) else None


def _name(turn: Turn, kept: KeptClaim) -> str:
    child = _child(turn, kept)
    name = child.name if child else kept.claim.values.get("name", "")
    return name if proof.is_given(turn) else mask_name(name)


def _line(turn: Turn, kept: KeptClaim) -> Line:
    claim = kept.claim
    keys = claim.differs if claim.kind in ("differs", "perhaps") else ()
    row = turn.work.areas.get(claim.area or 0)
    return Line(
        id=kept.id,
        row=claim.row,
        name=mask_name(_name(turn, kept)),
        place=turn.work.areas.full_name(claim.area or 0) or (row.name if row else ""),
        what="、".join(COLUMNS[key].heading for key in keys),
        state=kept.state,
    )


def _rows(turn: Turn, kept: KeptClaim, child: Child | None) -> tuple[tuple[str, str, str], ...]:
    claim = kept.claim
    rights = turn.rules.policy.rights
    seen = rights.sight(colleagues.held(turn), claim.area or 0, turn.work.areas, own=False).full
    seen -= frozenset() if proof.is_given(turn) else COLUMNS.identities
    said = claim.differs or {
        key: (child.values.get(key, "") if child else "", value)
        for key, value in claim.values.items()
    }
    return tuple(
        (COLUMNS[key].heading, _said(key, ours), _said(key, theirs))
        for key, (ours, theirs) in said.items()
        if key in seen
    )


def _said(key: str, value: str) -> str:
    return child_file.said(COLUMNS[key], value)


def _is_village(turn: Turn, area: int) -> bool:
    row = turn.work.areas.get(area)
    return row is not None and row.kind in ("village", "group")


def _villages(turn: Turn) -> tuple[tuple[int, str], ...]:
    tree = turn.work.areas
    return tuple(
        (area, tree.full_name(area))
        for top in stewards.heads(turn)
        for area in tree.descendants(top)
        if _is_village(turn, area)
    )
