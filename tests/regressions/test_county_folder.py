"""A county's folder changes words, rules, forms and places; its faults are said at start."""

import asyncio
import shutil
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest

from bot import wiring
from bot.clock import Clock
from bot.commands import running
from bot.county.publisher import FormFaults, Source, compiled, publish, publish_new, sources
from bot.county.rules import read_rules
from bot.demo.people import COUNTY
from bot.settings import HOME, Settings, SettingsFault, read_settings
from policy.faults import PolicyFaults
from storage.store import Store
from tests.fakes.clock import FakeClock
from tests.fakes.databases import open_memory
from tests.faults.process import clean_environment

FEEDBACK = (HOME / "forms" / "feedback.md").read_text("utf-8")


def form(title: str, name: str = "feedback.md") -> Source:
    """The form of opinions under another title."""
    return Source(name=name, data=FEEDBACK.replace("意见反馈", title).encode())


def title(store: Store) -> str:
    row = store.read(lambda reading: reading.forms.current("feedback")).result()
    assert row is not None
    return row.title


def test_what_a_clerk_published_stands_after_a_restart(store: Store, clock: FakeClock) -> None:
    ours = form("甲")
    publish_new(store, [ours])
    clock.now += timedelta(minutes=1)
    publish(store, [form("乙")])
    clock.now += timedelta(minutes=1)
    publish_new(store, [ours])
    assert title(store) == "乙"


def test_a_clerk_may_publish_an_earlier_form_again(store: Store, clock: FakeClock) -> None:
    for name in ("甲", "乙", "甲"):
        clock.now += timedelta(minutes=1)
        publish(store, [form(name)])
    assert title(store) == "甲"


def test_of_two_files_of_one_form_the_countys_counts_at_every_start(
    store: Store, clock: FakeClock
) -> None:
    for ours in ("甲", "甲", "甲，新版"):
        publish_new(store, [form(ours), form("县里的", name="本县意见.md")])
        clock.now += timedelta(minutes=1)
        assert title(store) == "县里的"


@pytest.fixture
def county(tmp_path: Path) -> Path:
    """A county with words, a table, a form and places of its own."""
    folder = tmp_path / "county"
    (folder / "policy").mkdir(parents=True)
    (folder / "forms").mkdir()
    (folder / "words.toml").write_text('[home]\nreport = "跟我说"\n', "utf-8")
    (folder / "policy" / "timing.toml").write_text('draft_nudge = "45m"\n', "utf-8")
    (folder / "forms" / "feedback.md").write_bytes(form("提意见").data)
    shutil.copy(COUNTY / "areas.xlsx", folder)
    return folder


def own_settings(folder: Path, county: Path) -> Settings:
    return read_settings(
        database_url=f"sqlite:///{folder / 'data' / 'x.db'}",
        key_file=folder / "keys" / "x.keys",
        county=county,
        listen="127.0.0.1:0",
    )


async def test_a_county_has_its_own_words_rules_forms_and_places(
    tmp_path: Path, county: Path
) -> None:
    settings = own_settings(tmp_path, county)
    store = await asyncio.to_thread(open_memory, settings, Clock())
    try:
        await asyncio.to_thread(running.take_areas, settings, store)
        async with aiohttp.ClientSession() as session:
            program = await wiring.build(settings, store, Clock(), session)
        villages = await store.read(lambda reading: len(reading.places.load()))
        assert program.rules.words("home.report") == "跟我说"
        assert program.rules.words("home.progress") == "查进度"
        assert program.rules.policy.timing["draft_nudge"] == timedelta(minutes=45)
        assert await asyncio.to_thread(title, store) == "提意见"
        assert villages > 13
    finally:
        store.close()


def test_everything_wrong_in_a_county_is_said_at_once_and_nothing_starts(
    tmp_path: Path, county: Path
) -> None:
    (county / "words.toml").write_text(
        '[home]\nreprot = "报"\nreport = 3\n[say]\nstart = "开始"\n'
        '[receipt]\nadded = "已补充到 {nubmer}。"\ntold = "通知 {told"\n',
        "utf-8",
    )
    (county / "policy" / "timing.toml").write_text('draft_nudge = "快点"\n', "utf-8")
    started = subprocess.run(
        [sys.executable, "-m", "bot", "run"],
        cwd=tmp_path,
        env={
            **clean_environment(),
            "BOT_COUNTY": str(county),
            "BOT_DATABASE_URL": f"sqlite:///{tmp_path / 'data' / 'x.db'}",
            "BOT_KEY_FILE": str(tmp_path / "keys" / "x.keys"),
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert started.returncode == 2
    said = started.stderr.splitlines()
    assert [line.partition("：")[0] for line in said] == [
        "county/words.toml「home.reprot」",
        "county/words.toml「home.report」",
        "county/words.toml「say.start」",
        "county/words.toml「receipt.added」",
        "county/words.toml「receipt.told」",
        "county/policy/timing.toml「draft_nudge」",
    ]
    assert "这句话可用的空：{number}" in said[3]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b'[home\nreport = "x"', "第1行读不懂"),
        ("[home]\nreport = '报'".encode("gbk"), "不是 UTF-8 文字"),
    ],
)
def test_words_that_cannot_be_read_are_said_so(
    tmp_path: Path, county: Path, data: bytes, said: str
) -> None:
    (county / "words.toml").write_bytes(data)
    with pytest.raises(PolicyFaults) as wrong:
        read_rules(own_settings(tmp_path, county))
    assert [said in one for one in wrong.value.sentences] == [True]


def test_a_folder_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(SettingsFault) as wrong:
        own_settings(tmp_path, tmp_path / "nowhere")
    assert wrong.value.sentences == [
        f"设置 BOT_COUNTY：没有 {tmp_path / 'nowhere'} 这个文件夹，请先建好，或者改正路径。"
    ]


def test_a_word_file_that_is_none_is_told_at_start(tmp_path: Path) -> None:
    papers = tmp_path / "county" / "papers"
    papers.mkdir(parents=True)
    (papers / "referral.docx").write_bytes(b"no zip at all")
    (papers / "unknown.docx").write_bytes(b"")
    with pytest.raises(PolicyFaults) as wrong:
        read_rules(read_settings(county=tmp_path / "county"))
    assert [sentence.split("：")[0] for sentence in wrong.value.sentences] == [
        "papers/unknown.docx",
        "papers/referral.docx",
        "papers/unknown.docx",
    ]


def test_what_lies_in_the_folder_and_is_not_read_is_told(county: Path) -> None:
    (county / "policy" / "timing.toml").rename(county / "policy" / "timing.toml.txt")
    (county / "words.toml").rename(county / "words.toml.txt")
    with pytest.raises(PolicyFaults) as wrong:
        read_rules(read_settings(county=county))
    assert [sentence.partition("。")[0] for sentence in wrong.value.sentences] == [
        "county/words.toml.txt：文件名后面多了“.txt”，没有用上",
        "county/policy/timing.toml.txt：文件名后面多了“.txt”，没有用上",
    ]


def test_the_forms_of_a_folder_are_what_an_office_takes_for_them(tmp_path: Path) -> None:
    for name in ("A.XLSX", "b.xlsm", "c.xls", "~$A.XLSX", ".~d.xlsx", "README.md", "Thumbs.db"):
        (tmp_path / name).write_bytes(b"")
    assert [source.name for source in sources(tmp_path)] == ["A.XLSX", "b.xlsm", "c.xls"]


def test_an_old_workbook_in_the_folder_is_told_how_to_be_saved(tmp_path: Path) -> None:
    (tmp_path / "report.xls").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
    with pytest.raises(FormFaults) as wrong:
        compiled(sources(tmp_path))
    assert wrong.value.sentences[0].startswith("report.xls：这是老格式（.xls、.et）的表")
