"""How good words name a child: by its own names, or by those of its family."""

from collections.abc import Iterator, Sequence

from policy.register.child_names.entry import FATHER, MOTHER, ChildEntry
from policy.register.child_names.sounds import given_of, joined, readings, same_chars, sounds_of
from policy.register.kinship import KinPhrase, Relation, family_name, is_family_name
from policy.sounds import blur, plain

#: How good a name fits. A whole name, a nickname, a given name: as written, as it sounds, blurred.
FULL, NICK, GIVEN = (100, 86, 70), (92, 76, 60), (84, 66, 50)


def score_name(entry: ChildEntry, span: str) -> int:
    """How good a span names a child whose name sounds so, blurred."""
    heard = "".join(sounds_of(span))
    best = 0
    for form, is_whole, scores in _forms(entry):
        if form == span:
            best = max(best, scores[0])
        elif fit := _score_sound(form, heard, scores, is_whole=is_whole):
            best = max(best, fit + same_chars(form, span))
    return best


def score_letters(entry: ChildEntry, run: str) -> int:
    """How good a run of letters spells a name of a child."""
    return max(
        _score_sound(form, run, scores, is_whole=is_whole)
        for form, is_whole, scores in _forms(entry)
    )


def _score_sound(form: str, heard: str, scores: Sequence[int], *, is_whole: bool) -> int:
    """How good a name sounds like pinyin without blanks."""
    usual, *others = ("".join(syllables) for syllables in readings(form, is_whole=is_whole))
    if heard == usual:
        return scores[1]
    return scores[2] if blur(heard) in map(blur, (usual, *others)) else 0


def _forms(entry: ChildEntry) -> Iterator[tuple[str, bool, tuple[int, int, int]]]:
    """What a child is called, whether that is its whole name, and what a fit is worth."""
    yield plain(entry.name), True, FULL
    if given := given_of(entry.name):
        yield given, False, GIVEN
    for nickname in entry.nicknames:
        yield plain(nickname), False, NICK


def score_owner(name: str, who: Relation, owner: str, phrase: KinPhrase) -> int:
    """How good an elder of a child is the owner of a phrase."""
    if is_family_name(owner):
        score = _score_family(name, who, owner)
    else:
        heard = blur("".join(sounds_of(owner)))
        score = 90 if name == owner else 74 if heard in map(joined, readings(name)) else 0
    if not score:
        return 0
    if phrase.owner_sex and who.sex:
        score += 6 if phrase.owner_sex == who.sex else -12
    generation = 2 if phrase.through >= 2 else phrase.generation or phrase.through
    if generation and who.generation:
        score += 6 if generation == who.generation else -6
    if phrase.through >= 2 and who.generation == 2:
        score += 6 if who.by_mother == (phrase.through == 3) else -8
    return score


def _score_family(name: str, who: Relation, owner: str) -> int:
    """老王 is the father; his parents and those who took the child in are called so, too."""
    family = family_name(name)
    if family != owner and joined(sounds_of(family)) != joined(sounds_of(owner)):
        return 0
    score = 60 if who == FATHER else 40 if who == MOTHER else 54
    return score if family == owner else score - 10
