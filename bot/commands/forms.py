"""forms check, publish, export."""

import argparse
from pathlib import Path
from typing import Any

from bot import jail
from bot.clock import Clock
from bot.commands.command import Mend, memory, mendable, say
from bot.commands.files import content, free, whole
from bot.commands.words import words
from bot.county.publisher import Source, compiled, form_folders, publish, sources
from bot.memory import is_new
from bot.settings import Settings
from storage.opening import looking
from storage.sealing import KeyRing

#: A published form as it was compiled.
COMPILED = ".json"


def forms(asked: argparse.Namespace, settings: Settings) -> None:
    """Check, publish or export forms."""
    match asked.what:
        case "check":
            _check_forms([_form_source(path) for path in asked.file])
        case "publish":
            files = [_form_source(path) for path in asked.file]
            answers = _check_forms(files)
            with memory(settings) as store:
                publish(store, files)
            for file, answer in zip(files, answers, strict=True):
                say("forms.published", file=file.name, title=answer["title"])
        case _:
            for path in asked.file:
                _export_form(path, settings)


def _form_source(path: Path) -> Source:
    return Source(name=path.name, data=content(path))


def _check_forms(files: list[Source]) -> list[dict[str, Any]]:
    """Say what there is to say of each; what came of them."""
    ours = {Path(file.name).stem for file in sources(*form_folders(None))}
    with mendable():
        answers = compiled(files)
    for file, answer in zip(files, answers, strict=True):
        for warning in answer["warnings"]:
            print(f"{file.name}：{warning}")  # noqa: T201
        say("forms.fine", file=file.name, count=answer["count"])
        if answer["form"] not in ours:
            say("forms.unused", file=file.name, form=answer["form"])
    return answers


def _export_form(path: Path, settings: Settings) -> None:
    """Of a file, or of the form in force that is called so; never over a file that is there."""
    named = not path.exists() and not path.suffix
    file = _in_force(path.name, settings) if named else _form_source(path)
    workbook = _workbook(file)
    to = free(Path(f"{path.name}.xlsx") if named else path.with_suffix(".xlsx"))
    with whole(to) as half:
        half.write_bytes(workbook)
    say("forms.exported", file=path.name if named else file.name, to=to)


def _in_force(name: str, settings: Settings) -> Source:
    """The file of the version that is asked now; without it, the version as it was compiled."""
    at_hand = sources(*form_folders(settings.county))
    if is_new(settings):
        found = [file for file in at_hand if Path(file.name).stem == name]
    else:
        with (
            mendable(),
            looking(
                settings.database_url, KeyRing.load(settings.key_file), Clock().now()
            ) as reading,
        ):
            row = reading.forms.current(name)
        found = [file for file in at_hand if row is not None and file.hash == row.source_hash]
        if row is not None and not found:
            found = [Source(name=f"{name}{COMPILED}", data=row.compiled.encode())]
    if not found:
        raise Mend([words("forms.no_form", name=name)])
    return found[0]


def _workbook(file: Source) -> bytes:
    try:
        if file.name.endswith(COMPILED):
            written = jail.ask_now("written_back", compiled=file.data.decode("utf-8"))
        else:
            answer = jail.ask_now("export", name=file.name, data=jail.pack(file.data))
            if faults := answer.get("faults"):
                raise Mend([f"{file.name}：{sentence}" for sentence in faults])
            written = answer["data"]
    except (jail.Jailed, UnicodeDecodeError):
        written = None
    if written is None:
        raise Mend([words("forms.no_way_back", file=file.name)])
    return jail.unpack(written)
