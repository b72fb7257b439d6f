"""A place that is named where something else is asked, and what is no place where one is."""

from dataclasses import dataclass

from conversation import choosing, commands, letters, numbers
from conversation.dates import find_moment
from conversation.dialogue import Option, Skip
from conversation.items import Question
from handlers.children.own import tells_of_child
from handlers.heard import children, facts, kept
from handlers.heard.open_form import CHILD, PLACE, POINT, Heard, OpenForm, clauses, name_at
from policy.sounds import heard_as

#: How the names of villages end.
OF_PLACES = ("村", "社区", "镇", "乡", "街道", "组", "屯", "寨")
#: A shorter name of a village is a crumb; what is no longer may be the name of any place.
SHORTEST, SHORT_NAME = 2, 4
#: Where it was, is said at the beginning: no place is looked for in every clause of a tale.
LOOKED_AT = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A place that was named by the way, and what else was said."""

    path: str
    place: Option
    rest: str


def speaks_of_place(text: str) -> bool:
    """True for words with 村, 镇 ... in them."""
    return any(one in text for one in OF_PLACES)


def named(here: OpenForm, text: str) -> Heard | None:
    """河湾村的: where it was is known, and what else was said is told."""
    found = _named_in(here, text)
    if found is None:
        return None
    heard = _settled(here, found)
    heard = kept.told(heard, found.rest) if found.rest else heard
    return heard.going_on("form.kept_place", area=found.place.label)


def _named_in(here: OpenForm, text: str) -> Named | None:
    """The village that is named.

    Its whole name says so even where words are wanted; 河湾 only where they are none. A place
    that was answered before is another one only for who says that it was wrong.
    """
    place = here.form.named(PLACE)
    if place is None or not here.keeper or here.at in ("", place.path):
        return None
    said = clauses(text)
    wrong = bool(said) and said[0] in here.turn.rules.words.listed("heard.corrects")
    is_known = place.path in here.dialogue.given or bool(here.answer_at(place.path))
    if not wrong and (is_known or not _may_be_named(here, text)):
        return None
    several = is_known or len(said) > 1
    may_be = [one for one in said if not several or speaks_of_place(one)]
    for one in may_be[:LOOKED_AT]:
        if (found := _called(here, place, one)) is not None:
            rest = "，".join(other for other in said[wrong:] if other is not one)
            return Named(path=place.path, place=found, rest=rest)
    return None


def _may_be_named(here: OpenForm, text: str) -> bool:
    """True where a choice is asked, or which child: of that only for 河湾村的, and not 河湾."""
    asked = here.question
    if asked is None:
        return False
    if asked.chooses and not asked.outside:
        return True
    return asked is here.form.named(CHILD) and letters.key(text).endswith(OF_PLACES)


def _called(here: OpenForm, place: Question, clause: str) -> Option | None:
    """The one place that a clause names and says no more."""
    said = _bare(here, clause)
    if len(said) < SHORTEST:
        return None
    found = here.lists.search(place.list, said)
    if len(found) != 1:
        return None
    label = letters.key(found[0].label)
    return found[0] if said in label or _sounds_like(said, label) else None


def _sounds_like(said: str, label: str) -> bool:
    """True for 河弯村, where 河湾村 is meant: as it is typed by its sound, with the same end."""
    written = label[-len(said) :]
    return speaks_of_place(said) and bool({*heard_as(said)} & {*heard_as(written)})


def _bare(here: OpenForm, text: str) -> str:
    """Where somebody is, without what people say around it: 就在河湾村的."""
    said, listed = letters.key(text), here.turn.rules.words.listed
    for before in sorted(listed("form.place_before"), key=len, reverse=True):
        said = said.removeprefix(before)
    for after in listed("form.place_after"):
        said = said.removesuffix(after)
    return said


def _settled(here: OpenForm, found: Named) -> OpenForm:
    """The place is known; what was said in place of it was none, but somebody said it."""
    words = name_at(here.form.question(found.path).words)
    said = here.form.names(here.dialogue.answers).get(words, "")
    tells = bool(said) and not choosing.says_nothing(said)
    heard = kept.told(here, said) if tells else here
    return heard.settled(found.path, found.place.value)


def asked_again(here: OpenForm, text: str) -> Heard | None:
    """Who says anything but where it is: that is kept, and the place is asked once more."""
    if not _is_no_place(here, text):
        return None
    keep = kept.told if tells_of_child(here.turn, text) else kept.noted
    heard = keep(here, text)
    spoken = _spoken_of(here)
    if spoken is None and _has_position(here):
        return Heard(step=heard.step(Skip()))
    if spoken is None:
        return heard.missed().going_on("form.kept_where")
    step = heard.settled(here.at, spoken.value).step(Skip())
    return Heard(step=step, says=here.turn.words("form.kept_place", area=spoken.label))


def _has_position(here: OpenForm) -> bool:
    """True for who shared where they are: no village need be named as well."""
    place, point = here.form.named(PLACE), here.form.named(POINT)
    return place is not None and bool(place.position and point and here.answer_at(point.path))


def _is_no_place(here: OpenForm, text: str) -> bool:
    """True for what is anything but a place, where one is asked; once, then it is where."""
    place = here.form.named(PLACE)
    if place is None or here.at != place.path or not here.keeper or here.dialogue.misses:
        return False
    if commands.move(text) or choosing.says_nothing(text) or choosing.says_no_word(text):
        return False
    if numbers.option_number(text) is not None:
        return False
    if _bare(here, text) in here.turn.rules.words.listed("form.vague_places"):
        return True
    if speaks_of_place(text) or here.lists.search(place.list, text.strip()):
        return False
    return _says_something_else(here, text)


def _says_something_else(here: OpenForm, text: str) -> bool:
    """True for what happened, who speaks, when, or many words without 桥头 or 后面 in them."""
    at = here.turn.at
    if tells_of_child(here.turn, text) or facts.MY_NAME.match(text) or find_moment(text, at):
        return True
    listed = here.turn.rules.words.listed
    if any(one in text for one in listed("form.whereabouts")):
        return False
    return len(letters.key(text)) > SHORT_NAME or children.is_of_self(here, text)


def _spoken_of(here: OpenForm) -> Option | None:
    """The one place that was spoken of before it is asked."""
    found = here.turn.work.areas.spoken_of(here.told)
    if len(found) != 1:
        return None
    value = str(found[0].id)
    label = here.lists.label("areas", value)
    return Option(value=value, label=label) if label else None
