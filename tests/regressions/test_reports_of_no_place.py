"""A report that came before there were places, or anybody to hear of it, is not out of sight."""

import argparse
import asyncio
import json
from pathlib import Path

import pytest

from bot.clock import Clock
from bot.commands import register
from bot.commands.words import words
from bot.health import doctor
from bot.settings import Settings, read_settings
from policy.areas import AreaRow
from storage.reporting.reports import ReportIn
from storage.work import Work
from tests.fakes.databases import open_memory


def settings_in(folder: Path) -> Settings:
    return read_settings(
        database_url=f"sqlite:///{folder / 'data' / 'x.db'}", key_file=folder / "keys" / "x.keys"
    )


def test_it_is_exported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = open_memory(settings_in(tmp_path), Clock())
    told = ReportIn(
        kind="report",
        area_id=None,
        form_version="1",
        answers='{"what": "孩子自己做饭"}',
        grade="yellow",
        anonymous=True,
    )
    store.write(lambda work: work.reports.file(told)).result()
    store.close()
    asked = argparse.Namespace(what="reports", format="jsonl", to=None, reason=None, masked=False)
    register.export(asked, settings_in(tmp_path))
    _, exported = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert (exported["area"], exported["what"]) == ("", "孩子自己做饭")


def test_the_doctor_says_that_nobody_would_hear(tmp_path: Path) -> None:
    def appoint(work: Work) -> None:
        ids = work.places.replace([AreaRow(id=1, parent_id=None, kind="county", name="云岭县")])
        officer = work.people.meet("web", "officer").person_id
        work.people.add_role(officer, "civil_affairs", ids[1])

    store = open_memory(settings_in(tmp_path), Clock())
    store.close()
    before = told_of_receivers(tmp_path)
    store = open_memory(settings_in(tmp_path), Clock())
    store.write(appoint).result()
    store.close()
    assert [*before, *told_of_receivers(tmp_path)] == [False, True]


def told_of_receivers(folder: Path) -> list[bool]:
    findings = asyncio.run(doctor.examine(settings_in(folder), words))
    return [one.well for one in findings if one.what == words("doctor.receivers")]
