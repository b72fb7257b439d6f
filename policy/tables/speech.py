"""What people's words mean: danger, circumstances, and what a visit found."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields

from policy.asides import Aside, Asides, Said
from policy.circumstances import Circumstance, Circumstances, OfficialList
from policy.danger import Danger, DangerKind
from policy.extraction import FAILURES, HAZARD_GROUPS, KINDS, Days, Extraction, Telling
from policy.phrases import About, Phrase, Phrases, Speech, SpeechTable
from policy.tables.reading import Reading


def read_speech(reading: Reading) -> SpeechTable:
    """Words that turn a meaning round, or take it away."""
    made = reading.make(SpeechTable, "speech", reading.table("speech"))
    return made or SpeechTable()


def read_danger(reading: Reading, speech: Speech) -> Danger:
    """Signs of danger, and the words for them."""
    kinds = reading.each(DangerKind, "danger", "sign")
    phrases: list[Phrase] = []
    for key, kind in kinds.items():
        phrases += _phrases(reading, speech, kind, key, kind.about, "danger", "sign", key)
    return Danger(kinds=kinds, phrases=Phrases(phrases, speech))


def read_asides(reading: Reading, speech: Speech) -> Asides:
    """What people ask the bot itself."""
    kinds = reading.each(Aside, "asides", "aside")
    phrases: list[Phrase] = []
    for key, kind in kinds.items():
        phrases += _phrases(reading, speech, kind, key, "any", "asides", "aside", key)

    def said(key: str) -> Phrases:
        told = reading.make(Said, "asides", reading.table("asides", key), key)
        path = ("asides", key)
        found = _phrases(reading, speech, told, key, "any", *path) if told else ()
        return Phrases(found, speech)

    work = [
        phrase
        for key, one in reading.each(Said, "asides", "work").items()
        for phrase in _phrases(reading, speech, one, key, "any", "asides", "work", key)
    ]
    return Asides(
        kinds=kinds,
        phrases=Phrases(phrases, speech),
        child=said("child"),
        several=said("several"),
        advert=said("advert"),
        work=Phrases(work, speech),
    )


def read_circumstances(reading: Reading, speech: Speech, danger: Danger) -> Circumstances:
    """What can be reported, and the words that suggest it."""
    lines = reading.each(Circumstance, "circumstances", "circumstance")
    suggesting: list[Phrase] = []
    for code, line in lines.items():
        path = ("circumstances", "circumstance", code)
        suggesting += _phrases(reading, speech, line, code, "any", *path)
        suggesting += danger.phrases.named(line.danger, code)
    return Circumstances(
        lines=lines,
        lists=reading.each(OfficialList, "circumstances", "list"),
        suggesting=Phrases(suggesting, speech),
    )


def _phrases(
    reading: Reading,
    speech: Speech,
    told: Aside | Said | DangerKind | Circumstance | Telling,
    key: str,
    about: About,
    *path: str,
) -> Iterator[Phrase]:
    """The phrases that can be understood; the others are faults. Ours are held by tests."""
    for part, phrases in (("phrases", told.phrases), ("more", told.more)):
        for said in phrases:
            phrase = speech.phrase(key, about, said)
            if reading.is_ours(path[0]) or _is_understood(phrase):
                yield phrase
            else:
                reading.fault("bad-phrase", *path, part, found=said)


def _is_understood(phrase: Phrase) -> bool:
    try:
        return bool(phrase.understood)
    except re.error:
        return False


def read_extraction(reading: Reading, speech: Speech) -> Extraction:
    """What spoken words say of a visit."""
    visit = [phrase for part in _VISIT for phrase in _tellings(reading, speech, part)[1]]
    hazards, found = _tellings(reading, speech, "hazard")
    needs, wanted = _tellings(reading, speech, "need")
    for key in hazards:
        reading.names(
            "unknown-hazard-group", [key.split(".")[0]], HAZARD_GROUPS, "extraction", "hazard", key
        )
    for part, known in _VISIT.items():
        reading.names(
            "unknown-thing", reading.table("extraction", part), known, "extraction", part
        )
    return Extraction(
        days=_day_phrases(reading),
        visit=Phrases([*visit, *_meetings(reading, speech)], speech),
        hazards=hazards,
        needs=needs,
        found=Phrases([*found, *wanted], speech),
    )


#: What a visit's card asks, and the answers that phrases may give.
_VISIT: Mapping[str, Sequence[str]] = {
    "kind": KINDS,
    "outcome": (*FAILURES, "done"),
    "seen": ("yes", "no"),
    "alone": ("yes",),
}


def _tellings(
    reading: Reading, speech: Speech, part: str
) -> tuple[dict[str, Telling], list[Phrase]]:
    told = reading.each(Telling, "extraction", part)
    phrases = [
        phrase
        for key, one in told.items()
        for phrase in _phrases(
            reading, speech, one, f"{part}/{key}", one.about, "extraction", part, key
        )
    ]
    return told, phrases


@dataclass(frozen=True, slots=True, kw_only=True)
class _Meeting:
    phrases: tuple[str, ...]


def _meetings(reading: Reading, speech: Speech) -> Iterator[Phrase]:
    """Whom one met: each word for somebody in each phrase for meeting."""
    made = reading.make(_Meeting, "extraction", reading.table("extraction", "meeting"), "meeting")
    met = reading.make(
        dict[str, tuple[str, ...]], "extraction", reading.table("extraction", "met"), "met"
    )
    for key, words in (met or {}).items():
        who = "|".join(words)
        said = tuple(
            phrase.replace("{谁}", f"({who})") for phrase in (made or _NO_MEETING).phrases
        )
        yield from _phrases(
            reading, speech, Telling(phrases=said), f"met/{key}", "any", "extraction", "meeting"
        )


_NO_MEETING = _Meeting(phrases=())


def _day_phrases(reading: Reading) -> Days:
    told = reading.make(dict[str, str], "extraction", reading.table("extraction", "day"), "day")
    patterns = {one.name: re.compile("(?!)") for one in fields(Days)}
    for key in patterns:
        try:
            patterns[key] = re.compile((told or {})[key])
        except KeyError:
            reading.fault("missing", "extraction", "day", key)
        except re.error:
            reading.fault("bad-phrase", "extraction", "day", found=key)
    return Days(**patterns)
