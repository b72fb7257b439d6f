"""问卷 in the talk: a file that is one is checked, its faults come back, two persons publish it.

The rules are those of the desk (``handlers.office.forms``): the same posts, the same second
person, the same rows of the audit.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, replace

from conversation.cards import Button, Document
from handlers import filling
from handlers.office import administration, forms
from handlers.office.forms import Wanted
from handlers.office.second_person import WHY_CHARS, Difference
from handlers.people import proof
from handlers.saying import answer, button, note
from handlers.turn import Filled, Turn
from storage.office.form_changes import Candidate
from storage.office.sent_tables import SentTable

#: Of sent tables: those that are forms, or were looked at first.
KINDS = frozenset({"form", "unknown"})
TEXT = "text/plain"
#: Faults, and differences, on one card; all of them stand in the file that goes with it.
SHOWN = 5
#: Of a fault, and of a question before and after, so much stands on a card.
FAULT, PART = 150, 60
#: Words that go with a file are no longer than this.
CAPTION = 980
#: How the draft of the reason names the file.
ABOUT = "sent:"


# -- what came ----------------------------------------------------------------------------------


def found(turn: Turn, table: SentTable, candidate: Candidate, count: int) -> None:
    """There is no fault: what it would change, to be tried and published."""
    wanted = forms.wanted(turn, candidate)
    if wanted is None:
        refused(turn, table, [turn.words("sent_form.not_yours")])
        return
    kept = json.dumps(asdict(candidate), ensure_ascii=False)
    if not turn.work.sent_tables.move_on(table, "found", kept):
        return
    head = turn.words("sent_form.fine", title=candidate.title, count=count)
    rows = _ways(turn, f"{ABOUT}{table.id}", is_same=not _is_news(wanted))
    _tell(turn, [head, *_changes(turn, wanted)], wanted, *rows)


def refused(turn: Turn, table: SentTable, faults: list[str]) -> None:
    """Everything that is wrong with it: the first of it on the card, all of it in a file."""
    if not turn.work.sent_tables.move_on(table, "refused"):
        return
    shown = [_cut(one, FAULT) for one in faults[:SHOWN]]
    head = turn.words("sent_form.faults", count=len(faults))
    told = [head, *shown, *_more(turn, len(faults)), turn.words("sent_form.mend")]
    file = _file(turn, "sent_form.faults_file", faults) if shown != faults else None
    _say(turn, told, file)


def candidate(turn: Turn, of: str) -> Candidate | None:
    """What a file of the speaker's own, or a proposal, wants in force."""
    kind, _, number = of.partition(":")
    if not administration.configures(turn):
        return None
    if kind == "change":
        change = turn.work.form_changes.get(int(number))
        return change.candidate if change else None
    table = turn.work.sent_tables.get(int(number))
    if table is None or table.person_id != turn.speaker.person_id or not table.found:
        return None
    return Candidate(**json.loads(table.found)) if table.kind in KINDS else None


# -- publishing ---------------------------------------------------------------------------------


def publish_row(turn: Turn, of: str) -> tuple[tuple[Button, ...], ...]:
    """发布, for a file that was tried and is not in force yet."""
    if not of.startswith(ABOUT):
        return ()
    wanted = candidate(turn, of)
    row = turn.work.forms.current(wanted.form) if wanted else None
    is_news = wanted is not None and (row is None or row.version != wanted.version)
    return (button(_publish_label(turn), "forms.publish", of),) if is_news else ()


def publish(turn: Turn, of: str) -> None:
    """发布: why, in a sentence; then it is in force, or a second person is asked."""
    if candidate(turn, of) is None:
        answer(turn, turn.words("sent_form.gone"))
    elif not proof.is_missing(turn):
        filling.begin(turn, "form_why", about=of)


def why_given(turn: Turn, filled: Filled) -> None:
    """The reason of whoever publishes."""
    wanted, why = candidate(turn, filled.draft.about or ""), filled.answers["change_why"]
    if wanted is None or len(why) < WHY_CHARS:
        answer(turn, turn.words("sent_form.gone"))
        return
    done = forms.propose(turn, wanted, why)
    row = turn.work.forms.current(wanted.form)
    in_force = row is not None and row.version == wanted.version
    said = "late" if not done else "published" if in_force else "waits"
    answer(turn, turn.words(f"sent_form.{said}", title=wanted.title))


def show(turn: Turn, change_id: str) -> None:
    """看改了什么: a version that waits for a second person."""
    seen = forms.one(turn, int(change_id))
    if seen is None:
        answer(turn, turn.words("sent_form.gone"))
        return
    change, wanted = seen
    rows = forms.deciding(turn, change.id) if change.is_mine_to_decide else ()
    title = turn.words("sent_form.wants", name=change.who, title=wanted.candidate.title)
    why = turn.words("sent_form.why", why=change.why)
    _tell(turn, [title, why, *_changes(turn, wanted)], wanted, *rows)


def agree(turn: Turn, change_id: str) -> None:
    """同意，用上: as the second person."""
    _decide(turn, int(change_id), agrees=True)


def disagree(turn: Turn, change_id: str) -> None:
    """不同意."""
    _decide(turn, int(change_id), agrees=False)


def _decide(turn: Turn, change_id: int, *, agrees: bool) -> None:
    if proof.is_missing(turn):
        return
    done = forms.decide(turn, change_id, agrees=agrees)
    change = turn.work.form_changes.get(change_id)
    said = ("published" if agrees else "refused") if done and change else "late"
    title = change.candidate.title if change else ""
    answer(turn, turn.words(f"sent_form.{said}", title=title))


# -- showing ------------------------------------------------------------------------------------


def _ways(turn: Turn, of: str, *, is_same: bool) -> tuple[tuple[Button, ...], ...]:
    tried = button(turn.words("tryout.begin"), "try.form", of)
    return (tried,) if is_same else (button(_publish_label(turn), "forms.publish", of), tried)


def _publish_label(turn: Turn) -> str:
    return turn.words("sent_form.publish")


def _is_news(wanted: Wanted) -> bool:
    return bool(wanted.differences) or not wanted.is_used


def _changes(turn: Turn, wanted: Wanted) -> list[str]:
    """What is asked otherwise than now, the first of it."""
    if not wanted.is_used:
        return [turn.words("sent_form.unused")]
    if not wanted.differences:
        return [turn.words("sent_form.same")]
    head = turn.words("sent_form.differs", count=len(wanted.differences))
    shown = [_change(turn, one, PART) for one in wanted.differences[:SHOWN]]
    return [head, *shown, *_more(turn, len(wanted.differences))]


def _more(turn: Turn, count: int) -> list[str]:
    return [turn.words("sent_form.more", count=count - SHOWN)] if count > SHOWN else []


def _change(turn: Turn, one: Difference, part: int = 0) -> str:
    before, after = _cut(one.before, part), _cut(one.after, part)
    kind = "changed" if before and after else "added" if after else "removed"
    return turn.words(f"sent_form.{kind}", what=one.key, before=before, after=after)


def _cut(text: str, part: int) -> str:
    return f"{text[:part]}…" if part and len(text) > part else text


def _tell(turn: Turn, lines: list[str], wanted: Wanted, *rows: tuple[Button, ...]) -> None:
    """With the whole list as a file, where the card does not hold it."""
    every = [_change(turn, one) for one in wanted.differences]
    shown = [_change(turn, one, PART) for one in wanted.differences[:SHOWN]]
    file = _file(turn, "sent_form.changes_file", every) if every != shown else None
    _say(turn, lines, file, *rows)


def _say(
    turn: Turn, lines: Sequence[str], file: Document | None, *rows: tuple[Button, ...]
) -> None:
    text = "\n".join(lines)
    card = note(turn, _cut(text, CAPTION) if file else text, *rows)
    turn.say(replace(card, document=file), asks=turn.draft is None)


def _file(turn: Turn, name: str, lines: Sequence[str]) -> Document:
    # Notepad and phones know by its first bytes that it is UTF-8.
    content = "\ufeff" + "\r\n".join(lines) + "\r\n"
    return turn.document(f"{turn.words(name)}.txt", TEXT, content.encode())
