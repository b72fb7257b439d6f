"""Long polling: in order per person, side by side otherwise, confirmed only when stored."""

import asyncio

import pytest

from bot.channels.channel import Arrival
from conversation.incoming import Left, Pressed, Said
from tests.bot.channels.telegram_bench import Bench, card, outgoing, until


async def test_what_a_person_says_arrives_and_is_confirmed() -> None:
    async with Bench() as bench:
        await bench.listen()
        bench.telegram.person(7).says("孩子两天没来上学了")
        [arrival] = await bench.memory.got(1)
        assert arrival.incoming == Said(text="孩子两天没来上学了")
        assert (arrival.channel, arrival.address) == ("telegram", "7")
        await until(bench.telegram.ledger.confirmed)


async def test_a_tap_carries_the_card_and_the_place_of_the_button() -> None:
    async with Bench() as bench:
        bench.memory.toast = "记下了"
        person = bench.telegram.person(7)
        person.says("在吗")
        await bench.listen()
        await bench.memory.got(1)
        sent = await bench.channel.send(outgoing(7, card("孩子安全吗？", "安全", "不安全")))
        person.taps("不安全")
        arrival = (await bench.memory.got(2))[1]
        assert arrival.incoming == Pressed(token="t" * 22, position=1)
        assert arrival.replies_to == getattr(sent, "external_id", None)
        await until(lambda: person.toasts == ["记下了"])


async def test_a_press_that_could_not_be_stored_is_not_answered_yet() -> None:
    async with Bench() as bench:
        person = bench.telegram.person(7)
        person.says("在吗")
        await bench.channel.send(outgoing(7, card("选一个", "甲")))
        number = person.taps("甲")
        bench.memory.refusals[f"telegram:{number}:"] = 2
        await bench.listen()
        await bench.memory.got(2)
        await until(lambda: person.toasts)
        assert len(bench.telegram.ledger.called("answerCallbackQuery")) == 1


async def test_one_persons_words_keep_their_order_while_others_go_on() -> None:
    """The first person is slow: the others do not wait for her, and her own words do."""
    released = asyncio.Event()

    async def slow(arrival: Arrival) -> None:
        if arrival.address == "1":
            await released.wait()

    async with Bench() as bench:
        bench.memory.before = slow
        for text in ("一", "二", "三"):
            bench.telegram.person(1).says(text)
        bench.telegram.person(2).says("我先到")
        await bench.listen()
        [first] = await bench.memory.got(1)
        assert first.incoming == Said(text="我先到")
        released.set()
        await bench.memory.got(4)
        assert _words(bench, "1") == ["一", "二", "三"]


async def test_what_could_not_be_stored_comes_again_in_order() -> None:
    async with Bench() as bench:
        first = bench.telegram.person(1).says("一")
        bench.telegram.person(1).says("二")
        bench.telegram.person(2).says("别人的话")
        bench.memory.refusals[f"telegram:{first}:"] = 3
        await bench.listen()
        await bench.memory.got(3)
        assert _words(bench, "1") == ["一", "二"]
        await until(lambda: len(bench.telegram.ledger.confirmed()) == 3)


async def test_the_offset_never_passes_what_is_not_stored() -> None:
    async with Bench() as bench:
        number = bench.telegram.person(1).says("存不下")
        bench.telegram.person(2).says("存得下")
        bench.memory.refusals[f"telegram:{number}:"] = 1_000_000
        await bench.listen()
        await bench.memory.got(1)
        await asyncio.sleep(0.1)
        assert bench.telegram.ledger.confirmed() == []
        bench.memory.refusals.clear()
        await until(lambda: len(bench.telegram.ledger.confirmed()) == 2)
        [stored] = [arrival.key for arrival in bench.memory.arrivals if arrival.address == "2"]
        assert bench.memory.brought.count(stored) == 1


async def test_an_intake_that_fails_confirms_nothing() -> None:
    async def breaks(arrival: Arrival) -> None:
        raise RuntimeError(arrival.key)

    async with Bench() as bench:
        bench.memory.before = breaks
        bench.telegram.person(1).says("话")
        await bench.listen()
        await asyncio.sleep(0.1)
        assert bench.telegram.ledger.confirmed() == []


async def test_a_restart_brings_what_was_not_confirmed() -> None:
    held = asyncio.Event()

    async def hangs(arrival: Arrival) -> None:
        held.set()
        await asyncio.Event().wait()

    async with Bench() as bench:
        bench.memory.before = hangs
        bench.telegram.person(1).says("还在路上")
        await bench.listen()
        await held.wait()
        for task in bench.channel._tasks:  # as a kill would: nothing is finished
            task.cancel()
        bench.memory.before = None
        bench.channel = bench.new_channel()
        await bench.listen()
        [arrival] = await bench.memory.got(1)
        assert arrival.incoming == Said(text="还在路上")


async def test_stopping_finishes_what_was_taken() -> None:
    begun = asyncio.Event()

    async def slow(arrival: Arrival) -> None:
        begun.set()
        await asyncio.sleep(0.2)

    async with Bench() as bench:
        bench.memory.before = slow
        bench.telegram.person(1).says("最后一句")
        await bench.listen()
        await begun.wait()
        await bench.channel.stop()
        assert _words(bench, "1") == ["最后一句"]


async def test_stopping_while_nothing_happens_is_quick() -> None:
    async with Bench() as bench:
        await bench.listen()
        await until(lambda: bench.telegram.ledger.called("getUpdates"))
        async with asyncio.timeout(1):
            await bench.channel.stop()


async def test_a_webhook_left_behind_is_taken_away_and_nothing_is_dropped() -> None:
    async with Bench() as bench:
        bench.telegram.person(1).says("早先说的")
        async with bench.session.post(
            f"{bench.telegram.url}/bot{bench.telegram.token}/setWebhook",
            json={"url": "http://127.0.0.1:9/old"},
        ) as answer:
            assert answer.status == 200
        await bench.listen()
        [arrival] = await bench.memory.got(1)
        assert arrival.incoming == Said(text="早先说的")
        calls = bench.telegram.ledger.called("deleteWebhook")
        assert [call.params.get("drop_pending_updates") for call in calls] == [False]


async def test_another_poller_is_named_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    async with Bench() as bench:
        await bench.listen()
        await until(lambda: bench.telegram.ledger.called("getUpdates"))
        rival = bench.new_channel()
        await rival.start(bench.memory)
        await until(lambda: "another program polls" in caplog.text)
        await rival.stop()


async def test_troubles_of_the_line_are_outlived() -> None:
    async with Bench(answer_seconds=0.3) as bench:
        for kind in ("reset-before", "truncated", "502"):
            bench.telegram.faults.once("getUpdates", kind)
        bench.telegram.faults.once("setMyCommands", "500")
        bench.telegram.person(1).says("听得到吗")
        await bench.listen()
        [arrival] = await bench.memory.got(1, within=20)
        assert arrival.incoming == Said(text="听得到吗")
        await until(lambda: bench.telegram.commands)


async def test_an_update_whose_answer_was_cut_is_not_lost_and_not_doubled() -> None:
    async with Bench() as bench:
        bench.telegram.faults.once("getUpdates", "truncated")
        for text in ("一", "二"):
            bench.telegram.person(1).says(text)
        await bench.listen()
        await bench.memory.got(2)
        assert _words(bench, "1") == ["一", "二"]


async def test_numbers_that_restart_after_a_quiet_week_are_heard() -> None:
    async with Bench() as bench:
        await bench.listen()
        bench.telegram.person(1).says("上周")
        await bench.memory.got(1)
        await until(bench.telegram.ledger.confirmed)
        bench.telegram.next_update = 17
        bench.telegram.person(1).says("这周")
        await bench.memory.got(2)
        assert _words(bench, "1") == ["上周", "这周"]


async def test_blocking_and_coming_back_are_heard() -> None:
    async with Bench() as bench:
        await bench.listen()
        bench.telegram.person(1).says("在吗")
        bench.telegram.person(1).blocks()
        bench.telegram.person(1).unblocks()
        await bench.memory.got(3)
        leavings = [a.incoming for a in bench.memory.arrivals if isinstance(a.incoming, Left)]
        assert leavings == [Left(gone=True), Left(gone=False)]


async def test_a_group_hears_one_line_and_then_the_bot_is_gone() -> None:
    async with Bench() as bench:
        group, neighbour = bench.telegram.group(), bench.telegram.person(1)
        group.adds_bot(neighbour)
        await bench.listen()
        await until(lambda: bench.telegram.ledger.left == [group.number])
        assert len(bench.telegram.ledger.sent(group.number)) == 1
        assert bench.memory.arrivals == []


async def test_a_group_that_threw_us_out_is_not_left_once_more() -> None:
    async with Bench() as bench:
        bench.telegram.group().removes_bot(bench.telegram.person(1))
        await bench.listen()
        await until(bench.telegram.ledger.confirmed)
        await bench.channel.stop()
        assert bench.telegram.ledger.called("leaveChat") == []
        assert bench.telegram.ledger.called("sendMessage") == []


async def test_words_in_a_group_are_never_taken_in() -> None:
    async with Bench() as bench:
        group, neighbour = bench.telegram.group(), bench.telegram.person(1)
        group.has_bot = True
        group.says(neighbour, "老张家的孩子")
        await bench.listen()
        await until(lambda: bench.telegram.ledger.left == [group.number])
        await until(lambda: len(bench.telegram.ledger.confirmed()) == 2)
        assert bench.memory.arrivals == []
        assert bench.telegram.ledger.sent(group.number) == []


def _words(bench: Bench, address: str) -> list[str]:
    return [
        arrival.incoming.text
        for arrival in bench.memory.arrivals
        if arrival.address == address and isinstance(arrival.incoming, Said)
    ]
