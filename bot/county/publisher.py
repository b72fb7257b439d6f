"""Forms from their folders into the store: compiled in the jail, only when they are new."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot import jail
from bot.settings import HOME
from storage.office.form_changes import Candidate
from storage.store import Store
from storage.work import Work

KINDS = (".md", ".csv", ".xlsx", ".xlsm")
#: What an office takes for a form, too: it is told how to save it, not passed over.
OLD_KINDS = (".xls", ".et")
#: What Excel, WPS and others lay beside an open file; and a page for whoever reads the folder.
_PASSED_OVER = ("~$", ".~", ".", "README")


class FormFaults(Exception):
    """Forms cannot be published; ``sentences`` say what, where and how to mend it."""

    def __init__(self, sentences: list[str]) -> None:
        super().__init__("\n".join(sentences))
        self.sentences = sentences


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A form's file as it lies in a folder."""

    name: str
    data: bytes

    @property
    def hash(self) -> str:
        """SHA-256, hex."""
        return hashlib.sha256(self.data).hexdigest()


def form_folders(county: Path | None) -> tuple[Path, ...]:
    """Where forms lie: ours, then the county's."""
    return (HOME / "forms", *((county / "forms",) if county else ()))


def sources(*folders: Path) -> tuple[Source, ...]:
    """The forms of the folders; a form of a later folder replaces one of the same file name."""
    found: dict[str, Path] = {}
    for folder in folders:
        for path in sorted(folder.iterdir()) if folder.is_dir() else ():
            kind = path.suffix.lower()
            if kind in KINDS + OLD_KINDS and not path.name.startswith(_PASSED_OVER):
                found[path.stem] = path
    return tuple(Source(name=path.name, data=path.read_bytes()) for path in found.values())


def compiled(files: Sequence[Source]) -> list[dict[str, Any]]:
    """What the jail makes of them; raises FormFaults with every fault of every file."""
    try:
        answers: list[dict[str, Any]] = jail.ask_now("publish", sources=[*map(_packed, files)])
    except jail.Jailed as stopped:
        names = "、".join(file.name for file in files)
        raise FormFaults([_unread(names, stopped.code)]) from None
    faults = [
        f"{file.name}：{sentence}"
        for file, answer in zip(files, answers, strict=True)
        for sentence in answer.get("faults", ())
    ]
    if faults:
        raise FormFaults(faults)
    return answers


async def checked(file: Source) -> dict[str, Any]:
    """The same of one file, beside the event loop; raises FormFaults with bare sentences."""
    try:
        (answer,) = await jail.ask("publish", sources=[_packed(file)])
    except jail.Jailed as stopped:
        raise FormFaults([_unread(file.name, stopped.code)]) from None
    if faults := answer.get("faults"):
        raise FormFaults(faults)
    found: dict[str, Any] = answer
    return found


async def is_form(file: Source) -> bool:
    """True for a workbook with a sheet of questions; raises jail.Jailed."""
    return bool(await jail.ask("is_form", name=file.name, data=jail.pack(file.data)))


def as_candidate(file: Source, answer: Mapping[str, Any]) -> Candidate:
    """What came out of the jail, as a version that may be wanted."""
    return Candidate(
        form=answer["form"],
        version=answer["version"],
        title=answer["title"],
        compiled=answer["compiled"],
        source_hash=file.hash,
    )


def _packed(file: Source) -> dict[str, str]:
    return {"name": file.name, "data": jail.pack(file.data)}


def _unread(names: str, code: str) -> str:
    if code == "too-slow":
        return f"{names}：读得太久，没有读完。请分开、改小以后再试。"
    return f"{names}：读到一半出错了。请改小再试；还这样，把文件发给维护人员。"


def publish_new(store: Store, files: Sequence[Source]) -> None:
    """Publish what was never published, as at a start; what a clerk published since then stands.

    Of two files of one form the later one counts. One fault, and nothing is published.
    """
    known = store.read(lambda reading: reading.forms.hashes()).result()
    if all(file.hash in known for file in files):
        return
    forms = {
        answer["form"]: (file, answer) for file, answer in zip(files, compiled(files), strict=True)
    }

    def put(work: Work) -> None:
        for file, answer in forms.values():
            if work.forms.get(answer["version"]) is None:
                _put(work, file, answer)

    store.write(put).result()


def publish(store: Store, files: Sequence[Source]) -> None:
    """Publish all of them, whatever was published before. One fault, and nothing is published."""
    answers = compiled(files)

    def put(work: Work) -> None:
        for file, answer in zip(files, answers, strict=True):
            _put(work, file, answer)

    store.write(put).result()


def _put(work: Work, file: Source, answer: dict[str, Any]) -> None:
    work.forms.publish(
        answer["form"], answer["title"], answer["compiled"], answer["version"], file.hash
    )
