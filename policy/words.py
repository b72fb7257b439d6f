"""The sentences that the bot says, by key: data that a county may soften without us."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    """All sentences, by dotted key ("home.title")."""

    table: Mapping[str, str]

    def __call__(self, key: str, /, **values: object) -> str:
        """The sentence with its blanks filled in. Raises KeyError for a key that nobody wrote."""
        sentence = self.table[key]
        return sentence.format(**values) if values else sentence

    def listed(self, key: str) -> frozenset[str]:
        """The words of a line like "取消 退出 不报了", as a set."""
        return frozenset(self.table[key].split())


def read_words(*texts: str) -> Words:
    """Words from TOML texts; a later text overrides an earlier one, key by key."""
    table: dict[str, str] = {}
    for text in texts:
        table.update(_flat("", tomllib.loads(text)))
    return Words(table)


def _flat(prefix: str, node: Mapping[str, object]) -> dict[str, str]:
    flat: dict[str, str] = {}
    for key, value in node.items():
        if isinstance(value, Mapping):
            flat |= _flat(f"{prefix}{key}.", value)
        else:
            flat[f"{prefix}{key}"] = str(value).strip()
    return flat
