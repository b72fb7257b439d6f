"""Who sees what of a child's record and of a report: by post, and by what it is to them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol, TypeAlias

from policy.register.columns import COLUMNS

#: In one's own hands, of a class that one teaches, at or below the place of one's post, or
#: anywhere else.
Relation: TypeAlias = Literal["own", "class", "area", "elsewhere"]
RELATIONS: tuple[Relation, ...] = ("own", "class", "area", "elsewhere")
Part: TypeAlias = Literal["reasons", "answers", "additions", "files"]
PARTS: tuple[Part, ...] = ("reasons", "answers", "additions", "files")
#: Those in which somebody may be spoken of.
WORDS: tuple[Part, ...] = ("answers", "additions", "files")
#: Kinds of what people send.
FileKind: TypeAlias = Literal["photo", "voice", "video", "document"]
FILE_KINDS: tuple[FileKind, ...] = ("photo", "voice", "video", "document")
#: Stands for every post, and for people without one.
EVERYBODY = "everybody"
#: The groups of columns that a right may name.
GROUPS = tuple(dict.fromkeys(column.group for column in COLUMNS.table.values()))


class Tree(Protocol):
    """The part of an area tree that rights need."""

    def is_within(self, area: int, scope: int) -> bool:
        """True when ``area`` is ``scope`` or lies below it."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildRight:
    """Which columns of a child's record a post sees."""

    groups: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    #: Shown as 张*, 138****5678.
    masked: tuple[str, ...] = ()

    def fields(self) -> frozenset[str]:
        """The columns that are seen in full."""
        grouped = {key for key, column in COLUMNS.table.items() if column.group in self.groups}
        return frozenset(grouped.union(self.columns).difference(self.masked))


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportRight:
    """Which parts of a report a post sees."""

    parts: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRight:
    """Which posts open a kind of file as it came; others open a picture's copy, or nothing."""

    original: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What somebody sees of one child; nothing at all: the child is not there for them."""

    full: frozenset[str] = frozenset()
    masked: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.full or self.masked)

    def without(self, keys: frozenset[str]) -> "Sight":
        """The same, with these columns masked."""
        return Sight(full=self.full - keys, masked=self.masked | (self.full & keys))

    def __or__(self, other: "Sight") -> "Sight":
        full = self.full | other.full
        return Sight(full=full, masked=(self.masked | other.masked) - full)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rights:
    """The table; what is not in it is not seen."""

    #: Relation -> role, or everybody -> right.
    child: Mapping[Relation, Mapping[str, ChildRight]] = field(default_factory=dict)
    #: Role -> right, for reports at or below the place of the post.
    report: Mapping[str, ReportRight] = field(default_factory=dict)
    #: Kind of file -> right, for whoever reads the files of the report.
    file: Mapping[str, FileRight] = field(default_factory=dict)

    def fields_for(self, role: str, relation: Relation) -> frozenset[str]:
        """The columns that the holder of a role sees in full."""
        return self._sight(role, relation).full

    def sight(
        self, posts: Iterable[tuple[str, int]], area: int, tree: Tree, *, own: bool
    ) -> Sight:
        """What the holder of posts sees of a child who lives in ``area``.

        ``posts`` are (role, area) pairs held now; ``own``: the child is in the person's hands.
        """
        seen = self._sight(EVERYBODY, "own" if own else "elsewhere")
        for role, at in posts:
            if own:
                seen |= self._sight(role, "own")
            seen |= self._sight(role, "area" if tree.is_within(area, at) else "elsewhere")
        return seen

    def reading_posts(self) -> frozenset[str]:
        """The posts that see children who are not in their own hands."""
        return frozenset(
            role
            for relation in ("area", "elsewhere")
            for role in self.child.get(relation, {})
            if self._sight(role, relation)
        )

    def parts(
        self, posts: Iterable[tuple[str, int]], area: int | None, tree: Tree
    ) -> frozenset[Part]:
        """The parts of a report about a place that the holder of posts sees."""
        return frozenset(
            part
            for role, at in posts
            if area is not None and role in self.report and tree.is_within(area, at)
            for part in self.report[role].parts
        )

    def opens_original(
        self, kind: str, posts: Iterable[tuple[str, int]], area: int | None, tree: Tree
    ) -> bool:
        """Whether the holder of posts, who reads a report's files, opens one as it came."""
        named = self.file.get(kind, FileRight()).original
        return EVERYBODY in named or any(
            area is not None and role in named and tree.is_within(area, at) for role, at in posts
        )

    def _sight(self, role: str, relation: Relation) -> Sight:
        right = self.child.get(relation, {}).get(role)
        if right is None:
            return Sight()
        full = right.fields()
        return Sight(full=full, masked=frozenset(right.masked) - full)
