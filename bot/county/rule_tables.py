"""The rule tables and sentences as the county changed them, taken up while people talk."""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from handlers.office.second_person import Difference, between
from handlers.rules import Rules
from policy.faults import PolicyFaults
from policy.tables import Policy, load_policy, written
from policy.tables.reading import TABLES
from policy.words import Words, load_words
from storage.store import Store
from storage.work import Reading

log = logging.getLogger(__name__)

#: The sentences are changed like a table.
WORDS = "words"
CHANGEABLE = (*TABLES, WORDS)


@dataclass(slots=True, kw_only=True)
class RuleTables:
    """Reads them, checks what somebody would change, and brings into force what was decided."""

    store: Store
    rules: Rules
    ours: Path
    county: Path | None
    _newest: int = field(default=0)

    def own(self, name: str, changed: Mapping[str, str]) -> str:
        """The county's own words of a table: changed here, or of its folder."""
        if name in changed:
            return changed[name]
        folder = self.county if name == WORDS or self.county is None else self.county / "policy"
        file = folder / f"{name}.toml" if folder else None
        return file.read_text("utf-8-sig") if file is not None and file.is_file() else ""

    def default(self, name: str) -> str:
        """Our own words of a table."""
        return (self.ours / f"{name}.toml").read_text("utf-8")

    def check(self, changed: Mapping[str, str], name: str, content: str) -> Policy:
        """The rules as they would be. Raises PolicyFaults with every fault."""
        if name == WORDS:
            load_words(self.ours / "words.toml", self.county, content)
        return load_policy(self.ours, self.county, {**changed, name: content}, asked=name)

    def differences(
        self, changed: Mapping[str, str], name: str, content: str
    ) -> tuple[Difference, ...]:
        """What the table would say otherwise, one thing after another."""
        before, after = changed, {**changed, name: content}
        if name == WORDS:
            return between(*(_sentences(self.ours, self.county, one) for one in (before, after)))
        return between(*(written(name, self.ours, self.county, one) for one in (before, after)))

    async def refresh(self) -> None:
        """Take up what was decided, here or in another process."""
        newest = await self.store.read(lambda reading: reading.rule_changes.newest())
        if newest == self._newest:
            return
        changed = await self.store.read(lambda reading: reading.rule_changes.in_force())
        try:
            policy = await asyncio.to_thread(load_policy, self.ours, self.county, changed)
            words = await asyncio.to_thread(_words, self.ours, self.county, changed)
        except PolicyFaults as wrong:
            # A newer program may read its tables otherwise: what was in force stays.
            log.error("rules refused", extra={"faults": len(wrong.faults)})  # noqa: TRY400
        else:
            # In a turn of its own, so that on SQLite no other turn sees two tables.
            await self.store.write(lambda work: self.rules.follow(policy, words))
            log.info("rules changed", extra={"serial": newest})
        self._newest = newest


def adopt(reading: Reading, rules: Rules, ours: Path, county: Path | None) -> None:
    """The same for a command, which lives shortly. Raises PolicyFaults."""
    if changed := reading.rule_changes.in_force():
        rules.follow(load_policy(ours, county, changed), _words(ours, county, changed))


def is_table(name: str) -> bool:
    """True for the name of one of them."""
    return name in CHANGEABLE


def _words(ours: Path, county: Path | None, changed: Mapping[str, str]) -> Words:
    return load_words(ours / "words.toml", county, changed.get(WORDS))


def _sentences(ours: Path, county: Path | None, changed: Mapping[str, str]) -> Mapping[str, str]:
    return _words(ours, county, changed).table
