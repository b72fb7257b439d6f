"""The sentences that the bot says, by key: data that a county may soften without us."""

import string
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from policy.faults import PolicyFault, PolicyFaults
from policy.toml_faults import broken_line

#: What a person may type at any time: lists of words, among them commands like "/start".
TYPED = "say."
#: How the keys of sentences begin that are written for a child who speaks of itself.
TO_CHILD = "to_child."


@dataclass(frozen=True, slots=True)
class Words:
    """All sentences, by dotted key ("home.title")."""

    table: Mapping[str, str]
    _listed: dict[str, frozenset[str]] = field(default_factory=dict, repr=False, compare=False)

    def __call__(self, key: str, /, **values: object) -> str:
        """The sentence with its blanks filled in. Raises KeyError for a key that nobody wrote."""
        sentence = self.table[key]
        return sentence.format(**values) if values else sentence

    def to_child(self, key: str, /, **values: object) -> str:
        """The sentence as a child is told it, where one was written for children."""
        own = f"{TO_CHILD}{key}"
        return self(own if own in self.table else key, **values)

    def listed(self, key: str) -> frozenset[str]:
        """The words of a line like "取消 退出 不报了", as a set."""
        listed = self._listed.get(key)
        if listed is None:
            listed = self._listed[key] = frozenset(self.table[key].split())
        return listed


def read_words(text: str) -> Words:
    """Words from a TOML text."""
    return Words(_sentences(tomllib.loads(text)))


def load_words(ours: Path, county: Path | None = None, changed: str | None = None) -> Words:
    """Our sentences with the county's over them; raises PolicyFaults with every fault.

    ``changed`` are the county's own, in place of the file of its folder.
    """
    words = read_words(ours.read_text("utf-8"))
    file = county / "words.toml" if county else None
    if changed is not None:
        file = ours
    elif file is None or not file.is_file():
        if file is not None and (text := file.with_suffix(".toml.txt")).is_file():
            raise PolicyFaults([_fault("text-file", text)])
        return words
    try:
        told = tomllib.loads(file.read_text("utf-8-sig") if changed is None else changed)
    except tomllib.TOMLDecodeError as error:
        line = broken_line(error)
        fault = _fault("not-toml", file, line=line) if line else _fault("unfinished", file)
        raise PolicyFaults([fault]) from None
    except (OSError, UnicodeDecodeError):
        raise PolicyFaults([_fault("unreadable", file)]) from None
    own = dict(_leaves("", told))
    if faults := [fault for key, said in own.items() for fault in _look(words, file, key, said)]:
        raise PolicyFaults(faults)
    return Words({**words.table, **_sentences(told)})


def _look(words: Words, file: Path, key: str, said: object) -> Iterator[PolicyFault]:
    """What is wrong with one sentence of a county."""
    if key not in words.table:
        part = key.rpartition(".")[0]
        near = [one.rpartition(".")[2] for one in words.table if one.rpartition(".")[0] == part]
        known = "、".join(near or dict.fromkeys(one.partition(".")[0] for one in words.table))
        yield _fault("unknown-key", file, key, known=known)
    elif not isinstance(said, str) or not said.strip():
        yield _fault("wanted-text", file, key)
    elif key.startswith(TYPED):
        commands = {word for word in words.listed(key) if word.startswith("/")}
        if lost := sorted(commands - set(said.split())):
            yield _fault("lost-command", file, key, found=" ".join(lost))
    elif (blanks := _blanks(said)) is None or not blanks <= (_blanks(words.table[key]) or set()):
        known = " ".join(sorted(f"{{{blank}}}" for blank in _blanks(words.table[key]) or ()))
        yield _fault("unknown-blank", file, key, known=known or "—")


def _blanks(sentence: str) -> set[str] | None:
    """The names in {}; None where the brackets do not fit together."""
    try:
        parts = list(string.Formatter().parse(sentence))
    except ValueError:
        return None
    return {f"{name}{mark or ''}{form}" for _, name, form, mark in parts if name is not None}


def _fault(code: str, file: Path, key: str = "", **values: object) -> PolicyFault:
    return PolicyFault(code=code, file=f"{file.parent.name}/{file.name}", key=key, values=values)


def _sentences(told: Mapping[str, object]) -> dict[str, str]:
    return {key: str(said).strip() for key, said in _leaves("", told)}


def _leaves(prefix: str, node: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    for key, value in node.items():
        if isinstance(value, Mapping):
            yield from _leaves(f"{prefix}{key}.", value)
        else:
            yield f"{prefix}{key}", value
