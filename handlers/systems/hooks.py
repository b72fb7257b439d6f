"""Who is told that something happened: made, switched, told again; kept by those of the county."""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from conversation.letters import tidy
from handlers import saying, watch
from handlers.children import stewards
from handlers.office import administration
from handlers.people import colleagues
from handlers.turn import Turn
from policy.happenings import HAPPENINGS, Happening
from storage.systems.hooks import Event, Hook

#: Lines of a log on one page.
SHOWN = 50
#: Before anything of ours.
EARLIEST = date(2000, 1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """Somebody who is told, as the keepers see it; of the address no more than the host."""

    id: int
    name: str
    url: str = field(repr=False)
    place: str
    kinds: tuple[Happening, ...]
    state: str
    failing_since: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    """What one of them was told, the newest first; and before which it goes on."""

    hook: Shown
    events: tuple[Event, ...]
    before: int | None


def shown(turn: Turn) -> tuple[Shown, ...] | None:
    """Everybody who is told; None for who may not look."""
    if not administration.configures(turn):
        return None
    return tuple(_shown(turn, one) for one in turn.work.hooks.all())


def log(turn: Turn, hook_id: int, before: int) -> Log | None:
    """What one of them was told; absent ones and not the speaker's are the same.

    Nothing of a case of which the speaker must not hear, whoever connected it.
    """
    one = turn.work.hooks.get(hook_id)
    if one is None or not administration.configures(turn):
        return None
    events = turn.work.hooks.log(hook_id, before=before, count=SHOWN + 1, hidden=turn.hidden)
    more = events[SHOWN - 1].id if len(events) > SHOWN else None
    return Log(hook=_shown(turn, one), events=events[:SHOWN], before=more)


def make(
    turn: Turn, name: str, url: str, secret: str, area: int, kinds: tuple[Happening, ...]
) -> int | None:
    """Somebody more who is told; None for who may not, or what is not whole."""
    tree, called = turn.work.areas, tidy(name)[:60]
    is_theirs = any(tree.is_within(area, at) for _, at in colleagues.held(turn))
    if not (administration.configures(turn) and called and is_theirs and kinds):
        return None
    if tree.get(area) is None or not set(kinds) <= set(HAPPENINGS):
        return None
    return turn.work.hooks.make(called, url, secret, area, kinds, by=turn.speaker.person_id)


def switch(turn: Turn, hook_id: int, state: str) -> bool:
    """Switch it on, off, or let it go; False when it was so, or for who may not."""
    return (
        administration.configures(turn)
        and state in ("on", "off", "gone")
        and turn.work.hooks.to_state(hook_id, state, by=turn.speaker.person_id)
    )


def again(turn: Turn, hook_id: int, event_id: int) -> int:
    """Tell one thing again; how many that are."""
    if not administration.configures(turn):
        return 0
    by = turn.speaker.person_id
    return turn.work.hooks.again(hook_id, event_id, by=by, hidden=turn.hidden)


def again_days(turn: Turn, hook_id: int, first: date, last: date) -> int:
    """Tell again what happened from one day to another; how many that are."""
    if not administration.configures(turn) or not EARLIEST <= first <= last <= turn.at.date():
        return 0
    since, until = (
        datetime.combine(day, time(), turn.rules.zone) for day in (first, last + timedelta(days=1))
    )
    by = turn.speaker.person_id
    return turn.work.hooks.again_since(hook_id, since, until, by=by, hidden=turn.hidden)


def tell_given_up(turn: Turn, hook: Hook) -> None:
    """Whoever keeps the program hears that somebody is told nothing more."""
    failing = hook.failing_since or turn.work.now
    stewards.tell(
        turn.work,
        watch.keepers(turn),
        saying.note(turn, turn.words("watch.hook_failed", name=hook.name)),
        key=f"hook:{hook.id}:{int(failing.timestamp())}",
    )


def _shown(turn: Turn, one: Hook) -> Shown:
    host = one.url.partition("://")[2].partition("/")[0]
    row = turn.work.areas.get(one.area_id)
    return Shown(
        id=one.id,
        name=one.name,
        url=host,
        place=turn.work.areas.full_name(one.area_id) or (row.name if row else ""),
        kinds=one.kinds,
        state=one.state,
        failing_since=one.failing_since,
    )
