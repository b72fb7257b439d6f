"""A paper form is one report: entered twice it is noticed, and nobody learns another's."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversation.form import Form
from handlers.reporting import bound, slip_sheet
from handlers.reporting.bound import PAPER
from policy.paper_code import code_of, digits_after, is_code, say_code
from policy.words import load_words
from storage.sealing import KeyRing
from storage.work import Reading, Work
from tests.fakes.house import House, open_house

BEGAN = datetime(2026, 11, 20, 2, tzinfo=UTC)
CODE = code_of(482719)
HOME = Path(__file__).parents[2]
SAY = load_words(HOME / "policy" / "words.toml").listed("slip.say")


@pytest.fixture
async def house(database_url: str, tmp_path: Path) -> AsyncIterator[House]:
    file = tmp_path / "keys" / "house.keys"
    file.parent.mkdir()
    KeyRing.create(file)
    async with open_house(tmp_path, began=BEGAN, url=database_url) as opened:
        yield opened


async def entered(house: House, name: str) -> str:
    """Enter the paper as somebody; the receipt."""
    person = await house.visitor(name)
    await person.says(f"纸 {say_code(CODE)}")
    return await filled_in(house, name)


#: What is answered to a question with these words; everything else is skipped.
ANSWERS = {
    "对不对": "发出去",
    "遇到什么": "2",
    "看到或者": "奶奶带三个娃，没钱买米",
    "什么地方": "河湾村",
    "安全吗": "不清楚",
    "报警了吗": "不清楚",
    "留您的名字吗": "不留名",
}


async def filled_in(house: House, name: str) -> str:
    """Answer what is asked until there is a receipt."""
    person = await house.visitor(name)
    for _ in range(14):
        await house.settled()
        text = house.paper.to(name)[-1].card.text
        if "受理号" in text:
            break
        await person.says(next((said for key, said in ANSWERS.items() if key in text), "跳过"))
    return next(
        one.card.text for one in reversed(house.paper.to(name)) if "受理号" in one.card.text
    )


async def test_the_code_is_bound_to_the_report_and_a_second_time_it_is_said(house: House) -> None:
    receipt = await entered(house, "儿童主任")
    assert f"单子 {say_code(CODE)} 记好了" in receipt
    number = re.findall(r"受理号：(\d{3} \d{3} \d{3})", receipt)[0]
    other = await house.visitor("网格员")
    await other.says(f"代别人报告 {CODE}")
    await house.settled()
    card = house.paper.to("网格员")[-1].card
    assert f"已经有人报过了（11-20 10:00，受理号 {number}）" in card.text
    assert [one.label for one in card.buttons()] == ["还是要报", "回首页"]


async def test_somebody_without_a_post_learns_no_number(house: House) -> None:
    await entered(house, "儿童主任")
    stranger = await house.visitor("邻居")
    await stranger.says(f"纸{CODE}")
    await house.settled()
    text = house.paper.to("邻居")[-1].card.text
    assert "已经有人报过了（11-20 10:00）" in text
    assert "受理号" not in text


async def test_whoever_must_not_hear_of_the_case_does_not_hear_of_its_paper(house: House) -> None:
    await entered(house, "儿童主任")
    grid = await house.visitor("网格员")

    def exclude(work: Work) -> None:
        case = work.cases.first_marked(PAPER, CODE)
        person = work.people.speaker("paper", "网格员")
        assert case is not None
        assert person is not None
        work.cases.add_member(case.id, person.person_id, "excluded", by=0)

    await house.store.write(exclude)
    await grid.says(f"纸 {CODE}")
    await house.settled()
    assert "已经有人报过" not in house.paper.to("网格员")[-1].card.text
    assert "孩子遇到什么情况" in house.paper.to("网格员")[-1].card.text


async def test_two_who_enter_it_at_once_are_both_kept_and_the_second_is_told(house: House) -> None:
    first = await house.visitor("网格员")
    await first.says(f"纸 {CODE}")
    await entered(house, "儿童主任")
    receipt = await filled_in(house, "网格员")
    assert f"单子 {say_code(CODE)} 以前报过一次（11-20 10:00，受理号" in receipt


async def test_a_paper_in_the_middle_of_a_form_is_not_an_answer(house: House) -> None:
    person = await house.visitor("邻居")
    await person.says("报告")
    await person.says("2")
    await person.says("纸 123 4567")
    await house.settled()
    assert "在什么地方" in house.paper.to("邻居")[-1].card.text


@given(st.integers(min_value=0, max_value=999_999), st.sampled_from(sorted(SAY)))
def test_a_code_is_read_however_it_is_written(six: int, word: str) -> None:
    code = code_of(six)
    for text in (f"{word}{code}", f"{word} {say_code(code)}", f"{word}：{say_code(code)}。"):
        assert digits_after(text, SAY) == code
    assert is_code(code)


@given(st.integers(min_value=0, max_value=999_999), st.integers(0, 6), st.integers(1, 9))
def test_one_wrong_digit_is_noticed(six: int, at: int, by: int) -> None:
    code = code_of(six)
    wrong = f"{code[:at]}{(int(code[at]) + by) % 10}{code[at + 1 :]}"
    assert not is_code(wrong)


@pytest.mark.parametrize("text", ["纸尿裤没有了", "纸上写了什么", "482 7197", "报告单呢？给我"])
def test_other_words_are_no_code(text: str) -> None:
    assert not digits_after(text, SAY)


async def test_the_sheet_asks_what_the_form_in_force_asks(house: House) -> None:
    def look(reading: Reading) -> tuple[Form, tuple[str, ...]]:
        row = reading.forms.current("report")
        assert row is not None
        return Form.from_json(row.compiled), bound.fresh_codes(reading, 3)

    form, codes = await house.store.read(look)
    page = slip_sheet.slips(form, codes, house.rules.words, place="河湾村<b>")
    assert len({*codes}) == 3
    assert all(page.count(say_code(code)) == 3 for code in codes)
    for words in (
        "110",
        "看到或者听到了什么",
        "一个人住没有大人照看",
        "查询密码",
        "河湾村&lt;b&gt;",
    ):
        assert words in page
    assert "<script" not in page
