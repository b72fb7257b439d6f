"""What keepers of the channel look at, on both engines."""

from datetime import timedelta

from conversation.cards import Card, card_to_json
from handlers.office.administration import KEPT
from storage.cases.duties import DutyIn
from storage.reaching.owed import OutboxIn
from storage.store import Store
from storage.work import Work
from tests.storage.village import settled

DAY = timedelta(days=1)


def put(work: Work, contact: int, key: str, turn: int = 0) -> int:
    return work.outbox.put(
        OutboxIn(
            key=key,
            contact_id=contact,
            channel="paper",
            priority=2,
            card=card_to_json(Card(text="请看一下")),
            token=(key * 22)[:22],
            turn=turn,
        )
    )


async def test_what_did_not_arrive_is_listed_until_another_went_in_its_place(store: Store) -> None:
    def live(work: Work) -> tuple[int, int, int]:
        person = work.people.meet("paper", "somebody")
        lost, sent = put(work, person.contact_id, "a"), put(work, person.contact_id, "b")
        work.sending.mark_gone([lost])
        work.sending.mark_sent([(sent, "1")])
        (found,) = work.upkeep.undelivered(10)
        one = work.upkeep.undelivered_one(lost)
        assert one == found
        assert work.upkeep.undelivered_one(sent) is None
        work.sending.supersede_lost(lost)
        return lost, found.id, len(work.upkeep.undelivered(10))

    lost, found, left = await store.write(live)
    assert (found, left) == (lost, 0)


async def test_the_burden_counts_what_was_sent_unasked_and_what_was_answered(
    store: Store,
) -> None:
    def live(work: Work) -> None:
        person = work.people.meet("paper", "somebody")
        first = put(work, person.contact_id, "a")
        reply = put(work, person.contact_id, "b", turn=1)
        second = put(work, person.contact_id, "c")
        work.sending.mark_sent([(first, "1"), (reply, "2"), (second, "3")])
        (asked,) = work.upkeep.asked(work.now - DAY, DAY)
        assert (asked.sent, asked.answered) == (2, 1)
        for what in KEPT:
            assert work.upkeep.older(what, work.now - DAY) == 0
        assert work.upkeep.older("outbox_kept", work.now + DAY) >= 2

    await store.write(live)


async def test_visits_are_counted_by_their_time_and_listed_the_longest_overdue_first(
    store: Store,
) -> None:
    def live(work: Work) -> None:
        village = settled(work)
        ids = [
            work.children.add(village.group, {"name": "王小明"}, source="registration", by=0)
            for _ in range(3)
        ]
        for child, days in zip(ids, (2, -1, -5), strict=True):
            work.duties.set(
                DutyIn(
                    key=f"v{child}",
                    kind="visit",
                    subject="child",
                    subject_id=child,
                    area_id=village.group,
                    grade="yellow",
                    person_id=None,
                    due_at=work.now + days * DAY,
                    rings_at=None,
                )
            )
        span = {"since": work.now - 10 * DAY, "until": work.now + 10 * DAY}
        counted = work.visits.by_time([village.group], **span)
        assert [(state, count) for _, state, count in counted] == [("open", 1)] * 3
        assert work.visits.whose([village.group], **span, skip=0, count=2) == (ids[2], ids[1])
        assert work.visits.whose([village.group], **span, skip=2, count=2) == (ids[0],)

    await store.write(live)
