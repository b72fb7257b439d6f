"""From a sheet that an office wrote to a published form, or to everything that is wrong with it."""

from dataclasses import dataclass
from typing import TypeAlias

from conversation.form import Form
from conversation.xform import compile_xform


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that is wrong: where, what, and how to mend it."""

    sheet: str
    row: int
    what: str
    cure: str

    def sentence(self) -> str:
        """The whole in one sentence for the office."""
        return f"{self.sheet} {self.row}: {self.what} {self.cure}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """A form that can be talked through, and what was passed over."""

    form: Form
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """Everything that is wrong."""

    faults: tuple[Fault, ...]


Outcome: TypeAlias = Published | Refused


def publish(source: bytes, filename: str) -> Outcome:
    """The compiled form of an .xlsx, .csv or .md file, or every fault at once."""
    from pyxform.xls2xform import convert  # half a second and 31 MB: only when publishing

    form, troubles = compile_xform(convert(source.decode("utf-8-sig")).xform)
    if form is None:
        return Refused(
            faults=tuple(
                Fault(sheet="survey", row=0, what=f"{one.code} {one.about}", cure=one.path)
                for one in troubles
            )
        )
    return Published(form=form)
