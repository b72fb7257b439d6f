"""管理: what did not arrive is sent again, and what could not be digested is taken again."""

import re
from datetime import timedelta

import pytest

from bot.site.console.pages import WORDS
from conversation.cards import Card, card_to_json
from storage.cases.duties import DutyIn
from storage.reaching.owed import OutboxIn
from storage.work import Reading, Work
from tests.bot.site.console.conftest import Console, fields
from tests.fakes.house import House


def lost_card(work: Work, name: str, key: str) -> int:
    """A card to somebody that did not arrive."""
    speaker = work.people.meet("paper", name)
    row = work.outbox.put(
        OutboxIn(
            key=key,
            contact_id=speaker.contact_id,
            channel="paper",
            priority=2,
            card=card_to_json(Card(text="一件没有送到的事")),
            token=(key * 22)[:22],
            turn=0,
        )
    )
    work.sending.mark_gone([row])
    work.people.mark_reachable(speaker.contact_id, False)
    return row


def reach(work: Work, name: str) -> None:
    """They can be reached again."""
    work.people.mark_reachable(work.people.meet("paper", name).contact_id, True)


async def test_what_did_not_arrive_is_sent_again_once_its_person_is_reached(
    console: Console,
) -> None:
    house = console.house
    await house.store.write(lambda work: lost_card(work, "网格员", "a"))
    await house.store.write(lambda work: lost_card(work, "云峰儿童主任", "b"))
    await console.comes_in("督导员")
    page = await console.gets("/console/admin")
    assert page.count('<td class="print-no">请打电话') == 1
    assert "一件没有送到的事" not in page
    assert 'name="row"' not in page
    await house.store.write(lambda work: reach(work, "网格员"))
    page = await console.gets("/console/admin")
    row = re.search(r'name="row" value="([\w-]+)"', page)
    assert row is not None
    for status in (303, 409):
        form = fields(page) | {"row": row[1]}
        assert (await console.posts("/console/admin/again", form)).status == status
    await house.settled()
    assert [said for said in heard(house, "网格员") if "没有送到" in said] == ["一件没有送到的事"]
    assert "没有。" in await console.gets("/console/admin")


def heard(house: House, name: str) -> list[str]:
    return [sent.card.text for sent in house.paper.to(name)]


async def test_only_the_county_opens_the_drawer_and_what_lies_there_is_taken_again(
    console: Console,
) -> None:
    house = console.house
    await console.comes_in("督导员")
    for path in ("poison", "opinions"):
        assert (await console.client.get(f"/console/admin/{path}")).status == 404
    form = fields(await console.gets())
    response = await console.posts("/console/admin/poison", form | {"row": "x", "do": "discard"})
    assert response.status == 409
    await console.posts("/console/leave", form)
    await house.store.write(lambda work: work.poison.keep("paper", "k", b"{}", "KeyError x:1"))
    await console.comes_in("县民政")
    page = await console.gets("/console/admin/poison")
    assert "KeyError x:1" in page
    row = re.search(r'name="row" value="([\w-]+)"', page)
    assert row is not None
    form = fields(page) | {"row": row[1]}
    response = await console.posts("/console/admin/poison", form | {"do": "replay"})
    assert "只能不要" in await response.text()
    response = await console.posts("/console/admin/poison", form | {"do": "discard"})
    assert response.status == 303
    assert "没有。" in await console.gets("/console/admin/poison")

    def kept(reading: Reading) -> int:
        return len(reading.poison.list("discarded"))

    assert await house.store.read(kept) == 1


async def test_every_rule_of_retention_stands_there_with_what_goes_soon(console: Console) -> None:
    await console.comes_in("县民政")
    timing = console.house.rules.policy.timing
    page = await console.gets("/console/admin/kept")
    for key, span in timing.items():
        if key.endswith("_kept"):
            assert WORDS(f"admin.{key}") in page, key
            assert f"{span.days} 天" in page, key
    for line in console.house.rules.policy.retention.values():
        for said in (line.name, f"{line.years} 年", line.reason, line.source):
            assert said in page, line.name


async def test_the_burden_is_of_posts_and_counts_who_answered_within_a_day(
    console: Console,
) -> None:
    house = console.house

    def ask(work: Work, name: str, key: str) -> None:
        speaker = work.people.meet("paper", name)
        work.outbox.put(
            OutboxIn(
                key=key,
                contact_id=speaker.contact_id,
                channel="paper",
                priority=2,
                card=card_to_json(Card(text="请看一下")),
                token=(key * 22)[:22],
                turn=0,
            )
        )

    await house.store.write(lambda work: ask(work, "网格员", "c"))
    await house.store.write(lambda work: ask(work, "儿童主任", "d"))
    await house.settled()
    house.clock.moment[0] += timedelta(hours=3)
    await (await house.visitor("网格员")).says("我的")
    await house.settled()
    await console.comes_in("督导员")
    rows = re.findall(
        r"<tr>\s*<td[^>]*>(\S+)\s*<td[^>]*>(\d+)\s*<td[^>]*>([\d.]+)\s*<td[^>]*>(\d+)"
        r"\s*<td[^>]*>(\d+)",
        await console.gets("/console/admin/burden"),
    )
    assert {row[0]: row[3:] for row in rows if row[3] != "0"} == {
        "网格员": ("1", "1"),
        "儿童主任": ("1", "0"),
    }


@pytest.mark.parametrize("is_of_many", [True, False])
async def test_the_burden_says_what_a_week_costs_and_warns_above_the_ceiling(
    console: Console, is_of_many: bool
) -> None:
    house = console.house

    def load(work: Work) -> None:
        village = work.areas.search("青石镇青石村")[0].id
        more = [work.people.meet("paper", f"主任{n}").person_id for n in range(4)]
        for one in more if is_of_many else ():
            work.people.add_role(one, "child_director", village)
        worker = work.people.meet("paper", "儿童主任").person_id
        for number in range(40):
            due = DutyIn(
                key=f"burden:{number}",
                kind="visit",
                subject="child",
                subject_id=number + 1,
                area_id=None,
                grade="yellow",
                person_id=worker,
                role="",
                due_at=work.now + timedelta(days=6 if number < 31 else 8),
                rings_at=None,
            )
            work.duties.set(due)

    await house.store.write(load)
    await console.comes_in("督导员")
    whole = await console.gets("/console/admin/burden")
    measured, _, page = whole.partition("估出来的")
    # One person: how much it was is nobody's to read.
    assert "量出来的" in measured
    assert "人少，不写" in measured
    assert "写出来就猜得到是谁，所以不写" in measured.partition("<table")[0]
    assert "每人每周 60 分钟、150 条、600 个字" in measured
    row = next(one for one in page.split("<tr>") if "儿童主任" in one and "<td" in one)
    # 31 visits of a week, two minutes and fifteen characters each, over five people; of one
    # person it is nobody's to read.
    assert (f">{round(62 / 5)} <" in row) == is_of_many
    assert (f">{round(465 / 5)}" in row) == is_of_many
    assert ("有人超过一周 60 分钟或 600 个字" in row) == is_of_many
    assert ("人少，不写" in row) != is_of_many
    other = next(one for one in page.split("<tr>") if ">网格员" in one)
    assert "有人超过" not in other
    assert "记一次走访 2" in page
    assert "policy/burden.toml" in page


async def test_the_calendar_says_when_it_runs_out(console: Console) -> None:
    await console.comes_in("督导员")
    page = await console.gets("/console/admin/days")
    assert "国庆节" in page
    assert "请在 2027 年以前" in page  # 20 November, and the notice of 2027 is not there
    for path in ("kept", "places"):
        assert "管理" in await console.gets(f"/console/admin/{path}")
