"""What was sent with the reports of a case: who opens it, in which version; each look is audited.

``view`` is the one place where it is decided whose eyes a file is for.
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from conversation.cards import Action, Button, Card, Document
from handlers import watch
from handlers.cases import cases, casework, involved, possible
from handlers.cases.involved import View
from handlers.people import colleagues
from handlers.reaching.telling import pairs, rows
from handlers.reporting import reporters
from handlers.saying import answer
from handlers.turn import Turn
from policy.receipt import say_number
from storage.audit import PROGRAM
from storage.cases.case import Case
from storage.reporting.attachment import Attachment

Version: TypeAlias = Literal["copy", "original"]
#: Looked at on a page, saved from one, or sent into a chat.
How: TypeAlias = Literal["seen", "saved", "sent"]

#: Files on one card.
SHOWN = 5
#: What a file is called as it leaves: its type is one of these, or it is bytes and nothing else.
ENDINGS = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/webp": "webp",
    "image/heic": "heic",
    "image/heif": "heif",
    "audio/ogg": "ogg",
    "audio/mpeg": "mp3",
    "audio/mp4": "m4a",
    "audio/aac": "aac",
    "audio/amr": "amr",
    "audio/wav": "wav",
    "audio/webm": "weba",
    "video/mp4": "mp4",
    "video/webm": "webm",
    "video/quicktime": "mov",
    "application/pdf": "pdf",
    "text/plain": "txt",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
}
BYTES = "application/octet-stream"


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A file of a case, as somebody may see it."""

    kept: Attachment
    case: Case
    #: photo, voice, video, document
    kind: str
    #: 照片 2: how people speak of it.
    name: str = field(repr=False)
    has_copy: bool
    opens_original: bool

    @property
    def is_here(self) -> bool:
        """True once all of it is stored."""
        return self.kept.state == "stored"

    @property
    def shown(self) -> Version | None:
        """In which version it is opened first; None where none is for this reader."""
        if not self.is_here:
            return None
        if self.has_copy:
            return "copy"
        return "original" if self.opens_original else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """What somebody gets to see."""

    name: str = field(repr=False)
    mime: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Withheld:
    """Nothing is shown; ``why`` is the key of the sentence that says so."""

    why: str


# -- whose eyes it is for -----------------------------------------------------------------------


def of_case(turn: Turn, seen: View) -> tuple[Piece, ...]:
    """The files of a case, oldest first, for whoever reads what was sent; for others none."""
    if "files" not in cases.parts_of(turn, seen):
        return ()
    count, pieces = Counter[str](), []
    posts = [(role.role, role.area_id) for role in turn.roles]
    rights, tree = turn.rules.policy.rights, turn.work.areas
    for report in turn.work.cases.reports(seen.case.id):
        for kept in turn.work.attachments.of_report(report.id):
            kind = "photo" if kept.mime.startswith("image/") else kept.kind
            count[kind] += 1
            what = turn.words(f"file.{kind}")
            pieces.append(
                Piece(
                    kept=kept,
                    case=seen.case,
                    kind=kind,
                    name=turn.words("evidence.name", what=what, number=count[kind]),
                    has_copy=turn.work.attachments.has_copy(kept.id),
                    opens_original=rights.opens_original(kind, posts, seen.case.area_id, tree),
                )
            )
    return tuple(pieces)


def view(turn: Turn, file_id: int) -> Piece | None:
    """A file for whoever may see it; absent, foreign and nobody's are the same."""
    kept = turn.work.attachments.get(file_id)
    case = turn.work.cases.of_report(kept.report_id) if kept and kept.report_id else None
    seen = involved.view(turn, case.id) if case is not None else None
    pieces = of_case(turn, seen) if seen is not None else ()
    return next((one for one in pieces if one.kept.id == file_id), None)


def opened(turn: Turn, file_id: int, version: Version, how: How) -> Opened | Withheld:
    """The bytes, after a look whether they are those that came; the look is written down."""
    piece = view(turn, file_id)
    if piece is None:
        return Withheld("alarm.not_yours")
    why = _why_not(piece, version)
    if why is not None:
        return Withheld(why)
    attachments, who = turn.work.attachments, turn.speaker.person_id
    content = attachments.sound(piece.kept)
    if content is None:
        turn.work.audit.write(who, "file.broken", "attachment", file_id)
        watch.broken_file(turn, file_id)
        return Withheld("evidence.broken")
    if version == "copy":
        content = attachments.copy(file_id) or b""
    detail = {"case": piece.case.id, "version": version, "how": how}
    turn.work.audit.write(who, "file.opened", "attachment", file_id, detail)
    mime = _mime(piece, version)
    return Opened(name=_file_name(piece, mime), mime=mime, content=content)


def _why_not(piece: Piece, version: Version) -> str | None:
    """Why this version is not opened, as the key of a sentence."""
    if not piece.is_here:
        return "evidence.lost" if piece.kept.is_lost else "evidence.coming"
    if version == "copy" and not piece.has_copy:
        return "evidence.no_copy"
    if version == "original" and not piece.opens_original:
        return "evidence.not_original"
    return None


def _mime(piece: Piece, version: Version) -> str:
    if version == "copy":
        return "image/jpeg"
    return piece.kept.mime if piece.kept.mime in ENDINGS else BYTES


def _file_name(piece: Piece, mime: str) -> str:
    """Ours: what the sender called it may name somebody."""
    return f"{piece.name.replace(' ', '')}.{ENDINGS.get(mime, 'bin')}"


# -- in the chat --------------------------------------------------------------------------------


def listed(turn: Turn, arg: str) -> None:
    """看附件: what was sent, some at a time; each is opened by its button."""
    case_id, _, start = arg.partition(":")
    seen = involved.view(turn, int(case_id or 0))
    pieces = of_case(turn, seen) if seen is not None else ()
    if seen is None or not pieces:
        answer(turn, turn.words("alarm.not_yours" if seen is None else "evidence.none"))
        return
    first = min(int(start or 0), len(pieces) - 1)
    some = pieces[first : first + SHOWN]
    number = say_number(seen.case.number)
    lines = [turn.words("evidence.title", number=number, count=len(pieces))]
    lines += [line(turn, one) for one in some]
    buttons = [
        Button(label=one.name, action=Action("case.file", str(one.kept.id)))
        for one in some
        if one.shown
    ]
    if (rest := first + SHOWN) < len(pieces):
        further = Action("case.files", f"{seen.case.id}:{rest}")
        buttons.append(Button(label=turn.words("evidence.more"), action=further))
    back = possible.details_button(turn, seen.case)
    answer(turn, "\n".join(lines), *pairs([*buttons, back]))


def line(turn: Turn, piece: Piece) -> str:
    """照片 2　11-23 10:00　1.2 MB　4f3a9c20: what is known of it without opening it."""
    when = turn.moment(piece.kept.created_at)
    if not piece.is_here:
        key = "evidence.line_lost" if piece.kept.is_lost else "evidence.line_coming"
        return turn.words(key, name=piece.name, when=when)
    told = turn.words(
        "evidence.line",
        name=piece.name,
        when=when,
        size=size(piece.kept.size),
        sum=(piece.kept.sha256 or "")[:8],
    )
    if piece.shown is None and piece.kept.copy_at is not None:
        told += turn.words("evidence.for_nobody_yet")
    elif piece.shown is None:
        told += turn.words("evidence.for_others", who=who_opens(turn, piece))
    return told


def size(count: int) -> str:
    """Bytes as people say them: 12 KB, 3.4 MB."""
    return f"{max(1, round(count / 1000))} KB" if count < 1_000_000 else f"{count / 1e6:.1f} MB"


def who_opens(turn: Turn, piece: Piece) -> str:
    """The posts that open it as it came."""
    return colleagues.posts_named(turn, turn.rules.policy.rights.file[piece.kind].original)


def send(turn: Turn, arg: str) -> None:
    """One file, as its copy or as it came ("4711:original"), with a card that says what it is."""
    file_id, _, asked = arg.partition(":")
    piece = view(turn, int(file_id or 0))
    shown = piece.shown if piece is not None else None
    version: Version | None = "original" if asked == "original" else shown
    if piece is None or version is None:
        key = "alarm.not_yours" if piece is None else _why_not(piece, "original")
        answer(turn, turn.words(key or "evidence.lost"))
        return
    found = opened(turn, piece.kept.id, version, "sent")
    back = rows(possible.details_button(turn, piece.case))
    if isinstance(found, Withheld):
        answer(turn, turn.words(found.why), *back)
        return
    ways = [
        Button(
            label=turn.words("evidence.others"), action=Action("case.files", str(piece.case.id))
        ),
        possible.details_button(turn, piece.case),
    ]
    if version == "copy" and piece.opens_original:
        whole = Action("case.file", f"{piece.kept.id}:original")
        ways.insert(0, Button(label=turn.words("evidence.whole"), action=whole))
    number = say_number(piece.case.number)
    sent = "evidence.given_copy" if version == "copy" else "evidence.given_original"
    text = turn.words(sent, number=number, what=line(turn, piece))
    document = Document(
        id=piece.kept.id,
        name=found.name,
        mime=found.mime,
        size=len(found.content),
        is_copy=version == "copy",
    )
    turn.say(Card(text=text, rows=pairs(ways), document=document))


# -- what did not come --------------------------------------------------------------------------


def lost(turn: Turn, file_id: int, reason: str) -> None:
    """A file that could not be fetched: whoever sent it hears it, and whoever has the case.

    The turn is of whoever sent it.
    """
    kept, waits = turn.work.attachments.get(file_id), turn.work.sent_tables.is_waiting(file_id)
    turn.work.attachments.fail(file_id, reason, None)
    turn.work.audit.write(PROGRAM, "file.lost", "attachment", file_id, {"why": reason})
    if kept is None or waits:  # of a table its reader is told by whoever reads it
        return
    minute = f"{turn.work.now:%m%d%H%M}"
    what = turn.words(f"file.{kept.kind}")
    key = "file.too_large" if reason == "too-large" else "file.lost"
    report = turn.work.reports.get(kept.report_id) if kept.report_id else None
    quiet = Card(text=turn.words("draft.quiet_file"))
    reporters.say_by_itself(
        turn,
        Card(text=turn.words(key, what=what)),
        reporters.quiet_card(turn, report) if report else quiet,
        key=f"lost:{turn.speaker.contact_id}:{kept.kind}:{minute}",
        report_id=kept.report_id,
        spoke_at=kept.created_at,
    )
    if report is not None:
        casework.tell_more(turn, report, f"lost:{minute}", what="alarm.file_lost")
