"""forms check, publish, export."""

import argparse
from pathlib import Path
from typing import Any

from bot import jail
from bot.commands.command import Mend, memory, mendable, say
from bot.commands.words import words
from bot.county.publisher import Source, compiled, form_folders, publish, sources
from bot.settings import Settings


def forms(asked: argparse.Namespace, settings: Settings) -> None:
    """Check, publish or export forms."""
    files = [_form_source(path) for path in asked.file]
    match asked.what:
        case "check":
            _check_forms(files)
        case "publish":
            answers = _check_forms(files)
            with memory(settings) as store:
                publish(store, files)
            for file, answer in zip(files, answers, strict=True):
                say("forms.published", file=file.name, title=answer["title"])
        case _:
            for path, file in zip(asked.file, files, strict=True):
                _export_form(path, file)


def _form_source(path: Path) -> Source:
    try:
        return Source(name=path.name, data=path.read_bytes())
    except OSError:
        raise Mend([words("areas.missing", file=path)]) from None


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


def _export_form(path: Path, file: Source) -> None:
    to = path.with_suffix(".xlsx")
    if to == path or to.exists():
        to = path.with_name(f"{path.stem}-export.xlsx")
    answer = jail.ask_now("export", name=file.name, data=jail.pack(file.data))
    if answer.get("faults"):
        raise Mend([f"{file.name}：{sentence}" for sentence in answer["faults"]])
    to.write_bytes(jail.unpack(answer["data"]))
    say("forms.exported", file=file.name, to=to)
