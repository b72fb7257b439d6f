"""What every command stands on: a store, sentences, and Mend: a fault that a person can mend."""

from collections.abc import Iterator
from contextlib import contextmanager

from bot.clock import Clock
from bot.commands import handing_over, inviting
from bot.commands.words import words
from bot.county.publisher import FormFaults
from bot.exporting import exports
from bot.memory import open_store, require_found
from bot.settings import Settings
from bot.tables.tables import TableFaults
from policy.faults import PolicyFaults
from storage.faults import StoreFault
from storage.store import Store


class Mend(Exception):
    """The person must mend something; ``sentences`` say what, where and how."""

    def __init__(self, sentences: list[str]) -> None:
        super().__init__("\n".join(sentences))
        self.sentences = sentences


def say(key: str, /, **values: object) -> None:
    """Print a sentence."""
    print(words(key, **values), flush=True)  # noqa: T201


@contextmanager
def mendable() -> Iterator[None]:
    """What a person can mend, raised as Mend."""
    try:
        yield
    except StoreFault as fault:
        raise Mend([str(fault)]) from None
    except (exports.ReasonNeeded, inviting.NoSuchPost) as error:
        raise Mend([error.sentence]) from None
    except (FormFaults, PolicyFaults, TableFaults, handing_over.NotOnePerson) as faults:
        raise Mend(list(faults.sentences)) from None


@contextmanager
def memory(settings: Settings) -> Iterator[Store]:
    """The store of these settings, closed at the end."""
    with mendable():
        require_found(settings)
        store = open_store(settings, Clock())
        try:
            yield store
        finally:
            store.close()


def says_yes(question: str) -> bool:
    """What the person at the terminal answers; nobody there is a no."""
    try:
        said = input(words(question))
    except EOFError:
        return False
    return said.strip().casefold() in words.listed("areas.yes")
