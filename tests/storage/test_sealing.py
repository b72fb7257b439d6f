"""Sealed columns and their key file."""

import json
import sqlite3
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.faults import KeyFileFault, Unsealable
from storage.reaching.owed import OutboxIn
from storage.reporting.reports import ReportIn
from storage.resealing import reseal
from storage.sealing import KeyRing, Sealer, version_of
from storage.store import Store
from storage.work import Work
from tests.fakes.clock import FakeClock

SEALER = Sealer({1: bytes(32)}, bytes(32))
CANARY = "金丝雀王小明13800138000"


@given(st.binary(), st.integers(0, 2**63 - 1))
def test_what_was_sealed_opens_in_its_place(data: bytes, row: int) -> None:
    sealed = SEALER.seal("draft", "dialogue", row, data)
    assert SEALER.open("draft", "dialogue", row, sealed) == data


@pytest.mark.parametrize(
    "place", [("draft", "dialogue", 2), ("draft", "other", 1), ("report", "dialogue", 1)]
)
def test_what_was_moved_to_another_place_does_not_open(place: tuple[str, str, int]) -> None:
    sealed = SEALER.seal("draft", "dialogue", 1, b"x")
    with pytest.raises(Unsealable):
        SEALER.open(*place, sealed)


@given(st.data())
def test_no_changed_bit_goes_unseen(data: st.DataObject) -> None:
    sealed = bytearray(SEALER.seal("t", "c", 1, "孩子".encode()))
    bit = data.draw(st.integers(0, len(sealed) * 8 - 1))
    sealed[bit // 8] ^= 1 << bit % 8
    with pytest.raises(Unsealable):
        SEALER.open("t", "c", 1, bytes(sealed))


@given(st.binary(max_size=40))
def test_bytes_that_were_never_sealed_do_not_open(data: bytes) -> None:
    with pytest.raises(Unsealable):
        SEALER.open("t", "c", 1, data)


def test_a_nonce_never_comes_twice() -> None:
    nonces = {SEALER.seal("t", "c", 1, b"")[3:15] for _ in range(100_000)}
    assert len(nonces) == 100_000


def test_a_blind_index_is_equal_for_equal_data_of_one_purpose_and_one_key() -> None:
    other = Sealer({1: bytes(32)}, bytes(31) + b"x")
    indexes = [
        SEALER.blind("phone", "1"),
        SEALER.blind("phone", "2"),
        SEALER.blind("name", "1"),
        other.blind("phone", "1"),
    ]
    assert len(set(indexes)) == 4
    assert SEALER.blind("phone", "1") == indexes[0]
    assert len(indexes[0]) == 16


def test_a_new_key_file_is_its_owners_alone_and_reads_back(tmp_path: Path) -> None:
    made = KeyRing.create(tmp_path / "keys.json")
    assert made.path.stat().st_mode & 0o777 == 0o600
    assert KeyRing.load(made.path) == made
    assert len({*made.data.values(), *made.vault.values(), made.audit, made.data_index}) == 4
    assert made.vault_index != made.data_index


def test_a_key_file_is_never_overwritten(tmp_path: Path) -> None:
    made = KeyRing.create(tmp_path / "keys.json")
    with pytest.raises(KeyFileFault, match="不会覆盖"):
        KeyRing.create(made.path)
    assert KeyRing.load(made.path) == made


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660, 0o610])
def test_a_key_file_that_others_may_touch_is_refused_with_the_cure(
    tmp_path: Path, mode: int
) -> None:
    path = KeyRing.create(tmp_path / "keys.json").path
    path.chmod(mode)
    with pytest.raises(KeyFileFault, match="chmod 600") as refused:
        KeyRing.load(path)
    assert refused.value.code == "key-file-open"


def test_a_missing_key_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(KeyFileFault, match="找不到密钥文件"):
        KeyRing.load(tmp_path / "none.json")


def test_keys_beside_the_data_are_refused(tmp_path: Path) -> None:
    data = tmp_path / "data"
    (data / "deep").mkdir(parents=True)
    path = KeyRing.create(data / "deep" / "keys.json").path
    with pytest.raises(KeyFileFault, match="数据目录"):
        KeyRing.load(path, data_folder=data)
    (tmp_path / "link.json").symlink_to(path)
    with pytest.raises(KeyFileFault, match="数据目录"):
        KeyRing.load(tmp_path / "link.json", data_folder=data)


@pytest.mark.parametrize(
    "content", ["", "{}", "[]", "no json", '{"data": {"1": "short"}}', '{"data": 5}', "\xff"]
)
def test_a_broken_key_file_is_said_without_its_content(tmp_path: Path, content: str) -> None:
    path = tmp_path / "keys.json"
    path.write_bytes(content.encode("latin-1"))
    path.chmod(0o600)
    with pytest.raises(KeyFileFault, match="读不出密钥"):
        KeyRing.load(path)


def test_a_ring_without_keys_is_broken(tmp_path: Path) -> None:
    path = KeyRing.create(tmp_path / "keys.json").path
    content = json.loads(path.read_text())
    path.write_text(json.dumps({**content, "data": {}}))
    with pytest.raises(KeyFileFault, match="读不出密钥"):
        KeyRing.load(path)


def test_no_key_shows_itself(tmp_path: Path) -> None:
    made = KeyRing.create(tmp_path / "keys.json")
    assert repr(made) == f"KeyRing(path={made.path!r})"


def test_after_a_rotation_old_and_new_open_and_a_running_process_reads_the_new(
    tmp_path: Path,
) -> None:
    old = KeyRing.create(tmp_path / "keys.json")
    running = old.sealer()
    before = running.seal("t", "c", 1, b"before")
    new = old.rotate().sealer()
    after = new.seal("t", "c", 1, b"after")
    assert [version_of(before), version_of(after)] == [1, 2]
    assert [new.open("t", "c", 1, before), running.open("t", "c", 1, after)] == [
        b"before",
        b"after",
    ]
    assert version_of(running.seal("t", "c", 1, b"")) == 2
    assert new.blind("p", "x") == running.blind("p", "x")


def test_a_running_store_takes_up_new_keys_and_seals_again_while_people_talk(
    sqlite_url: str, tmp_path: Path, clock: FakeClock
) -> None:
    ring = KeyRing.create(tmp_path / "keys.json")
    store = Store.open(sqlite_url, ring, clock)
    said = store.write(lambda work: _say_everything(work, "before")).result(10)
    assert not store.renew_keys()
    ring.rotate()
    assert store.renew_keys()
    later = store.write(lambda work: _say_everything(work, "after")).result(10)
    assert reseal(store) >= 8
    KeyRing.load(ring.path).without_old_keys()
    store.close()

    store = Store.open(sqlite_url, KeyRing.load(ring.path), clock)
    heard = store.write(lambda work: [_hear_everything(work, *one) for one in (said, later)])
    assert heard.result(10) == [[CANARY] * 8] * 2
    store.close()


def test_after_sealing_again_the_old_keys_are_not_needed(
    database_url: str, tmp_path: Path, clock: FakeClock
) -> None:
    ring = KeyRing.create(tmp_path / "keys.json")
    store = Store.open(database_url, ring, clock)
    ids: list[tuple[int, ...]] = []
    for some in range(0, 120, 5):  # more in one turn outlasts it on a busy machine
        ids += store.write(partial(_say_some, first=some)).result(30)
    store.close()

    store = Store.open(database_url, ring.rotate(), clock)
    changed = reseal(store)
    assert changed >= 120 * 8
    assert reseal(store) == 0
    store.close()

    leaner = KeyRing.load(ring.path).without_old_keys()
    assert [*leaner.data, *leaner.vault] == [2, 2]
    store = Store.open(database_url, leaner, clock)
    heard = [store.write(partial(_hear, said=one)).result(30) for one in ids]
    store.close()
    assert heard == [[CANARY] * 8] * 120


def test_nothing_that_people_said_is_readable_in_the_files(
    sqlite_url: str, keys: KeyRing, clock: FakeClock
) -> None:
    store = Store.open(sqlite_url, keys, clock)
    said = store.write(lambda work: _say_everything(work, "canary")).result(10)
    folder = Path(sqlite_url.removeprefix("sqlite:///")).parent
    running = b"".join(file.read_bytes() for file in folder.iterdir())
    assert store.write(lambda work: _hear_everything(work, *said)).result(10) == [CANARY] * 8
    store.close()
    stopped = b"".join(file.read_bytes() for file in folder.iterdir())
    for part in (CANARY, "王小明", "13800138000", "canary"):
        for coding in ("utf-8", "utf-16-le", "gb18030"):
            assert part.encode(coding) not in running + stopped
    assert json.dumps("王小明").strip('"').encode() not in running + stopped


def test_one_swapped_into_anothers_row_does_not_open(
    sqlite_url: str, keys: KeyRing, clock: FakeClock
) -> None:
    store = Store.open(sqlite_url, keys, clock)
    people = store.write(
        lambda work: [work.people.add(name="甲"), work.people.add(name="乙")]
    ).result(10)
    store.close()
    with sqlite3.connect(sqlite_url.removeprefix("sqlite:///")) as thief:
        thief.execute(
            "UPDATE person SET name = (SELECT name FROM person WHERE id = ?) WHERE id = ?", people
        )
    thief.close()
    store = Store.open(sqlite_url, keys, clock)
    with pytest.raises(Unsealable):
        store.read(lambda reading: reading.people.name_of(people[1])).result(10)
    store.close()


def _say_some(work: Work, first: int) -> list[tuple[int, ...]]:
    return [_say_everything(work, f"{n}") for n in range(first, first + 5)]


def _say_everything(work: Work, address: str) -> tuple[int, int, int, int, int, int]:
    speaker = work.people.meet("web", f"{address}-{CANARY}")
    work.people.set_name(speaker.person_id, CANARY)
    work.forms.publish("report", "t", "{}", "v1", "h")
    draft = work.drafts.start(speaker.contact_id, "v1", CANARY)
    card = work.outbox.put(
        OutboxIn(contact_id=speaker.contact_id, channel="web", priority=1, card=CARD, turn=1)
    )
    report = work.reports.file(
        ReportIn(
            kind="report",
            area_id=None,
            form_version="v1",
            answers=CANARY,
            grade="blue",
            anonymous=False,
            draft_id=draft.id,
        )
    )
    work.reports.add_entry(report.id, "said", CANARY)
    work.reporters.keep(report.id, speaker.contact_id, {"name": CANARY}, "123456")
    file = work.attachments.want(
        speaker.contact_id, kind="photo", channel="web", source=CANARY, name=CANARY
    )
    work.attachments.put_chunk(file, 0, CANARY.encode())
    poison = work.poison.keep("web", f"{address}-{CANARY}", CANARY.encode(), "ValueError")
    work.inbox.take(f"{address}-{CANARY}")
    return speaker.person_id, draft.id, card, report.id, file, poison


CARD = CANARY


def _hear(work: Work, said: tuple[int, ...]) -> list[str | None]:
    return _hear_everything(work, *said)


def _hear_everything(
    work: Work, person: int, draft: int, card: int, report: int, file: int, poison: int
) -> list[str | None]:
    begun, out, filed = work.drafts.get(draft), work.outbox.get(card), work.reports.get(report)
    attached, poisoned = work.attachments.get(file), work.poison.open(poison, 0)
    identity = work.reporters.open_identity(report, 0, "test")
    assert begun
    assert out
    assert filed
    assert attached
    assert poisoned
    assert identity
    return [
        work.people.name_of(person),
        begun.dialogue,
        out.card,
        filed.answers,
        identity["name"],
        attached.source,
        b"".join(work.attachments.chunks(file)).decode(),
        poisoned.raw.decode(),
    ]
