"""Words that act while a question is asked: 上一步, 跳过, 确认."""

import re
from functools import cache

from conversation.dialogue import Back, Done, Keep, Move, Skip, Turn
from conversation.letters import key, once
from conversation.vocabulary import table

_MARKS = re.compile(r"[，。！；,!;]+")


def move(text: str) -> Move | None:
    """The move that typed words stand for while a question is asked (上一步, 跳过 ...)."""
    match _command_of(text):
        case "back":
            return Back()
        case "skip":
            return Skip()
        case "keep":
            return Keep()
        case "done":
            return Done()
        case "next":
            return Turn(1)
        case "previous":
            return Turn(-1)
        case _:
            return None


def _command_of(text: str) -> str | None:
    """The name of the command that the words are, said once or more: 没得了没得了，就这些."""
    said = {_plainly(part) for part in _MARKS.split(text.strip()) if part}
    found = {_commands().get(part) for part in said}
    return found.pop() if len(found) == 1 else None


def _plainly(text: str) -> str:
    """Words as they are compared, said once and without what sounds at their end: 发出去咯."""
    said = once(key(text))
    for after in table("sounds")["after"]:
        if len(said) > len(after) + 1:
            said = said.removesuffix(after)
    return said


def confirms(text: str) -> bool:
    """True for words that file a summary (确认, 发出去嘛, 0)."""
    return key(text) in table("commands")["file"] or _plainly(text) in table("commands")["file"]


@cache
def _commands() -> dict[str, str]:
    return {
        word: name for name, words in table("commands").items() if name != "file" for word in words
    }
