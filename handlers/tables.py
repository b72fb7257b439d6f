"""Tables that workers send in the talk: asked what they are, then looked through beside it."""

from dataclasses import replace

from conversation.cards import Button, Document, shown_name
from conversation.incoming import SentFile
from handlers import filling
from handlers.office import administration
from handlers.rules import Rules
from handlers.saying import answer, button, note
from handlers.turn import Turn
from policy.register.claims import SOURCES
from policy.roles import Import
from storage.office.sent_tables import Kind, SentTable, State
from storage.reporting.attachment import Attachment
from storage.work import Reading

#: What a table is called, or how its channel describes it.
ENDINGS = (".xlsx", ".xlsm", ".xls", ".csv", ".et")
TYPES = ("spreadsheet", "ms-excel", "text/csv")
BOOKS = (".xlsx", ".xlsm")
KINDS: tuple[Import, ...] = ("roster", "areas", "shifts", "class", "claims")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv"
#: Sentences that fit one card.
SENTENCES = 5


def places(turn: Turn, kind: Import) -> tuple[int, ...]:
    """Where the speaker may bring in such a table: at or below these places."""
    return places_of(turn.work, turn.rules, turn.speaker.person_id, kind)


def places_of(reading: Reading, rules: Rules, person_id: int, kind: Import) -> tuple[int, ...]:
    """The same for anybody."""
    roles = rules.policy.roles
    absent = reading.deputies.acting_for(person_id, reading.now)
    posts = [post for one in (person_id, *absent) for post in reading.people.roles(one)]
    return tuple(
        dict.fromkeys(
            post.area_id
            for post in posts
            if post.role in roles and kind in roles[post.role].imports
        )
    )


def imports(turn: Turn) -> bool:
    """True for whoever may bring in any table."""
    return any(places(turn, kind) for kind in KINDS)


def offers(turn: Turn, incoming: SentFile) -> bool:
    """True for a table from somebody who may bring one in, or publishes forms."""
    named = incoming.name.lower().endswith(ENDINGS)
    is_table = incoming.kind == "document" and (
        named or any(kind in incoming.mime for kind in TYPES)
    )
    return is_table and (imports(turn) or administration.configures(turn))


def take(turn: Turn, file_id: int, incoming: SentFile) -> None:
    """A workbook of whoever publishes forms may be one: that is looked at before it is asked."""
    is_book = incoming.name.lower().endswith(BOOKS) or XLSX in incoming.mime
    if not (is_book and administration.configures(turn)):
        ask(turn, file_id)
        return
    turn.work.sent_tables.add("unknown", file_id, turn.speaker.contact_id, turn.speaker.person_id)
    answer(turn, turn.words("table.looking"))


def is_none(turn: Turn, table: SentTable) -> None:
    """It was looked at, and is no form: what is it?"""
    if turn.work.sent_tables.move_on(table, "dropped"):
        ask(turn, table.attachment_id)


def ask(turn: Turn, file_id: int) -> None:
    """What is this table?"""
    keeps = administration.configures(turn)
    form = [button(turn.words("table.form"), "table.form", str(file_id))] if keeps else []
    rows = [
        button(turn.words(f"table.{kind}"), f"table.{kind}", str(file_id))
        for kind in KINDS
        if places(turn, kind)
    ]
    evidence = button(turn.words("table.evidence"), "table.evidence", str(file_id))
    answer(turn, turn.words("table.what"), *rows, *form, evidence)


def begin_claims(turn: Turn, arg: str) -> None:
    """It is another office's list; whose, is asked first."""
    file_id, _, source = arg.partition(":")
    if source in SOURCES:
        begin("claims", turn, file_id, source)
        return
    rows = [
        button(turn.words(f"claims.{one}"), "table.claims", f"{file_id}:{one}") for one in SOURCES
    ]
    answer(turn, turn.words("table.whose"), *rows)


def begin(kind: Import, turn: Turn, file_id: str, source: str = "") -> None:
    """It is a table of this kind: it is looked through while the talk goes on."""
    _begin(kind, turn, file_id, source, is_theirs=bool(places(turn, kind)))


def begin_form(turn: Turn, file_id: str) -> None:
    """It is a form."""
    _begin("form", turn, file_id, is_theirs=administration.configures(turn))


def _begin(kind: Kind, turn: Turn, file_id: str, source: str = "", *, is_theirs: bool) -> None:
    found = own(turn, file_id)
    if found is None:
        answer(turn, turn.words("form.gone"))
        return
    if not is_theirs:
        answer(turn, turn.words("table.not_yours"))
        return
    tables, speaker = turn.work.sent_tables, turn.speaker
    if not tables.is_waiting(found.id):
        tables.add(kind, found.id, speaker.contact_id, speaker.person_id, source=source)
    answer(turn, turn.words("table.reading"))
    if turn.draft is not None:
        filling.show(turn)


def keep(turn: Turn, kind: str, name: str, content: bytes) -> int | None:
    """A table that came with a page's form, kept to be begun; None where it is not theirs."""
    if not any(kind == one and places(turn, one) for one in KINDS):
        return None
    mime = XLSX if content.startswith(b"PK") else CSV
    return turn.work.attachments.give(
        turn.speaker.contact_id, name=shown_name(name), mime=mime, content=content
    )


def own(turn: Turn, file_id: str) -> Attachment | None:
    """A file that the speaker sent and that belongs to nothing yet."""
    found = turn.work.attachments.get(int(file_id))
    if found is None or found.contact_id != turn.speaker.contact_id:
        return None
    return None if found.draft_id or found.report_id else found


def waiting(
    turn: Turn, table_id: str, kind: Kind, *, over: str, state: State = "found"
) -> SentTable | None:
    """The speaker's own table of a kind that is as far as this; else they are told, and None.

    ``over`` is the key of what they are told.
    """
    table = turn.work.sent_tables.get(int(table_id or 0))
    if (
        table is None
        or table.kind != kind
        or table.person_id != turn.speaker.person_id
        or table.state != state
    ):
        answer(turn, turn.words(over))
        return None
    return table


def refused(
    turn: Turn, table: SentTable, sentences: list[str], marked: bytes | None = None
) -> None:
    """The table cannot be taken, and why; with the sender's own file where its rows are marked."""
    if not turn.work.sent_tables.move_on(table, "refused"):
        return
    shown = sentences[:SENTENCES]
    more = len(sentences) - len(shown)
    told = [*shown, *([turn.words("table.more", count=more)] if more else [])]
    document = None
    if marked is not None:
        document = marked_file(turn, f"{table.kind}.marked", marked)
        told.append(turn.words("table.mend"))
    text = turn.words(f"table.refused_{table.kind}", text="\n".join(told))
    card = note(turn, text)
    turn.say(replace(card, document=document), asks=turn.draft is None)


def marked_file(turn: Turn, key: str, marked: bytes) -> Document:
    """The sender's own table with remarks, to go with a card; ``key`` is of its name."""
    is_book = marked.startswith(b"PK")
    name = turn.words(key, what="xlsx" if is_book else "csv")
    return turn.document(name, XLSX if is_book else CSV, marked)


def look_again(turn: Turn, table: SentTable) -> None:
    """What it was compared with has changed: the same file is looked through anew."""
    if turn.work.attachments.get(table.attachment_id) is None:
        answer(turn, turn.words(f"{table.kind}.stale_gone"))
        return
    speaker = turn.speaker
    turn.work.sent_tables.add(
        table.kind,
        table.attachment_id,
        speaker.contact_id,
        speaker.person_id,
        source=table.source,
    )
    answer(turn, turn.words(f"{table.kind}.stale"))


def say(turn: Turn, text: str, *rows: tuple[Button, ...]) -> None:
    """Tell the sender; an open form stays what a bare number answers."""
    turn.say(note(turn, text, *rows), asks=turn.draft is None)
