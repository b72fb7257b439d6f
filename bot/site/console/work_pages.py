"""The desk's lists and what each line leads to: cases, children, hands, people, looks."""

from collections.abc import Mapping
from itertools import islice

from aiohttp import web

from bot.site.console.asked import SOUGHT, cases_asked, children_asked, staff_asked
from bot.site.console.front import SHOWN, Front, page_number, see_other, whole
from bot.site.console.pages import sheet
from bot.site.console.sessions import mark, session_of
from handlers.office import cases, children, hands, looks, staff
from handlers.people.invite_sheet import sheet as invite_sheet
from handlers.turn import Turn
from policy.grading import GRADES
from storage.children.child_looks import MAX_SEQ


class WorkPages(Front):
    """Lists, and a page for each case, child and holder."""

    def routes(self) -> list[web.RouteDef]:
        """All of them."""
        return [
            web.get("/console/cases", self.cases),
            web.get("/console/cases/{name}", self.case),
            web.get("/console/children", self.children),
            web.get("/console/children/{name}", self.child),
            web.get("/console/hands", self.hands),
            web.get("/console/hands/{name}", self.holder),
            web.get("/console/staff", self.staff),
            web.get("/console/looks", self.looks),
            web.post("/console/children", self.seek),
            web.post("/console/staff", self.seek),
            web.post("/console/invite", self.invite),
        ]

    async def cases(self, request: web.Request) -> web.Response:
        """线索与工单."""
        asked = cases_asked(request.query)
        number = page_number(request.query)

        def view(turn: Turn) -> dict[str, object]:
            found = cases.listed(turn, asked)
            some = found[number * SHOWN : (number + 1) * SHOWN]
            return {"count": len(found), "lines": cases.lines(turn, some)}

        return await self._page(
            request,
            "cases",
            view,
            asked=asked,
            page=number,
            shown=SHOWN,
            grades=[(grade, self._rules.words(f"grade.{grade}")) for grade in GRADES],
        )

    async def case(self, request: web.Request) -> web.Response:
        """One case."""
        number = self._named(request, "case")
        return await self._page(
            request, "cases", lambda turn: cases.page(turn, number), "case", audited=True
        )

    async def children(self, request: web.Request) -> web.Response:
        """儿童台账."""
        asked = children_asked(self._references, self._query(request))

        def view(turn: Turn) -> dict[str, object]:
            return {
                "listed": children.listed(turn, asked),
                "places": children.places(turn),
                "tiers": children.tiers(turn),
            }

        return await self._page(
            request,
            "children",
            view,
            asked=asked,
            shown=children.SHOWN,
        )

    async def child(self, request: web.Request) -> web.Response:
        """One child."""
        number = self._named(request, "child")
        return await self._page(
            request, "children", lambda turn: children.page(turn, number), "child", audited=True
        )

    async def hands(self, request: web.Request) -> web.Response:
        """包保责任."""
        cause, number = request.query.get("cause", ""), page_number(request.query)

        def view(turn: Turn) -> dict[str, object]:
            loads = hands.loads(turn)
            some = loads[number * SHOWN : (number + 1) * SHOWN]
            return {
                "count": len(loads),
                "holders": hands.holders(turn, some),
                "gaps": hands.gaps(turn),
                "children": hands.of_cause(turn, cause) if cause else (),
            }

        return await self._page(request, "hands", view, cause=cause, page=number, shown=SHOWN)

    async def holder(self, request: web.Request) -> web.Response:
        """Whom one person answers for."""
        number = self._named(request, "person")
        return await self._page(
            request, "hands", lambda turn: hands.in_hands(turn, number), "holder"
        )

    async def staff(self, request: web.Request) -> web.Response:
        """人员与邀请."""
        asked, number = staff_asked(self._query(request)), page_number(request.query)

        def view(turn: Turn) -> dict[str, object]:
            found = staff.found(turn, asked)
            some = dict(islice(found.items(), number * SHOWN, (number + 1) * SHOWN))
            return {
                "count": len(found),
                "people": staff.lines(turn, some),
                "posts": staff.posts(turn),
                "places": staff.places(turn),
                "given": staff.given(turn),
            }

        return await self._page(
            request,
            "staff",
            view,
            asked=asked,
            sought=self._sought(request, asked.text),
            page=number,
            shown=SHOWN,
            most=staff.AT_ONCE,
        )

    async def looks(self, request: web.Request) -> web.Response:
        """审计."""
        before = self._references.number("look", request.query.get("before", "")) or MAX_SEQ
        return await self._page(
            request, "looks", lambda turn: looks.page(turn, before), shown=looks.SHOWN
        )

    async def seek(self, request: web.Request) -> web.Response:
        """Look for a name or a telephone, which stands plainly in no address, history or log."""
        form, _ = await self._form(request)
        words = form.get("q", "").strip()[:SOUGHT]
        sought = self._sought(request, words) if words else ""
        only = form.get("only", "") if form.get("only") in ("late", "unreached") else ""
        return see_other(f"{request.path}?sought={sought}&only={only}")

    def _query(self, request: web.Request) -> Mapping[str, str]:
        """What an address asks for, with the words that it holds sealed."""
        sought, secret = request.query.get("sought", ""), self._cookies.inside(request)
        words = self._references.words(sought, session_of(secret)) if sought and secret else ""
        return {**request.query, **({"q": words} if words else {})}

    def _sought(self, request: web.Request, words: str) -> str:
        """Words that are looked for, as an address of this session says them."""
        return self._references.sought(words, session_of(self._cookies.inside(request) or ""))

    async def invite(self, request: web.Request) -> web.Response:
        """Invitations as a sheet to print."""
        form, secret = await self._form(request)
        role, area = form.get("role", ""), self._references.number("area", form.get("area", ""))
        count = whole(form.get("count", ""))
        days = (form.get("first", ""), form.get("last", ""))
        found = await self._desk.act(
            mark(secret),
            "staff",
            lambda turn: staff.invite(turn, role, area or 0, count or 0, days),
        )
        if found is None:
            raise web.HTTPSeeOther("/console")
        made = found.value
        if not isinstance(made, staff.Invited):
            wrong = "invite_wrong" if made is None else f"invite_days.{made}"
            return self._message(found.seat, secret, wrong, 400)
        return sheet(
            invite_sheet(
                made.tokens,
                self._rules.doors,
                self._rules.words,
                role=made.role,
                post=made.post,
                until=made.until,
            )
        )
