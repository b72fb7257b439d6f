"""Reads what stands behind ``python -m bot``; what cannot stand there is said in plain words."""

import argparse
import re
from typing import NoReturn

from bot.commands.words import words

#: What argparse says of a command line, and which of our sentences says it.
_SAID = tuple(
    (re.compile(pattern), f"usage.{key}")
    for pattern, key in (
        (r"argument COMMAND: invalid choice: '?(?P<what>[^' ]*)", "command"),
        (r"argument (?P<name>.+?): invalid choice: '?(?P<what>[^']*?)'? \(", "choice"),
        (r"argument (?P<name>.+?): expected", "lacks_value"),
        (r"argument (?P<name>.+?): invalid .*: '?(?P<what>[^']*)", "value"),
        (r"the following arguments are required: (?P<what>.*)", "lacks"),
        (r"unrecognized arguments: (?P<what>.*)", "unknown"),
    )
)


class Parser(argparse.ArgumentParser):
    """A wrong command line is told in one sentence, and how to see what may be written."""

    def error(self, message: str) -> NoReturn:
        """Say it; exit status 2."""
        self.exit(2, f"{_sentence(message)}{words('usage.look', program=self.prog)}\n")


def _sentence(message: str) -> str:
    for pattern, key in _SAID:
        if found := pattern.match(message):
            return words(key, **found.groupdict())
    return words("usage.wrong")
