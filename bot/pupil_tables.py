"""Lists of pupils that teachers send, read in the jail."""

from collections.abc import Iterable, Mapping

from bot import jail
from bot.tables import TableFaults
from policy.pupils_file import PupilFault, PupilLine, PupilTable, remarks_of


async def read_beside(name: str, data: bytes) -> PupilTable:
    """What a list says, while everybody talks on; raises TableFaults, and Jailed."""
    answer = await jail.ask("class", name=name, data=jail.pack(data))
    if "refused" in answer:
        raise TableFaults([answer["refused"]])
    return PupilTable(
        sheet=answer["sheet"],
        lines=tuple(PupilLine(**one) for one in answer["lines"]),
        faults=tuple(PupilFault(**one) for one in answer["faults"]),
        unused=tuple(answer["unused"]),
    )


async def marked(name: str, data: bytes, remarks: Mapping[int, str]) -> bytes:
    """The list with what is wrong beside each row; raises Jailed."""
    answer = await jail.ask("mark_class", name=name, data=jail.pack(data), remarks=remarks)
    return jail.unpack(answer["marked"])


def check(table: PupilTable, more: Iterable[PupilFault]) -> None:
    """Raise TableFaults with all that is wrong, in the order of the rows."""
    faults = sorted((*table.faults, *more), key=lambda one: one.row or 0)
    if faults:
        raise TableFaults([one.sentence() for one in faults], remarks_of(faults))
