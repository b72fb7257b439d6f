"""What is known of a child that somebody may call it by."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from policy.register.kinship import Relation, relation_of

FATHER, MOTHER = (
    Relation(sex="male", generation=1),
    Relation(sex="female", generation=1, by_mother=True),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildEntry:
    """What is known of a child that somebody may call it by."""

    id: int
    name: str = field(repr=False)
    nicknames: tuple[str, ...] = field(default=(), repr=False)
    #: male, female or ""
    sex: str = ""
    #: As far as it is known: 2016, 2016-09 or 2016-09-01.
    birth: str = field(default="", repr=False)
    #: The group, the village and the township, each with its other names; () is not known.
    places: tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]] = ((), (), ())
    school: str = ""
    grade: str = ""
    father: str = field(default="", repr=False)
    mother: str = field(default="", repr=False)
    #: (祖母, 张桂芳): grandparents and guardians.
    elders: tuple[tuple[str, str], ...] = field(default=(), repr=False)

    @property
    def household(self) -> tuple[str, str, str]:
        """The same for brothers and sisters; a child of unknown parents has none that we know."""
        if not self.father and not self.mother:
            return "", "", str(self.id)
        return self.father, self.mother, next(iter(self.places[1]), "")

    def kin(self) -> Iterator[tuple[str, Relation]]:
        """Those whose child it may be called, and what they are to it: parents first."""
        if self.father:
            yield self.father, FATHER
        if self.mother:
            yield self.mother, MOTHER
        for relation, name in self.elders:
            if name:
                yield name, relation_of(relation)
