"""What people type while a form asks: an answer, a tale, a correction, or nothing at all."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from conversation.dialogue import dialogue_from_json
from conversation.engine import standing
from handlers.choices import lists
from handlers.heard.open_form import name_at
from handlers.turn import Turn
from storage.reporting.drafts import Draft
from storage.work import Work
from tests.fakes.house import House, open_house

BEGAN = datetime(2026, 11, 20, 2, tzinfo=UTC)
TOLD = "隔壁娃儿天天自己煮饭"
#: What is said to come to each question.
WAYS = {
    "what": ("我要报告", "1"),
    "place": (TOLD, "选好了"),
    "child": (TOLD, "选好了", "河湾村"),
    "safe": (TOLD, "选好了", "河湾村", "小明"),
    "name": (TOLD, "选好了", "河湾村", "小明", "安全", "留名"),
    "phone": (TOLD, "选好了", "河湾村", "小明", "安全", "留名", "王芳"),
    "years": (TOLD, "选好了", "河湾村", "小明", "安全", "不留名", "3", "男孩"),
    "parents": (TOLD, "选好了", "河湾村", "小明", "安全", "不留名", "3", "男孩", "12"),
}
#: What each is called in the form, where it is not just so.
NAMES = {"name": "speaker_name", "phone": "speaker_phone", "years": "child_years"}
LINES = [
    tuple(part.strip() for part in line.split("|"))
    for line in (Path(__file__).parent / "said_to_forms.txt").read_text("utf-8").splitlines()
    if line.strip() and not line.startswith("#")
]


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path, began=BEGAN) as opened:
        yield opened


@pytest.mark.parametrize("at", WAYS)
async def test_what_is_typed_becomes_what_it_is(house: House, at: str) -> None:
    wanted = {said: follows for asked, said, follows in LINES if asked == at}
    found = {said: await followed(house, at, said, follows) for said, follows in wanted.items()}
    assert found == wanted


def test_the_table_is_read() -> None:
    assert len(LINES) > 100
    assert {at for at, _, _ in LINES} == WAYS.keys()


async def followed(house: House, at: str, said: str, wanted: str) -> str:
    """What follows such words, as the table would say it."""
    asked = NAMES.get(at, at)
    person = await house.visitor(f"{at} {said}")
    for words in WAYS[at]:
        await person.says(words)
    before, stood = await answers(house, person.address)
    assert stood == asked
    await person.says(said)
    await house.settled()
    after, stands = await answers(house, person.address)
    card = house.paper.to(person.address)[-1].card.text
    told, known = after.pop("what", ""), before.pop("what", "")
    changed = {name: value for name, value in after.items() if before.get(name) != value}
    if "前面哪一处不对" in card or "是哪一处？" in card:
        return "which" if not changed else str(changed)
    if told != known and stands == asked:
        return "kept"
    if stands != asked:
        value = {"what": told, **after}.get(asked, "")
        return f"= {value}" if value else "on"
    if "when" in changed and wanted == "kept":  # 昨天晚上 answers another question
        return "kept"
    if changed:
        return " ".join(f"{name}={value}" for name, value in changed.items())
    return "asked"


async def answers(house: House, name: str) -> tuple[dict[str, str], str]:
    """What stands in somebody's form in words, by question name, and what is asked."""

    def look(work: Work) -> tuple[dict[str, str], str]:
        speaker = work.people.speaker(house.paper.name, name)
        assert speaker is not None
        turn = Turn(
            work=work,
            rules=house.rules,
            speaker=speaker,
            at=house.clock.now(),
            finish=lambda turn, filled: None,
        )
        return _standing(turn, work.drafts.open_of(speaker.contact_id)[0])

    return await house.store.write(look)


def _standing(turn: Turn, draft: Draft) -> tuple[dict[str, str], str]:
    form = turn.rules.form(turn.work, draft.form_version)
    dialogue = dialogue_from_json(draft.dialogue)
    lines = standing(form, dialogue, now=turn.at, lists=lists(turn))
    of = {name_at(one.words): one.name for one in form.questions if one.words}
    said = {name_at(line.path): line.answer for line in lines}
    return {of.get(name, name): value for name, value in said.items()}, name_at(dialogue.at)
