"""Who would hear of what: the drill of the routing table on the command line."""

import argparse
import getpass
from collections.abc import Iterator, Sequence

from bot.clock import Clock
from bot.commands.command import Mend, memory, mendable, say
from bot.commands.files import whole
from bot.commands.words import words
from bot.county.rules import adopt, read_rules
from bot.exporting.exports import WITHOUT_REASON
from bot.settings import Settings
from handlers.reaching import routes
from handlers.rules import Rules
from policy.drill import Gap, Line
from policy.listing import Listing, as_text, as_workbook, headings_of
from storage.audit import PROGRAM
from storage.work import Reading

#: The found lines and gaps, in words.
Found = tuple[list[dict[str, str]], list[str], int]


def check(asked: argparse.Namespace, settings: Settings) -> int:
    """Walk village x circumstance x grade x hour; 2 when somewhere nobody would hear."""
    with mendable():
        rules = read_rules(settings)
    with memory(settings) as store, mendable():
        adopt(store, rules, settings)
        rows, gaps, nobody = store.read(
            lambda reading: _found(reading, rules, asked.area, asked.to is not None)
        ).result(600)
        if asked.to is not None:
            if len(rows) > WITHOUT_REASON and not asked.reason:
                raise Mend([words("export.why", count=len(rows), most=WITHOUT_REASON)])
            reason = asked.reason or ""
            store.write(
                lambda work: work.exports.note("routes", len(rows), by=PROGRAM, reason=reason)
            ).result()
    if asked.to is not None:
        listing = _listing(rows, f"{Clock().now().astimezone(settings.zone):%Y-%m-%d %H:%M}")
        with whole(asked.to) as half:
            if asked.to.suffix == ".xlsx":
                half.write_bytes(as_workbook(listing))
            else:
                half.write_text(as_text(listing, "csv"), "utf-8-sig", newline="")
        say("routes.written", file=asked.to, count=len(rows))
    elif asked.area:
        for row in rows:
            print("　".join(row.values()))  # noqa: T201
    for gap in gaps:
        print(gap)  # noqa: T201
    say("routes.gaps" if gaps else "routes.fine", count=len(gaps), nobody=nobody)
    return 2 if gaps else 0


def _listing(rows: list[dict[str, str]], when: str) -> Listing:
    """The lines, and who took them out."""
    return Listing(
        title=words("routes.title"),
        mark=words("routes.mark", who=getpass.getuser(), when=when, count=len(rows)),
        headings=headings_of(rows),
        rows=rows,
    )


def _found(reading: Reading, rules: Rules, area: str, all_lines: bool) -> Found:
    places = _places(reading, area)
    drill, now = routes.drill(reading, rules), reading.now.astimezone(rules.zone)
    lines = tuple(drill.walk(places, now))
    rows = [*_rows(reading, rules, lines)] if all_lines or area else []
    gaps = [_gap(reading, rules, one) for one in drill.gaps(places, now)]
    return rows, gaps, sum(not one.hearers for one in lines)


def _places(reading: Reading, area: str) -> tuple[int, ...]:
    """The villages at or below a place; raises Mend where there is none."""
    villages, tree = routes.villages(reading), reading.areas
    if not area:
        found = villages
    else:
        under = {one.id for one in tree.roots() if one.name == area}
        under |= {one.id for one in tree.search(area)[:1]}
        found = tuple(one for one in villages if any(tree.is_within(one, at) for at in under))
    if not found:
        raise Mend([words("routes.no_area", area=area) if area else words("roster.no_areas")])
    return found


def _rows(reading: Reading, rules: Rules, lines: Sequence[Line]) -> Iterator[dict[str, str]]:
    names: dict[int, str] = {}
    circumstances = rules.policy.circumstances.lines
    for one in lines:
        for hearer in one.hearers:
            if hearer.person not in names:
                names[hearer.person] = reading.people.name_of(hearer.person)
        heard = "、".join(
            f"{rules.policy.roles[hearer.role].name} {names[hearer.person]}".strip()
            for hearer in one.hearers
        )
        values = (
            reading.areas.full_name(one.area_id),
            rules.words(f"grade.{one.grade}"),
            "、".join(circumstances[name].words for name in one.circumstances),
            rules.words(f"routes.{one.hour}"),
            heard or words("routes.nobody"),
        )
        yield dict(zip(words("routes.headings").split("|"), values, strict=True))


def _gap(reading: Reading, rules: Rules, gap: Gap) -> str:
    role, area_id = gap.post
    post = f"{reading.areas.full_name(area_id)} {rules.policy.roles[role].name}"
    return f"[{rules.words(f'grade.{gap.grade}')}] {routes.line(rules, post, gap.hours)}"
