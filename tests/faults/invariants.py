"""What must hold after any fault: the ledger of the fake Telegram against the database.

The numbers are those of the reliability contract: I1 what was confirmed is stored, I2 each update
has one effect, I3 order per person, I4 who was shown a receipt has a report, I7 every card was
sent, and more than once only when an answer was lost, I8 the audit chain holds, I9 nothing private
lies in the clear, I11 nothing is in hand any more, I12 the database is whole.
"""

import json
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, and_, create_engine, exists, make_url, select, text
from sqlalchemy.pool import NullPool

from bot.channels.channel import Arrival
from bot.channels.telegram.reading import read_body
from bot.clock import Clock
from conversation.cards import card_from_json
from storage.audit import Head
from storage.sealing import KeyRing, Sealer
from storage.store import Store
from storage.tables import contact, inbox, outbox, poison, report
from storage.work import Reading
from tests.fakes.telegram import Ledger
from tests.faults.villagers import CANARY, RECEIPT, Villager

PERHAPS = "（可能重复）"


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A row of the outbox, as these checks need it."""

    id: int
    address: str
    turn: int
    text: str
    token: str | None
    state: str
    #: What is no danger waits for the morning.
    not_before: datetime
    replaces: int | None
    external_id: str | None
    report_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """What the database holds, opened."""

    inbox: frozenset[bytes]
    poison: frozenset[bytes]
    turns: Mapping[str, int]
    cards: Sequence[Card]
    #: Receipt number -> what was added to it, in order.
    reports: Mapping[str, Sequence[str]]
    report_numbers: Mapping[int, str]
    sealer: Sealer


def recall(url: str, keys: Path) -> Memory:
    """Open the database when no bot holds it, check that it is whole, and read all of it."""
    ring = KeyRing.load(keys)
    store = Store.open(url, ring, Clock().now, writers=1, readers=1)
    try:
        verdict = store.read(lambda reading: reading.audit.verify()).result(30)
        assert isinstance(verdict, Head), f"I8: the audit chain broke at {verdict}"
        reports = store.read(_reports).result(30)
    finally:
        store.close()
    engine = create_engine(make_url(url))
    try:
        _check_whole(engine)
        return _read(engine, ring.sealer(), reports)
    finally:
        engine.dispose()


def cards_wait(url: str) -> bool:
    """True while a card is due and still to be sent; the bot may be running."""
    engine = create_engine(make_url(url), poolclass=NullPool)
    is_due = and_(outbox.c.state == "queued", outbox.c.not_before <= Clock().now())
    with engine.connect() as db:
        return bool(db.scalar(select(exists().where(is_due))))


def check(
    memory: Memory,
    ledger: Ledger,
    *,
    deaths: int = 0,
    villagers: Sequence[Villager] = (),
) -> None:
    """Hold everything against each other; ``deaths`` are kills, each of which hides answers."""
    assert ledger.misfits == []
    assert ledger.early() == [], "I7: something was sent before its retry_after"
    _confirmed_is_stored(memory, ledger)
    _every_update_had_one_turn(memory, ledger)
    _cards_were_sent(memory, ledger, deaths)
    _cards_keep_their_order(memory)
    _receipts_have_reports(memory, ledger)
    _people_got_what_they_did(memory, villagers)


def check_clear(files: Iterable[Path]) -> None:
    """I9: what people said is not readable in any of these files."""
    for file in files:
        if file.is_file():
            content = file.read_bytes()
            assert CANARY.encode() not in content, f"I9: {file.name} holds private words"
            assert CANARY.encode("unicode_escape") not in content, f"I9: {file.name}"


# -- reading ------------------------------------------------------------------------------------


def _reports(reading: Reading) -> dict[int, tuple[str, list[str]]]:
    ids = [row[0] for row in reading.db.all(select(report.c.id))]
    found: dict[int, tuple[str, list[str]]] = {}
    for report_id in ids:
        filed = reading.reports.get(report_id)
        assert filed is not None
        said = [each.body for each in reading.reports.entries(report_id) if each.kind == "said"]
        found[report_id] = (filed.number, said)
    return found


def _check_whole(engine: Engine) -> None:
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            assert connection.execute(text("PRAGMA integrity_check")).scalar() == "ok", "I12"
            broken = connection.execute(text("PRAGMA foreign_key_check")).all()
            assert broken == [], "I12"
        twice = connection.execute(
            select(report.c.draft_id)
            .where(report.c.draft_id.is_not(None))
            .group_by(report.c.draft_id)
            .having(text("count(*) > 1"))
        ).all()
        assert twice == []


def _read(engine: Engine, sealer: Sealer, reports: Mapping[int, tuple[str, list[str]]]) -> Memory:
    with engine.connect() as connection:
        people = {
            row.id: (sealer.open("contact", "address", row.id, row.address).decode(), row.turn)
            for row in connection.execute(
                select(contact.c.id, contact.c.address, contact.c.turn).where(
                    contact.c.channel == "telegram"
                )
            )
        }
        cards = [
            Card(
                id=row.id,
                address=people[row.contact_id][0],
                turn=row.turn,
                text=card_from_json(sealer.open("outbox", "card", row.id, row.card).decode()).text,
                token=row.token,
                state=row.state,
                not_before=row.not_before,
                replaces=row.replaces,
                external_id=row.external_id,
                report_id=int(sealer.open("outbox", "report", row.id, row.report))
                if row.report
                else None,
            )
            for row in connection.execute(select(outbox).order_by(outbox.c.id))
            if row.contact_id in people
        ]
        return Memory(
            inbox=frozenset(connection.execute(select(inbox.c.key)).scalars()),
            poison=frozenset(connection.execute(select(poison.c.key)).scalars()),
            turns=dict(people.values()),
            cards=cards,
            reports=dict(reports.values()),
            report_numbers={each: number for each, (number, _) in reports.items()},
            sealer=sealer,
        )


# -- checks -------------------------------------------------------------------------------------


def arrival_of(update: Mapping[str, Any] | bytes) -> Arrival | None:
    """The arrival that an update makes, or None when it is of no person."""
    body = update if isinstance(update, bytes) else json.dumps(update).encode()
    heard = read_body(body, Clock().now())
    return heard if isinstance(heard, Arrival) else None


def _confirmed_is_stored(memory: Memory, ledger: Ledger) -> None:
    lost = [
        made.update_id
        for made in ledger.confirmed()
        if (arrival := arrival_of(made.body))
        and memory.sealer.blind("inbox", arrival.key) not in memory.inbox
    ]
    assert lost == [], f"I1: confirmed and not stored: {lost}"


def _every_update_had_one_turn(memory: Memory, ledger: Ledger) -> None:
    """Each stored update of a person is one turn of theirs: no effect twice, none missing."""
    stored: Counter[str] = Counter()
    for made in ledger.updates.values():
        arrival = arrival_of(made.body)
        if arrival and memory.sealer.blind("inbox", arrival.key) in memory.inbox:
            stored[arrival.address] += 1
    turns = {address: count for address, count in memory.turns.items() if count}
    assert turns == dict(stored), "I2: turns and stored updates differ"


def _cards_were_sent(memory: Memory, ledger: Ledger, deaths: int) -> None:
    now = Clock().now()
    waiting = [
        card.id for card in memory.cards if card.state == "queued" and card.not_before <= now
    ]
    assert waiting == [], f"I11: still in the outbox: {waiting}"
    shown = _shown(ledger)
    known = {card.token for card in memory.cards}
    foreign = [token for token in shown if token not in known]
    assert foreign == [], "I4: a card was shown that is not in the database"
    ambiguous = _ambiguous(ledger)
    for card in memory.cards:
        if card.state != "sent":
            continue
        assert (int(card.address), int(card.external_id or 0)) in ledger.messages, "I7: not sent"
        copies = shown.get(card.token or "", [])
        spare = deaths + ambiguous[card.address]
        assert len(copies) <= 1 + spare, f"I7: {len(copies)} copies of one card"
        unmarked = [copy for copy in copies if PERHAPS not in copy]
        assert len(unmarked) <= 1, "I7: a second copy does not say that it may be one"


def _shown(ledger: Ledger) -> dict[str, list[str]]:
    """By the token of its buttons: the texts of the messages that were made for a card."""
    made: dict[str, list[str]] = defaultdict(list)
    for message in ledger.sent():
        first_text, first_keyboard = [*message.before, (message.text, message.keyboard)][0]
        if token := _token(first_keyboard):
            made[token].append(first_text)
    return made


def _token(keyboard: Sequence[Sequence[Mapping[str, Any]]]) -> str | None:
    for row in keyboard:
        for button in row:
            return str(button["callback_data"]).rpartition(".")[0]
    return None


def _ambiguous(ledger: Ledger) -> Counter[str]:
    """How many sends to each chat had their effect and lost their answer."""
    return Counter(
        str(call.params.get("chat_id"))
        for call in ledger.ambiguous()
        if call.method in ("sendMessage", "editMessageText")
    )


def _cards_keep_their_order(memory: Memory) -> None:
    """What one person is told comes in the order in which it was decided."""
    by_person: dict[str, list[Card]] = defaultdict(list)
    for card in memory.cards:
        by_person[card.address].append(card)
    for cards in by_person.values():
        numbers = [
            int(card.external_id or 0)
            for card in cards
            if card.state == "sent" and card.replaces is None and card.turn
        ]
        assert numbers == sorted(numbers), "I3: cards overtook one another"
        turns = [card.turn for card in cards if card.turn]
        assert turns == sorted(turns), "I3: turns overtook one another"


def _receipts_have_reports(memory: Memory, ledger: Ledger) -> None:
    for message in ledger.sent():
        for words in (message.text, *(each for each, _ in message.before)):
            for number in RECEIPT.findall(words):
                known = number.replace(" ", "") in memory.reports
                assert known, f"I4: a receipt without a report: {number}"
    receipts = Counter(card.report_id for card in memory.cards if RECEIPT.search(card.text))
    assert set(receipts.values()) <= {1}, "I4: two receipts for one report"


def _people_got_what_they_did(memory: Memory, villagers: Sequence[Villager]) -> None:
    for villager in villagers:
        filed = [
            memory.report_numbers[card.report_id]
            for card in memory.cards
            if card.address == str(villager.number)
            and card.report_id is not None
            and RECEIPT.search(card.text)
        ]
        assert filed == villager.receipts, "I2: reports and receipts differ"
        added = [said for number in filed for said in memory.reports[number]]
        assert added == villager.added, (
            f"I3: additions were lost, doubled or out of order:\n{villager.person.screen()}"
        )


def whole_sqlite(file: Path) -> str:
    """What SQLite itself says of a database file."""
    with sqlite3.connect(file) as connection:
        return str(connection.execute("PRAGMA integrity_check").fetchone()[0])
