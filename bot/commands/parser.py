"""Reads what stands behind ``python -m bot``; what cannot stand there is said in plain words."""

import argparse
import re
import sys
from collections.abc import Iterable
from typing import Any, NoReturn

from bot.commands.words import words

#: What argparse says of a command line, and which of our sentences says it.
_SAID = tuple(
    (re.compile(pattern), f"usage.{key}")
    for pattern, key in (
        (rf"argument {words('usage.a_command')}: invalid choice: '?(?P<what>[^' ]*)", "command"),
        (
            r"argument (?P<name>.+?): invalid choice: '?(?P<what>[^']*?)'? "
            r"\(choose from (?P<of>.*)\)",
            "choice",
        ),
        (r"argument (?P<name>.+?): expected", "lacks_value"),
        (r"argument (?P<name>.+?): invalid read_day value: '?(?P<what>[^']*)", "day"),
        (r"argument (?P<name>.+?): invalid .*: '?(?P<what>[^']*)", "value"),
        (r"the following arguments are required: (?P<what>.*)", "lacks"),
        (r"unrecognized arguments: --config\b", "config_first"),
        (r"unrecognized arguments: (?P<what>.*)", "unknown"),
    )
)


#: What a telephone or a word processor makes of two dashes before an option.
_DASHES = re.compile(
    r"-?[\uff0d\u2014\u2013\u2212\u2010\u2011\ufe63]+-?(?P<option>[a-z][a-z-]*)(=.*)?"
)

#: What argparse calls the parts of its help, and which of our sentences calls them so.
_HEADINGS = {"positional arguments": "usage.written", "options": "usage.optional"}


#: So many numbers are told as a range.
_MANY = 5


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

    def parse_args(self, args: Any = None, namespace: Any = None) -> Any:
        """What was written; an option whose dashes are none is told before what it makes lack."""
        written = sys.argv[1:] if args is None else [*args]
        for one in written:
            if found := _DASHES.fullmatch(one):
                right = f"--{found['option']}"
                self.exit(2, self._with_help(words("usage.dashes", what=one, right=right)))
        return super().parse_args(written, namespace)

    def error(self, message: str) -> NoReturn:
        """Say it; exit status 2."""
        self.exit(2, self._with_help(_sentence(message, self.prog)))

    def _with_help(self, said: str) -> str:
        return f"{said}{words('usage.look', program=self.prog)}\n"


def _sentence(message: str, program: str) -> str:
    for pattern, key in _SAID:
        if found := pattern.match(message):
            said = found.groupdict()
            if "name" in said:
                said["name"] = _called(said["name"])
            if "of" in said:
                said["of"] = _choices(said["of"])
            if key == "usage.lacks":
                said["what"] = "、".join(map(_called, said["what"].split(", ")))
            return words(key, program=program, **said)
    return words("usage.wrong")


def _choices(listed: str) -> str:
    """What may be written: one after the other, or from where to where."""
    each = [one.strip("'") for one in listed.split(", ")]
    if len(each) > _MANY and all(map(str.isdecimal, each)):
        return words("usage.to", first=each[0], last=each[-1])
    return "、".join(each)


def _called(name: str) -> str:
    """What stands for a value: 文件 for file."""
    return words.table.get(f"named.{name}", name)
