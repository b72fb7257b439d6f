"""What 体检 says of Telegram: a sentence that somebody in a county office can act on."""

from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession

from bot.channels.telegram.webhook import webhook_path
from bot.commands.words import words
from bot.health.doctor import examine
from bot.settings import read_settings
from tests.fakes.telegram import TOKEN, FakeTelegram

PUBLIC = "https://bot.example.cn"


@pytest.fixture
async def telegram() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram(seed=1) as server:
        yield server


async def _said(telegram: FakeTelegram, folder: Path, **more: Any) -> str:
    given: dict[str, Any] = {
        "database_url": f"sqlite:///{folder / 'data' / 'x.db'}",
        "key_file": folder / "keys" / "x.keys",
        "telegram_api": telegram.url,
        "telegram_token": TOKEN,
        "public_url": PUBLIC,
    }
    settings = read_settings(**given | more)
    found = {finding.what: finding for finding in await examine(settings, words)}["Telegram"]
    assert found.well == (not found.said)
    return found.said


async def _set_webhook(telegram: FakeTelegram, params: Mapping[str, object]) -> None:
    async with (
        ClientSession() as session,
        session.post(f"{telegram.url}/bot{TOKEN}/setWebhook", json=params) as answer,
    ):
        assert answer.status == 200


async def test_a_webhook_that_is_ours_is_well(telegram: FakeTelegram, tmp_path: Path) -> None:
    assert await _said(telegram, tmp_path) == ""
    await _set_webhook(telegram, {"url": PUBLIC + webhook_path(TOKEN)})
    assert await _said(telegram, tmp_path) == ""


async def test_a_webhook_of_somebody_else_is_told(telegram: FakeTelegram, tmp_path: Path) -> None:
    await _set_webhook(telegram, {"url": "https://thief.example/x"})
    said = await _said(telegram, tmp_path)
    assert "换新令牌" in said
    assert "thief" not in said


async def test_a_wrong_token_and_a_line_that_is_down_sound_different(
    telegram: FakeTelegram, tmp_path: Path
) -> None:
    said = await _said(telegram, tmp_path, telegram_token="1:wrong")
    assert "不认识这个令牌" in said
    assert "wrong" not in said
    said = await _said(telegram, tmp_path, telegram_api="http://127.0.0.1:9")
    assert "连不上 http://127.0.0.1:9" in said
