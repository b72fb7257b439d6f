"""走访 and 缺课与辍学."""

from collections.abc import Mapping
from datetime import date, timedelta

from aiohttp import web

from bot.site.console.front import Front, page_number
from bot.site.console.pages import WORDS
from handlers.office import missing, visits
from handlers.turn import Turn


class SchoolPages(Front):
    """What must be walked to, and who is not at school."""

    def routes(self) -> list[web.RouteDef]:
        """All of them."""
        return [
            web.get("/console/visits", self.visits),
            web.get("/console/school", self.school),
        ]

    async def visits(self, request: web.Request) -> web.Response:
        """走访."""
        asked = visits.Asked(
            month=_month(request.query.get("month", "")),
            day=_day(request.query.get("day", "")),
            page=page_number(request.query),
        )
        return await self._page(
            request,
            "visits",
            lambda turn: visits.page(turn, asked),
            asked=asked,
            shown=visits.SHOWN,
            later=lambda month: (month + timedelta(days=31)).replace(day=1),
            earlier=lambda month: (month - timedelta(days=1)).replace(day=1),
        )

    async def school(self, request: web.Request) -> web.Response:
        """缺课与辍学."""
        ledger = request.query.get("ledger", "") or missing.LEDGERS[0]
        number = page_number(request.query)
        return await self._page(
            request,
            "school",
            lambda turn: missing.page(turn, ledger, number),
            page=number,
            shown=missing.SHOWN,
        )


def school_rows(turn: Turn, form: Mapping[str, str]) -> list[dict[str, str]]:
    """A ledger as it leaves the house."""
    return [
        {
            WORDS("school.name"): name,
            WORDS("school.room"): line.room,
            WORDS("school.place"): line.place,
            WORDS("school.since"): f"{line.first_day:%Y-%m-%d}",
            WORDS("school.days"): str(line.days),
            WORDS("school.stands"): WORDS(f"school.is_{line.stands}"),
            WORDS("school.stage"): line.stage,
            WORDS("school.reason"): line.reason,
            WORDS("school.next"): line.next.what if line.next else "",
            WORDS("case.due"): f"{line.next.at:%Y-%m-%d %H:%M}" if line.next else "",
            WORDS("case.whose"): line.next.whose if line.next else "",
        }
        for name, line in missing.named(turn, form.get("ledger", ""))
    ]


def visit_rows(turn: Turn, form: Mapping[str, str]) -> list[dict[str, str]]:
    """The visits of a day, or those that are overdue, as they leave the house."""
    asked = visits.Asked(day=_day(form.get("day", "")))
    return [
        {
            WORDS("child.name"): line.name,
            WORDS("child.age"): "" if line.age is None else str(line.age),
            WORDS("child.place"): line.place,
            WORDS("child.tier"): line.tier_name or "",
            WORDS("child.keeper"): line.keeper,
            WORDS("child.visit"): f"{line.visit.at:%Y-%m-%d}" if line.visit else "",
        }
        for line in visits.exported(turn, asked)
    ]


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _month(text: str) -> date | None:
    return _day(f"{text}-01")
