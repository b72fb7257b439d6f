"""Of many cases that are not red the first come at once, the rest stand in one card."""

from collections.abc import Sequence
from datetime import timedelta

from conversation.cards import Card, card_from_json
from handlers import doing
from handlers.reaching import gathering, telling, unnoticed
from handlers.reporting import report
from storage.reaching.owed import OutRow
from storage.work import Work
from tests.handlers.test_reminders import RULES, House, house, turn_of

__all__ = ["house"]
DIRECTOR = "河湾主任"
LINE = "家里两个娃没人管，没饭吃"
RED = "有人打孩子，孩子流血了，要出人命"


def reported(house: House, number: int, text: str = LINE) -> int:
    """Somebody leaves a message; its case."""

    def file(work: Work) -> int:
        turn = turn_of(work, who=f"路人{number}")
        place = str(house.county.places["青石镇河湾村"])
        filed, _ = report.raise_known(
            turn, {"message": text, "place": place}, None, kind="message"
        )
        turn.close()
        case = work.cases.of_report(filed.id)
        assert case is not None
        return case.id

    return house.store.write(file).result()


def several(house: House, count: int) -> list[int]:
    """Cases, one every other minute."""
    cases = []
    for number in range(count):
        cases.append(reported(house, number))
        house.clock.moment[0] += timedelta(minutes=2)
    return cases


def own(house: House, cases: Sequence[int]) -> list[Card]:
    """The director's messages about one case each."""

    def look(work: Work) -> list[OutRow]:
        contact = work.people.meet("paper", DIRECTOR).contact_id
        rows = [row for case in cases for row in work.outbox.about(f"case:{case}")]
        return [one for one in rows if one.contact_id == contact]

    return [card_from_json(row.card) for row in house.store.write(look).result()]


def joint(house: House) -> list[tuple[OutRow, Card]]:
    """The director's cards in which several stand."""

    def look(work: Work) -> list[OutRow]:
        contact = work.people.meet("paper", DIRECTOR).contact_id
        return [one for one in work.outbox.gathered(work.now) if one.contact_id == contact]

    return [(row, card_from_json(row.card)) for row in house.store.write(look).result()]


def test_the_first_come_at_once_and_the_rest_in_one_card_that_grows(house: House) -> None:
    cases = several(house, 6)
    assert len(own(house, cases)) == RULES.policy.reminders.gather_after
    ((row, card),) = joint(house)
    assert "共 3 件：" in card.text
    assert [*gathering.cases_of(row)] == cases[3:]
    assert len(card.buttons()) == 4
    assert row.asks  # whoever does not notice it is found elsewhere


def test_after_an_hour_one_comes_at_once_again(house: House) -> None:
    cases = several(house, 5)
    house.clock.moment[0] += timedelta(hours=1)
    cases.append(reported(house, 9))
    assert len(own(house, cases)) == RULES.policy.reminders.gather_after + 1


def test_red_is_never_gathered(house: House) -> None:
    cases = [*several(house, 4), reported(house, 9, RED)]
    assert "等级：红" in own(house, cases)[-1].text
    ((row, _),) = joint(house)
    assert cases[-1] not in gathering.cases_of(row)


def test_what_somebody_took_stands_there_no_more(house: House) -> None:
    cases = several(house, 5)

    def take(work: Work) -> None:
        turn = turn_of(work, who="青石督导")
        doing.VERBS["case.act"](turn, f"{cases[3]}:accept")
        turn.close()

    house.store.write(take).result()
    ((row, card),) = joint(house)
    assert [*gathering.cases_of(row)] == cases[4:]
    assert "共 1 件：" in card.text


def test_who_must_not_hear_of_one_reads_it_there_no_more(house: House) -> None:
    cases = several(house, 5)

    def hide(work: Work) -> None:
        person = work.people.meet("paper", DIRECTOR).person_id
        telling.withdraw(turn_of(work), f"case:{cases[4]}", [person], Card(text="不用您办了"))

    house.store.write(hide).result()
    ((row, _),) = joint(house)
    assert [*gathering.cases_of(row)] == [cases[3]]


def test_a_joint_card_that_reaches_nobody_is_telephoned_case_by_case(house: House) -> None:
    cases = several(house, 5)
    ((row, _),) = joint(house)

    def fails(work: Work) -> list[list[int]]:
        unnoticed.fall_over(work, row.id, "blocked")
        return [
            [one.person_id for one in work.undelivered.of_matter(f"case:{case}")]
            for case in cases[3:]
        ]

    person = house.store.write(lambda work: work.people.meet("paper", DIRECTOR)).result().person_id
    assert house.store.write(fails).result() == [[person], [person]]
