"""Nobody is shown a child whom their posts do not let them see, by any word, button or id."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.county.rules import read_rules
from bot.settings import read_settings
from handlers import doing, talk
from handlers.children import finding
from handlers.rules import Rules
from handlers.turn import Turn
from storage.work import Work
from tests.fakes.house import House, open_house
from tests.stories.test_children import CHILDREN, settle_children
from tests.stories.test_stories import BEGAN

#: Who may see whom: post, place, and the names they may ever read.
WATCHERS = (
    ("child_supervisor", "青石镇", {"王小明", "王小芳", "赵雨涵", "王晓明"}),
    ("child_director", "云峰乡云峰村", {"王小明"}),
    ("civil_affairs", "云岭县", {"王小明", "王小芳", "赵雨涵", "王晓明"}),
    ("teacher", "青石镇河湾村", set[str]()),
    ("grid_worker", "青石镇河湾村", set[str]()),
    ("social_worker", "青石镇", set[str]()),
    ("administrator", "云岭县", set[str]()),
    ("", "", set[str]()),
)
#: Verbs whose argument is a child, or a child and something more.
OF_CHILD = (
    ("child", "{}"),
    ("child.part", "{}:child"),
    ("child.part", "{}:guardianship"),
    ("child.lines", "{}:child"),
    ("child.line", "{}:name"),
    ("child.history", "{}"),
    ("child.looks", "{}"),
    ("carers", "{}"),
    ("carer", "{}:1"),
    ("carer.add", "{}:known"),
    ("carer.change", "{}:1"),
    ("carer.end", "{}:1"),
    ("twin.find", "{}"),
    ("twin", "{0}:{0}"),
    ("twin.split", "{}"),
    ("depart", "{}"),
    ("transfer", "{}"),
    ("transfer.take", "{}"),
    ("transfer.refuse", "{}"),
    ("transfer.stop", "{}"),
    ("depart.back", "{}"),
    ("keep", "{}"),
    ("keep.set", "{}:1"),
)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path, began=BEGAN) as opened:
        await opened.store.write(settle_children)
        yield opened


@pytest.fixture(scope="module")
def rules() -> Rules:
    return read_rules(read_settings())


@pytest.mark.parametrize(("role", "place", "may"), WATCHERS, ids=[one[0] for one in WATCHERS])
async def test_nothing_of_a_child_leaves_for_who_may_not_see_them(
    house: House, rules: Rules, role: str, place: str, may: set[str]
) -> None:
    shown = await house.store.write(lambda work: everything(work, rules, role, place))
    names = {name for _, name, *_ in CHILDREN}
    assert {name for name in names if name in shown} == may
    secrets = [value for *_, more in CHILDREN for value in more.values()]
    if not may:
        assert [value for value in secrets if value in shown] == []


async def test_a_director_sees_their_village_and_not_the_neighbour_s(
    house: House, rules: Rules
) -> None:
    far = await house.store.read(
        lambda reading: [
            child.id
            for child in reading.children.page(0, 100)
            if "青石镇" in reading.areas.full_name(child.area_id)
        ]
    )
    shown = await house.store.write(
        lambda work: everything(work, rules, "child_director", "云峰乡云峰村", only=far)
    )
    assert [name for _, name, *_ in CHILDREN if name in shown] == []


def everything(
    work: Work, rules: Rules, role: str, place: str, only: list[int] | None = None
) -> str:
    """All that a holder of this post is shown when they try every verb on every child."""
    speaker = work.people.meet("paper", f"watcher-{role}-{place}")
    if role:
        places = {work.areas.full_name(row.id): row.id for row in work.places.load()}
        work.people.add_role(speaker.person_id, role, places[place])
    shown: list[str] = []
    ids = [child.id for child in work.children.page(0, 100)] if only is None else only
    tries = [(verb, arg.format(child)) for child in ids for verb, arg in OF_CHILD]
    if only is None:
        tries += [("children", ""), ("gaps", ""), ("gaps", "nobody"), ("soon", "")]
        pairs = [f"{a}:{b}" for a in ids for b in ids if a != b]
        tries += [(verb, pair) for verb in ("twin", "twin.apart") for pair in pairs]
        tries += [("mine", ""), ("todo", "")]
    for verb, arg in tries:
        turn = begun(work, rules, role, place)
        doing.VERBS[verb](turn, arg)
        shown += said(turn)
    if only is None:
        for _, name, *_ in CHILDREN:
            turn = begun(work, rules, role, place)
            # What the asker typed is no leak: only what comes back as a button is.
            finding.find(turn, name)
            shown += [b.label for one in turn.spoken for b in one.card.buttons()]
    return "\n".join(shown)


def begun(work: Work, rules: Rules, role: str, place: str) -> Turn:
    speaker = work.people.meet("paper", f"watcher-{role}-{place}")
    return Turn(
        work=work,
        rules=rules,
        speaker=speaker,
        at=work.now.astimezone(rules.zone),
        finish=talk.finish,
    )


def said(turn: Turn) -> list[str]:
    cards = [one.card for one in turn.spoken]
    return [text for card in cards for text in (card.text, *(b.label for b in card.buttons()))]
