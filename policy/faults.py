"""What is wrong with a table of the rules, for whoever can mend it."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyFault:
    """One thing in one table that the office can mend."""

    code: str
    file: str
    key: str = ""
    values: Mapping[str, object] = field(default_factory=dict)

    def sentence(self) -> str:
        """Where, what, and how to mend it, in Chinese."""
        said = _WORDS["fault"][self.code]
        what, cure = (said[part].format(**self.values) for part in ("what", "cure"))
        form: str = _WORDS["sentence" if self.key else "whole"]
        return form.format(file=self.file, key=self.key, what=what, cure=cure)


class PolicyFaults(Exception):
    """The tables cannot be used; ``faults`` holds everything that is wrong with them."""

    def __init__(self, faults: Sequence[PolicyFault]):
        super().__init__(f"{len(faults)} faults in the policy tables")
        self.faults = tuple(faults)

    @property
    def sentences(self) -> tuple[str, ...]:
        """Each fault in Chinese."""
        return tuple(fault.sentence() for fault in self.faults)


_WORDS: dict[str, Any] = tomllib.loads(Path(__file__).with_name("faults.toml").read_text("utf-8"))
