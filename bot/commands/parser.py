"""Reads what stands behind ``python -m bot``; what cannot stand there is said in plain words."""

import argparse
import re
from collections.abc import Iterable
from typing import Any, NoReturn

from bot.commands.words import words

#: What argparse says of a command line, and which of our sentences says it.
_SAID = tuple(
    (re.compile(pattern), f"usage.{key}")
    for pattern, key in (
        (rf"argument {words('usage.a_command')}: invalid choice: '?(?P<what>[^' ]*)", "command"),
        (r"argument (?P<name>.+?): invalid choice: '?(?P<what>[^']*?)'? \(", "choice"),
        (r"argument (?P<name>.+?): expected", "lacks_value"),
        (r"argument (?P<name>.+?): invalid .*: '?(?P<what>[^']*)", "value"),
        (r"the following arguments are required: (?P<what>.*)", "lacks"),
        (r"unrecognized arguments: (?P<what>.*)", "unknown"),
    )
)


#: What argparse calls the parts of its help, and which of our sentences calls them so.
_HEADINGS = {"positional arguments": "usage.written", "options": "usage.optional"}


class _Help(argparse.HelpFormatter):
    """The help in Chinese: its headings, and what stands for a value."""

    def start_section(self, heading: str | None) -> None:
        """A part of the help."""
        key = _HEADINGS.get(heading or "")
        super().start_section(words(key) if key else heading)

    def add_usage(
        self,
        usage: str | None,
        actions: Iterable[argparse.Action],
        groups: Iterable[Any],
        prefix: str | None = None,
    ) -> None:
        """The line of what may be written."""
        super().add_usage(
            usage, actions, groups, words("usage.line") if prefix is None else prefix
        )

    def _get_default_metavar_for_optional(self, action: argparse.Action) -> str:
        return _called(action.dest)

    def _get_default_metavar_for_positional(self, action: argparse.Action) -> str:
        return _called(action.dest)


class Parser(argparse.ArgumentParser):
    """A wrong command line is told in one sentence, and how to see what may be written."""

    def __init__(self, **given: Any) -> None:
        super().__init__(add_help=False, formatter_class=_Help, **given)
        self.add_argument("-h", "--help", action="help", help=words("usage.help"))

    def error(self, message: str) -> NoReturn:
        """Say it; exit status 2."""
        self.exit(2, f"{_sentence(message)}{words('usage.look', program=self.prog)}\n")


def _sentence(message: str) -> str:
    for pattern, key in _SAID:
        if found := pattern.match(message):
            said = found.groupdict()
            if key == "usage.lacks":
                said["what"] = "、".join(map(_called, said["what"].split(", ")))
            return words(key, **said)
    return words("usage.wrong")


def _called(name: str) -> str:
    """What stands for a value: 文件 for file."""
    return words.table.get(f"named.{name}", name)
