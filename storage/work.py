"""What a turn sees of the memory: one transaction, its time, and a repository for each thing."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from storage.audit import Audit, AuditSeen
from storage.cases.cases import Cases
from storage.cases.cases_seen import CasesSeen
from storage.cases.duties import Duties, DutiesSeen
from storage.children.carers import Carers, CarersSeen
from storage.children.child_looks import ChildLooks, ChildLooksSeen
from storage.children.children import Children
from storage.children.children_seen import ChildrenSeen
from storage.children.claims import Claims, ClaimsSeen
from storage.children.disputes import Disputes, DisputesSeen
from storage.children.families import Families, FamiliesSeen
from storage.children.noticed import NoticedSeen
from storage.children.responsibilities import Responsibilities
from storage.children.responsibilities_seen import ResponsibilitiesSeen
from storage.children.roster_undo import RosterUndo, RosterUndoSeen
from storage.children.rosters import Rosters
from storage.children.rosters_seen import RostersSeen
from storage.children.timelines import TimelinesSeen
from storage.children.twins import Twins, TwinsSeen
from storage.erasing.erasures import Erasures
from storage.erasing.erasures_seen import ErasuresSeen
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
from storage.people.people import People
from storage.people.people_seen import PeopleSeen
from storage.people.registrations import Registrations, RegistrationsSeen
from storage.people.shifts import Shifts, ShiftsSeen
from storage.people.tries import Tries
from storage.places.areas import Places
from storage.places.areas_seen import PlacesSeen
from storage.poison import Poison, PoisonSeen
from storage.pulses import Pulses, PulsesSeen
from storage.reaching.broadcasts import Broadcasts, BroadcastsSeen
from storage.reaching.calls import Calls, CallsSeen
from storage.reaching.outbox import Outbox
from storage.reaching.outbox_seen import OutboxSeen
from storage.reaching.route_gaps import RouteGaps, RouteGapsSeen
from storage.reaching.sending import Sending, SendingSeen
from storage.reaching.unnoticed import Unnoticed, UnnoticedSeen
from storage.reporting.attachments import Attachments
from storage.reporting.attachments_seen import AttachmentsSeen
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
from storage.supervision.day_counts import DayCounts
from storage.supervision.day_counts_seen import DayCountsSeen
from storage.supervision.day_lists import DayListsSeen
from storage.supervision.figures import FiguresSeen
from storage.supervision.findings import Findings, FindingsSeen
from storage.supervision.head_counts import HeadCounts, HeadCountsSeen
from storage.supervision.paces import Paces, PacesSeen
from storage.supervision.trends import TrendsSeen
from storage.systems.hooks import Hooks, HooksSeen
from storage.systems.machines import Machines, MachinesSeen
from storage.visiting.tier_looks import TierLooks, TierLooksSeen
from storage.visiting.visits import Visits
from storage.visiting.visits_seen import VisitsSeen

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

    def end(self) -> None:
        """Let go of all that was read, at once.

        A repository points back at what it reads: without this the collector would find each turn
        with its opened rows only thousands of turns later.
        """
        self.__dict__.clear()

    @lazy
    def areas(self) -> AreaTree:
        """All areas, as a tree."""
        return self.places.tree()

    #: The rows of the areas.
    places = lazy(PlacesSeen)
    #: People, their roles and the ways to reach them.
    people = lazy(PeopleSeen)
    #: Forms that are being filled in.
    drafts = lazy(DraftsSeen)
    #: Published forms.
    forms = lazy(FormsSeen)
    #: What was reported.
    reports = lazy(ReportsSeen)
    #: What becomes of reports.
    cases = lazy(CasesSeen)
    #: What must happen, and by when.
    duties = lazy(DutiesSeen)
    #: One text to many people.
    broadcasts = lazy(BroadcastsSeen)
    #: Whom somebody has to call.
    undelivered = lazy(CallsSeen)
    #: When the program was awake.
    pulses = lazy(PulsesSeen)
    #: Who is on duty outside office hours.
    shifts = lazy(ShiftsSeen)
    #: Posts that nobody reaches.
    route_gaps = lazy(RouteGapsSeen)
    #: The vault: who reported.
    reporters = lazy(ReportersSeen)
    #: Photos, voices, documents.
    attachments = lazy(AttachmentsSeen)
    #: What people think of the product.
    feedback = lazy(FeedbackSeen)
    #: Arrivals that no turn could digest.
    poison = lazy(PoisonSeen)
    #: What we say to people.
    outbox = lazy(OutboxSeen)
    #: What of it waits to be sent.
    sending = lazy(SendingSeen)
    #: What of it asks its reader to act.
    unnoticed = lazy(UnnoticedSeen)
    #: Who did and saw what.
    audit = lazy(AuditSeen)
    #: Links that give one person one post.
    invitations = lazy(InvitationsSeen)
    #: People who say what they are, and wait.
    registrations = lazy(RegistrationsSeen)
    #: Leave, and who stands in.
    deputies = lazy(DeputiesSeen)
    #: Wishes to know who reported.
    unmaskings = lazy(UnmaskingsSeen)
    #: Who turned out to be whom.
    links = lazy(LinksSeen)
    #: Whose phones are lost.
    locks = lazy(LocksSeen)
    #: Other offices' lists.
    claims = lazy(ClaimsSeen)
    #: Who is told that something happened.
    hooks = lazy(HooksSeen)
    #: Other offices' programs.
    machines = lazy(MachinesSeen)
    #: Who waits at the office page's door, and who is inside.
    console = lazy(ConsoleSeen)
    #: The register: children and every change of their records.
    children = lazy(ChildrenSeen)
    #: Who opened a child's file.
    child_looks = lazy(ChildLooksSeen)
    #: What two people changed at once, until a human settles it.
    disputes = lazy(DisputesSeen)
    #: Children who may be one.
    twins = lazy(TwinsSeen)
    #: Who looks after a child.
    carers = lazy(CarersSeen)
    #: Who of a child's family says each week that all is well.
    families = lazy(FamiliesSeen)
    #: Who answers for which child.
    responsibilities = lazy(ResponsibilitiesSeen)
    #: Imported rosters.
    rosters = lazy(RostersSeen)
    #: Imported rosters that are taken back.
    roster_undo = lazy(RosterUndoSeen)
    #: Schools, their classes and pupils.
    classes = lazy(ClassesSeen)
    #: Who is missing from school.
    absences = lazy(AbsencesSeen)
    #: What schools say of each month.
    school_months = lazy(SchoolMonthsSeen)
    #: Children whom schools hand to the villages for a holiday.
    holidays = lazy(HolidaysSeen)
    #: Whom the work reached.
    coverage = lazy(CoverageSeen)
    #: Whose tier is looked at again.
    tier_looks = lazy(TierLooksSeen)
    #: What the program asks of people.
    burdens = lazy(BurdensSeen)
    #: How cases turned out.
    findings = lazy(FindingsSeen)
    #: What the numbers of days count.
    day_lists = lazy(DayListsSeen)
    #: Active children of places, and in whose hands they are, added up.
    head_counts = lazy(HeadCountsSeen)
    #: How long steps of cases took, to be looked at.
    paces = lazy(PacesSeen)
    #: Visits of places, added up.
    day_counts = lazy(DayCountsSeen)
    #: Visits, and what the next ones are planned from.
    visits = lazy(VisitsSeen)
    #: Tables that people sent in the talk.
    sent_tables = lazy(SentTablesSeen)
    #: The authenticator apps of whoever sits at the office page.
    authenticators = lazy(AuthenticatorsSeen)
    #: Versions of forms that somebody wants in force.
    form_changes = lazy(FormChangesSeen)
    #: What was removed for good, and what is held back.
    erasures = lazy(ErasuresSeen)
    #: The numbers of papers.
    papers = lazy(PapersSeen)
    #: Lists that left the house.
    exports = lazy(ExportsSeen)
    #: What was changed in the rule tables.
    rule_changes = lazy(RuleChangesSeen)
    #: The channel's own state.
    upkeep = lazy(UpkeepSeen)
    #: Numbers of places.
    figures = lazy(FiguresSeen)
    #: How numbers lie over places and days.
    trends = lazy(TrendsSeen)
    #: What was noticed about children, to be added up.
    noticed = lazy(NoticedSeen)
    #: What became of each child of the register.
    timelines = lazy(TimelinesSeen)


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

    #: What was taken in, so that twice is once.
    inbox = lazy(Inbox)
    #: Wrong guesses.
    tries = lazy(Tries)
    #: What of children, and of what belongs to no case, is removed for good.
    forgetting = lazy(Forgetting)

    # What can be looked at can be changed.
    places = lazy(Places)
    people = lazy(People)
    drafts = lazy(Drafts)
    forms = lazy(Forms)
    reports = lazy(Reports)
    cases = lazy(Cases)
    duties = lazy(Duties)
    broadcasts = lazy(Broadcasts)
    undelivered = lazy(Calls)
    pulses = lazy(Pulses)
    shifts = lazy(Shifts)
    route_gaps = lazy(RouteGaps)
    reporters = lazy(Reporters)
    attachments = lazy(Attachments)
    feedback = lazy(Feedback)
    erasures = lazy(Erasures)
    papers = lazy(Papers)
    exports = lazy(Exports)
    poison = lazy(Poison)
    outbox = lazy(Outbox)
    sending = lazy(Sending)
    unnoticed = lazy(Unnoticed)
    audit = lazy(Audit)
    invitations = lazy(Invitations)
    registrations = lazy(Registrations)
    deputies = lazy(Deputies)
    unmaskings = lazy(Unmaskings)
    links = lazy(Links)
    locks = lazy(Locks)
    claims = lazy(Claims)
    hooks = lazy(Hooks)
    machines = lazy(Machines)
    console = lazy(Console)
    children = lazy(Children)
    child_looks = lazy(ChildLooks)
    disputes = lazy(Disputes)
    twins = lazy(Twins)
    carers = lazy(Carers)
    families = lazy(Families)
    responsibilities = lazy(Responsibilities)
    rosters = lazy(Rosters)
    roster_undo = lazy(RosterUndo)
    classes = lazy(Classes)
    absences = lazy(Absences)
    school_months = lazy(SchoolMonths)
    holidays = lazy(Holidays)
    tier_looks = lazy(TierLooks)
    burdens = lazy(Burdens)
    findings = lazy(Findings)
    head_counts = lazy(HeadCounts)
    paces = lazy(Paces)
    day_counts = lazy(DayCounts)
    visits = lazy(Visits)
    sent_tables = lazy(SentTables)
    authenticators = lazy(Authenticators)
    form_changes = lazy(FormChanges)
    rule_changes = lazy(RuleChanges)
