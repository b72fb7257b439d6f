"""A visit is begun to be told: by a button, or by the words that tell it."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from functools import partial

from conversation.cards import Card
from conversation.letters import tidy
from handlers import filling
from handlers.children import child_file, register
from handlers.children.own import alarming, by_full_name, own
from handlers.children.register import View
from handlers.form_cards import Notice
from handlers.reporting import first_words
from handlers.reporting.instead import Instead
from handlers.saying import button, note
from handlers.turn import Turn
from handlers.visiting import hearing, planning, several
from policy.masking import mask_name
from storage.children.child import Child
from storage.visiting.visit import Source

#: What of the register a visitor is reminded of.
WAS = ("guardian_name", "both_away", "schooling", "health")
#: Children of one visit: the form has as many names.
MOST = 6


#: Houses of one question, and children whom the button of one names.
HOUSES, SHOWN_OF_HOUSE = 5, 4


#: Houses of one question, and children whom the button of one names.
HOUSES, SHOWN_OF_HOUSE = 5, 4


def begin(turn: Turn, child_id: str) -> None:
    """A household of the list was tapped: whoever of it is due is visited together."""
    seen = seen_of(turn, int(child_id))
    if seen is None:
        register.refuse(turn)
        return
    household = turn.work.children.of_household(seen.child.household_id)
    others = [one.id for one in household if one.id != seen.child.id and one.status == "active"]
    due = turn.work.duties.visits_of(others)
    ends = turn.work.now + timedelta(days=1)
    together = [seen] + [
        other
        for one in others
        if one in due and due[one].due_at <= ends and (other := seen_of(turn, one)) is not None
    ]
    filling.begin(turn, "visit", preset=_preset(turn, together[:MOST], "chat"), in_place=True)


def said(turn: Turn, text: str) -> bool:
    """True when free words tell of visits to one's own children: cards are to be confirmed.

    Whoever names nobody is asked which house it was.
    """
    told = _read(turn, text)
    known = several.houses(turn) if not told and _tells_of_some(turn, text) else []
    if not told and not known:
        return False
    if told and not alarming(turn, text):
        _begin_read(turn, told)
        return True
    key = "checkin.instead" if alarming(turn, text) else "checkin.some"
    instead = Instead(label=turn.words(key), verb="visit.said")
    asks = partial(_which_house, turn, known) if known else None
    first_words.begin_from_words(turn, text, instead=[instead], asks=asks)
    return True


def said_beside(turn: Turn, text: str) -> bool:
    """True when words to an open visit tell of another house alone: that visit waits, too."""
    before = turn.draft
    if before is None or filling.name_of(turn, before) != hearing.VISIT:
        return False
    told = _read(turn, text) or _read(turn, text, tells=False)
    here = set(filling.answers_of(turn, before)[1]["visit_ids"].split())
    others = [one for one in told if here.isdisjoint(one["visit_ids"].split())]
    if not told or len(others) < len(told) or alarming(turn, text):
        return False
    for preset in reversed(told):
        filling.begin(turn, "visit", preset=preset, quiet=True)
    turn.draft = before
    names = "、".join(one["visit_names"] for one in told)
    turn.say(Card(text=turn.words("checkin.heard_beside", name=names)), asks=False)
    filling.show(turn)
    return True


def _tells_of_some(turn: Turn, text: str) -> bool:
    """True for a worker's words that say how a visit went: 没在家, 门锁着."""
    return bool(turn.roles) and hearing.read(turn, text).tells


def begin_said(turn: Turn, told: str) -> None:
    """没有危险，记成看望: words that sounded like danger are a visit's after all."""
    before = first_words.said_before(turn, told)
    text = filling.answers_of(turn, before)[1].get("what", "") if before else ""
    visits_told = _read(turn, text) or _read(turn, text, tells=False)
    known = several.houses(turn) if text and not visits_told else []
    if before is None or not (visits_told or known):
        register.refuse(turn)
    elif visits_told:
        _begin_read(turn, visits_told)
        first_words.take_over(turn, before)
    else:
        turn.draft = before
        turn.say(_which_house(turn, known, before.id), in_place=True)


def begin_of(turn: Turn, arg: str) -> None:
    """The house was tapped of which the words tell, or all of them, "child:draft", ":draft"."""
    whose, _, told = arg.partition(":")
    before, known = first_words.said_before(turn, told), several.houses(turn)
    text = filling.answers_of(turn, before)[1].get("what", "") if before else ""
    meant = [one for one in known if not whose or one.named == whose]
    views = [seen for one in meant for child in one.children if (seen := seen_of(turn, child.id))]
    if before is None or not text or not views:
        register.refuse(turn)
        return
    card = hearing.read(turn, text)
    answers = {**hearing.answers_of(turn, text, card), "note": tidy(text)}
    _begin_read(turn, [{**_preset(turn, some, "dictated"), **answers} for some in _cards(views)])
    first_words.take_over(turn, before)


def more_houses(turn: Turn, arg: str) -> None:
    """The next houses of which the words may tell, "start:draft"."""
    start, _, told = arg.partition(":")
    before = first_words.said_before(turn, told)
    if before is None:
        register.refuse(turn)
        return
    turn.draft = before
    card = _which_house(turn, several.houses(turn), before.id, start=int(start))
    turn.say(card, in_place=True)


def _which_house(turn: Turn, known: Sequence[several.House], told: int, *, start: int = 0) -> Card:
    """Of which house do the words tell that lie in a draft? Perhaps of none."""
    fits = len(known) <= HOUSES
    page = known if fits else known[start : start + HOUSES - 1]
    rows = [button(_house(turn, one), "visit.of", f"{one.named}:{told}") for one in page]
    if not fits:
        following = start + len(page) if start + len(page) < len(known) else 0
        rows.append(button(turn.words("form.more"), "visit.of_more", f"{following}:{told}"))
    if 1 < len(known) <= several.MOST:
        label = turn.words("checkin.all_houses", count=len(known))
        rows.append(button(label, "visit.of", f":{told}"))
    rows.append(button(turn.words("checkin.no_house"), "form.show"))
    return note(turn, turn.words("checkin.which_house"), *rows)


def _house(turn: Turn, house: several.House) -> str:
    """王小明、王小芳（一组）."""
    views = [seen for one in house.children if (seen := register.view(turn, one.id))]
    area = turn.work.areas.get(house.children[0].area_id)
    names = "、".join(map(name_of, views[:SHOWN_OF_HOUSE]))
    return turn.words("checkin.house", name=names, area=area.name if area else "")


def _begin_read(turn: Turn, told: Sequence[Mapping[str, str]]) -> None:
    """The first card; the others wait in drafts, and are shown when it is done."""
    first, *others = told
    for preset in reversed(others):
        filling.begin(turn, "visit", preset=preset, quiet=True)
    rest = "、".join(one["visit_names"] for one in others)
    key = "checkin.heard_some" if others else "checkin.heard"
    heard = [turn.words(key, name=first["visit_names"], other=rest)]
    if missed := _unheard(turn, told):
        heard.append(turn.words("checkin.unheard", name="、".join(missed)))
    filling.begin(turn, "visit", preset=first, notice=Notice(text="\n".join(heard)))


def _unheard(turn: Turn, told: Sequence[Mapping[str, str]]) -> list[str]:
    """Children who were named, but of whom it was not understood how it went."""
    children = _who_may_be_meant(turn, "\n".join(each["note"] for each in told))
    heard = {one for each in told for one in each["visit_ids"].split()}
    said = by_full_name("\n".join(each["note"] for each in told), children)
    named = hearing.read(turn, said, [one.name for one in children]).children
    missed = (children[one.child] for one in named)
    return [one.name for one in missed if str(one.id) not in heard and seen_of(turn, one.id)]


def _read(turn: Turn, text: str, *, tells: bool = True) -> list[dict[str, str]]:
    """The answers of each visit that words tell of; none for words that tell of none.

    Not ``tells``: somebody said that they do, how it went is asked.
    """
    children = _who_may_be_meant(turn, text)
    if not children or not text:
        return []
    counted = several.in_names(turn, text, several.houses(turn)) if several.counts(text) else text
    said = by_full_name(counted, children)
    parts = hearing.parts(turn, said, [one.name for one in children])
    # Of one visit the words stay as they were written.
    whole = text if len(parts) == 1 else ""
    return [
        preset
        for part in parts
        if not tells or part.card.tells
        for preset in _presets_of(turn, children, part, whole or part.text.rstrip("，,；; "))
    ]


def _who_may_be_meant(turn: Turn, text: str) -> list[Child]:
    """The speaker's own; of houses that are counted also those that fell to them."""
    children = own(turn)
    if not several.counts(text):
        return children
    known = {one.id for one in children}
    due = (one for house in several.houses(turn) for one in house.children)
    return [*children, *(one for one in due if one.id not in known)]


def _presets_of(
    turn: Turn, children: Sequence[Child], part: hearing.Part, words: str
) -> Iterator[dict[str, str]]:
    """The cards of one part of the words: one has room for so many children."""
    views = [seen for one in part.card.children if (seen := seen_of(turn, children[one.child].id))]
    for some in _cards(views):
        yield {
            **_preset(turn, some, "dictated"),
            **hearing.answers_of(turn, words, part.card),
            "note": tidy(words),
        }


def _cards(views: Sequence[View]) -> Iterator[list[View]]:
    """The children by cards; brothers and sisters stand on one."""
    houses: dict[int, list[View]] = {}
    for one in views:
        houses.setdefault(one.child.household_id, []).append(one)
    card: list[View] = []
    for house in houses.values():
        if card and len(card) + len(house) > MOST:
            yield card
            card = []
        card = [*card, *house[:MOST]]
    if card:
        yield card


def seen_of(turn: Turn, child_id: int) -> View | None:
    """The child, if the speaker enters visits for them."""
    seen = register.view(turn, child_id)
    return seen if seen is not None and child_file.may_visit(turn, seen) else None


def _preset(turn: Turn, views: Sequence[View], source: Source) -> dict[str, str]:
    names = [name_of(one) for one in views]
    following = planning.foreseen(turn.work, turn.rules, views[0].child).isoformat()
    return {
        "visit_ids": " ".join(str(one.child.id) for one in views),
        "visit_names": "、".join(names),
        "visit_count": str(len(views)),
        **{f"visit_child_{place}": name for place, name in enumerate(names, 1)},
        "visit_was": _was(turn, views[0]),
        "visit_source": source,
        "visit_at": turn.at.isoformat(timespec="minutes"),
        "visit_by": turn.work.people.name_of(turn.speaker.person_id),
        "visit_next": following,
        "next_on": following,
    }


def name_of(seen: View) -> str:
    """The name as far as whoever sits there may read it by now."""
    return mask_name(seen.child.name) if "name" in seen.waits else seen.child.name


def _was(turn: Turn, seen: View) -> str:
    """Grandmother looks after them, both parents away ...: so that no answer is asked twice."""
    told = [
        turn.words(f"checkin.was.{key}", value=value)
        for key in WAS
        if key in seen.fields and (value := child_file.value(turn, seen, key))
    ]
    return "；".join(told) or turn.words("checkin.was.nothing")
