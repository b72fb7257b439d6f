"""The names that a run of characters is made of: by family names, and by those of a class."""

import re

from policy.absence_lines.words import WORDS, narrow
from policy.register.kinship import is_family_name

#: A name of a people who write theirs long: 古丽米热·买买提.
MAX_NAME_CHARS = 20
_JOINS = re.compile(WORDS["joins"])
_BEFORE: str = WORDS["noise"]["before"]
_AFTER: str = WORDS["noise"]["after"]
_FOLLOWING: str = WORDS["noise"]["following"]
NEVER = frozenset(WORDS["names"]["never"])
_USUAL = frozenset(WORDS["names"]["usual"])
FAMILIES = _USUAL | frozenset(WORDS["names"]["family"]) - {"\n"}
_BETWEEN_NAMES = re.compile(r"[\s,、。;:|/]+")
_NOT_OF_NAMES = re.compile(r"[^一-龥㐀-䶵·A-Za-z]|^(?:男|女)$|^(?:姓名|序号|性别|学生)$")


def read_names(text: str) -> tuple[str, ...]:
    """Names of pupils as they are pasted, each once: with numbers before them, or in columns."""
    found = dict.fromkeys(
        name
        for part in _BETWEEN_NAMES.split(narrow(text))
        if 2 <= len(name := _NOT_OF_NAMES.sub("", part)) <= MAX_NAME_CHARS
    )
    return tuple(found)


def names_in(run: str) -> tuple[str, ...]:
    """The names that a run of characters is made of; none when it is not made of names."""
    for text in dict.fromkeys((trimmed(run, before=False), trimmed(run))):
        if "·" in text:
            return (text,) if len(text) <= MAX_NAME_CHARS else ()
        for parts in (_parts_at_joints(text), (text,)):
            cut = [_cut_names(part) for part in parts]
            if all(cut):
                return tuple(name for names in cut for name in names)
    return ()


def _parts_at_joints(text: str) -> tuple[str, ...]:
    """牛犇和童心 in two; 李和平 is one."""
    parts = tuple(_JOINS.split(text)) if len(text) > 3 else (text,)
    return parts if all(len(part) > 1 for part in parts) else (text,)


def _cut_names(text: str) -> tuple[str, ...]:
    """The text as names, each with its family name first; () when it cannot be."""
    if len(text) > MAX_NAME_CHARS:
        return ()
    best: dict[int, tuple[int, tuple[str, ...]]] = {0: (0, ())}
    for end in range(2, len(text) + 1):
        ways = [
            (best[end - size][0] + cost, (*best[end - size][1], text[end - size : end]))
            for size in range(2, min(end, 4) + 1)
            if end - size in best and (cost := _cost(text[end - size : end])) is not None
        ]
        if ways:
            best[end] = min(ways)
    return best.get(len(text), (0, ()))[1]


def _cost(name: str) -> int | None:
    """How unusual a name is; None when it is none."""
    if is_family_name(name[:2]) and len(name) > 2:
        return 2 if len(name) == 4 else 3
    if name[0] not in FAMILIES or name in NEVER:
        return None
    return {2: 3, 3: 2, 4: 12}[len(name)] + (0 if name[0] in _USUAL else 2)


def known_in(run: str, known: frozenset[str]) -> tuple[tuple[str, ...], str]:
    """Known names among other words: 昨晚刘一鸣没回宿舍; not 李红 in 李红梅."""
    names, rest, at = [], "", 0
    while at < len(run):
        name = next(
            (run[at:end] for end in range(len(run), at + 1, -1) if run[at:end] in known), ""
        )
        after = run[at + len(name) :]
        if name and (not after or after[0] in _FOLLOWING):
            names.append(name)
            at += len(name)
        else:
            rest += run[at]
            at += 1
    return tuple(names), rest


def trimmed(run: str, *, before: bool = True) -> str:
    """A run without the small words at its end, and (``before``) at its head: 还有王小明等."""
    text = run.rstrip(_AFTER) if len(run.rstrip(_AFTER)) > 1 else run
    if before:
        text = text.lstrip(_BEFORE)
    return text if len(text) > 1 or text not in _BEFORE + _AFTER else ""


def parts_of(text: str, known: frozenset[str]) -> tuple[str, ...]:
    """A text as names of the roster alone; () when it is not."""
    if text in known:
        return (text,)
    if len(text) > MAX_NAME_CHARS:
        return ()
    for size in range(2, len(text) - 1):
        if text[:size] in known and (rest := parts_of(text[size:], known)):
            return (text[:size], *rest)
    return ()
