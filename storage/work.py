"""What a turn sees of the memory: one transaction, its time, and a repository for each thing."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from storage.audit import Audit, AuditSeen
from storage.cases.cases import Cases, CasesSeen
from storage.cases.duties import Duties, DutiesSeen
from storage.children.carers import Carers, CarersSeen
from storage.children.child_looks import ChildLooks, ChildLooksSeen
from storage.children.children import Children, ChildrenSeen
from storage.children.claims import Claims, ClaimsSeen
from storage.children.disputes import Disputes, DisputesSeen
from storage.children.families import Families, FamiliesSeen
from storage.children.noticed import NoticedSeen
from storage.children.responsibilities import Responsibilities, ResponsibilitiesSeen
from storage.children.roster_undo import RosterUndo, RosterUndoSeen
from storage.children.rosters import Rosters, RostersSeen
from storage.children.timelines import TimelinesSeen
from storage.children.twins import Twins, TwinsSeen
from storage.erasing.erasures import Erasures, ErasuresSeen
from storage.erasing.forgetting import Forgetting
from storage.inbox import Inbox
from storage.lazy import lazy
from storage.office.console import Console, ConsoleSeen
from storage.office.exports import Exports, ExportsSeen
from storage.office.form_changes import FormChanges, FormChangesSeen
from storage.office.forms import FormRow, Forms, FormsSeen
from storage.office.papers import Papers, PapersSeen
from storage.office.rule_changes import RuleChanges, RuleChangesSeen
from storage.office.sent_tables import SentTables, SentTablesSeen
from storage.office.upkeep import UpkeepSeen
from storage.people.authenticators import Authenticators, AuthenticatorsSeen
from storage.people.deputies import Deputies, DeputiesSeen
from storage.people.invitations import Invitations, InvitationsSeen
from storage.people.links import Links, LinksSeen
from storage.people.locks import Locks, LocksSeen
from storage.people.people import People, PeopleSeen
from storage.people.registrations import Registrations, RegistrationsSeen
from storage.people.shifts import Shifts, ShiftsSeen
from storage.people.tries import Tries
from storage.places.areas import Places, PlacesSeen
from storage.poison import Poison, PoisonSeen
from storage.pulses import Pulses, PulsesSeen
from storage.reaching.broadcasts import Broadcasts, BroadcastsSeen
from storage.reaching.calls import Calls, CallsSeen
from storage.reaching.outbox import Outbox, OutboxSeen
from storage.reaching.route_gaps import RouteGaps, RouteGapsSeen
from storage.reporting.attachments import Attachments, AttachmentsSeen
from storage.reporting.drafts import Drafts, DraftsSeen
from storage.reporting.feedback import Feedback, FeedbackSeen
from storage.reporting.reporters import Reporters, ReportersSeen
from storage.reporting.reports import Reports, ReportsSeen
from storage.reporting.unmasking import Unmaskings, UnmaskingsSeen
from storage.school.absences import Absences, AbsencesSeen
from storage.school.classes import Classes, ClassesSeen
from storage.school.holidays import Holidays, HolidaysSeen
from storage.school.school_months import SchoolMonths, SchoolMonthsSeen
from storage.supervision.burdens import Burdens, BurdensSeen
from storage.supervision.coverage import CoverageSeen
from storage.supervision.day_counts import DayCounts, DayCountsSeen
from storage.supervision.day_lists import DayListsSeen
from storage.supervision.figures import FiguresSeen
from storage.supervision.findings import Findings, FindingsSeen
from storage.supervision.head_counts import HeadCounts, HeadCountsSeen
from storage.supervision.paces import Paces, PacesSeen
from storage.supervision.trends import TrendsSeen
from storage.systems.hooks import Hooks, HooksSeen
from storage.systems.machines import Machines, MachinesSeen
from storage.visiting.tier_looks import TierLooks, TierLooksSeen
from storage.visiting.visits import Visits, VisitsSeen

if TYPE_CHECKING:
    from datetime import datetime

    from policy.areas import AreaTree
    from storage.audit import Fact
    from storage.database import Database
    from storage.ids import Ids
    from storage.sealing import Sealer
    from storage.turns.inhand import Hand


@dataclass(slots=True, kw_only=True)
class Shared:
    """What all turns of one store share."""

    sealer: Sealer = field(repr=False)
    vault: Sealer = field(repr=False)
    audit_key: bytes = field(repr=False)
    ids: Ids
    #: The number in this process's ids that no other process has.
    worker: int
    #: The name of this process on what it has in hand; its next life has another.
    owner: str = field(init=False)
    #: Published forms never change, so that each is read once.
    forms: dict[str, FormRow] = field(default_factory=dict, repr=False)
    #: The areas as of a version of theirs.
    areas: tuple[str, AreaTree] | None = field(default=None, repr=False)
    #: As they lay before a moment, as of a version of theirs.
    past_areas: dict[tuple[str, datetime], AreaTree] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        self.owner = f"{self.worker}.{secrets.token_urlsafe(11)}"

    def forget(self) -> None:
        """Forget what may come from a transaction that was undone."""
        self.forms.clear()
        self.areas = None
        self.past_areas.clear()


class Reading:
    """The memory at one moment, to be looked at."""

    #: True while nothing that was read can become another: it may be kept.
    is_look = True

    def __init__(self, db: Database, now: datetime, shared: Shared) -> None:
        self.db = db
        self.now = now
        self.shared = shared

    @lazy
    def areas(self) -> AreaTree:
        """All areas, as a tree."""
        return self.places.tree()

    @lazy
    def places(self) -> PlacesSeen:
        """The rows of the areas."""
        return PlacesSeen(self)

    @lazy
    def people(self) -> PeopleSeen:
        """People, their roles and the ways to reach them."""
        return PeopleSeen(self)

    @lazy
    def drafts(self) -> DraftsSeen:
        """Forms that are being filled in."""
        return DraftsSeen(self)

    @lazy
    def forms(self) -> FormsSeen:
        """Published forms."""
        return FormsSeen(self)

    @lazy
    def reports(self) -> ReportsSeen:
        """What was reported."""
        return ReportsSeen(self)

    @lazy
    def cases(self) -> CasesSeen:
        """What becomes of reports."""
        return CasesSeen(self)

    @lazy
    def duties(self) -> DutiesSeen:
        """What must happen, and by when."""
        return DutiesSeen(self)

    @lazy
    def broadcasts(self) -> BroadcastsSeen:
        """One text to many people."""
        return BroadcastsSeen(self)

    @lazy
    def undelivered(self) -> CallsSeen:
        """Whom somebody has to call."""
        return CallsSeen(self)

    @lazy
    def pulses(self) -> PulsesSeen:
        """When the program was awake."""
        return PulsesSeen(self)

    @lazy
    def shifts(self) -> ShiftsSeen:
        """Who is on duty outside office hours."""
        return ShiftsSeen(self)

    @lazy
    def route_gaps(self) -> RouteGapsSeen:
        """Posts that nobody reaches."""
        return RouteGapsSeen(self)

    @lazy
    def reporters(self) -> ReportersSeen:
        """The vault: who reported."""
        return ReportersSeen(self)

    @lazy
    def attachments(self) -> AttachmentsSeen:
        """Photos, voices, documents."""
        return AttachmentsSeen(self)

    @lazy
    def feedback(self) -> FeedbackSeen:
        """What people think of the product."""
        return FeedbackSeen(self)

    @lazy
    def poison(self) -> PoisonSeen:
        """Arrivals that no turn could digest."""
        return PoisonSeen(self)

    @lazy
    def outbox(self) -> OutboxSeen:
        """What we say to people."""
        return OutboxSeen(self)

    @lazy
    def audit(self) -> AuditSeen:
        """Who did and saw what."""
        return AuditSeen(self)

    @lazy
    def invitations(self) -> InvitationsSeen:
        """Links that give one person one post."""
        return InvitationsSeen(self)

    @lazy
    def registrations(self) -> RegistrationsSeen:
        """People who say what they are, and wait."""
        return RegistrationsSeen(self)

    @lazy
    def deputies(self) -> DeputiesSeen:
        """Leave, and who stands in."""
        return DeputiesSeen(self)

    @lazy
    def unmaskings(self) -> UnmaskingsSeen:
        """Wishes to know who reported."""
        return UnmaskingsSeen(self)

    @lazy
    def links(self) -> LinksSeen:
        """Who turned out to be whom."""
        return LinksSeen(self)

    @lazy
    def locks(self) -> LocksSeen:
        """Whose phones are lost."""
        return LocksSeen(self)

    @lazy
    def claims(self) -> ClaimsSeen:
        """Other offices' lists."""
        return ClaimsSeen(self)

    @lazy
    def hooks(self) -> HooksSeen:
        """Who is told that something happened."""
        return HooksSeen(self)

    @lazy
    def machines(self) -> MachinesSeen:
        """Other offices' programs."""
        return MachinesSeen(self)

    @lazy
    def console(self) -> ConsoleSeen:
        """Who waits at the office page's door, and who is inside."""
        return ConsoleSeen(self)

    @lazy
    def children(self) -> ChildrenSeen:
        """The register: children and every change of their records."""
        return ChildrenSeen(self)

    @lazy
    def child_looks(self) -> ChildLooksSeen:
        """Who opened a child's file."""
        return ChildLooksSeen(self)

    @lazy
    def disputes(self) -> DisputesSeen:
        """What two people changed at once, until a human settles it."""
        return DisputesSeen(self)

    @lazy
    def twins(self) -> TwinsSeen:
        """Children who may be one."""
        return TwinsSeen(self)

    @lazy
    def carers(self) -> CarersSeen:
        """Who looks after a child."""
        return CarersSeen(self)

    @lazy
    def families(self) -> FamiliesSeen:
        """Who of a child's family says each week that all is well."""
        return FamiliesSeen(self)

    @lazy
    def responsibilities(self) -> ResponsibilitiesSeen:
        """Who answers for which child."""
        return ResponsibilitiesSeen(self)

    @lazy
    def rosters(self) -> RostersSeen:
        """Imported rosters."""
        return RostersSeen(self)

    @lazy
    def roster_undo(self) -> RosterUndoSeen:
        """Imported rosters that are taken back."""
        return RosterUndoSeen(self)

    @lazy
    def classes(self) -> ClassesSeen:
        """Schools, their classes and pupils."""
        return ClassesSeen(self)

    @lazy
    def absences(self) -> AbsencesSeen:
        """Who is missing from school."""
        return AbsencesSeen(self)

    @lazy
    def school_months(self) -> SchoolMonthsSeen:
        """What schools say of each month."""
        return SchoolMonthsSeen(self)

    @lazy
    def holidays(self) -> HolidaysSeen:
        """Children whom schools hand to the villages for a holiday."""
        return HolidaysSeen(self)

    @lazy
    def coverage(self) -> CoverageSeen:
        """Whom the work reached."""
        return CoverageSeen(self)

    @lazy
    def tier_looks(self) -> TierLooksSeen:
        """Whose tier is looked at again."""
        return TierLooksSeen(self)

    @lazy
    def burdens(self) -> BurdensSeen:
        """What the program asks of people."""
        return BurdensSeen(self)

    @lazy
    def findings(self) -> FindingsSeen:
        """How cases turned out."""
        return FindingsSeen(self)

    @lazy
    def day_lists(self) -> DayListsSeen:
        """What the numbers of days count."""
        return DayListsSeen(self)

    @lazy
    def head_counts(self) -> HeadCountsSeen:
        """Active children of places, and in whose hands they are, added up."""
        return HeadCountsSeen(self)

    @lazy
    def paces(self) -> PacesSeen:
        """How long steps of cases took, to be looked at."""
        return PacesSeen(self)

    @lazy
    def day_counts(self) -> DayCountsSeen:
        """Visits of places, added up."""
        return DayCountsSeen(self)

    @lazy
    def visits(self) -> VisitsSeen:
        """Visits, and what the next ones are planned from."""
        return VisitsSeen(self)

    @lazy
    def sent_tables(self) -> SentTablesSeen:
        """Tables that people sent in the talk."""
        return SentTablesSeen(self)

    @lazy
    def authenticators(self) -> AuthenticatorsSeen:
        """The authenticator apps of whoever sits at the office page."""
        return AuthenticatorsSeen(self)

    @lazy
    def form_changes(self) -> FormChangesSeen:
        """Versions of forms that somebody wants in force."""
        return FormChangesSeen(self)

    @lazy
    def erasures(self) -> ErasuresSeen:
        """What was removed for good, and what is held back."""
        return ErasuresSeen(self)

    @lazy
    def papers(self) -> PapersSeen:
        """The numbers of papers."""
        return PapersSeen(self)

    @lazy
    def exports(self) -> ExportsSeen:
        """Lists that left the house."""
        return ExportsSeen(self)

    @lazy
    def rule_changes(self) -> RuleChangesSeen:
        """What was changed in the rule tables."""
        return RuleChangesSeen(self)

    @lazy
    def upkeep(self) -> UpkeepSeen:
        """The channel's own state."""
        return UpkeepSeen(self)

    @lazy
    def figures(self) -> FiguresSeen:
        """Numbers of places."""
        return FiguresSeen(self)

    @lazy
    def trends(self) -> TrendsSeen:
        """How numbers lie over places and days."""
        return TrendsSeen(self)

    @lazy
    def noticed(self) -> NoticedSeen:
        """What was noticed about children, to be added up."""
        return NoticedSeen(self)

    @lazy
    def timelines(self) -> TimelinesSeen:
        """What became of each child of the register."""
        return TimelinesSeen(self)


class Work(Reading):
    """One turn's transaction: all of it is kept, or nothing."""

    is_look = False

    def __init__(
        self, db: Database, now: datetime, shared: Shared, hand: Hand | None = None
    ) -> None:
        super().__init__(db, now, shared)
        self.calls: list[Callable[[], object]] = []
        #: Children whose next visit this turn made another.
        self.stirred: set[int] = set()
        #: Children whose records this turn changed.
        self.changed: set[int] = set()
        self._hand = hand

    def new_id(self) -> int:
        """An id that was never given before and sorts after the earlier ones."""
        return self.shared.ids.new(self.now)

    def take_in_hand(self, mark: bytes) -> None:
        """Should the process die of this turn, this was the cause; raises Deadly after five."""
        if self._hand is not None:
            self._hand.take(mark)

    @property
    def facts(self) -> list[Fact]:
        """What the turn wrote into the audit."""
        return self.audit.written if "audit" in self.__dict__ else []

    def after_commit(self, call: Callable[[], object]) -> None:
        """Have it called once the turn is durable; in the event loop of whoever wrote."""
        self.calls.append(call)

    @lazy
    def places(self) -> Places:
        """The rows of the areas."""
        return Places(self)

    @lazy
    def people(self) -> People:
        """People, their roles and the ways to reach them."""
        return People(self)

    @lazy
    def drafts(self) -> Drafts:
        """Forms that are being filled in."""
        return Drafts(self)

    @lazy
    def forms(self) -> Forms:
        """Published forms."""
        return Forms(self)

    @lazy
    def reports(self) -> Reports:
        """What was reported."""
        return Reports(self)

    @lazy
    def cases(self) -> Cases:
        """What becomes of reports."""
        return Cases(self)

    @lazy
    def duties(self) -> Duties:
        """What must happen, and by when."""
        return Duties(self)

    @lazy
    def broadcasts(self) -> Broadcasts:
        """One text to many people."""
        return Broadcasts(self)

    @lazy
    def undelivered(self) -> Calls:
        """Whom somebody has to call."""
        return Calls(self)

    @lazy
    def pulses(self) -> Pulses:
        """When the program was awake."""
        return Pulses(self)

    @lazy
    def shifts(self) -> Shifts:
        """Who is on duty outside office hours."""
        return Shifts(self)

    @lazy
    def route_gaps(self) -> RouteGaps:
        """Posts that nobody reaches."""
        return RouteGaps(self)

    @lazy
    def reporters(self) -> Reporters:
        """The vault: who reported."""
        return Reporters(self)

    @lazy
    def attachments(self) -> Attachments:
        """Photos, voices, documents."""
        return Attachments(self)

    @lazy
    def inbox(self) -> Inbox:
        """What was taken in, so that twice is once."""
        return Inbox(self)

    @lazy
    def feedback(self) -> Feedback:
        """What people think of the product."""
        return Feedback(self)

    @lazy
    def tries(self) -> Tries:
        """Wrong guesses."""
        return Tries(self)

    @lazy
    def erasures(self) -> Erasures:
        """What is removed for good, and what is held back."""
        return Erasures(self)

    @lazy
    def papers(self) -> Papers:
        """The numbers of papers, given."""
        return Papers(self)

    @lazy
    def forgetting(self) -> Forgetting:
        """What of children, and of what belongs to no case, is removed for good."""
        return Forgetting(self)

    @lazy
    def exports(self) -> Exports:
        """Lists that leave the house."""
        return Exports(self)

    @lazy
    def poison(self) -> Poison:
        """Arrivals that no turn could digest."""
        return Poison(self)

    @lazy
    def outbox(self) -> Outbox:
        """What we say to people."""
        return Outbox(self)

    @lazy
    def audit(self) -> Audit:
        """Who did and saw what."""
        return Audit(self)

    @lazy
    def invitations(self) -> Invitations:
        """Links that give one person one post."""
        return Invitations(self)

    @lazy
    def registrations(self) -> Registrations:
        """People who say what they are, and wait."""
        return Registrations(self)

    @lazy
    def deputies(self) -> Deputies:
        """Leave, and who stands in."""
        return Deputies(self)

    @lazy
    def unmaskings(self) -> Unmaskings:
        """Wishes to know who reported."""
        return Unmaskings(self)

    @lazy
    def links(self) -> Links:
        """Two channels of one person."""
        return Links(self)

    @lazy
    def locks(self) -> Locks:
        """Lost phones, to be locked and given back."""
        return Locks(self)

    @lazy
    def claims(self) -> Claims:
        """Other offices' lists."""
        return Claims(self)

    @lazy
    def hooks(self) -> Hooks:
        """Who is told that something happened."""
        return Hooks(self)

    @lazy
    def machines(self) -> Machines:
        """Other offices' programs."""
        return Machines(self)

    @lazy
    def console(self) -> Console:
        """Who waits at the office page's door, and who is inside."""
        return Console(self)

    @lazy
    def children(self) -> Children:
        """The register: children and every change of their records."""
        return Children(self)

    @lazy
    def child_looks(self) -> ChildLooks:
        """Who opened a child's file."""
        return ChildLooks(self)

    @lazy
    def disputes(self) -> Disputes:
        """What two people changed at once, until a human settles it."""
        return Disputes(self)

    @lazy
    def twins(self) -> Twins:
        """Children who may be one."""
        return Twins(self)

    @lazy
    def carers(self) -> Carers:
        """Who looks after a child."""
        return Carers(self)

    @lazy
    def families(self) -> Families:
        """Who of a child's family says each week that all is well."""
        return Families(self)

    @lazy
    def responsibilities(self) -> Responsibilities:
        """Who answers for which child."""
        return Responsibilities(self)

    @lazy
    def rosters(self) -> Rosters:
        """Imported rosters."""
        return Rosters(self)

    @lazy
    def roster_undo(self) -> RosterUndo:
        """Imported rosters that are taken back."""
        return RosterUndo(self)

    @lazy
    def classes(self) -> Classes:
        """Schools, their classes and pupils."""
        return Classes(self)

    @lazy
    def absences(self) -> Absences:
        """Who is missing from school."""
        return Absences(self)

    @lazy
    def school_months(self) -> SchoolMonths:
        """What schools say of each month."""
        return SchoolMonths(self)

    @lazy
    def holidays(self) -> Holidays:
        """Children whom schools hand to the villages for a holiday."""
        return Holidays(self)

    @lazy
    def tier_looks(self) -> TierLooks:
        """Whose tier is looked at again."""
        return TierLooks(self)

    @lazy
    def burdens(self) -> Burdens:
        """What the program asks of people."""
        return Burdens(self)

    @lazy
    def findings(self) -> Findings:
        """How cases turned out."""
        return Findings(self)

    @lazy
    def head_counts(self) -> HeadCounts:
        """Active children of places, and in whose hands they are, to be added up."""
        return HeadCounts(self)

    @lazy
    def paces(self) -> Paces:
        """How long steps of cases took, to be added up."""
        return Paces(self)

    @lazy
    def day_counts(self) -> DayCounts:
        """Visits of places, to be added up."""
        return DayCounts(self)

    @lazy
    def visits(self) -> Visits:
        """Visits, and what the next ones are planned from."""
        return Visits(self)

    @lazy
    def sent_tables(self) -> SentTables:
        """Tables that people sent in the talk."""
        return SentTables(self)

    @lazy
    def authenticators(self) -> Authenticators:
        """The authenticator apps of whoever sits at the office page."""
        return Authenticators(self)

    @lazy
    def form_changes(self) -> FormChanges:
        """Versions of forms that somebody wants in force."""
        return FormChanges(self)

    @lazy
    def rule_changes(self) -> RuleChanges:
        """Changes of the rule tables."""
        return RuleChanges(self)
