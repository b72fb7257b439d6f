"""Trying a form out: the engine and the cards of the talk, for a post that one plays.

Nothing is kept: where the dialogue stands is handed back, and comes again with the next move.
Children and colleagues are invented, so that nobody's name is shown to whom it is not.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib.resources import files

from conversation import engine
from conversation.cards import Action, Card
from conversation.dialogue import (
    Asking,
    Attached,
    Dialogue,
    Finished,
    Line,
    Move,
    Option,
    Placed,
    Show,
    Step,
    Typed,
)
from conversation.form import Form
from handlers import filling, form_cards
from handlers.choices import lists
from handlers.form_cards import Notice
from handlers.heard.open_form import OpenForm
from handlers.office import administration
from handlers.office.foretelling import Foretold, foretell
from handlers.reporting import first_words
from handlers.turn import Turn
from policy.areas import AreaRow
from policy.managing import seat
from storage.people.person import Role

#: Which kind of file each type of question gets when one pretends to send it.
FILES = {"image": "photo", "audio": "voice", "video": "video", "file": "document"}

#: What the program would have told a form, and who does not exist.
_TABLES: Mapping[str, Mapping[str, str]] = tomllib.loads(
    files("handlers.office").joinpath("samples.toml").read_text(encoding="utf-8")
)
#: The program finds out by itself who sees the register.
SEES = "sees_register"
#: How names end whose sample is some row.
ROW = ("_id", "_ids", "duty", "member")


@dataclass(frozen=True, slots=True)
class Invented:
    """A list of people who do not exist: their names by value."""

    names: Mapping[str, str]

    def browse(self) -> Sequence[Option]:
        """All of them."""
        return [Option(value=value, label=name) for value, name in self.names.items()]

    def search(self, text: str) -> Sequence[Option]:
        """Those in whose names the words stand."""
        return [one for one in self.browse() if text.strip() in one.label]

    def label(self, value: str) -> str | None:
        """What one is called."""
        return self.names.get(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """What is tried, as which post ("" for a member of the public), and with whom in the lists."""

    form: Form = field(repr=False)
    role: str
    people: Invented
    children: Invented


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """Where a try-out stands, and what is seen there."""

    dialogue: Dialogue = field(repr=False)
    #: None once it is finished.
    card: Card | None = field(repr=False)
    #: What would have been handed in, and what would follow it.
    lines: tuple[Line, ...] = field(default=(), repr=False)
    foretold: Foretold | None = field(default=None, repr=False)
    wants_file: bool = False
    wants_place: bool = False


def told_before(form: Form) -> dict[str, str]:
    """What the program would tell this form before, with a sample of each."""
    return {
        one.name: _TABLES["sample"].get(one.name, "1" if one.name.endswith(ROW) else "")
        for one in form.questions
        if one.kind == "hidden" and not one.name.startswith("speaker_") and one.name != SEES
    }


def invented(kind: str) -> Invented:
    """Colleagues, or children, who do not exist."""
    names = _TABLES["cast"][kind].split("、")
    return Invented({str(at): name for at, name in enumerate(names, start=1)})


def begin(turn: Turn, played: Played, told: Mapping[str, str]) -> Shown | None:
    """The first question; ``told`` is what the program would know before, by question name."""
    if not administration.configures(turn):
        return None
    here = _acting(turn, played, Dialogue())
    speaker = first_words.speaker(here.turn) | ({} if played.role else {"speaker_known": "no"})
    preset = speaker | {name: value for name, value in told.items() if value}
    step = engine.begin(played.form, now=turn.at, lists=here.lists, preset=preset)
    return _shown(here, step)


def press(turn: Turn, played: Played, dialogue: Dialogue, action: Action) -> Shown | None:
    """What follows a button; one that leads out of the form leads nowhere here."""
    move = filling.MOVES[action.verb](action.arg) if action.verb in filling.MOVES else Show()
    return _moved(turn, played, dialogue, move)


def say(turn: Turn, played: Played, dialogue: Dialogue, text: str) -> Shown | None:
    """What follows typed words."""
    return _moved(turn, played, dialogue, Typed(text=text), form_cards.danger_in(turn, text))


def send(turn: Turn, played: Played, dialogue: Dialogue) -> Shown | None:
    """What follows when the file is sent that is asked for."""
    kind = played.form.question(dialogue.at).kind if dialogue.at else ""
    move = Attached(file="1", kind=FILES[kind]) if kind in FILES else Show()
    return _moved(turn, played, dialogue, move)


def point(turn: Turn, played: Played, dialogue: Dialogue, at: str = "") -> Shown | None:
    """What follows when a position is shared: this one, else that of some place of the county."""
    if at:
        return _moved(turn, played, dialogue, Placed(point=at))
    located = (one for one in _everywhere(turn) if one.latitude is not None)
    found = next(located, None)
    move: Move = Placed(point=f"{found.latitude} {found.longitude} 0 0") if found else Show()
    return _moved(turn, played, dialogue, move)


def _moved(
    turn: Turn, played: Played, dialogue: Dialogue, move: Move, notice: Notice | None = None
) -> Shown | None:
    if not administration.configures(turn):
        return None
    here = _acting(turn, played, dialogue)
    return _shown(here, filling.at_once(here, here.step(move)), notice)


def _shown(here: OpenForm, step: Step, notice: Notice | None = None) -> Shown:
    screen = step.screen
    if isinstance(screen, Finished):
        answers = here.form.names(screen.answers)
        lines = engine.told(here.form, answers, now=here.turn.at, lists=here.lists)
        follows = foretell(here, answers)
        return Shown(dialogue=step.dialogue, card=None, lines=lines, foretold=follows)
    kind = screen.kind if isinstance(screen, Asking) else ""
    card = form_cards.drawn(here.turn, here.form, step, notice)
    return Shown(
        dialogue=step.dialogue, card=card, wants_file=kind in FILES, wants_place=card.wants_place
    )


def _acting(turn: Turn, played: Played, dialogue: Dialogue) -> OpenForm:
    """The form as whoever would hold that post fills it in."""
    acting = replace(turn, draft=None, _roles=_posts(turn, played.role))
    people = played.people
    known = replace(
        lists(acting, played.form.name),
        people=lambda: people.names,
        called=lambda value: people.names.get(value, ""),
        children=played.children,
    )
    return OpenForm(turn=acting, form=played.form, lists=known, dialogue=dialogue)


def _posts(turn: Turn, role: str) -> tuple[Role, ...]:
    described = turn.rules.policy.roles.get(role)
    if described is None:
        return ()
    tree = turn.work.areas
    seats = (seat(described, one.id, tree) for one in _everywhere(turn))
    at = next((area for area in seats if area is not None), None)
    if at is None:
        return ()
    me, now = turn.speaker.person_id, turn.work.now
    return (Role(id=0, person_id=me, role=role, area_id=at, since=now, until=None),)


def _everywhere(turn: Turn) -> Sequence[AreaRow]:
    tree = turn.work.areas
    return [
        found
        for root in tree.roots()
        for area in tree.descendants(root.id)
        if (found := tree.get(area)) is not None
    ]
