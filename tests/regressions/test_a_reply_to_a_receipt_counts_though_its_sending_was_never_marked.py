"""A kill between sending a receipt and noting its number made a reply to it an ordinary answer."""

from dataclasses import replace

from tests.fakes.house import House
from tests.regressions.conftest import said


async def test_a_reply_to_a_receipt_counts_though_its_sending_was_never_marked(
    house: House,
) -> None:
    neighbour = await house.visitor("邻居")
    for words in ("危险", "1", "1", "孩子一个人在水库边"):
        await neighbour.says(words)
    await house.settled()
    receipt = next(one for one in house.paper.to("邻居") if "受理号：" in one.card.text)
    await house.store.write(
        lambda work: work.db.tell("UPDATE outbox SET external_id = NULL WHERE id = ?", receipt.id)
    )
    reply = replace(
        said("他爷爷来了", by="邻居", key="paper:reply"),
        replies_to=str(receipt.id),
        replied_token=receipt.token,
    )
    await house.intake.take(reply)
    await house.settled()
    assert "已补充到" in house.paper.to("邻居")[-1].card.text
