"""No file opens for anybody who may not see its case, whoever they are and however they ask."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Literal, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.county.rules import read_rules
from bot.settings import read_settings
from handlers import talk
from handlers.cases import evidence
from handlers.cases.evidence import Opened, Version
from handlers.rules import Rules
from handlers.turn import Turn
from policy.rights import PARTS
from storage.reporting.attachments_seen import COPY
from storage.sealing import KeyRing
from storage.store import Store
from storage.work import Work
from tests.fakes.house import OwnClock, prepare
from tests.handlers.canaries import SEATS, County, Told, settle

BEGAN = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
RULES = read_rules(read_settings())
POLICY = RULES.policy
ROLES = ("", *POLICY.roles)
KINDS = ("photo", "voice", "video", "document")
BYTES = b"sent by somebody"

#: What else is so of the one who asks.
How = Literal[
    "only a post", "post is over", "post begins later", "excluded", "held", "let in", "let in once"
]


class _Undo(Exception):
    """Takes back all that a turn did."""


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    folder = tmp_path_factory.mktemp("county")
    keys = KeyRing.create(folder / "keys.json")
    url = f"sqlite:///{folder / 'county.db'}"
    opened = Store.open(url, keys, OwnClock(BEGAN).now, turn_seconds=120)
    prepare()
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def county(store: Store) -> County:
    return store.write(settle).result()


def _send(work: Work, told: Told, kind: str) -> int:
    """One file of a report; of a photo also its copy."""
    reporter = work.reporters.contact_of(told.report)
    assert reporter is not None
    kept = work.attachments.receive(reporter, kind=kind, channel="paper", name="", mime="")
    work.attachments.put_chunk(kept, 0, BYTES)
    work.attachments.finish(kept, sha256(BYTES).hexdigest(), len(BYTES), chunks=1)
    if kind == "photo":
        work.attachments.put_chunk(kept, COPY, b"small")
    work.attachments.attach(kept, report_id=told.report)
    return kept


def _settle(work: Work, case: int, role: str, place: int, how: How, parts: frozenset[str]) -> int:
    """The one who asks; the id of their contact."""
    met = work.people.meet("paper", "somebody")
    person, now = met.person_id, work.now
    if role:
        since = now + timedelta(days=1) if how == "post begins later" else None
        post = work.people.add_role(person, role, place, since=since)
        if how == "post is over":
            work.people.end_role(post)
    match how:
        case "excluded" | "held":
            work.cases.add_member(case, person, how, by=0, basis="meant")
        case "let in" | "let in once":
            until = now + timedelta(days=1) if how == "let in" else now - timedelta(days=1)
            work.cases.add_member(
                case, person, "partner", by=0, parts=tuple(sorted(parts)), until=until
            )
        case _:
            pass
    return met.contact_id


def _may(work: Work, role: str, place: int, how: How, parts: frozenset[str], area: int) -> bool:
    """Whether they read what was sent, as the tables say."""
    if how in ("excluded", "held"):
        return False
    if how == "let in" and "files" in parts:
        return True
    holds = bool(role) and how not in ("post is over", "post begins later")
    return holds and POLICY.roles[role].reads_reports and work.areas.is_within(area, place)


def _opens_original(work: Work, role: str, place: int, how: How, kind: str, area: int) -> bool:
    named = POLICY.rights.file[kind].original
    holds = role in named and how not in ("post is over", "post begins later")
    return "everybody" in named or (holds and work.areas.is_within(area, place))


@settings(max_examples=300, deadline=None)
@given(
    role=st.sampled_from(ROLES),
    seat=st.sampled_from(SEATS),
    how=st.sampled_from(get_args(How)),
    parts=st.frozensets(st.sampled_from(PARTS)),
    which=st.integers(0, 2),
    kind=st.sampled_from(KINDS),
    version=st.sampled_from(get_args(Version)),
)
def test_a_file_opens_for_whom_the_tables_name_and_for_nobody_else(
    store: Store,
    county: County,
    role: str,
    seat: str,
    how: How,
    parts: frozenset[str],
    which: int,
    kind: str,
    version: Version,
) -> None:
    told, place = county.told[which], county.places[seat]
    found: list[tuple[bool, bool]] = []

    def ask(work: Work) -> None:
        sent = _send(work, told, kind)
        contact = _settle(work, told.case, role, place, how, parts)
        written = len(work.facts)
        turn = _turn(work, RULES, contact)
        got = evidence.opened(turn, sent, version, "seen")
        reads = _may(work, role, place, how, parts, told.area)
        expected = reads and (
            kind == "photo"
            if version == "copy"
            else _opens_original(work, role, place, how, kind, told.area)
        )
        found.append((isinstance(got, Opened), expected))
        looked = [one for one in work.facts[written:] if one.verb == "file.opened"]
        assert len(looked) == isinstance(got, Opened)
        if not reads:
            assert got == evidence.Withheld("alarm.not_yours")
        raise _Undo

    with pytest.raises(_Undo):
        store.write(ask).result()
    ((opened, expected),) = found
    assert opened is expected


def _turn(work: Work, rules: Rules, contact: int) -> Turn:
    speaker = work.people.speaker_of(contact)
    assert speaker is not None
    return Turn(
        work=work,
        rules=rules,
        speaker=speaker,
        at=work.now.astimezone(rules.zone),
        finish=talk.finish,
    )


def test_a_file_of_no_case_opens_for_nobody(store: Store, county: County) -> None:
    """A photo that waits in a draft, a table that somebody sent, a paper of ours."""

    def ask(work: Work) -> None:
        contact = work.people.meet("paper", "县公安").contact_id
        own = work.attachments.give(contact, name="a.docx", mime="a/b", content=b"x")
        kept = work.attachments.receive(contact, kind="photo", channel="web", name="", mime="")
        work.attachments.put_chunk(kept, 0, BYTES)
        work.attachments.finish(kept, sha256(BYTES).hexdigest(), len(BYTES), chunks=1)
        for one in (own, kept, 4711):
            for version in get_args(Version):
                got = evidence.opened(_turn(work, RULES, contact), one, version, "seen")
                assert got == evidence.Withheld("alarm.not_yours")
        raise _Undo

    with pytest.raises(_Undo):
        store.write(ask).result()
