"""What people hand to the command line wrongly: a sentence, status 2, and nothing half-written."""

import io
import re
import socket
import sqlite3
import zipfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from openpyxl import Workbook, load_workbook

from bot.clock import Clock
from bot.demo.people import COUNTY
from storage.sealing import KeyRing
from storage.store import Store
from tests.fakes.databases import fresh_sqlite
from tests.faults.process import Bot

CHINESE = re.compile(r"[\u4e00-\u9fff]")

#: What happened to a workbook on its way to us.
Spoil = Callable[[bytes], bytes]


@pytest.fixture
def office(tmp_path: Path) -> Bot:
    """A command line with a database and a key file that fit."""
    url = fresh_sqlite(tmp_path / "data" / "bot.db")
    (tmp_path / "keys").mkdir()
    keys = KeyRing.create(tmp_path / "keys" / "bot.keys")
    Store.open(url, keys, Clock().now).close()  # from now on the two belong together
    bot = Bot(folder=tmp_path, settings={"database_url": url, "key_file": keys.path})
    bot.configure()
    return bot


# -- settings, keys, database -------------------------------------------------------------------


def test_a_misspelt_setting_is_named_with_the_right_one(office: Bot) -> None:
    office.config.write_text('databse_url = "sqlite:///x.db"\nlisten = "8080"\n', "utf-8")
    said = _refused(office, "run")
    assert "databse_url" in said
    assert "database_url" in said.replace("databse_url", "")
    assert "listen" in said
    assert not (office.folder / "x.db").exists()


def test_settings_that_are_no_toml_are_refused_with_the_line(office: Bot) -> None:
    office.config.write_text("listen = \n", "utf-8")
    assert "第 1 行写得不对" in _refused(office, "run")


def test_an_address_that_is_taken_is_named_with_the_cure(office: Bot) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        office.port = int(other.getsockname()[1])
        office.configure()
        assert f"127.0.0.1:{office.port}" in _refused(office, "run")


def test_a_key_file_that_others_can_read_is_refused_with_the_cure(office: Bot) -> None:
    keys = office.folder / "keys" / "bot.keys"
    keys.chmod(0o644)
    assert "chmod 600" in _refused(office, "run")


def test_a_missing_key_file_is_not_made_anew_for_a_database_that_exists(office: Bot) -> None:
    keys = office.folder / "keys" / "bot.keys"
    keys.unlink()
    assert "找不到密钥文件" in _refused(office, "run")
    assert not keys.exists()


def test_the_keys_of_another_database_are_refused(office: Bot) -> None:
    keys = office.folder / "keys" / "bot.keys"
    keys.unlink()
    KeyRing.create(keys)
    assert "不是这个数据库的" in _refused(office, "run")


def test_a_database_of_a_newer_program_is_refused_untouched(office: Bot) -> None:
    file = office.folder / "data" / "bot.db"
    with closing(sqlite3.connect(file)) as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
        database.commit()
    before = file.read_bytes()
    assert "更新版本" in _refused(office, "run")
    assert file.read_bytes() == before


def test_a_file_that_is_no_database_is_refused_untouched(office: Bot) -> None:
    file = office.folder / "data" / "bot.db"
    file.write_bytes(b"no database at all, " * 400)
    before = file.read_bytes()
    assert "不是数据库" in _refused(office, "run")
    assert file.read_bytes() == before


# -- tables and forms ---------------------------------------------------------------------------


def test_an_areas_table_with_wrong_headers_is_refused(office: Bot) -> None:
    table = _table(office, [["甲", "乙", "丙"], ["青石镇", "青石村", "一组"]])
    said = _refused(office, "areas", "import", str(table))
    assert "表头" in said or "列" in said
    assert _count(office, "area") == 0


def test_a_form_with_many_faults_is_told_all_of_them_at_once(office: Bot) -> None:
    rows: list[list[str | None]] = [
        ["type", "name", "label", "relevant", "constraint", "calculation"],
        ["text", "1st", "一", None, None, None],
        ["text", "same", "二", None, None, None],
        ["text", "same", "三", None, None, None],
        ["select_one nowhere", "four", "四", None, None, None],
        ["no_such_type", "five", "五", None, None, None],
        ["integer", "six", "六", "${nobody} = 1", None, None],
        ["integer", "seven", "七", None, ". >", None],
        ["text", "eight", None, None, None, None],
        ["calculate", "nine", None, None, None, "no-such-function(1)"],
        ["begin_group", "ten", "十", None, None, None],
    ]
    form = _workbook(office, {"survey": rows, "settings": [["form_id"], ["many"]]})
    said = _refused(office, "forms", "publish", str(form))
    assert len(said.splitlines()) >= 8
    assert _count(office, "form_version") == 0


def _broken(_: bytes) -> bytes:
    return b"PK\x03\x04" + bytes(range(256)) * 40


def _huge_inside(workbook: bytes) -> bytes:
    """A small file that unpacks to more than half a gigabyte."""
    bomb = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(workbook)) as given,
        zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as made,
    ):
        for name in given.namelist():
            with made.open(name, "w", force_zip64=True) as part:
                content = given.read(name)
                if name.endswith("sheet1.xml"):
                    head, tail = content.split(b"<sheetData>", 1)
                    part.write(head + b"<sheetData>")
                    for _ in range(80):
                        part.write(b'<row><c t="inlineStr"><is><t>' + b"x" * (8 << 20))
                        part.write(b"</t></is></c></row>")
                    content = tail
                part.write(content)
    return bomb.getvalue()


def _far_corner(workbook: bytes) -> bytes:
    book = load_workbook(io.BytesIO(workbook))
    for sheet in book.worksheets:
        sheet["XFD1048576"] = "x"
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


@pytest.mark.parametrize("spoil", [_broken, _huge_inside, _far_corner])
def test_a_spoilt_areas_table_is_refused_whole(office: Bot, spoil: Spoil) -> None:
    table = office.folder / "areas.xlsx"
    table.write_bytes(spoil((COUNTY / "areas.xlsx").read_bytes()))
    _refused(office, "areas", "import", str(table))
    assert _count(office, "area") == 0


def test_a_spoilt_form_is_refused_whole(office: Bot) -> None:
    form = _plain_form(office)
    form.write_bytes(_broken(b""))
    _refused(office, "forms", "publish", str(form))
    assert _count(office, "form_version") == 0


def test_a_form_with_a_stray_cell_in_the_farthest_corner_is_read_all_the_same(
    office: Bot,
) -> None:
    form = _plain_form(office)
    form.write_bytes(_far_corner(form.read_bytes()))
    assert office.command("forms", "publish", str(form)).returncode == 0
    assert _count(office, "form_version") == 1


# -- helpers ------------------------------------------------------------------------------------


def _refused(office: Bot, *words: str) -> str:
    """What the command says; it must say it in Chinese, without a traceback, with status 2."""
    ended: CompletedProcess[str] = office.command(*words)
    assert ended.returncode == 2, ended.stdout + ended.stderr
    assert "Traceback" not in ended.stderr
    # The log is for machines, one JSON object a line.
    lines = [line for line in ended.stderr.strip().splitlines() if not line.startswith("{")]
    assert lines
    assert all(CHINESE.search(line) for line in lines)
    return ended.stderr


def _count(office: Bot, table: str) -> int:
    with closing(sqlite3.connect(office.folder / "data" / "bot.db")) as database:
        return int(database.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


def _plain_form(office: Bot) -> Path:
    rows = [["type", "name", "label"], ["text", "what", "怎么了？"]]
    return _workbook(office, {"survey": rows, "settings": [["form_id"], ["plain"]]})


def _table(office: Bot, rows: Sequence[Sequence[str]]) -> Path:
    return _workbook(office, {"Sheet1": rows})


def _workbook(office: Bot, sheets: Mapping[str, Sequence[Sequence[str | None]]]) -> Path:
    book = Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    file = office.folder / "given.xlsx"
    book.save(file)
    return file
