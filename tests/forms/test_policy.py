"""The forms and the rules of the work speak of the same things by the same names."""

import tomllib
from typing import Any

import pytest

from tests.forms.sheets import ALL, BY_NAME, FORMS

POLICY = FORMS.parent / "policy"
#: What the program adds to the answers before it grades.
ADDED = {"kind", "danger_words", "speaks"}


def table(name: str) -> dict[str, Any]:
    return tomllib.loads((POLICY / f"{name}.toml").read_text("utf-8"))


def answers_to(question: str) -> set[str]:
    """Every code that any form may give as the answer to a question; "" for a free one."""
    codes: set[str] = set()
    for sheets in ALL:
        for row in sheets.survey:
            if row.get("name") != question:
                continue
            _, _, list_name = row["type"].partition(" ")
            written = row.get("calculation", "")
            codes |= set(sheets.options(list_name)) | {
                part for part in written.split("'")[1::2] if part
            }
            codes |= set() if list_name or written else {""}
    return codes


FACTS = [
    (key, question, wanted)
    for key, rule in table("grading")["rule"].items()
    for question, wanted in rule["when"].items()
    if question not in ADDED
]


@pytest.mark.parametrize(("key", "question", "wanted"), FACTS)
def test_every_fact_that_grades_a_report_can_be_answered_in_a_form(
    key: str, question: str, wanted: str | list[str] | dict[str, int]
) -> None:
    given = answers_to(question)
    match wanted:
        case str():
            assert wanted in given
        case list():
            assert set(wanted) <= given
        case dict():
            assert given == {""}


def test_whoever_is_suspected_goes_by_the_name_that_routing_knows() -> None:
    assert set(table("routing")["spare"]) <= answers_to("suspect")


def test_every_circumstance_that_somebody_hears_of_can_be_reported() -> None:
    assert set(table("routing")["also"]) <= answers_to("circumstances")


def test_the_grades_are_those_of_the_rules() -> None:
    assert set(BY_NAME["regrade"].options("grade")) == set(table("routing")["told"])


def test_what_people_choose_is_the_table_of_circumstances_line_by_line() -> None:
    chosen = list(BY_NAME["report"].options("circumstances"))
    assert sorted(chosen) == sorted(table("circumstances")["circumstance"])


def test_the_form_asks_about_the_police_just_where_the_police_must_be_told() -> None:
    circumstances = table("circumstances")["circumstance"]
    spared = {key for key, about in circumstances.items() if not about["police"]}
    written = BY_NAME["report"].question("serious")["calculation"]
    assert set(written.split("'")[1::2]) - {"yes", "no"} == spared


def test_whoever_registers_or_is_invited_takes_a_post_of_the_rules_at_its_level() -> None:
    roles = table("roles")
    choices = BY_NAME["invite"].choices
    invited = {row["name"]: row["level"] for row in choices if row["list_name"] == "invited"}
    assert invited == {name: role["level"] for name, role in roles.items()}
    assert set(BY_NAME["register"].options("post")) == {
        name for name, level in invited.items() if level != "county"
    }


def test_whatever_a_paragraph_may_say_of_a_visit_can_be_answered_in_its_form() -> None:
    extraction = table("extraction")
    groups: dict[str, set[str]] = {}
    for key in extraction["hazard"]:
        groups.setdefault(key.split(".")[0], set()).add(key.replace(".", "_"))
    form = BY_NAME["visit"]
    assert {group: set(form.options(f"hazard_{group}")) for group in groups} == groups
    assert set(groups) | {"help"} == set(form.options("worries"))
    assert set(extraction["need"]) == set(form.options("needs"))
    assert set(extraction["met"]) | {"child"} == set(form.options("people"))
    rhythm = table("rhythm")
    assert set(rhythm["kind"]) == set(form.options("way_went"))
    assert set(extraction["kind"]) <= set(form.options("way_went"))
    assert {"done", *rhythm["failure"]} == set(form.options("went"))
    assert set(extraction["outcome"]) == {"done", *rhythm["failure"]}
    assert set(rhythm["pause_reason"]) == set(BY_NAME["visit_pause"].options("pause_reason"))
    register = tomllib.loads((POLICY / "register" / "columns.toml").read_text("utf-8"))
    assert list(form.options("cared")) == list(register["codes"]["guardianship"])
