"""问卷: which versions are in force, what another one would change, and who decides it."""

from dataclasses import dataclass, replace

from conversation.cards import Button
from conversation.comparing import compared
from conversation.form import Form
from handlers.office import administration, second_person
from handlers.office.second_person import Difference, between
from handlers.people import colleagues
from handlers.reaching import telling
from handlers.saying import button, note
from handlers.turn import Turn
from storage.office.form_changes import Candidate, FormChange
from storage.office.forms import FormRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Change(second_person.Change):
    """A version that somebody wants, as the page shows it."""

    candidate: Candidate


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """The forms in force, and what waits for a second person."""

    forms: tuple[FormRow, ...]
    waiting: tuple[Change, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A version that can be tried, and would change this in what is asked now."""

    candidate: Candidate
    form: Form
    differences: tuple[Difference, ...]
    #: False for a name under which the bot asks nothing.
    is_used: bool
    #: Every change of this form, and every version that was in force before; the newest first.
    history: tuple[Change, ...]
    earlier: tuple[FormRow, ...]


def seen(turn: Turn) -> Seen | None:
    """All forms, for whoever configures the channel."""
    if not administration.configures(turn):
        return None
    forms = sorted(turn.work.forms.all_current(), key=lambda row: row.form)
    return Seen(
        forms=tuple(_local(turn, row) for row in forms),
        waiting=tuple(_change(turn, one) for one in turn.work.form_changes.proposed()),
    )


def in_force(turn: Turn, name: str) -> Wanted | None:
    """The version of a form that is asked now."""
    row = turn.work.forms.current(name)
    return None if row is None else wanted(turn, _candidate(row))


def published(turn: Turn, name: str, version: str) -> Wanted | None:
    """A version of a form that was, or is, in force."""
    row = turn.work.forms.get(version)
    return None if row is None or row.form != name else wanted(turn, _candidate(row))


def wanted(turn: Turn, candidate: Candidate) -> Wanted | None:
    """What a version would change."""
    if not administration.configures(turn):
        return None
    form = Form.from_json(candidate.compiled)
    row = turn.work.forms.current(candidate.form)
    now = None if row is None else turn.rules.form(turn.work, row.version)
    return Wanted(
        candidate=candidate,
        form=form,
        differences=() if now is None else between(*compared(now, form)),
        is_used=now is not None,
        history=tuple(_change(turn, one) for one in turn.work.form_changes.of(candidate.form)),
        earlier=tuple(_local(turn, one) for one in turn.work.forms.versions(candidate.form)[1:]),
    )


def one(turn: Turn, change_id: int) -> tuple[Change, Wanted] | None:
    """A change, and what it would change now."""
    found = turn.work.form_changes.get(change_id)
    seen_now = None if found is None else wanted(turn, found.candidate)
    return None if found is None or seen_now is None else (_change(turn, found), seen_now)


def propose(turn: Turn, candidate: Candidate, why: str) -> bool:
    """Propose a version; where one person is enough, it is in force at once."""
    if not second_person.may_propose(turn, why):
        return False
    me = turn.speaker.person_id
    row = turn.work.form_changes.propose(candidate, why, by=me)
    if not second_person.is_needed(turn):
        return turn.work.form_changes.apply(row, by=me)
    _ask_others(turn, row, candidate, why)
    return True


def decide(turn: Turn, change_id: int, *, agrees: bool) -> bool:
    """Agree as the second person, or refuse; whoever was asked, and whoever proposed it, hears."""
    done = second_person.decide(turn, turn.work.form_changes, change_id, agrees=agrees)
    change = turn.work.form_changes.get(change_id) if done else None
    if change is not None:
        said = "published" if agrees else "refused"
        text = turn.words(f"sent_form.{said}", title=change.candidate.title)
        me, first = turn.speaker, change.proposed_by
        telling.settle(turn, about(change_id), note(turn, text), but=me.contact_id)
        if first != me.person_id:
            colleagues.tell_person(turn, first, text, key=f"{about(change_id)}:decided")
    return done


def about(change_id: int) -> str:
    """How the cards are known that ask for a second person."""
    return f"form:{change_id}"


def deciding(turn: Turn, change_id: int) -> tuple[tuple[Button, ...], ...]:
    """What a second person may do with a version that waits."""
    row = str(change_id)
    look = button(turn.words("sent_form.look"), "forms.change", row)
    tried = button(turn.words("tryout.begin"), "try.form", f"change:{row}")
    agree = button(turn.words("sent_form.agree"), "forms.agree", row)
    disagree = button(turn.words("sent_form.disagree"), "forms.disagree", row)
    return (*look, *tried), (*agree, *disagree)


def _ask_others(turn: Turn, change_id: int, candidate: Candidate, why: str) -> None:
    """Everybody else who keeps the channel, in the chat: one of them is enough."""
    seen, me = wanted(turn, candidate), turn.speaker.person_id
    lines = [
        turn.words("sent_form.wants", name=colleagues.called(turn, me), title=candidate.title),
        turn.words("sent_form.differs_count", count=len(seen.differences if seen else ())),
        turn.words("sent_form.why", why=why),
        turn.words("sent_form.second"),
    ]
    card = note(turn, "\n".join(lines), *deciding(turn, change_id))
    links = turn.work.links
    for person in administration.keepers(turn.work, turn.rules):
        if links.who_is(person) != links.who_is(me):
            key = f"{about(change_id)}:{person}"
            telling.tell_person(turn, person, card, key=key, about=about(change_id))


def _local(turn: Turn, row: FormRow) -> FormRow:
    return replace(row, published_at=row.published_at.astimezone(turn.rules.zone))


def _candidate(row: FormRow) -> Candidate:
    return Candidate(
        form=row.form,
        version=row.version,
        title=row.title,
        compiled=row.compiled,
        source_hash=row.source_hash,
    )


def _change(turn: Turn, change: FormChange) -> Change:
    return Change(**second_person.as_shown(turn, change), candidate=change.candidate)
