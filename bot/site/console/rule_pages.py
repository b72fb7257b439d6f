"""规则表: what is in force, a change with its difference before it counts, and the way back."""

import asyncio
import io
from collections.abc import Mapping
from zipfile import ZIP_DEFLATED, ZipFile

from aiohttp import web

from bot.county import configuration
from bot.county.publisher import form_folders
from bot.county.rule_tables import CHANGEABLE, RuleTables, is_table
from bot.site.console.front import Front, Office, attached, see_other
from bot.site.console.pages import WORDS
from bot.site.console.seats import Inside
from bot.site.console.sessions import mark
from handlers.office import rule_tables, second_person
from handlers.office.second_person import Checked
from handlers.turn import Turn
from policy.faults import PolicyFaults


class RulePages(Front):
    """The pages below /console/rules."""

    def __init__(self, office: Office) -> None:
        super().__init__(office)
        self._tables: RuleTables = office.tables

    def routes(self) -> list[web.RouteDef]:
        """All of them."""
        return [
            web.get("/console/rules", self.all),
            web.get("/console/rules/{name}", self.table),
            web.get("/console/changes/{name}", self.change),
            web.post("/console/rules", self.edit),
            web.post("/console/rules/folder", self.folder),
            web.post("/console/changes", self.decide),
        ]

    async def all(self, request: web.Request) -> web.Response:
        """Every table, and what waits for a second person."""
        return await self._page(
            request, "admin", lambda turn: rule_tables.seen(turn), "rules", tables=CHANGEABLE
        )

    async def table(self, request: web.Request) -> web.Response:
        """One table: ours, the county's own words over it, and who changed it."""
        name = request.match_info["name"]
        if not is_table(name):
            return await self._page(request, "admin", lambda turn: None)
        return await self._page(
            request,
            "admin",
            lambda turn: rule_tables.seen(turn, name),
            "rule",
            table=name,
            ours=self._tables.default(name),
            own=lambda changed: self._tables.own(name, changed),
        )

    async def change(self, request: web.Request) -> web.Response:
        """One change, to be agreed to, refused, or gone back to."""
        number = self._named(request, "change")
        secret = self._cookies.inside(request)
        found = secret and await self._desk.look(
            mark(secret), "admin", lambda turn: rule_tables.one(turn, number)
        )
        if not found or not secret:
            return await self._door(request)
        if found.value is None:
            return self._message(found.seat, secret, "absent", 404)
        change, changed = found.value
        checked = await self._check(changed, change.table, change.content)
        return self._render(
            "rule_change.html", found.seat, secret, part="admin", change=change, checked=checked
        )

    async def edit(self, request: web.Request) -> web.Response:
        """Look at what a change would bring, or propose it."""
        form, secret = await self._form(request)
        name = form.get("table", "")
        found = await self._desk.look(
            mark(secret), "admin", lambda turn: rule_tables.seen(turn, name)
        )
        if found is None:
            raise web.HTTPSeeOther("/console")
        if found.value is None or not is_table(name):
            return self._message(found.seat, secret, "absent", 404)
        content = form.get("content", "").replace("\r\n", "\n")
        checked = await self._check(found.value.changed, name, content)
        why = form.get("why", "").strip()[:500]
        if form.get("do") != "propose" or checked.faults or not checked.differences:
            return self._checked(found, secret, name, content, why, checked)
        if asked_first := await self._unproved(request, form, secret):
            return asked_first
        done = await self._desk.act(
            mark(secret), "admin", lambda turn: rule_tables.propose(turn, name, content, why)
        )
        if done is None or done.value is None:
            return self._checked(found, secret, name, content, why, checked)
        await self._tables.refresh()
        return see_other("/console/rules")

    async def decide(self, request: web.Request) -> web.Response:
        """同意 or 不同意."""
        form, secret = await self._form(request)
        number = self._references.number("change", form.get("row", "")) or 0
        agrees = form.get("do") == "agree"
        found = await self._desk.look(
            mark(secret), "admin", lambda turn: rule_tables.one(turn, number)
        )
        if found is None:
            raise web.HTTPSeeOther("/console")
        if found.value is None:
            return self._message(found.seat, secret, "absent", 404)
        if asked_first := await self._unproved(request, form, secret):
            return asked_first
        change, changed = found.value
        checked = await self._check(changed, change.table, change.content)
        if agrees and checked.faults:
            return self._message(found.seat, secret, "rules.late", 409)
        done = await self._desk.act(
            mark(secret), "admin", lambda turn: rule_tables.decide(turn, number, agrees=agrees)
        )
        if done is None or not done.value:
            return self._message(found.seat, secret, "rules.late", 409)
        await self._tables.refresh()
        return see_other("/console/rules")

    async def folder(self, request: web.Request) -> web.Response:
        """All that the county changed, as a folder of text files to be kept or compared."""
        _, secret = await self._form(request)
        found = await self._desk.look(mark(secret), "admin", self._gathered)
        if found is None:
            raise web.HTTPSeeOther("/console")
        if found.value is None:
            return self._message(found.seat, secret, "absent", 404)
        files, county = found.value
        await self._desk.note_export(found.seat, "configuration", len(files), "")
        out = io.BytesIO()
        with ZipFile(out, "w", ZIP_DEFLATED) as folder:
            for place, data in files:
                folder.writestr(f"{county}/{place}", data)
        headers = attached(f"{county}-{self._when()[:10]}.zip")
        return web.Response(body=out.getvalue(), content_type="application/zip", headers=headers)

    def _gathered(self, turn: Turn) -> tuple[list[tuple[str, bytes]], str] | None:
        if rule_tables.seen(turn) is None:
            return None
        county = "、".join(root.name for root in turn.work.areas.roots())
        folders = form_folders(self._tables.county)
        one = configuration.in_force(turn.work, self._tables, folders)
        files = configuration.files_of(one, county=county, now=turn.at)
        return [*files], county

    def _checked(
        self,
        found: Inside[rule_tables.Seen],
        secret: str,
        name: str,
        content: str,
        why: str,
        checked: Checked,
    ) -> web.Response:
        return self._render(
            "rule_check.html",
            found.seat,
            secret,
            part="admin",
            table=name,
            content=content,
            why=why,
            checked=checked,
            least=second_person.WHY_CHARS,
            persons=self._rules.policy.limits["rule_change_persons"],
        )

    async def _check(self, changed: Mapping[str, str], name: str, content: str) -> Checked:
        try:
            policy = await asyncio.to_thread(self._tables.check, changed, name, content)
            found = await asyncio.to_thread(self._tables.differences, changed, name, content)
        except PolicyFaults as wrong:
            return Checked(faults=wrong.sentences)
        if not rule_tables.keeps_somebody(policy):
            return Checked(faults=(WORDS("rules.nobody_left"),))
        return Checked(differences=found)
