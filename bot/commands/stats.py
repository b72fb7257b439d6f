"""python -m bot stats: the official table as of a day, on the screen or as a workbook; figures."""

import argparse
import getpass
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import cast

from bot.clock import Clock
from bot.commands.command import Mend, memory, mendable, say
from bot.commands.files import whole
from bot.commands.words import words
from bot.county.rules import adopt, read_rules
from bot.settings import Settings
from handlers import talk
from handlers.children import summary
from handlers.children.summary import Asked
from handlers.office import analysis
from handlers.office.bulletin import telling
from handlers.office.periods import Between
from handlers.rules import Rules
from handlers.supervision import coverage
from handlers.turn import Turn
from policy.areas import AreaTree
from policy.listing import as_text
from policy.summary import ALL
from policy.summary_table import Row, Summary
from policy.summary_workbook import Taken, as_listing, as_workbook
from storage.audit import PROGRAM
from storage.people.people import NOBODY
from storage.people.person import Role
from storage.store import Store
from storage.work import Reading, Work


def stats(asked: argparse.Namespace, settings: Settings) -> int:
    """The table; 2 when a printed relation does not hold. That it left is in the audit."""
    with mendable():
        rules = read_rules(settings)
    now = Clock().now().astimezone(settings.zone)
    day: date = asked.as_of or now.date()
    if day > now.date():
        raise Mend([words("stats.future", day=day)])
    if asked.figures and asked.xlsx:
        raise Mend([words("stats.figures_xlsx")])
    with memory(settings) as store, mendable():
        adopt(store, rules, settings)
        tree = store.read(lambda reading: reading.areas).result()
        if asked.figures:
            return _figures(store, rules, _place(tree, asked.area), day, shared=asked.shared)
        wanted = Asked(
            area=_place(tree, asked.area), day=day, caliber=asked.caliber, shared=asked.shared
        )
        found = _counted(store, rules, wanted)
        rows = len(found.rows) + 1
        store.write(lambda work: work.exports.note("summary", rows, by=PROGRAM)).result()
    if asked.xlsx:
        taken = Taken(who=getpass.getuser(), when=f"{now:%Y-%m-%d %H:%M}")
        with whole(asked.xlsx) as half:
            if asked.xlsx.suffix == ".csv":
                text = as_text(as_listing(found, rules.words, taken), "csv")
                half.write_text(text, "utf-8-sig", newline="")
            else:
                half.write_bytes(as_workbook(found, rules.words, taken))
        say("export.done", file=asked.xlsx, count=rows)
    else:
        print("\n".join(_lines(found)))  # noqa: T201
    for sentence in _relations(found):
        print(sentence)  # noqa: T201
    if found.total.counts[ALL] == 0 and day < now.date():
        say("stats.before_all", day=day)
    return 0 if found.holds else 2


def _figures(store: Store, rules: Rules, area: int, day: date, *, shared: bool) -> int:
    """The numbers of 分析 and of 覆盖和及时 as of a day, each with what it means."""
    _catch_up(store, rules)
    days = Between(day - rules.policy.figures.period + timedelta(days=1), day)

    def counted(reading: Reading) -> tuple[str, tuple[analysis.Number, ...]]:
        turn = _of_program(reading, rules, area)
        asked = analysis.Asked(area=area, period=days)
        page, reach = analysis.page(turn, asked), analysis.reach(turn, asked)
        assert page is not None
        assert reach is not None
        return reading.areas.full_name(area), (*page.numbers, *reach.numbers)

    name, numbers = store.read(counted).result()
    unsaid = hidden_of(numbers, rules) if shared else frozenset()
    store.write(lambda work: work.exports.note("figures", len(numbers), by=PROGRAM)).result()
    print(words("stats.figures_title", area=name, day=day, first=days.first))  # noqa: T201
    for one in numbers:
        is_hidden = one.key in unsaid
        share = "" if one.share is None or is_hidden else f"{one.share}%"
        count = "*" if is_hidden else str(one.count)
        line = words("stats.figure", name=one.name, count=count, share=share, means=one.means)
        print(line)  # noqa: T201
    return 0


def _of_program(reading: Reading, rules: Rules, area: int) -> Turn:
    """A turn of nobody's that may know every number of a place, as the command line does."""
    posts = (
        name
        for name, role in rules.policy.roles.items()
        if role.reads_reports and name in rules.policy.rights.reading_posts()
    )
    held = tuple(
        Role(id=0, person_id=0, role=name, area_id=area, since=reading.now, until=None)
        for name in posts
    )
    return Turn(
        work=cast("Work", reading),
        rules=rules,
        speaker=NOBODY,
        at=reading.now.astimezone(rules.zone),
        finish=talk.finish,
        posts=held,
    )


def hidden_of(numbers: Iterable[analysis.Number], rules: Rules) -> frozenset[str]:
    """The numbers that others are not told: small ones, and what would give one away."""
    table = rules.policy.figures
    counts = {one.key: one.count for one in numbers if table.figures[one.key].of_people}
    found = telling(counts)
    while (more := telling(counts, found, coverage.blocks(rules))) != found:
        found = more
    return found


def _catch_up(store: Store, rules: Rules) -> None:
    while not store.read(rules.ledger.step).result():
        pass


def _counted(store: Store, rules: Rules, wanted: Asked) -> Summary:
    _catch_up(store, rules)
    return store.read(lambda reading: summary.counted(reading, rules, wanted)).result()


def _place(tree: AreaTree, name: str) -> int:
    """The place of this name; the county without one."""
    roots = tree.roots()
    if len(roots) == 1 and name in ("", roots[0].name):
        return roots[0].id
    found = [one for one in tree.search(name) if name] if name else []
    if len(found) != 1 or found[0].kind == "group":
        raise Mend([words("stats.no_area", area=name)])
    return found[0].id


def _lines(found: Summary) -> Iterator[str]:
    """One column of the table a line: for sixty of them a screen is not wide enough."""
    rows = (found.total, *found.rows)
    yield words("stats.title", area=found.place, day=found.day, what=found.caliber)
    if not found.is_final:
        yield words("stats.open")
    yield _line("", words("stats.row"), [words("stats.total"), *(row.name for row in found.rows)])
    yield _line(ALL, words("stats.total"), [_cell(row, ALL) for row in rows])
    yield _line("", words("stats.share"), [row.share for row in rows])
    for column in found.columns:
        yield _line(column.key, column.name, [_cell(row, column.key) for row in rows])


def _line(key: str, name: str, counts: list[str]) -> str:
    return words("stats.line", key=key, name=name, counts="\t".join(counts))


def _cell(row: Row, key: str) -> str:
    count = row.counts[key]
    return "*" if count is None else str(count)


def _relations(found: Summary) -> Iterator[str]:
    if found.holds:
        yield words("stats.holds", count=sum(len(one.checks) for one in found.checked))
    for one in found.checked:
        for check in one.broken:
            yield words(
                "stats.broken",
                area=one.name,
                relation=check.relation,
                left=check.left,
                right=check.right,
            )
