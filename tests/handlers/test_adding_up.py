"""Small things about one child make its cases more urgent, and a wrong link does not."""

import json
from datetime import UTC, date, datetime

import pytest

from bot.county.rules import read_rules
from bot.settings import read_settings
from handlers import talk
from handlers.cases import adding_up, grades
from handlers.rules import Rules
from handlers.turn import Turn
from storage.cases.case import Case, Owner
from storage.people.people import NOBODY
from storage.reporting.reports import ReportIn
from storage.store import Store
from storage.visiting.visit import VisitIn
from storage.work import Work
from tests.storage.village import Village, settled

WORRIED = '{"hazard_guardianship": "guardianship_alone"}'


@pytest.fixture(scope="module")
def rules() -> Rules:
    return read_rules(read_settings())


class Scene:
    """A child, two cases about it, and a visitor who worried."""

    def __init__(self, work: Work, rules: Rules) -> None:
        self.work, self.rules = work, rules
        self.village: Village = settled(work)
        values = {"name": "王小明"}
        self.child = work.children.add(
            self.village.group, values, source="registration", by=self.village.boss
        )
        self.first, self.second = self.case("邻居"), self.case("店主")

    def turn(self) -> Turn:
        return Turn(
            work=self.work,
            rules=self.rules,
            speaker=NOBODY,
            at=self.work.now.astimezone(self.rules.zone),
            finish=talk.finish,
        )

    def case(self, reporter: str) -> int:
        report = self.work.reports.file(
            ReportIn(
                kind="report",
                area_id=self.village.group,
                child_id=self.child,
                form_version="",
                answers="{}",
                grade="blue",
                anonymous=False,
            )
        )
        contact = self.work.people.meet("web", reporter).contact_id
        self.work.reporters.keep(report.id, contact, {}, "123456")
        owner = Owner(
            role="child_supervisor", area_id=self.village.town, person_id=self.village.boss
        )
        case = self.work.cases.open(report, owner, stage="received", child_id=self.child)
        adding_up.heed(self.turn(), [self.child])
        return case.id

    def worried(self) -> None:
        self.work.visits.add(
            VisitIn(
                child_id=self.child,
                kind="home",
                result="done",
                seen=True,
                answers=WORRIED,
                person_id=self.village.cadre,
                on_day=date(2026, 11, 23),
                true_at=datetime(2026, 11, 23, 1, tzinfo=UTC),
            )
        )
        adding_up.heed(self.turn(), [self.child])

    def is_about_another(self, case_id: int) -> None:
        case = self.of(case_id)
        self.work.cases.about_child(case_id, None)
        for report in self.work.cases.reports(case_id):
            self.work.reports.set_child(report.id, None)
        adding_up.unlinked(self.turn(), case, self.child)

    def of(self, case_id: int) -> Case:
        case = self.work.cases.get(case_id)
        assert case is not None
        return case

    def grades(self) -> tuple[str, str]:
        return self.of(self.first).grade, self.of(self.second).grade

    def told(self, case_id: int) -> list[str]:
        body = [
            {**_body(entry.body)}
            for entry in self.work.cases.entries(case_id)
            if entry.act == "graded"
        ]
        return [adding_up.line(self.turn(), one) for one in body]


def _body(text: str) -> dict[str, str]:
    said: dict[str, str] = json.loads(text)
    return said


async def test_what_adds_up_raises_every_open_case_and_says_of_what(
    store: Store, rules: Rules
) -> None:
    def live(work: Work) -> None:
        scene = Scene(work, rules)
        # The first one alone is not enough; two people are.
        assert scene.grades() == ("yellow", "yellow")
        scene.worried()
        assert scene.grades() == ("orange", "orange")
        assert scene.told(scene.first)[-1] == ("最近合起来：有人报告 2 次、去看的人放心不下 1 次")

    await store.write(live)


async def test_a_link_that_was_a_mistake_is_undone(store: Store, rules: Rules) -> None:
    def live(work: Work) -> None:
        scene = Scene(work, rules)
        scene.worried()
        scene.is_about_another(scene.second)
        # A report and a worried visit are left of the one, nothing of the other.
        assert scene.grades() == ("yellow", "blue")
        assert scene.told(scene.second)[-1] == "原先连错了孩子，合起来不算了，等级改回去"

    await store.write(live)


async def test_whoever_graded_it_since_has_the_last_word(store: Store, rules: Rules) -> None:
    def live(work: Work) -> None:
        scene = Scene(work, rules)
        scene.worried()
        told = {"from": "orange", "to": "red", "reason": "孩子身上有伤"}
        grades.set_grade(scene.turn(), scene.of(scene.second), "red", told, by=scene.village.boss)
        scene.is_about_another(scene.second)
        assert scene.grades() == ("yellow", "red")

    await store.write(live)


async def test_what_was_found_to_be_untrue_counts_no_more(store: Store, rules: Rules) -> None:
    def live(work: Work) -> None:
        scene = Scene(work, rules)
        work.cases.ended(scene.second, "unfounded", "")
        work.cases.set_grade(scene.first, "blue")
        adding_up.heed(scene.turn(), [scene.child])
        assert scene.grades()[0] == "blue"

    await store.write(live)


async def test_what_somebody_must_not_hear_of_raises_no_case_that_they_see(
    store: Store, rules: Rules
) -> None:
    """Whoever has the one case would hear that the child was reported once more."""

    def live(work: Work) -> None:
        scene = Scene(work, rules)
        work.cases.add_member(scene.second, scene.village.boss, "excluded", by=0)
        for case in (scene.first, scene.second):
            work.cases.set_grade(case, "blue")
        adding_up.heed(scene.turn(), [scene.child])
        assert scene.grades() == ("blue", "yellow")

    await store.write(live)


async def test_red_is_never_made_by_adding_up(rules: Rules) -> None:
    assert {step.grade for step in rules.policy.signals.weak.steps} <= {"orange", "yellow"}
