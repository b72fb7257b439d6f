"""Expressions at one place of a small form. Agreement with ODK is tested in tests/oracle."""

import pytest

from conversation import expression_checks as checks
from conversation.filled import Filled
from conversation.functions import NO_ROW
from conversation.xpath import MAX_DEPTH, ExpressionFault, parse
from tests.conversation.talks import NOW, NOWHERE, form_of

FORM = form_of(
    """
    | survey |
    | | type | name | label | relevant |
    | | text | word | 文 | |
    | | integer | age | 整 | |
    | | date | day | 日 | |
    | | select_multiple seen | seen | 多 | |
    | | text | gone | 不算 | ${age} > 90 |
    | | begin_repeat | kids | 组 | |
    | | integer | years | 每 | |
    | | end_repeat | | | |
    | choices |
    | | list_name | name | label | kind |
    | | seen | x | 有伤 | body |
    | | seen | y | 饿 | body |
    | | seen | z | 怕 | mind |
    """
)
ANSWERS = {
    "/data/word": "小明",
    "/data/age": "12",
    "/data/day": "2026-11-20",
    "/data/seen": "x z",
    "/data/gone": "旧话",
    "/data/kids": "3",
    "/data/kids[1]/years": "4",
    "/data/kids[2]/years": "7",
}


def filled() -> Filled:
    form = Filled(FORM, ANSWERS, (), now=NOW, lists=NOWHERE)
    form.begin()
    return form


def value(source: str, here: str = "/data/word") -> str:
    return FORM.result(source, here)(filled(), NO_ROW)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("1 + 2 * 3", "7"),
        ("(1 + 2) * 3", "9"),
        ("7 mod 3 + 1", "2"),
        ("10 div 4", "2.5"),
        ("-2 - -3", "1"),
        ("'a' = 'a' and not(1 > 2)", "true"),
        ("1 = 1 or 1 div 0 = 1", "true"),
        ("concat('一', ../age, '岁')", "一12岁"),
        ("/data/age * 2", "24"),
        ("../kids[2]/years", "7"),
        ("../kids[position() = last()]/years", ""),
        ("count(../kids)", "3"),
        ("count(../kids[years > 5])", "1"),
        ("sum(../kids/years[. != ''])", "11"),
        ("instance('seen')/root/item[kind = 'mind']/label", "怕"),
        ("instance('seen')/root/item[name = selected-at(current()/../seen, 1)]/label", "怕"),
        ("count(instance('seen')/root/item[kind = 'body'][2])", "1"),
        ("jr:choice-name('y', ' /data/seen ')", "饿"),
        ("../gone", ""),
        ("../gone = ''", "true"),
        ("../day > '2026-11-19'", "true"),
        ("today() - ../day", "3"),
        ("format-date(../day, '%Y年%n月%e日')", "2026年11月20日"),
        ("if(selected(../seen, 'x'), '有', '没有')", "有"),
        ("coalesce(../gone, ../word)", "小明"),
        ("0 div 0", ""),
        (". = '小明'", "true"),
        ("string-length(.)", "2"),
    ],
)
def test_an_expression_gives_what_it_says(source: str, expected: str) -> None:
    assert value(source) == expected


@pytest.mark.parametrize(
    ("source", "code", "at"),
    [
        ("", "unfinished", 0),
        ("1 +", "unfinished", 3),
        ("1 2", "unexpected", 2),
        ("(1", "missing", 2),
        ("a # b", "unreadable", 2),
        ("'a", "unreadable", 0),
        ("../a | ../b", "union", 5),
        ("foo(1)", "no-such-function", 0),
        ("1 + foo(1)", "no-such-function", 4),
        ("if(1, 2)", "wrong-count", 0),
        ("count(1)", "wants-path", 0),
        ("../nobody", "no-such-question", 3),
        ("../../../..", "above-the-top", 3),
        ("instance('none')/root/item", "outside-list", 0),
        ("instance('seen')/item", "list-path", 0),
        ("instance('seen')/root/item[size = 1]", "no-such-column", 27),
        ("instance(../word)/root/item", "wants-quoted-text", 0),
        ("jr:choice-name('y', '../word')", "not-a-choice", 0),
        ("regex(., '[')", "bad-pattern", 0),
        ("regex(., '^(a+)+$')", "slow-pattern", 0),
        ("regex(., ../word)", "wants-quoted-text", 0),
        ("indexed-repeat(../age, ../age, 1)", "not-a-repeat", 0),
        ("indexed-repeat('x', ../kids, 1)", "wants-path", 0),
        ("now()/year", "path-after-call", 0),
        ("(" * (MAX_DEPTH + 1) + "1", "too-deep", MAX_DEPTH),
    ],
)
def test_what_cannot_work_is_refused_with_its_place(source: str, code: str, at: int) -> None:
    with pytest.raises(ExpressionFault) as caught:
        checks.check(source, "/data/word", FORM)
    assert (caught.value.code, caught.value.at) == (code, at)


def test_what_an_expression_reads_is_known() -> None:
    read = checks.check("if(../age > 1, sum(../kids/years), ../word)", "/data/word", FORM)
    assert read == {"/data/age", "/data/kids", "/data/kids/years", "/data/word"}


def test_an_expression_is_read_once() -> None:
    assert parse("1 + 2") is parse("1 + 2")
