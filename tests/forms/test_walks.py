"""Whole walks through every form, as the person reads them, and how much they ask of people."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conversation.dialogue import Asking, Finished, Reviewing
from tests.forms.sheets import ALL
from tests.forms.walks import TRANSCRIPTS, Script, Walk, do, play, script, walk

PATHS = sorted(TRANSCRIPTS.glob("*.txt"))


def walked(name: str) -> Walk:
    return walk(script((TRANSCRIPTS / f"{name}.txt").read_text("utf-8")))


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_the_walk_reads_as_it_did_when_somebody_last_read_it(path: Path) -> None:
    written = path.read_text("utf-8")
    assert play(script(written)).splitlines() == written.splitlines()


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_every_walk_arrives(path: Path) -> None:
    screen = walk(script(path.read_text("utf-8"))).screen
    assert isinstance(screen, Finished | Reviewing)


def test_the_usual_report_of_a_neighbour_takes_six_answers_in_words_and_numbers_alone() -> None:
    acts = script((TRANSCRIPTS / "report-neighbour.txt").read_text("utf-8")).acts
    assert [act for act in acts if act.startswith("[")] == []
    assert len([act for act in acts if act not in ("跳过", "确认")]) == 6


def test_the_usual_report_of_a_teacher_takes_six_answers_too() -> None:
    acts = script((TRANSCRIPTS / "report-teacher-absence.txt").read_text("utf-8")).acts
    assert len([act for act in acts if act not in ("跳过", "发送")]) == 6


@pytest.mark.parametrize("name", ["danger-by-position", "danger-by-taps", "danger-in-words"])
def test_the_alarm_takes_two_taps_at_most_for_the_place_and_one_sentence(name: str) -> None:
    acts = script((TRANSCRIPTS / f"{name}.txt").read_text("utf-8")).acts
    assert len(acts) <= 3
    assert isinstance(walked(name).screen, Finished)


def test_what_follows_the_alarm_can_be_skipped_altogether() -> None:
    answers = walked("danger-more-skipped").answers
    assert {name for name in answers if not name.startswith("speaker_")} == set()


def test_the_guide_is_three_taps_and_ends_in_an_act() -> None:
    for path in PATHS:
        if path.stem.startswith("guide"):
            told = walk(script(path.read_text("utf-8")))
            assert isinstance(told.screen, Reviewing)
            assert told.acts <= 4
            assert [note for note in told.screen.notes if note.startswith("下一步：")] != []


#: What a patient person types where the options do not say it.
TYPED = {
    "number": "386420719",
    "pin": "123456",
    "speaker_phone": "13800001111",
    "call_phone": "13800001111",
    "kid_guardian_phone": "13800001111",
    "carer_phone": "13800001111",
    "link_code": "12345678",
    "text": "说不清楚",
    "integer": "3",
    "dateTime": "昨天晚上八点",
    "date": "今天",
}
KNOWN = {
    "speaker_known": ["yes", "no"],
    "speaker_duty": ["yes", "no"],
    "speaker_role": ["teacher", "grid_worker", "public"],
    "grade_now": ["red", "orange", "yellow", "blue"],
    "levels": ["village", "village township", "village township county"],
}


@given(data=st.data())
@settings(deadline=None, max_examples=150)
def test_every_form_can_be_finished_with_numbers_and_plain_text_alone(data: st.DataObject) -> None:
    sheets = data.draw(st.sampled_from(ALL))
    hidden = {row["name"] for row in sheets.survey if row["type"] == "hidden"} & KNOWN.keys()
    preset = {name: data.draw(st.sampled_from(KNOWN[name])) for name in sorted(hidden)}
    walked = walk(Script(head=(), form=sheets.form, preset=preset, acts=()))
    while not isinstance(walked.screen, Finished):
        assert walked.acts < 60
        do(walked, _typed(walked.screen, data) if isinstance(walked.screen, Asking) else "确认")
    wanted = {row["name"] for row in sheets.survey if row.get("required") == "yes"}
    relevant = {row.get("name") for row in sheets.survey if "relevant" not in row}
    assert wanted & relevant - {"place"} <= set(walked.answers)


def _typed(asking: Asking, data: st.DataObject) -> str:
    if asking.options:
        return str(data.draw(st.integers(1, len(asking.options))))
    if not asking.required and data.draw(st.booleans()):
        return "跳过"
    name = asking.path.rpartition("/")[2]
    return TYPED.get(name) or TYPED[asking.kind]
