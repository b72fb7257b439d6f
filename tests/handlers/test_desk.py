"""我的工作, for every post and every two posts: few choices a card, all within reach."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import combinations

import pytest

from bot.county.rules import read_rules
from bot.settings import read_settings
from conversation.cards import Card, card_from_json
from conversation.incoming import Said
from handlers import desk, doing, talk
from handlers.children import child_file, register
from handlers.rules import Rules
from handlers.turn import Turn
from policy.register.columns import COLUMNS
from storage.sealing import KeyRing
from storage.store import Store
from storage.work import Work
from tests.fakes.house import OwnClock, prepare
from tests.handlers.canaries import County, settle

BEGAN = datetime(2026, 11, 20, 2, tzinfo=UTC)
SEAT_OF = {"village": "青石镇河湾村", "township": "青石镇", "county": "云岭县"}
#: On any card: the way home, the way back, and what waits for an answer.
AROUND = {"home", "mine", "mine.more", "todo"}


@pytest.fixture(scope="module")
def rules() -> Rules:
    return read_rules(read_settings())


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    folder = tmp_path_factory.mktemp("county")
    keys = KeyRing.create(folder / "keys.json")
    url = f"sqlite:///{folder / 'county.db'}"
    opened = Store.open(url, keys, OwnClock(BEGAN).now, turn_seconds=300)
    prepare()
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def county(store: Store) -> County:
    return store.write(settle).result()


async def test_every_post_and_two_find_all_they_may_on_cards_of_few_choices(
    store: Store, rules: Rules, county: County
) -> None:
    posts = rules.policy.roles
    held = [(one,) for one in posts] + [*combinations(posts, 2)]
    widest = 0

    def look(work: Work) -> None:
        nonlocal widest
        for number, roles in enumerate(held):
            turn = _worker(work, rules, county, f"somebody {number}", roles)
            wanted = [entry.verb for entry in desk.entries_of(turn)]
            cards = [*_cards(turn)]
            assert max(len([*card.buttons()]) for card in cards) <= desk.CHOICES, roles
            reached = {button.action.verb for card in cards for button in card.buttons()}
            assert reached - AROUND == {*wanted}, roles
            first = [button.action.verb for button in cards[0].buttons()]
            shown = [verb for verb in first if verb not in AROUND]
            assert shown == wanted[: len(shown)], roles
            widest = max(widest, len(wanted))

    await store.write(look)
    # What this is about: somebody has more than twice as much to choose from as fits one card.
    assert widest > 2 * desk.CHOICES


async def test_a_child_s_file_has_few_choices_a_card_and_all_of_it_is_within_reach(
    store: Store, rules: Rules, county: County
) -> None:
    posts = rules.policy.roles
    most = 0

    def look(work: Work) -> None:
        nonlocal most
        for role in posts:
            turn = _worker(work, rules, county, f"reader {role}", (role,))
            child = next(iter(county.homes))
            cards = [*_file(turn, child), *_parts(turn, child)]
            assert max(len([*card.buttons()]) for card in cards) <= desk.CHOICES, role
            reached = {
                (button.action.verb, button.action.arg)
                for card in cards
                for button in card.buttons()
            }
            seen = register.view(turn, child)
            assert seen is not None
            deeds = [one for row in child_file.deeds(turn, seen) for one in row]
            groups = {COLUMNS[key].group for key in child_file.shown(seen)}
            assert {(one.action.verb, one.action.arg) for one in deeds} <= reached, role
            assert {("child.part", f"{child}:{group}") for group in groups} <= reached, role
            assert {("child.looks", str(child)), ("child.history", str(child))} <= reached
            assert _to_change(seen) <= reached, role
            most = max(most, len(deeds))

    await store.write(look)
    assert most >= child_file.ON_FILE


async def test_what_is_behind_more_is_opened_by_its_name_too(
    store: Store, rules: Rules, county: County
) -> None:
    def ask(work: Work) -> list[str]:
        turn = _worker(work, rules, county, "by name", ("child_supervisor",))
        talk.take(turn, Said(text="发通知"))
        stranger = _worker(work, rules, county, "a stranger", ())
        talk.take(stranger, Said(text="发通知"))
        return [turn.spoken[-1].card.text, stranger.spoken[-1].card.text]

    ours, theirs = await store.write(ask)
    assert ours.startswith("【发通知】")
    assert "】1/6\n孩子遇到什么情况？\n" in theirs


def _worker(work: Work, rules: Rules, county: County, name: str, roles: tuple[str, ...]) -> Turn:
    met = work.people.meet("paper", name)
    for role in roles:
        seat = county.places[SEAT_OF[rules.policy.roles[role].level]]
        work.people.add_role(met.person_id, role, seat)
    if roles:
        child = next(iter(county.homes))
        work.responsibilities.assign(child, met.person_id, "teacher", by=0)
    return _turn(work, rules, name)


def _turn(work: Work, rules: Rules, name: str) -> Turn:
    speaker = work.people.meet("paper", name)
    at = work.now.astimezone(rules.zone)
    return Turn(
        work=work, rules=rules, speaker=speaker, at=at, finish=talk.finish, draft=speaker.draft
    )


def _file(turn: Turn, child: int) -> Iterator[Card]:
    """The child's file, and whatever its cards of choices lead to."""
    for verb in ("child", "child.parts", "child.records", "child.more"):
        doing.VERBS[verb](turn, str(child))
        yield turn.spoken[-1].card


def _parts(turn: Turn, child: int) -> Iterator[Card]:
    """The parts of the file, and the lines of each that may be changed, page after page."""
    groups = dict.fromkeys(column.group for column in COLUMNS.table.values())
    waiting = [("child.part", f"{child}:{group}") for group in groups]
    known = {*waiting}
    while waiting:
        verb, arg = waiting.pop(0)
        doing.VERBS[verb](turn, arg)
        card = turn.spoken[-1].card
        yield card
        found = [(one.action.verb, one.action.arg) for one in card.buttons()]
        fresh = [one for one in found if one[0] == "child.lines" and one not in known]
        known |= {*fresh}
        waiting += fresh


def _to_change(seen: register.View) -> set[tuple[str, str]]:
    """Each line that its reader may change."""
    return {
        ("child.line", f"{seen.child.id}:{key}")
        for key in child_file.shown(seen)
        if key in seen.fields and COLUMNS[key].kind in child_file.CHANGEABLE
    }


def _cards(turn: Turn) -> Iterator[Card]:
    """我的工作, and whatever its 更多 lead to."""
    waiting = [("mine", "")]
    while waiting:
        verb, arg = waiting.pop(0)
        doing.VERBS[verb](turn, arg)
        row = turn.work.outbox.get(turn.card_id or 0)
        assert row is not None
        card = card_from_json(row.card)
        yield card
        waiting += [
            (one.action.verb, one.action.arg)
            for one in card.buttons()
            if one.action.verb == "mine.more"
        ]
