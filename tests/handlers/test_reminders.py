"""Every reminder says whose it is, what, since when and about which matter, and offers two ways.

Each kind of duty that the tables know is set in a county that has one of everything, and rings
until its ladder is at an end; all cards that come of it are read.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from bot.county.rules import read_rules
from bot.settings import read_settings
from conversation.cards import Card, card_from_json
from handlers import talk
from handlers.cases.duties import clockwork
from handlers.reaching import mornings, reminding, ringing
from handlers.rules import Rules
from handlers.turn import Turn
from handlers.visiting import planning
from policy.duties import due_at, first_ring
from policy.receipt import say_number
from storage.cases.duties import DutyIn
from storage.people.people import NOBODY
from storage.reaching.owed import OutboxIn
from storage.sealing import KeyRing
from storage.store import Store
from storage.work import Work
from tests.fakes.house import OwnClock, prepare
from tests.handlers.canaries import County, settle

#: A Friday morning.
BEGAN = datetime(2026, 11, 20, 2, tzinfo=UTC)
#: What leads away, or back, is no way to deal with it.
AROUND = frozenset({"home"})
GRADES = ("red", "orange", "yellow", "blue")
RULES = read_rules(read_settings())
KINDS = sorted(RULES.policy.duties.kinds)
#: What nobody is reminded of: whoever reported is asked in their place.
WITHOUT_LADDER = frozenset({"ask_30", "ask_90"})
#: What a kind of duty is about, where that is no case.
OTHERS = {
    "visit": "child",
    "call": "call",
    "school_month": "month",
    "quarter_check": "check",
    "holiday_hand": "holiday",
    "holiday_take": "holiday",
    "holiday_back": "holiday",
    "own_wish": "wish",
}


@dataclass(slots=True)
class House:
    """A county with one of everything, and its clock."""

    store: Store
    clock: OwnClock
    county: County
    #: What was put into the outbox: causes and cards.
    put: list[OutboxIn] = field(default_factory=list)


@pytest.fixture
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("county")
    clock = OwnClock(BEGAN)
    url = f"sqlite:///{folder / 'county.db'}"
    store = Store.open(url, KeyRing.create(folder / "keys.json"), clock.now, turn_seconds=120)
    prepare()
    yield House(store=store, clock=clock, county=store.write(settle).result())
    store.close()


def subject_of(kind: str) -> str:
    """What a duty of this kind is about."""
    of_absence = RULES.policy.duties.kinds[kind].ladder.startswith("absence")
    return OTHERS.get(kind, "absence" if of_absence else "case")


def grades_of(kind: str) -> tuple[str, ...]:
    """The grades that such a duty may have; of an absence the table plans the days itself."""
    described = RULES.policy.duties.kinds[kind]
    ladders = RULES.policy.duties.ladders.get(described.ladder, {})
    return tuple(one for one in GRADES if one in ladders and one in (described.within or ladders))


def subject_id(county: County, subject: str) -> int:
    """One of the county's."""
    return {
        "case": county.told[0].case,
        "call": county.calls[0],
        "absence": county.absences[0],
        "month": county.months[0],
        "check": county.checks[0],
        "holiday": county.holidays[0],
        "child": next(iter(county.homes)),
    }[subject]


def asked_for(work: Work) -> int:
    """Somebody's wish that what is known of them goes."""
    person = work.people.meet("paper", "路人甲").person_id
    return work.erasures.ask("person", person, by=person)


def turn_of(work: Work, rules: Rules = RULES, *, who: str = "") -> Turn:
    speaker = work.people.meet("paper", who) if who else NOBODY
    at = work.now.astimezone(rules.zone)
    return Turn(work=work, rules=rules, speaker=speaker, at=at, finish=talk.finish)


def listening(house: House, work: Work) -> None:
    """Keep what is put into the outbox."""
    put = work.outbox.put

    def heard(card: OutboxIn) -> int:
        house.put.append(card)
        return put(card)

    work.outbox.put = heard  # type: ignore[method-assign]


def set_duty(work: Work, county: County, kind: str, grade: str, subject: str) -> int:
    """A duty of this kind, begun now, in the hands of the village's director."""
    turn = turn_of(work)
    described, clock = RULES.policy.duties.kinds[kind], clockwork(turn)
    day = timedelta(days=1)
    of = asked_for(work) if subject == "wish" else subject_id(county, subject)
    due = due_at(described, grade, work.now, clock) if described.within else work.now + day
    made = work.duties.set(
        DutyIn(
            key=f"test:{kind}:{grade}",
            kind=kind,
            subject=subject,
            subject_id=of,
            area_id=county.places["青石镇河湾村"],
            grade=grade,
            person_id=county.people["河湾主任"],
            role="child_director",
            due_at=due,
            rings_at=first_ring(RULES.policy.duties, kind, grade, work.now, due, clock),
        )
    )
    assert made is not None
    return made


def next_morning(moment: datetime) -> datetime:
    """When the next digest is due."""
    reminders, calendar = RULES.policy.reminders, RULES.policy.calendar
    at = reminders.morning_after(moment.astimezone(RULES.zone))
    while not calendar.is_workday(at.date()):
        at += timedelta(days=1)
    return at.astimezone(UTC)


def rung(house: House, duty_id: int) -> list[tuple[str, Card]]:
    """The cards of a duty that rings until its ladder ends, by their causes."""
    for _ in range(8):
        duty = house.store.write(lambda work: work.duties.get(duty_id)).result()
        if duty is None or duty.state != "open" or duty.rings_at is None:
            break
        house.clock.moment[0] = max(house.clock.moment[0], duty.rings_at) + timedelta(seconds=1)

        def ring(work: Work) -> None:
            listening(house, work)
            ringing.ring(turn_of(work), duty_id)

        house.store.write(ring).result()
    house.clock.moment[0] = next_morning(house.clock.moment[0])

    def say(work: Work) -> None:
        listening(house, work)
        turn = turn_of(work)
        for person in mornings.people(work, RULES, turn.at.date()):
            mornings.send(turn, person, turn.at.date())

    house.store.write(say).result()
    causes = (f"duty:{duty_id}:", "duty:morning:")
    own = [one for one in house.put if (one.key or "").startswith(causes)]
    return [(one.key or "", card_from_json(one.card)) for one in own]


def faults_of(card: Card, code: str, name: str) -> list[str]:
    """What a reminder does not say or offer."""
    ways = [one for one in card.buttons() if one.action.verb not in AROUND]
    wanted = {
        "two ways": len(ways) >= 2 and len({one.action for one in ways}) == len(ways),
        "whose": any(word in card.text for word in ("等着您", "现在由", "请您快")),
        "what": name in card.text,
        "since when": "等到现在" in card.text,
        "what stays true": "还剩" not in card.text,
        "which matter": code in card.text,
    }
    return [what for what, is_there in wanted.items() if not is_there]


def code_of(work: Work, county: County, subject: str) -> str:
    """By what a matter is known: a case by its number, all else by where it is."""
    if subject == "case":
        case = work.cases.get(county.told[0].case)
        assert case is not None
        return say_number(case.number)
    return {
        "absence": "河湾村",
        "month": "青石小学",
        "holiday": "青石小学",
        "check": "季度",
        "call": "收不到消息",
        "wish": "删掉自己留在这里的信息",
    }[subject]


@pytest.mark.parametrize("kind", [one for one in KINDS if one != "visit"])
def test_a_reminder_of_every_kind_says_all_and_offers_two_ways(house: House, kind: str) -> None:
    subject = subject_of(kind)
    code = house.store.write(lambda work: code_of(work, house.county, subject)).result()
    name = RULES.policy.duties.kinds[kind].name
    heard = 0
    for grade in grades_of(kind):
        begin = partial(set_duty, county=house.county, kind=kind, grade=grade, subject=subject)
        duty_id = house.store.write(begin).result()
        for key, card in rung(house, duty_id):
            heard += 1
            assert faults_of(card, code, name) == [], (key, card.text, card.buttons())
    assert heard or kind in WITHOUT_LADDER


def test_a_red_visit_that_was_missed_is_told_above_with_all_of_it(house: House) -> None:
    def planned(work: Work) -> int:
        child = [*house.county.homes][1]
        work.children.change(child, {"tier": "red"}, source="visit", by=0)
        planning.plan_stirred(work, RULES)
        found = work.duties.visits_of([*house.county.homes])
        return next(one.id for one in found.values() if one.grade == "red")

    duty_id = house.store.write(planned).result()
    cards = rung(house, duty_id)
    assert cards
    for key, card in cards:
        assert faults_of(card, "为什么要去", "走访") == [], (key, card.text)


# -- what is answered ----------------------------------------------------------------------------


def a_case_that_climbs(house: House, grade: str = "yellow") -> int:
    def begin(work: Work) -> int:
        return set_duty(work, house.county, "contact", grade, "case")

    duty_id = house.store.write(begin).result()
    assert rung(house, duty_id)
    house.put.clear()
    return duty_id


def answered(house: House, duty_id: int, who: str, verb: str) -> tuple[str, list[OutboxIn]]:
    """What somebody reads who taps, and what others (or they, later) are told."""

    def tap(work: Work) -> str:
        listening(house, work)
        turn = turn_of(work, who=who)
        getattr(reminding, verb)(turn, str(duty_id))
        turn.close()
        return turn.spoken[-1].card.text

    house.put.clear()
    said = house.store.write(tap).result()
    return said, [one for one in house.put if (one.key or "").startswith("duty:")]


def test_who_puts_it_off_is_reminded_in_the_morning_and_the_day_stays(house: House) -> None:
    duty_id = a_case_that_climbs(house)
    before = house.store.write(lambda work: work.duties.get(duty_id)).result()
    said, put = answered(house, duty_id, "河湾主任", "later")
    after = house.store.write(lambda work: work.duties.get(duty_id)).result()
    assert "该办完的时间不变" in said
    assert before == after
    (again,) = put
    assert again.not_before is not None
    local = again.not_before.astimezone(RULES.zone)
    assert local.time() == RULES.policy.reminders.digest_from
    assert local.date() > house.clock.now().astimezone(RULES.zone).date()


def test_what_is_urgent_is_put_off_for_an_hour_alone(house: House) -> None:
    duty_id = a_case_that_climbs(house, "orange")
    _, (again,) = answered(house, duty_id, "河湾主任", "later")
    assert again.not_before == house.clock.now() + timedelta(hours=1)


def test_who_hears_from_above_urges_whoever_has_to_do_it_once_an_hour(house: House) -> None:
    duty_id = a_case_that_climbs(house, "orange")
    said, put = answered(house, duty_id, "青石督导", "urge")
    assert said == "好，已经催河湾主任了。"
    card = card_from_json(put[0].card)
    assert card.text.startswith("青石督导请您快一点：先联系上家里或孩子")
    rows = house.store.write(
        lambda work: [one.id for one in work.outbox.about(f"case:{house.county.told[0].case}")]
    ).result()
    answered(house, duty_id, "青石督导", "urge")
    again = house.store.write(
        lambda work: [one.id for one in work.outbox.about(f"case:{house.county.told[0].case}")]
    ).result()
    assert again == rows


@pytest.mark.parametrize("verb", ["later", "urge"])
@pytest.mark.parametrize("who", ["云峰主任", "县公安", "路人"])
def test_nobody_else_can_answer_it(house: House, who: str, verb: str) -> None:
    duty_id = a_case_that_climbs(house)
    said, put = answered(house, duty_id, who, verb)
    assert (said, put) == ("这件事不归您办，或者已经办完了。", [])


def test_what_was_done_meanwhile_is_not_urged(house: House) -> None:
    duty_id = a_case_that_climbs(house)
    house.store.write(lambda work: work.duties.end(duty_id, by=0)).result()
    said, put = answered(house, duty_id, "青石督导", "urge")
    assert (said, put) == ("这件事不归您办，或者已经办完了。", [])
