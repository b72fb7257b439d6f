"""A county in which every secret is a word that stands nowhere else, and who may read which."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256
from itertools import permutations
from typing import Any

from conversation.cards import Card, card_to_json
from policy.areas import AreaTree
from policy.tables import Policy
from storage.cases.case import Owner
from storage.children.roster import RosterRowIn
from storage.reporting.reports import ReportIn
from storage.school.absences import AbsenceIn
from storage.school.classes import PupilIn
from storage.work import Work
from tests.fakes.house import settle_county

#: Where children live; the first two are of one village.
HOMES = (
    "青石镇河湾村一组",
    "青石镇河湾村二组",
    "青石镇青石村一组",
    "云峰乡云峰村一组",
    "云峰乡石板村一组",
)
#: Where a watcher may hold a post.
SEATS = ("青石镇河湾村", "青石镇", "云峰乡云峰村", "云峰乡", "云岭县")
#: Far from the seats above it, for what must not be noticed.
FAR = {"青石镇河湾村": "云峰乡石板村一组", "青石镇": "云峰乡石板村一组"} | {
    "云峰乡云峰村": "青石镇青石村一组",
    "云峰乡": "青石镇青石村一组",
}
GIVEN = tuple(map("".join, permutations("骉鱻麤犇羴淼焱垚", 2)))
FAMILIES = "王李张刘陈"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hidden:
    """A secret of a child: whose, of which column, and what it says."""

    child: int
    key: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A report: its story, and who told it."""

    report: int
    case: int
    area: int
    story: str
    reporter: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class County:
    """Ids of what was settled, and all that is secret of it."""

    places: Mapping[str, int]
    #: Child -> where it lives, and where it is offered to.
    homes: Mapping[int, int]
    offered: Mapping[int, int]
    hidden: tuple[Hidden, ...] = field(repr=False)
    told: tuple[Told, ...] = field(repr=False)
    #: What was sent with each report.
    files: tuple[int, ...]
    #: People by what they are called.
    people: Mapping[str, int]
    #: What some of them are, and what one will be.
    posts: tuple[int, ...]
    wish: int
    registration: int
    dispute: int
    draft: int
    #: One that waits for a yes and has a doubtful row, and one that was applied.
    rosters: tuple[int, int]
    doubtful: int
    #: Of a school: its place and id, its class, the pupils, who of them is missing.
    school_area: int
    schools: tuple[int, ...]
    classes: tuple[int, ...]
    months: tuple[int, ...]
    holidays: tuple[int, ...]
    checks: tuple[int, ...]
    pupils: tuple[int, ...]
    absences: tuple[int, ...]
    #: Of families: somebody who takes part, and an invitation that waits.
    families: tuple[int, ...]
    #: Whom somebody is to call, because of the cases.
    calls: tuple[int, ...]
    #: What is to be done about the cases.
    duties: tuple[int, ...]
    #: A pupil whom the register does not know.
    unregistered: str

    def secrets(self) -> Iterator[str]:
        """Every word that stands nowhere else."""
        yield from (one.value for one in self.hidden)
        yield self.unregistered
        for one in self.told:
            yield from (one.story, *one.reporter)


def settle(work: Work) -> County:
    """Ten children, three reports, a few workers, and one of everything that waits."""
    settle_county(work)
    places = {work.areas.full_name(row.id): row.id for row in work.places.load()}
    people = {
        name: _worker(work, name, role, places[place])
        for name, role, place in (
            ("河湾主任", "child_director", "青石镇河湾村"),
            ("云峰主任", "child_director", "云峰乡云峰村"),
            ("青石督导", "child_supervisor", "青石镇"),
            ("云峰督导", "child_supervisor", "云峰乡"),
            ("包保干部", "responsible", "青石镇河湾村"),
            ("县民政", "civil_affairs", "云岭县"),
            ("县公安", "police", "云岭县"),
            ("青石教师", "teacher", "青石镇青石村"),
        )
    }
    hidden: list[Hidden] = []
    homes: dict[int, int] = {}
    for number, home in enumerate(HOMES * 2):
        values = _values(number)
        child = work.children.add(places[home], values, source="roster", by=0)
        homes[child] = places[home]
        hidden += [Hidden(child=child, key=key, value=value) for key, value in values.items()]
        hidden.append(Hidden(child=child, key="name", value=values["name"][1:]))
    ids = [*homes]
    for child, keeper in zip(ids, ("河湾主任", "包保干部", "青石督导", "云峰主任"), strict=False):
        work.responsibilities.assign(child, people[keeper], by=0)
    work.children.transfer(ids[4], places["青石镇河湾村"], by=people["云峰督导"])
    work.children.change(ids[0], {"tier": "red"}, source="visit", by=people["河湾主任"])
    work.children.change(
        ids[0], {"tier": "blue"}, source="visit", by=people["包保干部"], expect={"tier": "yellow"}
    )
    rosters, doubtful = _rosters(work, people, places, ids)
    families = tuple(
        _family(work, child, values=_values(number), hidden=hidden)
        for number, child in enumerate(ids[:3])
    )
    told = tuple(_report(work, number, places[HOMES[number]]) for number in (0, 2, 3))
    return County(
        places=places,
        homes=homes,
        offered={ids[4]: places["青石镇河湾村"]},
        hidden=tuple(hidden),
        told=told,
        files=tuple(_file(work, one) for one in told),
        people=people,
        posts=_posts(work, people, places["青石镇河湾村"]),
        wish=_wish(work, told[0], people["县公安"]),
        registration=_registration(work, places["青石镇青石村"], "周登记"),
        dispute=work.disputes.below(sorted(places.values()))[0].id,
        draft=_draft(work),
        rosters=rosters,
        doubtful=doubtful,
        families=families,
        calls=tuple(_call(work, one, people["河湾主任"]) for one in told),
        duties=tuple(duty.id for one in told for duty in work.duties.open_of("case", one.case)),
        **_school(work, places["青石镇青石村"], people["青石教师"], ids[0], hidden[0].value),
    )


def add_far_away(work: Work, county: County, place: str, *, only_child: bool) -> None:
    """One child more, of a name that is known, in nobody's hands; a report and a registration."""
    area = county.places[place]
    named = next(one.value for one in county.hidden if one.key == "name")
    values = {"name": named, "sex": "male", "birth_date": "2014-01-01"}
    work.children.add(area, values, source="roster", by=0)
    if not only_child:
        _report(work, 7, area)
        _registration(work, area, "吴远方")


def may_read(
    county: County,
    policy: Policy,
    tree: AreaTree,
    posts: Iterable[tuple[str, int]],
    own: Iterable[int],
) -> set[str]:
    """The secrets that the table lets the holder of these posts read."""
    held, mine = tuple(posts), frozenset(own)
    allowed = {
        one.value
        for one in county.hidden
        if any(
            one.key in policy.rights.sight(held, area, tree, own=one.child in mine).full
            for area in _areas(county, one.child, policy, held, tree)
        )
    }
    if any(
        policy.roles[role].heads_school and tree.is_within(county.school_area, at)
        for role, at in held
    ):
        allowed.add(county.unregistered)
    return allowed | {
        one.story for one in county.told if "answers" in policy.rights.parts(held, one.area, tree)
    }


def _areas(
    county: County,
    child: int,
    policy: Policy,
    held: tuple[tuple[str, int], ...],
    tree: AreaTree,
) -> Iterator[int]:
    """Where the child lives; and, for who keeps the register there, where it is offered to."""
    yield county.homes[child]
    to = county.offered.get(child)
    keeps = any(
        policy.roles[role].keeps_register and tree.is_within(to or 0, at) for role, at in held
    )
    if to is not None and keeps:
        yield to


def _values(number: int) -> dict[str, str]:
    given = GIVEN[number]
    return {
        "name": f"{FAMILIES[number % len(FAMILIES)]}{given}",
        "nickname": f"乳名{number:03}儿",
        "birth_date": f"2014-0{1 + number // 5}-1{number % 5}",
        "id_number": f"5201232014010{number:05}",
        "address": f"暗巷{number:03}号",
        "illness": f"秘病{number:03}",
        "notes": f"隐情{number:03}",
        "father_name": f"赵父{number:03}",
        "father_phone": f"139{number:08}",
        "mother_whereabouts": f"远城{number:03}",
        "guardian_name": f"钱监{number:03}",
        "guardian_phone": f"138{number:08}",
    }


def _worker(work: Work, name: str, role: str, area: int) -> int:
    person = work.people.meet("paper", name).person_id
    work.people.set_name(person, name)
    work.people.add_role(person, role, area)
    return person


def _posts(work: Work, people: Mapping[str, int], village: int) -> tuple[int, ...]:
    """The post of each, and one that begins later."""
    later = work.people.add_role(
        people["青石教师"], "grid_worker", village, since=work.now + timedelta(days=30)
    )
    return (*(one.id for who in people.values() for one in work.people.roles(who)), later)


def _rosters(
    work: Work, people: Mapping[str, int], places: Mapping[str, int], ids: list[int]
) -> tuple[tuple[int, int], int]:
    rows = [
        RosterRowIn(
            number=5,
            kind="doubtful",
            area_id=places[HOMES[0]],
            values=_values(0),
            child_id=ids[0],
        )
    ]
    made = []
    for place, by in (("青石镇", people["青石督导"]), ("云峰乡", people["云峰督导"])):
        made.append(work.rosters.stage(places[place], "暗册", by=by))
        work.rosters.add(made[-1], rows, by=by)
    work.rosters.apply(made[1], by=people["云峰督导"])
    row = work.rosters.rows(made[0], ["doubtful"])[0]
    return (made[0], made[1]), row.id


def _report(work: Work, number: int, area: int) -> Told:
    story, name, phone = f"暗事{number:03}", f"孙报{number:03}", f"137{number:08}"
    met = work.people.meet("paper", f"neighbour-{number}")
    work.people.set_name(met.person_id, name)
    work.people.set_phone(met.person_id, phone)
    form = work.forms.current("report")
    assert form is not None
    filed = work.reports.file(
        ReportIn(
            kind="report",
            area_id=area,
            form_version=form.version,
            answers=f'{{"what": "{story}"}}',
            grade="yellow",
            anonymous=False,
        )
    )
    said = {"speaker_name": name, "speaker_phone": phone}
    work.reporters.keep(filed.id, met.contact_id, said, "123456")
    owner = Owner(role="civil_affairs", area_id=work.areas.roots()[0].id, person_id=None)
    case = work.cases.open(filed, owner, stage="received", child_id=None)
    return Told(report=filed.id, case=case.id, area=area, story=story, reporter=(name, phone))


def _file(work: Work, told: Told) -> int:
    """A recording that came with it; what its sender called it names somebody."""
    reporter = work.reporters.contact_of(told.report)
    assert reporter is not None
    name = f"{told.reporter[0]}.ogg"
    kept = work.attachments.receive(
        reporter, kind="voice", channel="paper", name=name, mime="audio/ogg"
    )
    sent = told.story.encode()
    work.attachments.put_chunk(kept, 0, sent)
    work.attachments.finish(kept, sha256(sent).hexdigest(), len(sent), chunks=1)
    work.attachments.attach(kept, report_id=told.report)
    return kept


def _handed(work: Work, school: int, pupil: int, child: int) -> int | None:
    """A holiday whose child was handed to its village."""
    first = work.now.date()
    rest = work.holidays.ask(school, first, first)
    living = work.children.get(child)
    assert rest is not None
    assert living is not None
    village = next(one.id for one in work.areas.path(living.area_id) if one.kind == "village")
    work.holidays.to_state(rest, "sent", was="asked")
    work.holidays.add(rest, [(pupil, child, village, None)])
    return rest


def _school(work: Work, area: int, teacher: int, child: int, name: str) -> dict[str, Any]:
    """A class of two, both missing today: a child of the register, and one whom it knows not."""
    school = work.classes.school_at(area, "青石小学")
    room = work.classes.add(school.id, "三年级2班", grade=3, number=2, by=teacher)
    month = work.now.date().replace(day=1)
    asked = work.school_months.ask(school.id, month)
    checked = work.school_months.open_check(work.areas.roots()[0].id, month.replace(month=10))
    unregistered = f"冯{GIVEN[40]}"
    pupils = work.classes.add_pupils(
        room, [PupilIn(name=name, child_id=child), PupilIn(name=unregistered)]
    )
    living = work.children.get(child)
    assert living is not None
    rests = [
        work.holidays.ask(school.id, month, month),
        _handed(work, school.id, pupils[0], child),
    ]
    absences = [
        work.absences.note(
            AbsenceIn(
                pupil_id=pupil,
                class_id=room,
                child_id=child_id,
                area_id=at,
                first_day=work.now.date(),
                reason="",
                excused=True,
                boards=False,
                by=teacher,
            )
        )
        for pupil, child_id, at in zip(pupils, (child, None), (living.area_id, area), strict=True)
    ]
    return {
        "school_area": area,
        "schools": (school.id,),
        "classes": (room,),
        "months": (asked,) if asked else (),
        "holidays": tuple(one for one in rests if one is not None),
        "checks": (checked,) if checked else (),
        "pupils": pupils,
        "absences": tuple(one for one in absences if one is not None),
        "unregistered": unregistered,
    }


def _family(work: Work, child: int, *, values: Mapping[str, str], hidden: list[Hidden]) -> int:
    """One of a child's family, who said a week ago that something worries them."""
    link_id, token = work.families.invite(
        child, "parent", values["nickname"], by=0, life=timedelta(days=3)
    )
    week = work.now.date() - timedelta(days=work.now.isoweekday())
    link = work.families.use(token, work.people.meet("paper", f"family-{child}").person_id, week)
    assert link is not None
    worry = f"噩梦{child}"
    told = {"call_on": "昨天", "call_long": "short", "call_what": worry}
    work.families.say(link, week, wanted="worry", told=told)
    hidden.append(Hidden(child=child, key="notes", value=worry))
    return link_id


def _call(work: Work, told: Told, person: int) -> int:
    card = card_to_json(Card(text="有一件事等着您"))
    work.undelivered.add(person, f"case:{told.case}", "gone", card, 2)
    call = work.undelivered.of_matter(f"case:{told.case}")[0].id
    work.undelivered.put_on_list(call, area_id=told.area, grade="yellow", passed_to=None)
    return call


def _wish(work: Work, told: Told, by: int) -> int:
    wish = work.unmaskings.ask(told.report, by, "要回访", county_roles=("police",))
    assert isinstance(wish, int)
    return wish


def _registration(work: Work, area: int, name: str) -> int:
    met = work.people.meet("paper", name)
    said = {"name": name, "phone": "13600000000", "workplace": ""}
    return work.registrations.ask(
        met.person_id,
        met.contact_id,
        "grid_worker",
        area,
        said,
        climbs_at=work.now + timedelta(hours=24),
    )


def _draft(work: Work) -> int:
    met = work.people.meet("paper", "neighbour-0")
    form = work.forms.current("report")
    assert form is not None
    return work.drafts.start(met.contact_id, form.version, "{}").id
