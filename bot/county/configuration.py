"""All that a county changed, as one folder of text files: written, compared, brought back.

The folder looks like a county's own: ``policy/*.toml``, ``words.toml``, ``forms/*`` and
``papers/*.docx``, each only where it says something else than ours. ``configuration.toml`` says
that it is whole: what is not in it is as ours.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from bot.commands.words import words
from bot.county.publisher import KINDS, Source, compiled, sources
from bot.county.rule_tables import CHANGEABLE, WORDS, RuleTables
from conversation.comparing import compared
from conversation.form import Form
from handlers.office.rule_tables import keeps_somebody
from handlers.office.second_person import Difference, between
from policy.faults import PolicyFaults
from storage.audit import PROGRAM
from storage.office.form_changes import Candidate
from storage.work import Reading, Work

#: Says of a folder that it is a whole configuration.
MARK = "configuration.toml"
#: A version whose own file is not at hand, as it was compiled.
COMPILED = ".json"


class ConfigurationFaults(Exception):
    """The folder cannot be taken; ``sentences`` say what, where and how to mend it."""

    def __init__(self, sentences: Sequence[str]) -> None:
        super().__init__("\n".join(sentences))
        self.sentences = [*sentences]


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """What a county changed, by the name of its file."""

    #: The county's own words of rule tables, and of the sentences.
    tables: Mapping[str, str] = field(repr=False)
    #: Forms that are not as ours, by name: compiled, and the file if it is at hand.
    forms: Mapping[str, Candidate] = field(repr=False)
    files: Mapping[str, Source] = field(default_factory=dict, repr=False)
    papers: Mapping[str, bytes] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """What one file would change."""

    name: str
    differences: tuple[Difference, ...]


# -- in force -----------------------------------------------------------------------------------


def in_force(reading: Reading, tables: RuleTables, folders: Sequence[Path]) -> Configuration:
    """What counts now: changed at the office page, or in the county's folder."""
    changed = reading.rule_changes.in_force()
    own = {name: tables.own(name, changed) for name in CHANGEABLE}
    ours = {source.hash for source in sources(*folders[:1])}
    at_hand = {source.hash: source for source in sources(*folders)}
    forms = {row.form: row for row in reading.forms.all_current() if row.source_hash not in ours}
    return Configuration(
        tables={name: text for name, text in own.items() if text.strip()},
        forms={
            name: Candidate(
                form=name,
                version=row.version,
                title=row.title,
                compiled=row.compiled,
                source_hash=row.source_hash,
            )
            for name, row in forms.items()
        },
        files={
            name: at_hand[row.source_hash]
            for name, row in forms.items()
            if row.source_hash in at_hand
        },
        papers=_papers(tables.county),
    )


def _papers(folder: Path | None) -> dict[str, bytes]:
    found = sorted((folder / "papers").glob("*.docx")) if folder else []
    return {file.name: file.read_bytes() for file in found}


# -- as a folder --------------------------------------------------------------------------------


def files_of(one: Configuration, *, county: str, now: datetime) -> Iterator[tuple[str, bytes]]:
    """Every file of the folder: its path in it, and its bytes."""
    about = words("configuration.about", county=county, when=f"{now:%Y-%m-%d %H:%M}")
    yield MARK, f"# {about}\nversion = 1\n".encode()
    for name, text in one.tables.items():
        yield _place(name), text.encode()
    for name, candidate in one.forms.items():
        file = one.files.get(name)
        if file is not None:
            yield f"forms/{file.name}", file.data
        else:
            told = json.dumps(json.loads(candidate.compiled), ensure_ascii=False, indent=1)
            yield f"forms/{name}{COMPILED}", f"{told}\n".encode()
    for name, data in one.papers.items():
        yield f"papers/{name}", data


def _place(table: str) -> str:
    return f"{table}.toml" if table == WORDS else f"policy/{table}.toml"


def read(folder: Path) -> Configuration:
    """What a folder says; raises ConfigurationFaults and FormFaults with every fault."""
    if not (folder / MARK).is_file():
        raise ConfigurationFaults([words("configuration.no_mark", folder=folder, mark=MARK)])
    if faults := [*_strangers(folder)]:
        raise ConfigurationFaults(faults)
    try:
        tables = {
            name: file.read_text("utf-8-sig")
            for name in CHANGEABLE
            if (file := folder / _place(name)).is_file()
        }
    except UnicodeDecodeError:
        raise ConfigurationFaults([words("configuration.unreadable", folder=folder)]) from None
    files = sources(folder / "forms")
    found = {candidate.form: (source, candidate) for source, candidate in _compiled(files)}
    kept = {one.form: one for one in _kept(folder / "forms")}
    if twice := sorted(found.keys() & kept.keys()):
        raise ConfigurationFaults([words("configuration.twice", form=name) for name in twice])
    return Configuration(
        tables=tables,
        forms={**{name: one for name, (_, one) in found.items()}, **kept},
        files={name: source for name, (source, _) in found.items()},
        papers=_papers(folder),
    )


def _strangers(folder: Path) -> Iterator[str]:
    """Files of which nobody would know what they are for."""
    known = {MARK, *map(_place, CHANGEABLE)}
    for file in sorted(folder.rglob("*.*")):
        place = file.relative_to(folder).as_posix()
        where, _, name = place.rpartition("/")
        is_form = where == "forms" and file.suffix in (*KINDS, COMPILED)
        is_paper = where == "papers" and file.suffix == ".docx"
        if file.is_file() and place not in known and not is_form and not is_paper:
            if name.startswith("README") or place.startswith("."):
                continue  # for whoever reads the folder, or of what keeps its versions
            yield words("configuration.stranger", file=place)


def _compiled(files: Sequence[Source]) -> list[tuple[Source, Candidate]]:
    if not files:
        return []
    return [
        (
            file,
            Candidate(
                form=answer["form"],
                version=answer["version"],
                title=answer["title"],
                compiled=answer["compiled"],
                source_hash=file.hash,
            ),
        )
        for file, answer in zip(files, compiled(files), strict=True)
    ]


def _kept(folder: Path) -> Iterator[Candidate]:
    for file in sorted(folder.glob(f"*{COMPILED}")) if folder.is_dir() else ():
        try:
            form = Form.from_json(file.read_text("utf-8"))
        except (ValueError, KeyError, TypeError, AttributeError):
            raise ConfigurationFaults([words("configuration.no_form", file=file.name)]) from None
        if form.name != file.stem:
            raise ConfigurationFaults([words("configuration.no_form", file=file.name)])
        source = Source(name=file.name, data=form.to_json().encode())
        yield Candidate(
            form=form.name,
            version=form.version,
            title=form.title,
            compiled=form.to_json(),
            source_hash=source.hash,
        )


# -- compared and taken -------------------------------------------------------------------------


def compare(
    now: Configuration, then: Configuration, tables: RuleTables, ours: Mapping[str, Candidate]
) -> tuple[Section, ...]:
    """What would be otherwise, file by file; raises PolicyFaults with every fault of ``then``."""
    sections = _of_tables(now.tables, then.tables, tables)
    for name in sorted(now.forms.keys() | then.forms.keys()):
        sections.append(_of_form(name, now.forms, then.forms, ours))
    for name in sorted(now.papers.keys() | then.papers.keys()):
        sections.append(_of_paper(name, now.papers.get(name), then.papers.get(name)))
    return tuple(one for one in sections if one.differences)


def _of_tables(
    now: Mapping[str, str], then: Mapping[str, str], tables: RuleTables
) -> list[Section]:
    faults: list[str] = []
    sections: list[Section] = []
    before, after = ({name: side.get(name, "") for name in CHANGEABLE} for side in (now, then))
    others = [name for name in CHANGEABLE if before[name] != after[name]]
    for name in others or [WORDS]:
        try:
            if not keeps_somebody(tables.check(after, name, after[name])):
                faults.append(words("configuration.nobody_left"))
            found = tables.differences({**after, name: before[name]}, name, after[name])
        except PolicyFaults as wrong:
            faults += wrong.sentences
        else:
            sections.append(Section(name=_place(name), differences=found))
    if faults:
        raise ConfigurationFaults([*dict.fromkeys(faults)])
    return sections


def _of_form(
    name: str,
    now: Mapping[str, Candidate],
    then: Mapping[str, Candidate],
    ours: Mapping[str, Candidate],
) -> Section:
    before, after = (side.get(name) or ours.get(name) for side in (now, then))
    if before and after and before.version != after.version:
        found = between(*compared(Form.from_json(before.compiled), Form.from_json(after.compiled)))
        # Something that a comparison by questions does not show is told all the same.
        found = found or (Difference(key=name, before=before.version, after=after.version),)
    elif (before is None) != (after is None):
        sides = ("" if one is None else one.title for one in (before, after))
        found = (Difference(key=name, before=next(sides), after=next(sides)),)
    else:
        found = ()
    return Section(name=f"forms/{name}", differences=found)


def _of_paper(name: str, before: bytes | None, after: bytes | None) -> Section:
    def said(data: bytes | None) -> str:
        return words("configuration.bytes", count=len(data)) if data is not None else ""

    changed = before != after
    difference = Difference(key=name, before=said(before), after=said(after))
    return Section(name=f"papers/{name}", differences=(difference,) if changed else ())


def our_forms(folders: Sequence[Path], *sides: Configuration) -> dict[str, Candidate]:
    """Our own forms of those that either side changed: what counts where there is no other.

    A file of ours has the name of its form.
    """
    names = {name for side in sides for name in side.forms}
    ours = [one for one in sources(*folders[:1]) if Path(one.name).stem in names]
    return {one.form: one for _, one in _compiled(ours)}


def take(
    work: Work,
    now: Configuration,
    then: Configuration,
    ours: Mapping[str, Candidate],
    why: str,
) -> None:
    """Have all of it in force at once, table by table and form by form, each in the audit."""
    for name in CHANGEABLE:
        if now.tables.get(name, "") != (wanted := then.tables.get(name, "")):
            changes = work.rule_changes
            row = changes.propose(name, wanted, why, based_on=changes.newest(), by=PROGRAM)
            changes.apply(row, by=PROGRAM)
    for name in sorted(now.forms.keys() | then.forms.keys()):
        form = then.forms.get(name) or ours.get(name)
        current = work.forms.current(name)
        if form is not None and (current is None or current.version != form.version):
            row = work.form_changes.propose(form, why, by=PROGRAM)
            work.form_changes.apply(row, by=PROGRAM)
