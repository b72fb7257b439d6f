"""The worked year in docs/rhythm.md is what the tables give."""

import re
from dataclasses import replace
from datetime import date, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import policy
from policy.next_visit import next_visit
from policy.reasons import say_why
from policy.tables import load_policy
from policy.visit_facts import ChildFacts, Failure, Pause, Visit
from policy.words import load_words

DEFAULT = Path(policy.__file__).parent
OURS = load_policy(DEFAULT)
WORDS = load_words(DEFAULT / "words.toml")
SHANGHAI = ZoneInfo("Asia/Shanghai")
PAGE = Path(__file__).parents[2] / "docs" / "rhythm.md"
ROW = re.compile(r"\| (\d{4}-\d\d-\d\d) \| (\S+) \| (\d{4}-\d\d-\d\d) \| (\S+) \| (\S+) \|")


def happens(child: ChildFacts, day: date, what: str) -> ChildFacts:
    """The facts after one line of the year."""
    at = datetime.combine(day, time(10), SHANGHAI)
    match what:
        case "入户" | "电话":
            kind = "home" if what == "入户" else "phone"
            return replace(child, visits=(*child.visits, Visit(on=day, kind=kind)))
        case "家里没人":
            return replace(child, failures=(*child.failures, Failure(on=day, reason="nobody")))
        case "父母在家到正月十五":
            pause = Pause(reason="parents_home", first=date(2026, 2, 17), last=date(2026, 3, 3))
            return replace(child, pauses=(pause,))
        case _:
            assert what.startswith("定为")
            return replace(child, tier=what.removeprefix("定为"), tiered_at=at)


def test_the_worked_year_is_what_the_tables_give() -> None:
    lines = ROW.findall(PAGE.read_text("utf-8"))
    child = ChildFacts(
        entered_at=datetime(2025, 12, 1, 10, tzinfo=SHANGHAI),
        tier="黄",
        tags=frozenset({"left_behind", "both_away"}),
    )
    assert len(lines) >= 20
    for day, what, *said in lines:
        if what != "登记":
            child = happens(child, date.fromisoformat(day), what)
        planned = next_visit(child, OURS.rhythm, OURS.seasons, OURS.calendar, SHANGHAI)
        why = say_why(planned.why[0], WORDS, OURS.rhythm, OURS.seasons)
        steps = {"visit": "去", "phone": "打电话", "township": "请镇里"}
        assert [str(planned.due), steps[planned.step], why.replace(" ", "")] == said, (day, what)


def test_the_county_s_tables_on_the_page_are_good(tmp_path: Path) -> None:
    block = re.search(r"```toml\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    assert block is not None
    rhythm, seasons = block[1].split("# seasons.toml")
    (tmp_path / "policy").mkdir()
    (tmp_path / "policy" / "rhythm.toml").write_text(rhythm, "utf-8")
    (tmp_path / "policy" / "seasons.toml").write_text(f"#{seasons}", "utf-8")
    changed = load_policy(DEFAULT, tmp_path)
    assert list(changed.rhythm.tiers) == ["red", "orange", "yellow", "green"]
    assert "tea" in changed.seasons
    assert "summer_harvest" not in changed.seasons
