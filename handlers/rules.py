"""What every turn may look up: the county's tables and sentences, forms, names, the ledger."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import tzinfo

from conversation.form import Form
from handlers.catching_up import Beforehand
from handlers.children.ledger import Ledger
from handlers.children.roll import Roll
from handlers.visiting import planning
from policy.tables import Policy
from policy.words import Words
from storage.work import Work


@dataclass(slots=True)
class Rules:
    """What every turn may look up: tables, sentences, and the forms that were read already."""

    policy: Policy
    words: Words
    zone: tzinfo
    #: How an invitation is opened: addresses in which TOKEN stands for it.
    doors: tuple[str, ...] = ()
    #: Channels that were given up: nobody is told anything there, and who writes there moves.
    given_up: frozenset[str] = frozenset()
    #: True where short messages go out.
    texts: bool = False
    #: The county's own Word files, by the name of their paper.
    paper_files: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    #: The children's names, to find them by.
    roll: Roll = field(default_factory=Roll, repr=False)
    #: What takes long to count, for turns that ask for it.
    beforehand: Beforehand = field(default_factory=Beforehand, repr=False)
    #: What the register counted at every moment.
    ledger: Ledger = field(init=False, repr=False)
    _forms: dict[str, Form] = field(default_factory=dict)
    _tables: str = ""

    def __post_init__(self) -> None:
        self.ledger = Ledger(self.policy.summary, self.zone)

    @property
    def tables(self) -> str:
        """Names the tables by which visits are planned: others plan them anew."""
        if not self._tables:
            self._tables = planning.mark_of(self.policy)
        return self._tables

    def follow(self, policy: Policy, words: Words | None = None) -> None:
        """Other tables, or sentences, are in force from the next turn on."""
        self.policy = policy
        self.words = words or self.words
        self._tables = ""

    def open_door(self, door: str) -> None:
        """Invitations are opened by this address, too."""
        self.doors = (*self.doors, door)

    def current_form(self, work: Work, name: str) -> tuple[str, Form]:
        """The version in force of a form, and the form. Raises KeyError for an unknown one."""
        row = work.forms.current(name)
        if row is None:
            raise KeyError(name)
        return row.version, self._read(row.version, row.compiled)

    def form(self, work: Work, version: str) -> Form:
        """A published version, however old."""
        known = self._forms.get(version)
        if known is not None:
            return known
        row = work.forms.get(version)
        if row is None:
            raise KeyError(version)
        return self._read(version, row.compiled)

    def _read(self, version: str, compiled: str) -> Form:
        form = self._forms.get(version)
        if form is None:
            form = self._forms[version] = Form.from_json(compiled)
        return form
