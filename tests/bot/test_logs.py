"""What stands in the log: kinds and places, whoever writes it."""

import asyncio
import json
import logging

import pytest

from bot.logs import Lines

TOKEN = "123456789:" + "A" * 35


def written(name: str, level: int, *message: object, **extra: object) -> dict[str, object]:
    record = logging.LogRecord(name, level, "", 0, message[0], message[1:], None)
    record.__dict__.update(extra)
    line: dict[str, object] = json.loads(Lines().format(record))
    return line


def test_our_own_sentences_are_whole() -> None:
    line = written("bot.app", logging.INFO, "waited %d s", 3, row=4711, error="ValueError")
    assert (line["what"], line["row"], line["error"]) == ("waited 3 s", 4711, "ValueError")


def test_of_a_library_only_the_sentence_is_written() -> None:
    with pytest.raises(ValueError, match="invalid literal") as raised:
        int("13812345678 x")
    error = raised.value
    record = logging.LogRecord(
        "aiohttp.server",
        logging.ERROR,
        "",
        0,
        "Error handling request from %s",
        ("203.0.113.7",),
        (type(error), error, error.__traceback__),
    )
    line = json.loads(Lines().format(record))
    assert (line["what"], line["error"]) == ("Error handling request from %s", "ValueError")
    assert "203.0.113.7" not in json.dumps(line)
    assert "13812345678" not in json.dumps(line)


async def test_a_task_that_nobody_waited_for_tells_no_words(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def fails() -> None:
        raise ValueError("13812345678")

    loop = asyncio.get_running_loop()
    context = {
        "message": "Task exception was never retrieved",
        "future": loop.create_task(fails()),
    }
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    context["exception"] = context["future"].exception()  # type: ignore[attr-defined]
    loop.default_exception_handler(context)
    (record,) = [one for one in caplog.records if one.name == "asyncio"]
    assert "13812345678" in record.getMessage()
    line = Lines().format(record)
    assert json.loads(line)["what"] == "Task exception was never retrieved"
    assert "13812345678" not in line


@pytest.mark.parametrize("said", ["孩子叫张小宝", f"https://api.telegram.org/bot{TOKEN}/getMe"])
def test_neither_chinese_words_nor_the_token_stand_in_a_line(said: str) -> None:
    for name in ("bot.app", "httpx"):
        line = json.dumps(written(name, logging.WARNING, said, why=said), ensure_ascii=False)
        assert "张" not in line
        assert TOKEN not in line
