"""What two persons opened is read by whoever asked, on demand and for three days."""

from datetime import timedelta

import pytest

from bot.commands.handing_over import office_turn
from bot.county.rules import read_rules
from bot.settings import read_settings
from handlers.reporting import identity
from storage.reporting.reports import ReportIn
from storage.store import Store
from storage.work import Work
from tests.fakes.clock import FakeClock
from tests.storage.test_areas import TABLE

RULES = read_rules(read_settings(database_url="sqlite:///unused.db"))
COUNTY_ROLES = ("civil_affairs", "police")
NAME = "钱来也"


@pytest.mark.parametrize(
    ("who", "later", "shown"),
    [
        ("asked", timedelta(days=2), True),
        ("asked", timedelta(days=4), False),
        ("agreed", timedelta(), False),
        ("stranger", timedelta(), False),
    ],
)
async def test_the_name_is_for_whoever_asked_and_for_three_days(
    store: Store, clock: FakeClock, *, who: str, later: timedelta, shown: bool
) -> None:
    people, wish, report = await store.write(opened)
    clock.passes(later)

    def read(work: Work) -> str:
        turn = office_turn(work, RULES)
        turn.speaker = work.people.speaker_of(people[who]) or turn.speaker
        identity.read(turn, str(wish))
        return turn.spoken[-1].card.text

    assert (NAME in await store.write(read)) is shown
    looks = await store.read(lambda reading: reading.audit.of("report", report))
    opened_by = [one.actor for one in looks if one.verb == "reporter-opened"]
    assert len(opened_by) == 1 + shown  # the second person's yes, and the look itself


def opened(work: Work) -> tuple[dict[str, int], int, int]:
    """A report with a name, which the second of two persons of the county opened."""
    ids = work.places.replace(TABLE)
    met = {name: work.people.meet("web", name) for name in ("asked", "agreed", "stranger")}
    for name, role in (("asked", "civil_affairs"), ("agreed", "police")):
        work.people.add_role(met[name].person_id, role, ids[1])
    filed = work.reports.file(
        ReportIn(
            kind="report",
            area_id=ids[3],
            form_version="v1",
            answers="{}",
            grade="yellow",
            anonymous=False,
        )
    )
    reporter = work.people.meet("web", "reporter")
    work.reporters.keep(filed.id, reporter.contact_id, {"speaker_name": NAME}, "123456")
    first, second = met["asked"].person_id, met["agreed"].person_id
    wish = work.unmaskings.ask(filed.id, first, "要回访", county_roles=COUNTY_ROLES)
    assert isinstance(wish, int)
    work.unmaskings.confirm(wish, second, county_roles=COUNTY_ROLES)
    return {name: one.contact_id for name, one in met.items()}, wish, filed.id
