"""What a machine made out of a recording: danger that was told, or the answer to a question."""

from conversation.cards import Action, Button, Card
from handlers import filling
from handlers.cases import exclusion, grades
from handlers.heard import question
from handlers.reporting import first_words, reporters
from handlers.reporting.reporters import STILL_THERE
from handlers.saying import EMERGENCY
from handlers.turn import Turn
from policy.circumstances import suggest
from policy.danger import danger_signs
from storage.reporting.attachment import Attachment
from storage.reporting.drafts import Draft


def heard(turn: Turn, recording_id: int, words: str) -> None:
    """Keep the words; of danger they lead where typed words do, beside any running talk.

    Where a choice, a day or a number is asked, they answer as typed ones would.

    The turn is of whoever sent the recording.
    """
    attachments = turn.work.attachments
    attachments.heard(recording_id, words)
    recording = attachments.get(recording_id)
    if recording is None:
        return
    if not danger_signs(words, turn.rules.policy.danger):
        _answer(turn, recording, words)
        return
    draft = turn.work.drafts.get(recording.draft_id) if recording.draft_id else None
    report_id = recording.report_id or (draft.report_id if draft else None)
    filed = turn.work.reports.get(report_id) if report_id is not None else None
    if filed is not None:
        exclusion.said_more(turn, filed, words)
        if risen := grades.rise(turn, filed, words):
            reporters.say_by_itself(
                turn,
                Card(text=risen, calls=EMERGENCY),
                reporters.quiet_card(turn, filed),
                key=f"recording:{recording_id}:risen",
                report_id=filed.id,
                spoke_at=recording.created_at,
            )
    elif draft is not None:
        _warn(turn, recording, draft)
    else:
        _begin_report(turn, recording)


def _answer(turn: Turn, recording: Attachment, words: str) -> None:
    """A recording that was sent to a question a moment ago answers it, if its words do."""
    draft = turn.draft
    if (
        draft is None
        or draft.id != recording.draft_id
        or draft.updated_at > recording.created_at
        or turn.work.now - recording.created_at > STILL_THERE
        or question.takes_words(turn)
        or not question.is_answer(turn, words)
    ):
        return
    turn.say(Card(text=turn.words("file.heard_answer", text=words)), asks=False)
    filling.typed(turn, words)


def begin_danger(turn: Turn, recording_id: str) -> None:
    """是，现在有危险: what was recorded is what was said; only the place is still asked."""
    recording = turn.work.attachments.get(int(recording_id))
    if recording is None or recording.contact_id != turn.speaker.contact_id:
        first_words.begin_danger(turn)
        return
    first_words.begin_danger(turn, what=_what(turn, recording))
    assert turn.draft is not None
    if recording.report_id is None:
        turn.work.attachments.attach(recording.id, draft_id=turn.draft.id)


def _warn(turn: Turn, recording: Attachment, draft: Draft) -> None:
    """The form goes on as it is; unfinished, it reaches a human."""
    turn.work.drafts.mark_danger(draft.id)
    if turn.rules.form(turn.work, draft.form_version).name != "danger":
        _offer(turn, recording, draft)


def _begin_report(turn: Turn, recording: Attachment) -> None:
    """Nobody had said what it is about: it becomes a report's first words, like typed ones."""
    before, what = turn.draft, _what(turn, recording)
    suggested = suggest(recording.transcript, turn.rules.policy.circumstances)
    preset = {**first_words.speaker(turn), "what": what, "suggested": " ".join(suggested)}
    filling.begin(turn, "report", preset=preset, danger=True, quiet=True)
    draft, turn.draft = turn.draft, before
    assert draft is not None
    turn.work.attachments.attach(recording.id, draft_id=draft.id)
    _offer(turn, recording, draft)


def _offer(turn: Turn, recording: Attachment, draft: Draft) -> None:
    yes = Button(
        label=turn.words("free.danger_yes"),
        action=Action("danger.heard", str(recording.id)),
        style="danger",
    )
    no = Button(label=turn.words("free.danger_no"), action=Action("draft.resume", str(draft.id)))
    look = Button(label=turn.words("told.look"), action=no.action)
    reporters.say_by_itself(
        turn,
        Card(text=turn.words("free.heard"), rows=((yes,), (no,)), calls=EMERGENCY),
        Card(text=turn.words("draft.quiet"), rows=((look,),)),
        key=f"recording:{recording.id}:heard",
        said=filling.answers_of(turn, draft)[1],
        spoke_at=recording.created_at,
    )


def _what(turn: Turn, recording: Attachment) -> str:
    return turn.words("free.heard_what", text=recording.transcript)
