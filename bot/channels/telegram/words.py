"""The channel's own few sentences, from words.toml."""

import tomllib
from dataclasses import dataclass
from importlib.resources import files
from typing import Self


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What the Telegram channel itself says."""

    perhaps_again: str
    wants_place: str
    farewell: str
    commands: tuple[tuple[str, str], ...]

    @classmethod
    def load(cls) -> Self:
        """The sentences that come with the program."""
        table = tomllib.loads(files(__package__).joinpath("words.toml").read_text("utf-8"))
        commands = tuple((each["command"], each["description"]) for each in table.pop("commands"))
        return cls(commands=commands, **table)
