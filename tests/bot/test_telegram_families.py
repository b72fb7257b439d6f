"""家里报平安 on Telegram, over HTTP: the code goes as a file, one tap of the family is heard."""

import re
from datetime import datetime
from pathlib import Path

from bot.demo.clock import DemoClock
from bot.demo.people import COUNTY
from storage.work import Work
from tests.fakes.telegram import FakeTelegram
from tests.fakes.telegram.town import program_behind

WORKER, GRANNY = 2001, 2002


def settle(work: Work) -> None:
    """A child with a nickname, in the hands of the village's child director."""
    director = work.people.meet("telegram", str(WORKER)).person_id
    work.people.set_name(director, "陈主任")
    work.people.add_role(director, "child_director", work.areas.search("青石镇河湾村")[0].id)
    values = {"name": "赵雨涵", "sex": "female", "nickname": "涵涵"}
    group = work.areas.search("青石镇河湾村一组")[0].id
    work.responsibilities.assign(
        work.children.add(group, values, source="roster", by=0), director, by=0
    )


async def test_a_carer_comes_by_the_link_and_is_heard_by_the_worker(tmp_path: Path) -> None:
    clock = DemoClock()
    # Whatever the hour: on a working morning, when workers are told at once.
    clock.not_before(datetime.fromisoformat("2027-03-01 09:00+08:00"))
    telegram = FakeTelegram(clock=lambda: clock.now().timestamp())
    async with (
        telegram as fake,
        program_behind(fake, tmp_path, clock, settle, county=COUNTY),
    ):
        worker, granny = fake.person(WORKER), fake.person(GRANNY)
        worker.says("我的孩子")
        await worker.hears("您名下有 1 个孩子")
        for label, heard in (
            ("赵雨涵（河湾村一组）", "谁在管"),
            ("家里人报平安", "还没有请家里人"),
            ("请一位家里人", "请谁来报平安"),
        ):
            worker.taps(label)
            await worker.hears(heard)
        worker.taps("在家带孩子的人")
        sent = await worker.hears("只能一个人用一次")
        assert fake.ledger.called("sendDocument")
        token = re.search(r"start=([\w-]{22})", sent.text)
        assert token is not None
        granny.says(f"/start {token[1]}")
        welcome = await granny.hears("欢迎您")
        assert "涵涵" in welcome.text
        assert "赵雨涵" not in welcome.text
        granny.taps("想找人说说")
        await granny.hears("1个工作日")
        told = await worker.hears("想找人说说")
        assert "涵" not in told.text
