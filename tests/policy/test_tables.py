"""A county changes a rule in its own folder, and hears of everything that is wrong with it."""

import tomllib
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import policy
from policy.danger import danger_signs
from policy.faults import PolicyFaults
from policy.papers import numbered, series
from policy.register.columns import COLUMNS
from policy.rhythm import known_tags
from policy.tables import Policy, load_policy, written
from policy.tables.reading import TABLES

DEFAULT = Path(policy.__file__).parent
RENAMED = tomllib.loads((DEFAULT / "tables" / "renamed.toml").read_text("utf-8"))

OURS = load_policy(DEFAULT)
CIRCUMSTANCES = "情况写在 circumstances.toml，可用的有：" + "、".join(OURS.circumstances.lines)
ROLES = "岗位写在 roles.toml，可用的有：" + "、".join(OURS.roles)
SIGNS = "危险词写在 danger.toml，可用的有：" + "、".join(OURS.danger.kinds)


def load(county: Path, **tables: str) -> Policy:
    folder = county / "policy"
    folder.mkdir(exist_ok=True)
    for name, text in tables.items():
        (folder / f"{name}.toml").write_text(text, "utf-8")
    return load_policy(DEFAULT, county)


def faults(county: Path, **tables: str) -> list[str]:
    with pytest.raises(PolicyFaults) as raised:
        load(county, **tables)
    where = f"{county.name}/policy/"
    return [sentence.replace(where, "") for sentence in raised.value.sentences]


def test_our_own_tables_have_no_fault() -> None:
    assert list(OURS.circumstances.lines)[-1] == "other"
    assert OURS.timing["draft_nudge"] == timedelta(minutes=30)
    assert OURS.limits["file_bytes"] == 20_000_000


def test_our_own_phrases_are_understood_although_a_start_does_not_try_them(tmp_path: Path) -> None:
    # A table that a county touches is tried whole.
    load(tmp_path, danger="", asides="", circumstances="", extraction="")


def test_how_long_what_was_said_is_kept_is_checked_like_every_rule(tmp_path: Path) -> None:
    table = "[case]\nyears = 2\nsource = ' '\n[reporter]\nafter = 'filed'\n[photos]\nyears = 1"
    told = faults(tmp_path, retention=table)
    assert len(told) == 3
    assert any("「photos」：不认识的项目" in one for one in told)
    assert any("没有写依据或者理由" in one for one in told)
    own = faults(tmp_path, retention="[case]\nyears = 2\n[reporter]\nyears = 0")
    assert any("至少要写 1" in one for one in own)
    longer = faults(tmp_path, retention="[case]\nyears = 2")
    assert len(longer) == 1
    assert "存得还久" in longer[0]
    assert load(tmp_path, retention="[case]\nyears = 30").retention["case"].years == 30


def test_a_county_without_tables_keeps_ours(tmp_path: Path) -> None:
    assert load_policy(DEFAULT, tmp_path).timing == OURS.timing


def test_a_county_that_still_writes_an_old_name_is_read_as_if_it_wrote_the_new_one(
    tmp_path: Path,
) -> None:
    kept = load(tmp_path, absence="[dropout]\nreturn_days = 12\nsuspected_after = 4")
    assert kept.absence.notice.days == 12
    assert kept.absence.notice.name == OURS.absence.notice.name
    assert kept.absence.dropout.suspected_after == 4
    old = "[dropout]\nreturn_days = 12\n[notice]\ndays = 9"
    assert faults(tmp_path, absence=old) == [
        "absence.toml「dropout.return_days」：这一项现在叫“notice.days”，两个都写了。"
        "请只留“notice.days”，删掉旧的"
    ]
    assert faults(tmp_path, absence='[dropout]\nreturn_days = "十天"') == [
        "absence.toml「notice.days」：要写成整数。不要加引号和单位"
    ]
    (tmp_path / "policy" / "absence.toml").unlink()
    assert load(tmp_path, signals="[cluster]\nreports = 6").signals.cluster.cases == 6


@pytest.mark.parametrize("name", RENAMED)
def test_what_is_called_otherwise_now_is_there_by_that_name_alone(name: str) -> None:
    lines = written(name, DEFAULT, None, {})
    for old, new in RENAMED[name].items():
        assert new in lines
        assert old not in lines


def test_what_an_old_list_lacks_is_named(tmp_path: Path) -> None:
    old = '[weak]\nsteps = [{ at_least = 3, grade = "yellow" }]'
    assert faults(tmp_path, signals=old) == [
        "signals.toml「weak.steps.0.look」：少了这一项。请补上"
    ]


def test_110_and_120_come_first_whatever_a_county_adds(tmp_path: Path) -> None:
    lines = load(tmp_path, hotlines='["0870-1234567"]\nwhat = "县救助站"').hotlines
    assert [line.number for line in lines][:2] == ["110", "120"]
    assert (lines[-1].number, lines[-1].what) == ("0870-1234567", "县救助站")


def test_a_county_changes_one_word_and_keeps_the_rest(tmp_path: Path) -> None:
    changed = load(
        tmp_path,
        roles='[child_director]\nname = "儿童保护专干"',
        timing='draft_nudge = "1h"',
    )
    assert changed.roles["child_director"].name == "儿童保护专干"
    assert changed.roles["child_director"].reads_reports
    assert changed.timing["draft_nudge"] == timedelta(hours=1)
    assert changed.timing["draft_unfinished"] == timedelta(hours=24)


def test_a_county_takes_a_rule_away_and_adds_its_own(tmp_path: Path) -> None:
    rules = load(
        tmp_path,
        grading="""
            [rule.begging]
            off = true
            [rule.flood]
            grade = "orange"
            reason = "汛期住在河边"
            when = { what_season = "flood" }
        """,
    ).grading.rules
    assert "begging" not in rules
    assert rules["flood"].reason == "汛期住在河边"


def test_a_county_adds_words_of_its_dialect_and_keeps_ours(tmp_path: Path) -> None:
    danger = load(tmp_path, danger='[sign.violence]\nmore = ["刷条子"]').danger
    assert [sign.phrase for sign in danger_signs("爷爷天天刷条子", danger)] == ["刷条子"]
    assert [sign.phrase for sign in danger_signs("爷爷打孩子", danger)] == ["爷爷打孩子"]
    assert danger_signs("爷爷天天刷条子", OURS.danger) == ()


def test_a_county_enters_the_holidays_of_the_coming_year(tmp_path: Path) -> None:
    calendar = load(
        tmp_path,
        calendar="""
            [year.2027]
            holidays = [{ name = "元旦", first = 2027-01-01, last = 2027-01-03 }]
            workdays = []
        """,
    ).calendar
    assert calendar.covered_until.year == 2027
    assert sorted(calendar.years) == [2024, 2025, 2026, 2027]


def test_a_name_that_is_written_wrongly_is_a_fault_and_not_a_rule_that_does_nothing(
    tmp_path: Path,
) -> None:
    (told,) = faults(tmp_path, timing='invite_lfe = "48h"')
    assert told.startswith("timing.toml「invite_lfe」：不认识的项目。可用的有：")
    assert "invite_life" in told


def test_what_the_desk_took_before_stays_in_force() -> None:
    """A newer program knows a name no more: else every change of the county would be dropped."""
    own = {"timing": 'gone = "3d"\ninvite_life = "48h"', "limits": "file_bytes = 1000000"}
    policy = load_policy(DEFAULT, None, own)
    assert policy.timing["invite_life"] == timedelta(hours=48)
    assert policy.limits["file_bytes"] == 1_000_000
    with pytest.raises(PolicyFaults):
        load_policy(DEFAULT, None, own, asked="timing")


def test_every_fault_of_every_table_is_told_at_once(tmp_path: Path) -> None:
    assert faults(
        tmp_path,
        hotlines='["110"]\noff = true',
        roles='[teacher]\nlevel = "hamlet"\nname = 3\ncolour = "red"',
        routing='[told]\nyellow = []\nred = ["teacher", "mayor"]\n[also]\nflood = ["police"]',
        timing='draft_nudge = "half an hour"',
        limits='file_bytes = "20 MB"',
        grading='otherwise = "green"\n[rule.sexual]\nwhen = { circumstances = "abuse" }',
        danger='[sign.violence]\nphrases = ["(打孩子"]',
        circumstances='[circumstance.alone]\nofficial = ["13.9"]\ndanger = ["lonely"]',
        calendar='[year.2026]\nworkdays = ["2026-01-04x"]',
        weather="",
    ) == [
        "weather.toml：没有这样的表。可用的有：" + "、".join(f"{name}.toml" for name in TABLES),
        "danger.toml「sign.violence.phrases」：“(打孩子”的括号或符号不成对。"
        "（甲|乙）表示任选，… 表示中间可以有几个字",
        "roles.toml「teacher.colour」：不认识的项目。"
        "可用的有：name、level、must_report、reads_reports、lowers_grade、manages、opens_identity"
        "、imports、enters_children、keeps_register、teaches、heads_school",
        "roles.toml「teacher.name」：要写成文字。请用引号括起来",
        "roles.toml「teacher.level」：只能写 village、township、county，现在写的是“hamlet”。"
        "请改成其中一个",
        "grading.toml「otherwise」：没有“green”这个等级。可用的有：red、orange、yellow、blue",
        "routing.toml「told.yellow」：一个人也没有告诉。每个等级至少写一个岗位",
        f"routing.toml「also」：没有“flood”这种情况。{CIRCUMSTANCES}",
        f"routing.toml「told.red」：没有“mayor”这个岗位。{ROLES}",
        "hotlines.toml：少了 110。110 和 120 不能去掉",
        "timing.toml「draft_nudge」：不是时长：“half an hour”。"
        "写成 15m（分）、2h（时）、3d（天）或 4w（周）",
        "limits.toml「file_bytes」：要写成整数。不要加引号和单位",
        "calendar.toml「year.2026.workdays.0」：要写成日期。例如 2026-10-01，不加引号",
        "circumstances.toml「circumstance.alone.official」：官方清单里没有“13.9”。"
        "写成“13.1”“2020.6”这样，条目写在 circumstances.toml 的 list 里",
        f"circumstances.toml「circumstance.alone.danger」：没有“lonely”这类危险词。{SIGNS}",
        f"grading.toml「rule.sexual.when.circumstances」：没有“abuse”这种情况。{CIRCUMSTANCES}",
    ]


def test_a_post_that_reads_no_reports_cannot_be_told(tmp_path: Path) -> None:
    assert faults(tmp_path, routing='[told]\nblue = ["teacher"]') == [
        "routing.toml「told.blue」：“teacher”不看报告，不能告诉他。"
        "在 roles.toml 里给这个岗位写上 reads_reports = true，或者换一个岗位"
    ]


def test_what_is_red_waits_for_no_office(tmp_path: Path) -> None:
    assert faults(tmp_path, routing='[night]\nred = "at_opening"') == [
        "routing.toml「night.red」：红色的不能等到上班。写成 at_once，或者删掉这一行"
    ]


def test_a_table_that_ends_too_early_says_so(tmp_path: Path) -> None:
    assert faults(tmp_path, timing='draft_nudge = ["1h"')[0] == (
        "timing.toml：到文件末尾还没写完整。请检查引号、括号有没有写全"
    )


def test_a_table_that_is_no_toml_names_its_line(tmp_path: Path) -> None:
    assert faults(tmp_path, timing='draft_nudge = "1h"\ndraft_kept = 30d')[0] == (
        "timing.toml：第2行读不懂。请检查引号、括号和等号：要用英文的，一个也不能少"
    )


def test_a_table_in_another_encoding_is_told(tmp_path: Path) -> None:
    (tmp_path / "policy").mkdir()
    (tmp_path / "policy" / "roles.toml").write_bytes("name = '教师'".encode("gbk"))
    assert faults(tmp_path) == ["roles.toml：打不开，或者不是 UTF-8 文字。请用记事本另存为 UTF-8"]


def test_holidays_that_end_before_they_begin_are_told(tmp_path: Path) -> None:
    table = (
        "[year.2026]\nworkdays = []\n"
        'holidays = [{ name = "春节", first = 2026-02-23, last = 2026-02-15 }]'
    )
    assert faults(tmp_path, calendar=table) == [
        "calendar.toml「year.2026」：“春节”的开始在结束之后。请把开始和结束对调"
    ]


words = st.sampled_from(
    ["teacher", "red", "told", "x", "name", "when", "year", "phrases", "tier", "every"]
)
leaves = words | st.integers(-3, 3) | st.booleans() | st.lists(words, max_size=2)
trees = st.recursive(leaves, lambda inner: st.dictionaries(words, inner, max_size=3))


def _toml(value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case dict():
            return "{" + ", ".join(f'"{key}" = {_toml(one)}' for key, one in value.items()) + "}"
        case list():
            return "[" + ", ".join(map(_toml, value)) + "]"
        case str():
            return f'"{value}"'
        case _:
            return str(value)


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    name=st.sampled_from([name for name in TABLES if name not in {"danger", "speech"}]),
    table=st.dictionaries(words, trees, max_size=3),
)
def test_no_table_is_too_strange(tmp_path: Path, name: str, table: dict[str, object]) -> None:
    text = "\n".join(f"{key} = {_toml(value)}" for key, value in table.items())
    found: tuple[str, ...] = ()
    try:
        load(tmp_path, **{name: text})
    except PolicyFaults as refused:
        found = refused.sentences
    (tmp_path / "policy" / f"{name}.toml").unlink()
    assert all(".toml" in sentence for sentence in found)


def test_a_county_has_three_tiers_and_seasons_of_its_own(tmp_path: Path) -> None:
    changed = load(
        tmp_path,
        rhythm="""
            [tier.orange]
            off = true
            [tier.blue]
            off = true
            [tier.yellow]
            name = "中"
            every = "14d"
            [kind.video]
            from_every = "7d"
            [contact]
            on = true
        """,
        seasons="""
            [season.weekend]
            off = false
            to_every = "30d"
            [season.autumn_term]
            off = true
            [season.tea]
            name = "采茶"
            first = "清明前10天"
            last = "谷雨"
            every = "15d"
        """,
    )
    assert list(changed.rhythm.tiers) == ["red", "yellow", "green"]
    assert changed.rhythm.tiers["yellow"].every == timedelta(days=14)
    assert changed.rhythm.contact.on
    assert changed.seasons["weekend"].days == "weekends"
    assert "autumn_term" not in changed.seasons
    assert changed.seasons["tea"].tags == frozenset()


def test_the_gravest_tier_is_the_one_that_is_visited_most(tmp_path: Path) -> None:
    rhythm = load(
        tmp_path,
        rhythm="""
            [tier.green]
            off = true
            [tier.black]
            name = "极危"
            every = "3d"
            first = "12h"
            at_once = true
            [tier.red]
            words = ["高"]
            every = "10d"
        """,
    ).rhythm
    assert list(rhythm.tiers)[:2] == ["black", "red"]
    assert not rhythm.may_pause("black")
    assert rhythm.may_pause("orange")


def test_every_fault_of_the_rhythm_and_of_the_seasons_is_told(tmp_path: Path) -> None:
    tiers = "、".join(OURS.rhythm.tiers)
    tags = "标签写在 rhythm.toml 的 tag 里，可用的有：" + "、".join(
        [*known_tags(OURS.rhythm.tags), "far"]
    )
    days = "写成 7d（天）或 4w（周）"
    assert faults(
        tmp_path,
        rhythm="""
            otherwise = "purple"
            first_visit = "5 days"
            [tier.red]
            first = "4 workdays"
            [tier.yellow]
            at_once = true
            [tier.green]
            words = ["高"]
            [label.rich]
            every = "30d"
            [tag.boarding]
            values = ["maybe"]
            [tag.far]
            name = "远"
            column = "distance"
            values = ["far"]
            [kind.phone]
            from_every = "36h"
            [step.phone]
            failures = 3
            [step.flowers]
            failures = 1
            within = "1d"
            [pause]
            never = "red"
            longest = "for ever"
        """,
        seasons="""
            [season.summer]
            first = "七月"
            tags = ["swimmer"]
            [season.winter]
            every = 15
            [season.flood]
            tags = ["swimmer"]
            [season.drowning]
            days = "nights"
            [season.tea]
            name = "采茶"
            first = "清明"
            last = "谷雨"
        """,
    ) == [
        "rhythm.toml「tier.red」：比“橙”重，第一次走访却可能更晚。"
        "重的等级 first 要更短，at_once 也先给重的；两个都写成工作日或都写成小时",
        "rhythm.toml「tier.orange」：比“黄”重，第一次走访却可能更晚。"
        "重的等级 first 要更短，at_once 也先给重的；两个都写成工作日或都写成小时",
        "rhythm.toml「tier.green」：“高”已经是别的等级的叫法。一个叫法只能归一个等级",
        "rhythm.toml「first_visit」：不是时长：“5 days”。"
        "写成 15m（分）、2h（时）、3d（天），或者 2 workdays（工作日）",
        f"rhythm.toml「kind.phone.from_every」：不是整天数：“36h”。{days}",
        "rhythm.toml「step」：没有“flowers”这一步。"
        "只有：visit、phone、township（再去、打电话、请镇里）",
        "rhythm.toml「step」：再去、打电话、请镇里的次数没有一步比一步多。例如 1、2、3",
        f"rhythm.toml「pause.never」：不是整天数：“red”。{days}",
        f"rhythm.toml「pause.longest」：不是整天数：“for ever”。{days}",
        "rhythm.toml「otherwise」：没有“purple”这个等级。"
        f"等级写在 rhythm.toml 的 tier 里，可用的有：{tiers}",
        f"rhythm.toml「label」：没有“rich”这个标签。{tags}",
        "rhythm.toml「tag.boarding.values」：台账这一栏没有“maybe”。可用的有：yes、no",
        "rhythm.toml「tag.far.column」：台账里没有“distance”这一栏。"
        f"栏目写在 register/columns.toml，可用的有：{'、'.join(COLUMNS.table)}",
        "seasons.toml「season.summer.first」：不是一年里的一天：“七月”。"
        "写成 7月1日、正月十五、腊月二十三、除夕、清明，也可以加“前10天”“后3天”",
        f"seasons.toml「season.winter.every」：不是整天数：“15”。{days}",
        "seasons.toml「season.drowning.days」：只能写 all、weekends，现在写的是“nights”。"
        "请改成其中一个",
        f"seasons.toml「season.flood.tags」：没有“swimmer”这个标签。{tags}",
        "seasons.toml「season.tea」：没写要做什么。写 every（多久一次）或 once = true（去一次）",
    ]


def test_too_few_tiers_are_told(tmp_path: Path) -> None:
    assert faults(
        tmp_path,
        rhythm="[tier.blue]\noff = true\n[tier.green]\noff = true\n[tier.orange]\noff = true",
    ) == ["rhythm.toml「tier」：有 2 个等级。要三到五个；不用的写 off = true"]


def test_how_papers_are_numbered_is_checked(tmp_path: Path) -> None:
    told = faults(tmp_path, papers='[paper.plan]\nnumber = "云民计〔【year】〕【第几】号"')
    assert len(told) == 2
    assert any("没有“第几”这个栏目。可用的有：county、year、count" in one for one in told)
    assert any("文号里没有写第几号" in one for one in told)
    long = "县" * 40 + "【count】"
    assert "文号太长" in faults(tmp_path, papers=f'[paper.plan]\nnumber = "{long}"')[0]
    own = load(tmp_path, papers='[paper.plan]\nnumber = "云民计【count】号"').papers.papers["plan"]
    assert numbered(series(own.number, "云岭县", 2026), 12) == "云民计12号"


def test_a_countys_letters_leave_out_what_it_is() -> None:
    pattern = "【county】民督〔【year】〕【count】号"
    assert numbered(series(pattern, "云岭县", 2026), 3) == "云岭民督〔2026〕3号"
    assert numbered(series(pattern, "珙县", 2027), 1) == "珙县民督〔2027〕1号"
