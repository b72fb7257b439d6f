"""A village of sixty children through two years, whatever happens in it: nobody is forgotten.

Visits that succeed and fail, leave with and without a deputy, other tiers, pauses, handovers,
telephones that stop to answer, children who leave and come back, days on which the program is off.
"""

from datetime import UTC, date, datetime, timedelta
from random import Random

from bot.county.rules import read_rules
from bot.settings import read_settings
from handlers.reaching import ringing
from handlers.rules import Rules
from handlers.turn import Filled, Turn
from handlers.visiting import checkin, digest, planning, shares
from storage.people.people import NOBODY
from storage.people.person import Speaker
from storage.reporting.drafts import Draft
from storage.sealing import KeyRing
from storage.store import Store
from storage.work import Reading, Work
from tests.fakes.clock import FakeClock
from tests.fakes.house import prepare, settle_county
from tests.storage.village import worker

DAYS = 730
#: Days that share a commit, so that the disk is not what is measured.
TOGETHER = 10
CHILDREN = 60
#: Any will do; the same one fails the same way.
SEED = 20
DAY = timedelta(days=1)
BEGAN = datetime(2026, 3, 1, 23, 40, tzinfo=UTC)  # 07:40 in Shanghai
TIERS = ("red", "orange", "yellow", "blue", "green")


class Village:
    """What the test knows of it; all else is asked of the store."""

    def __init__(self, work: Work, rules: Rules, chance: Random) -> None:
        self.rules, self.chance = rules, chance
        settle_county(work)
        places = {work.areas.full_name(row.id): row.id for row in work.places.load()}
        self.groups = [places["青石镇河湾村一组"], places["青石镇河湾村二组"]]
        self.cadres = [
            worker(work, f"cadre{one}", "responsible", places["青石镇河湾村"]) for one in range(4)
        ]
        self.boss = worker(work, "boss", "child_supervisor", places["青石镇"])
        worker(work, "director", "child_director", places["青石镇河湾村"])
        worker(work, "county", "civil_affairs", places["云岭县"])
        self.children: list[int] = []
        household = None
        for number in range(CHILDREN):
            child = work.children.add(
                chance.choice(self.groups),
                {"name": f"孩{number}", "labels": chance.choice(["left_behind", "orphan", ""])},
                source="roster",
                by=self.boss,
                household_id=household if chance.random() < 0.4 else None,
            )
            household = work.children.some([child])[0].household_id
            self.children.append(child)
            if number % 10:
                cadre = chance.choice(self.cadres)
                work.responsibilities.assign(child, cadre, by=self.boss)
        self.off_until = date.min
        planning.plan(work, rules, self.children)
        work.stirred.clear()

    # -- a day ---------------------------------------------------------------------------------

    def live_some_days(self, work: Work) -> None:
        """One day after another, as if each had its own turn."""
        for _ in range(TOGETHER):
            self.live(work)
            work.now += DAY

    def live(self, work: Work) -> None:
        """The morning, what people do, and the promises that hold in the evening."""
        today = work.now.astimezone(self.rules.zone).date()
        if self.chance.random() < 0.02:
            self.off_until = today + timedelta(days=self.chance.randint(1, 5))
        is_on = today >= self.off_until
        if is_on:
            self.beat(work, today)
        for _ in range(self.chance.randint(0, 8)):
            self.act(work, today)
        planning.plan_stirred(work, self.rules)
        self.assert_everybody_has_a_visit(work)

    def beat(self, work: Work, today: date) -> None:
        """What the program does by itself: planning, ringing, one digest for each."""
        stray = work.visits.strays(500)
        if stray:
            planning.plan(work, self.rules, stray)
        nobody = self.turn(work, NOBODY)
        while ringing_now := work.duties.ringing(work.now, 200):
            for duty in ringing_now:
                ringing.ring(nobody, duty)
        policy = self.rules.policy
        local = work.now.astimezone(self.rules.zone)
        if policy.reminders.digest_of(local, policy.calendar) is None:
            return
        for _ in range(2):  # a second process, a moment later
            digest.send(nobody, digest.unsent(work, self.rules, today), today)
        self.assert_somebody_hears(work, today)

    def act(self, work: Work, today: date) -> None:
        child = self.chance.choice(self.children)
        cadre, other = self.chance.sample(self.cadres, 2)
        match self.chance.choices(range(9), weights=[40, 10, 3, 4, 3, 3, 2, 2, 2])[0]:
            case 0:
                self.visit(work, "done", today)
            case 1:
                self.visit(work, self.chance.choice(["nobody", "refused", "moved"]), today)
            case 2:
                now = work.children.some([child])[0]
                new = self.chance.choice(TIERS)
                work.children.change(
                    child,
                    {"tier": new},
                    source="correction",
                    by=self.boss,
                    expect={"tier": now.tier},
                )
            case 3:
                first = today + timedelta(days=self.chance.randint(-3, 20))
                last = first + timedelta(days=self.chance.randint(0, 200))
                household = work.children.some([child])[0].household_id
                members = [one.id for one in work.children.of_household(household)]
                whole = self.chance.random() < 0.5
                work.visits.put_off(
                    members if whole else [child],
                    reason="parents_home",
                    first_day=first,
                    last_day=last,
                    by=cadre,
                    household_id=household if whole else None,
                )
            case 4:
                until = work.now + timedelta(days=self.chance.randint(1, 40))
                deputy = self.chance.choice([other, None])
                work.deputies.plan(cadre, deputy, work.now, until, by=cadre)
            case 5:
                days = timedelta(days=self.chance.randint(2, 30))
                back = work.now + days if self.chance.random() < 0.5 else None
                work.responsibilities.hand_over(cadre, other, by=self.boss, until=back)
            case 6:
                for contact in work.people.contacts_of(cadre):
                    work.people.mark_reachable(contact.id, not contact.reachable)
            case 7:
                known = work.children.some([child])[0]
                if known.status == "active":
                    work.children.leave(child, "moved", today, by=self.boss)
                else:
                    work.children.come_back(child, by=self.boss)
            case _:
                known = work.children.some([child])[0]
                if known.status == "active":
                    work.responsibilities.assign(child, cadre, by=self.boss)
        planning.plan_stirred(work, self.rules)

    def visit(self, work: Work, outcome: str, today: date) -> None:
        """Somebody goes where it is most overdue, sometimes to a whole household."""
        due = work.visits.due(work.now + timedelta(days=self.chance.choice([0, 3, 10])))
        if not due:
            return
        one = self.chance.choice(due[:10])
        [child] = work.children.some([one.child_id])
        house = [each.id for each in work.children.of_household(child.household_id)]
        ids = house if self.chance.random() < 0.5 else [child.id]
        speaker = work.people.speaker("web", "director")
        assert speaker is not None
        turn = self.turn(work, speaker)
        answers = {
            "visit_ids": " ".join(map(str, ids)),
            "visit_at": (turn.at - timedelta(days=self.chance.choice([0, 0, 0, 4]))).isoformat(),
            "went": outcome,
            "way_went": self.chance.choice(["home", "home", "home", "video", "phone"]),
            "people_met": self.chance.choice(["child grandmother", "grandmother"]),
        }
        if self.chance.random() < 0.2:
            soon = today + timedelta(days=self.chance.randint(1, 30))
            answers["next_on"] = soon.isoformat()
        draft = Draft(
            id=work.new_id(),
            contact_id=speaker.contact_id,
            form_version="",
            report_id=None,
            about=None,
            dialogue="",
            state="open",
            danger=False,
            wake_at=None,
            wake_for=None,
            created_at=work.now,
            updated_at=work.now,
        )
        _, form = self.rules.current_form(work, "visit")
        checkin.entered(turn, Filled(form=form, draft=draft, answers=answers, by_path={}))

    def turn(self, work: Work, speaker: Speaker) -> Turn:
        at = work.now.astimezone(self.rules.zone)
        return Turn(work=work, rules=self.rules, speaker=speaker, at=at, finish=lambda *_: None)

    # -- what holds ----------------------------------------------------------------------------

    def assert_everybody_has_a_visit(self, work: Work) -> None:
        """Every active child has one, nobody else has any."""
        known = {one.id: one for one in work.children.some(self.children)}
        planned = work.duties.visits_of(self.children)
        assert planned.keys() == {one.id for one in known.values() if one.status == "active"}
        for duty in planned.values():
            assert planning.read(duty).why

    def assert_somebody_hears(self, work: Work, today: date) -> None:
        """What is overdue stands in the digest of one who is reached."""
        told: list[int] = []
        for person, share in shares.of_day(work, self.rules, today).items():
            assert any(one.reachable for one in work.people.contacts_of(person))
            assert work.outbox.spoke(digest.key_of(today, person))
            told += share.all()
            waiting = work.outbox.about(digest.about(person))
            assert len([row for row in waiting if row.state == "queued"]) <= 1
        overdue = [one.child_id for one in work.visits.due(work.now)]
        assert len(told) == len(set(told))
        assert set(overdue) <= set(told) | work.visits.quiet_on(today)


def test_nobody_is_forgotten_in_two_years(sqlite_url: str, keys: KeyRing) -> None:
    prepare()
    rules = read_rules(read_settings())
    clock = FakeClock(BEGAN)
    store = Store.open(sqlite_url, keys, clock, readers=1, turn_seconds=60)
    try:
        village = store.write(lambda work: Village(work, rules, Random(SEED))).result()
        for _ in range(DAYS // TOGETHER):
            store.write(village.live_some_days).result()
            clock.passes(TOGETHER * DAY)
        store.read(assert_nothing_was_said_too_late).result()
    finally:
        store.close()


def assert_nothing_was_said_too_late(reading: Reading) -> None:
    """What was done is never reminded of, nothing is due twice."""
    digests = "SELECT count(*) FROM outbox WHERE key LIKE 'digest:2%'"
    assert reading.db.raw.execute(digests).fetchone()[0] > 100
    late = reading.db.raw.execute(
        "SELECT count(*) FROM duty_climb JOIN duty ON duty.id = duty_climb.duty_id"
        " WHERE duty.ended_at IS NOT NULL AND duty_climb.fired_at > duty.ended_at"
    ).fetchone()
    assert late[0] == 0
    twice = reading.db.raw.execute(
        "SELECT count(*) FROM duty WHERE kind = 'visit' AND state = 'open'"
        " GROUP BY subject_id HAVING count(*) > 1"
    ).fetchall()
    assert twice == []
