"""分析 and 报表: numbers of places, the official table, and both as files."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import get_args

from aiohttp import web

from bot.site.console.charts import Bar
from bot.site.console.front import TEXT_CHARS, TYPES, Front, as_file, attached, page_number
from bot.site.console.pages import WORDS
from bot.site.console.sessions import mark
from handlers.office import analysis, bulletin, summary
from handlers.office.periods import (
    EARLIEST,
    PERIODS,
    Between,
    Over,
    Wrong,
    between,
    from_to,
    known,
)
from handlers.turn import Turn
from policy.papers import Bulletin
from policy.summary_workbook import Taken, as_listing, as_workbook

#: The fields of a first and a last day.
ENDS = ("first", "last")
MIME = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


class FigurePages(Front):
    """What is counted."""

    def routes(self) -> list[web.RouteDef]:
        """All of them."""
        return [
            web.get("/console/analysis", self.analysis),
            web.get("/console/analysis/reach", self.analysis_reach),
            web.get("/console/analysis/list", self.analysis_list),
            web.post("/console/analysis/file", self.analysis_file),
            web.get("/console/summary", self.summary),
            web.post("/console/summary/file", self.summary_file),
        ]

    async def analysis(self, request: web.Request) -> web.Response:
        """分析: the numbers of a place."""
        await self._desk.counted()
        asked, days = _analysis_asked(self, request.query), self.days(request.query)
        wrong = None if isinstance(days, Between) else days
        return await self._page(
            request,
            "analysis",
            lambda turn: analysis.page(turn, asked),
            status=400 if wrong else 200,
            wrong=wrong,
            earliest=EARLIEST,
            today=self.today(),
            typed=tuple(request.query.get(end, "")[:20] for end in ENDS),
            periods=PERIODS,
            over=get_args(Over),
            hours=analysis.HOURS,
            drawn=_drawn,
        )

    async def analysis_reach(self, request: web.Request) -> web.Response:
        """覆盖和及时: how far the work reaches as some days end."""
        await self._desk.counted()
        asked = _analysis_asked(self, request.query)
        return await self._page(
            request,
            "analysis",
            lambda turn: analysis.reach(turn, asked),
            "analysis_reach",
            periods=PERIODS,
            earliest=EARLIEST,
            today=self.today(),
        )

    async def analysis_list(self, request: web.Request) -> web.Response:
        """What one of the numbers counts."""
        await self._desk.counted()
        asked, figure = _analysis_asked(self, request.query), request.query.get("figure", "")[:40]
        number = page_number(request.query)
        return await self._page(
            request,
            "analysis",
            lambda turn: analysis.listed(turn, asked, figure, number * analysis.SHOWN),
            "analysis_list",
            asked=asked,
            figure=figure,
            page=number,
            shown=analysis.SHOWN,
        )

    async def analysis_file(self, request: web.Request) -> web.Response:
        """The numbers as a 通报 or as a list; never without a reason, and noted."""
        form, secret = await self._form(request)
        await self._desk.counted()
        asked, reason = _analysis_asked(self, form), form.get("reason", "").strip()[:TEXT_CHARS]
        kind = form.get("format", "")
        is_word = kind == "docx"
        found = await self._desk.look(
            mark(secret), "analysis", lambda turn: _out(turn, asked, drafts=is_word)
        )
        if found is None:
            raise web.HTTPSeeOther("/console")
        if found.value is None:
            return self._message(found.seat, secret, "absent", 404)
        if not reason:
            return self._message(found.seat, secret, "analysis.why_out", 400)
        if asked_first := await self._unproved(request, form, secret):
            return asked_first
        page, told = found.value
        if is_word and told is None:
            return self._message(found.seat, secret, "analysis.not_whole", 400)
        what = "bulletin" if is_word else "figures"
        rows = _rows(page)
        await self._desk.note_export(found.seat, what, len(rows), reason)
        if told is None or not is_word:
            listing = self._listing("figures", rows, found.seat)
            return await as_file(listing, kind if kind in TYPES else "xlsx")
        body = await asyncio.to_thread(_as_word, told)
        name = WORDS(
            "analysis.file",
            what=WORDS("analysis.bulletin_file"),
            area=page.name,
            first=page.first,
            last=page.last,
        )
        return web.Response(body=body, content_type=MIME, headers=attached(f"{name}.docx"))

    async def summary(self, request: web.Request) -> web.Response:
        """报表: the official table of a place, and of the places below it."""
        await self._desk.counted()
        asked, today = _summary_asked(self, request.query), self.today()
        return await self._page(
            request,
            "summary",
            lambda turn: summary.page(turn, asked),
            ends=[(one, between(one, today).last) for one in get_args(Over)],
        )

    async def summary_file(self, request: web.Request) -> web.Response:
        """The official table as a workbook; with small numbers in it not without a reason."""
        form, secret = await self._form(request)
        await self._desk.counted()
        asked, reason = _summary_asked(self, form), form.get("reason", "").strip()[:TEXT_CHARS]
        found = await self._desk.look(
            mark(secret), "summary", lambda turn: summary.page(turn, asked)
        )
        if found is None:
            raise web.HTTPSeeOther("/console")
        if found.value is None:
            return self._message(found.seat, secret, "absent", 404)
        told = found.value.table
        if not (told.is_shared or reason):
            return self._message(found.seat, secret, "summary.why", 400)
        if asked_first := await self._unproved(request, form, secret):
            return asked_first
        await self._desk.note_export(found.seat, "summary", len(told.rows) + 1, reason)
        taken = Taken(who=found.seat.name, when=self._when())
        key = "summary.file_shared" if told.is_shared else "summary.file"
        name = WORDS(key, area=told.place, day=told.day, what=told.caliber)
        if form.get("format") == "csv":
            listing = as_listing(told, self._rules.words, taken)
            return await as_file(replace(listing, title=name), "csv")
        body = await asyncio.to_thread(as_workbook, told, self._rules.words, taken)
        headers = attached(f"{name}.xlsx")
        return web.Response(body=body, content_type=TYPES["xlsx"], headers=headers)

    def today(self) -> date:
        """The county's day."""
        return self._now().astimezone(self._rules.zone).date()

    def days(self, query: Mapping[str, str]) -> Between | Wrong | None:
        """The first and the last day that are written in a page's fields; None where none are."""
        first, last = (query.get(end, "").strip() for end in ENDS)
        return from_to(first, last, self.today()) if first or last else None

    def place(self, query: Mapping[str, str]) -> int | None:
        """The place that a page names; None where it names none."""
        area = query.get("area", "")
        return (self._references.number("area", area) or 0) if area else None


def _analysis_asked(pages: FigurePages, query: Mapping[str, str]) -> analysis.Asked:
    days = pages.days(query)
    named = known(query.get("span", ""), pages.today())
    return analysis.Asked(
        area=pages.place(query), period=days if isinstance(days, Between) else named
    )


def _summary_asked(pages: FigurePages, query: Mapping[str, str]) -> summary.Wanted:
    return summary.Wanted(
        area=pages.place(query),
        day=_day(query.get("day", "")),
        caliber=18 if query.get("caliber") == "18" else 16,
        shared=query.get("shared") == "1",
    )


def _out(
    turn: Turn, asked: analysis.Asked, *, drafts: bool
) -> tuple[analysis.Page, Bulletin | None] | None:
    page = analysis.page(turn, asked)
    if page is None:
        return None
    # Of a year each month and quarter is counted, too.
    return page, bulletin.drafted(turn, page) if drafts else None


def _as_word(told: Bulletin) -> bytes:
    # The libraries behind it are 7 MB: for whoever writes one, when it is written.
    from handlers.papers import paper_writing

    return paper_writing.write_bulletin(told)


def _rows(page: analysis.Page) -> list[dict[str, str]]:
    """All numbers of the page, one a line."""
    asked = ("place", "first", "until", "what", "count", "percent", "means")
    heads, days = [WORDS(f"analysis.{key}") for key in asked], (page.first, page.last)
    lines = [
        (
            *(page.name, *days, one.name, one.count),
            *("" if one.share is None else f"{one.share}%", one.means),
        )
        for one in page.numbers
    ]
    lines += [
        (place.name, *days, WORDS(f"analysis.key.{key}"), place.counts[key], "", "")
        for place in page.places
        for key in page.keys
    ]
    return [dict(zip(heads, map(str, line), strict=True)) for line in lines]


def _drawn(rows: Sequence[tuple[date, int]]) -> list[Bar]:
    is_long = rows[-1][0].year > rows[0][0].year + 1
    return [Bar(label=f"{day:%Y-%m}" if is_long else f"{day:%m-%d}", count=n) for day, n in rows]


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
