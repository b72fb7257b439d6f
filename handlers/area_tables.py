"""A table of places: what it would change, in sentences, and the yes of whoever sent it."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field

from handlers import tables
from handlers.cases import owners
from handlers.saying import answer, button
from handlers.turn import Turn
from policy.area_changes import AreaChange, AreaPlan, Change
from policy.areas import AreaRow, AreaTree
from policy.words import Words
from storage.office.sent_tables import SentTable
from storage.places.areas import StillHeld
from storage.places.areas_seen import Effect, Effects, Held

#: What is counted, in this order; what is said line by line: all but what is only new.
COUNTED: tuple[Change, ...] = ("new", "parted", "reopened", "renamed", "merged", "moved", "closed")
#: Tables whose rows are named in a sentence; the others are counted together.
NAMED = frozenset({"child", "role", "case_file", "duty", "report"})
#: Lines that fit one card.
LINES = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class LookedThrough:
    """A table of places that was read, and what it would change."""

    table: SentTable
    rows: tuple[AreaRow, ...] = field(repr=False)
    plan: AreaPlan = field(repr=False)
    #: What goes along with each place that changes, by its id.
    effects: Effects = field(repr=False)
    #: Of the places with which it was compared.
    version: str


def county_of(tree: AreaTree) -> str:
    """The county's name, for tables that do not write it."""
    return next((root.name for root in tree.roots()), "")


# -- sentences ----------------------------------------------------------------------------------


def told(words: Words, plan: AreaPlan, effects: Effects, lines: int = LINES) -> list[str]:
    """What a table would change: counts, what goes along, then place by place."""
    counts = plan.counts()
    parts = [
        words(f"areas.count.{kind}", count=counts[kind]) for kind in COUNTED if kind in counts
    ]
    if not parts:
        return [words("areas.same")]
    changes = [change for change in plan.changes if change.kind != "new"]
    changes.sort(key=lambda change: not change.guessed)
    more = len(changes) - lines
    return [
        words("areas.counts", what="，".join(parts)),
        *([words("areas.along", what=along)] if (along := _along(words, effects.whole)) else []),
        *([words("areas.apart_from", count=effects.whole.apart)] if effects.whole.apart else []),
        *(_line(words, change, effects) for change in changes[:lines]),
        *([words("areas.more", count=more)] if more > 0 else []),
    ]


def _line(words: Words, change: AreaChange, effects: Effects) -> str:
    kind = "guessed" if change.guessed else change.kind
    line = words(f"areas.change.{kind}", before=change.before, after=change.after)
    effect = effects.of.get(change.area_id) if change.area_id is not None else None
    along = _along(words, effect) if effect is not None else ""
    return words("areas.change.with", text=line, what=along) if along else line


def _along(words: Words, effect: Effect) -> str:
    """3 个孩子、2 个岗位、1 件工单: only what there is."""
    counts = {"child": effect.children, "role": effect.posts, "case_file": effect.cases}
    return "、".join(
        words(f"areas.needs.{table}", count=count) for table, count in counts.items() if count
    )


def refusals(words: Words, held: Iterable[Held]) -> list[str]:
    """Why places cannot be closed, and what to do, a sentence each."""
    return [_refusal(words, one) for one in held]


def remarks(words: Words, held: Iterable[Held]) -> dict[int, str]:
    """The same beside the rows of the table that they are about."""
    told: dict[int, list[str]] = {}
    for one in held:
        for row in one.claimed:
            told.setdefault(row, []).append(_refusal(words, one))
    return {row: " ".join(said) for row, said in told.items()}


def _refusal(words: Words, held: Held) -> str:
    what = _needs(words, held.counts)
    if not held.claimed:
        return words("areas.held", name=held.name, what=what)
    lines = "、".join(words("areas.line", number=row) for row in held.claimed)
    return words("areas.claimed", name=held.name, what=what, where=lines)


def _needs(words: Words, counts: Mapping[str, int]) -> str:
    others = sum(count for table, count in counts.items() if table not in NAMED)
    named = [(table, count) for table, count in counts.items() if table in NAMED]
    parts = [*sorted(named), *([("other", others)] if others else [])]
    return "、".join(words(f"areas.needs.{table}", count=count) for table, count in parts)


# -- in the talk --------------------------------------------------------------------------------


def found(turn: Turn, looked: LookedThrough) -> None:
    """The preview, and the question; nothing is written yet."""
    table, plan = looked.table, looked.plan
    if not turn.work.sent_tables.move_on(table, "found", _kept(looked)):
        return
    arg = str(table.id)
    lines = [turn.words("areas.found"), *told(turn.rules.words, plan, looked.effects)]
    rows = [button(turn.words("areas.drop"), "areas.drop", arg)]
    if plan.guesses():
        lines.append(turn.words("areas.guesses"))
        rows.insert(0, button(turn.words("areas.apart"), "areas.apart", arg))
        rows.insert(0, button(turn.words("areas.renamed"), "areas.confirm", arg))
    elif plan.changes:
        lines.append(turn.words("areas.sure"))
        rows.insert(0, button(turn.words("areas.confirm"), "areas.confirm", arg))
    tables.say(turn, "\n".join(lines), *rows)


def take(turn: Turn, plan: AreaPlan) -> None:
    """Write all that a table changes, and find new owners for what was moved away from its own.

    Raises StillHeld before anything is written.
    """
    turn.work.places.take(plan, turn.speaker.person_id)
    owners.bring_home(turn)


def confirm(turn: Turn, table_id: str) -> None:
    """确认: all of it, or nothing; what looked like new names are new names."""
    _take(turn, table_id, guess=True)


def apart(turn: Turn, table_id: str) -> None:
    """确认, but what looked like new names are other places."""
    _take(turn, table_id, guess=False)


def _take(turn: Turn, table_id: str, *, guess: bool) -> None:
    table = tables.waiting(turn, table_id, "areas", over="areas.over")
    if table is None:
        return
    if not tables.places(turn, "areas"):
        answer(turn, turn.words("table.not_yours"))
        return
    kept = json.loads(table.found)
    if kept["version"] != turn.work.places.version():
        turn.work.sent_tables.move_on(table, "dropped")
        tables.look_again(turn, table)
        return
    plan = turn.work.places.plan(_rows(kept["rows"]), guess=guess)
    try:
        take(turn, plan)
    except StillHeld as still:
        # It says so before it writes anything.
        tables.refused(turn, table, refusals(turn.rules.words, still.held))
        return
    turn.work.sent_tables.move_on(table, "taken")
    answer(turn, turn.words("areas.taken", what=told(turn.rules.words, plan, Effects())[0]))


def drop(turn: Turn, table_id: str) -> None:
    """不导入: forgotten as if it had not come."""
    table = tables.waiting(turn, table_id, "areas", over="areas.over")
    if table is not None:
        turn.work.sent_tables.move_on(table, "dropped")
        answer(turn, turn.words("areas.dropped"))


def _kept(looked: LookedThrough) -> str:
    rows = [asdict(row) for row in looked.rows]
    return json.dumps({"version": looked.version, "rows": rows}, ensure_ascii=False)


def _rows(kept: Sequence[Mapping[str, object]]) -> list[AreaRow]:
    return [AreaRow.from_json(row) for row in kept]
