"""What can go wrong with the memory: three kinds of trouble, each with its own shape."""

import tomllib
from functools import cache
from importlib.resources import files


class StoreFault(Exception):
    """The memory cannot be opened as asked; the text says what is wrong and how to mend it."""

    def __init__(self, code: str, **facts: object) -> None:
        self.code = code
        super().__init__(_sentence(code, facts))


class KeyFileFault(StoreFault):
    """The key file is missing, unsafe or unreadable."""


class NotStored(Exception):
    """Nothing of the turn was kept, and time may mend it: the disk is full, the database away."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


class TurnTookTooLong(Exception):
    """The turn outlasted the limit, was stopped, and nothing of it was kept."""


class Unsealable(Exception):
    """The bytes were not sealed for this place, or their key is not in the key file."""


def in_words(error: object) -> object:
    """What the system says of a file or an address, in words where we have them."""
    return _sentences()["system"].get(str(error), error)


def _sentence(code: str, facts: dict[str, object]) -> str:
    said = _sentences()[code]
    if "error" in facts:
        facts = {**facts, "error": in_words(facts["error"])}
    return f"{said['what']}{said['cure']}".format(**facts)


@cache
def _sentences() -> dict[str, dict[str, str]]:
    return tomllib.loads(files("storage").joinpath("faults.toml").read_text("utf-8"))
