"""Why a child is visited, in the words of the village: 暑假，每周一次."""

from collections.abc import Mapping
from datetime import timedelta
from typing import assert_never

from policy.durations import Span, Workdays
from policy.next_visit import Why
from policy.register.columns import COLUMNS
from policy.rhythm import Rhythm
from policy.seasons import Season
from policy.words import Words


def say_why(why: Why, words: Words, rhythm: Rhythm, seasons: Mapping[str, Season]) -> str:
    """The sentence of a reason; a season or tier that the county took away since has its key."""
    match why.key:
        case "season" | "season_once":
            name = seasons[why.about].name if why.about in seasons else why.about
        case "paused":
            reason = rhythm.pause_reasons.get(why.about)
            name = reason.name if reason else why.about
        case "visit" | "phone" | "township":
            failure = rhythm.failures.get(why.about)
            name = failure.name if failure else why.about
        case "signals":
            name = say_counts(read_counts(why.about), words)
        case _:
            name = ""
    repeats = why.key in ("tier", "label", "season")
    tier = rhythm.tiers.get(why.about)
    return words(
        f"rhythm.{why.key}",
        name=name,
        grade=tier.name if tier else why.about,
        label=_label(why.about, rhythm),
        what=(say_every if repeats else say_within)(why.within, words) if why.within else "",
        count=why.count,
        when=f"{why.until.month}月{why.until.day}日" if why.until else "",
    )


def read_counts(text: str) -> dict[str, int]:
    """How often what was noticed, as a reason keeps it: "absence:2 visit_failed:1"."""
    pairs = (one.partition(":") for one in text.split())
    return {kind: int(count) for kind, _, count in pairs}


def say_counts(counts: Mapping[str, int], words: Words) -> str:
    """没到校 2 次、去了没见到人 1 次."""
    return "、".join(words(f"signal.{kind}", count=count) for kind, count in counts.items())


def say_every(span: Span, words: Words) -> str:
    """每周一次."""
    days = span.days if isinstance(span, timedelta) else span.count
    known = f"rhythm.every.d{days}"
    return words(known) if known in words.table else words("rhythm.every.days", count=days)


def say_within(span: Span, words: Words) -> str:
    """5个工作日, 24小时, 3天."""
    match span:
        case Workdays(count):
            return words("rhythm.within.workdays", count=count)
        case timedelta() if span > timedelta(days=1) and not span % timedelta(days=1):
            return words("rhythm.within.days", count=span.days)
        case timedelta():
            return words("rhythm.within.hours", count=max(1, span // timedelta(hours=1)))
        case _:
            assert_never(span)


def _label(key: str, rhythm: Rhythm) -> str:
    if key in rhythm.tags:
        return rhythm.tags[key].name
    return COLUMNS.word("labels", key) if key in COLUMNS.codes["labels"] else key
