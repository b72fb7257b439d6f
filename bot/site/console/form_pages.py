"""问卷: look at one, check a file, try it out with nothing kept, and publish it with a second."""

import asyncio
import json
import zlib
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, TypeVar

from aiohttp import web

from bot import jail
from bot.county.publisher import KINDS, OLD_KINDS, FormFaults, Source, as_candidate, compiled
from bot.jail import MAX_FORM_BYTES
from bot.site.console.front import (
    TEXT_CHARS,
    Front,
    Office,
    Sent,
    file_answer,
    read_parts,
    see_other,
)
from bot.site.console.pages import WORDS
from bot.site.console.seats import Inside
from bot.site.console.sessions import mark
from conversation.cards import Action
from conversation.dialogue import dialogue_from_json, dialogue_to_json
from conversation.form import Form
from handlers import filling
from handlers.office import forms, second_person, tryout
from handlers.office.forms import Wanted
from handlers.office.tryout import Played, Shown
from handlers.turn import Turn
from storage.office.form_changes import Candidate

T = TypeVar("T")

#: Bytes of a sealed version that a page carries along; no form comes near it.
CARRIED = 500_000
#: How a page names what the program would have told the form.
TOLD = "told."


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A file that was looked through: what it is, and what an expert would mention."""

    candidate: Candidate
    count: int
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stands:
    """Where a try-out stands ("" before its first question), and what the form was told."""

    dialogue: str = field(repr=False)
    told: Mapping[str, str] = field(repr=False)


class FormPages(Front):
    """The pages below /console/forms."""

    def __init__(self, office: Office) -> None:
        super().__init__(office)
        #: One file at a time: a child that compiles may take half a gigabyte.
        self._compiling = asyncio.Semaphore(1)

    def routes(self) -> list[web.RouteDef]:
        """All of them."""
        return [
            web.get("/console/forms", self.all),
            web.get("/console/forms/{name}", self.one),
            web.get("/console/proposals/{name}", self.proposal),
            web.post("/console/forms", self.check),
            web.post("/console/forms/try", self.try_out),
            web.post("/console/forms/file", self.file),
            web.post("/console/proposals", self.decide),
        ]

    # -- looking --------------------------------------------------------------------------------

    async def all(self, request: web.Request) -> web.Response:
        """Every form, and what waits for a second person."""
        return await self._page(request, "admin", forms.seen, "forms")

    async def one(self, request: web.Request) -> web.Response:
        """One form: who changed it, what it was before, and a try-out."""
        name, version = request.match_info["name"], request.query.get("version", "")
        if version:
            before, secret = await self._looked(
                request, lambda turn: forms.published(turn, name, version)
            )
            return self._wanted("form_check.html", before, secret)
        found, secret = await self._looked(request, lambda turn: forms.in_force(turn, name))
        return self._wanted("form.html", found, secret)

    async def proposal(self, request: web.Request) -> web.Response:
        """A version that somebody wants, to be tried, agreed to or refused."""
        number = self._named(request, "proposal")
        found, secret = await self._looked(request, lambda turn: forms.one(turn, number))
        if found.value is None:
            return self._message(found.seat, secret, "absent", 404)
        change, wanted = found.value
        inside = Inside(seat=found.seat, value=wanted)
        return self._wanted("form_change.html", inside, secret, change=change)

    async def check(self, request: web.Request) -> web.Response:
        """A file: everything that is wrong with it, or what it would change."""
        _, sent, secret = await self._parts(request)
        found = await self._seen(secret, forms.seen)
        if found.value is None:
            return self._message(found.seat, secret, "absent", 404)
        if sent is None:
            return self._faults(found, secret, [WORDS("forms.no_file")])
        try:
            checked = await self._checked(sent)
        except FormFaults as wrong:
            return self._faults(found, secret, wrong.sentences)
        wanted = await self._seen(secret, lambda turn: forms.wanted(turn, checked.candidate))
        if len(self._carried(checked.candidate, found.seat.contact_id)) > CARRIED:
            return self._faults(found, secret, [WORDS("forms.too_long")])
        return self._wanted("form_check.html", wanted, secret, checked=checked)

    async def file(self, request: web.Request) -> web.Response:
        """A version as a workbook, to be changed and handed in again."""
        form, _, secret = await self._parts(request)
        found = await self._seen(secret, forms.seen)
        candidate = self._brought(form.get("kept", ""), found.seat.contact_id)
        if found.value is None or candidate is None:
            return self._message(found.seat, secret, "absent", 404)
        async with self._compiling:
            written = await self._written_back(candidate)
        if written is None:
            return self._message(found.seat, secret, "forms.no_file_of_it", 409)
        return file_answer(jail.unpack(written), candidate.form, "xlsx")

    async def _written_back(self, candidate: Candidate) -> str | None:
        try:
            written = await jail.ask("written_back", compiled=candidate.compiled)
        except jail.Jailed:
            return None
        return None if written is None else str(written)

    # -- trying ---------------------------------------------------------------------------------

    async def try_out(self, request: web.Request) -> web.Response:
        """One step of a try-out; where it stands is on the page, sealed, and nowhere else."""
        form, _, secret = await self._parts(request)
        found = await self._seen(secret, forms.seen)
        candidate = self._brought(form.get("kept", ""), found.seat.contact_id)
        if found.value is None or candidate is None:
            return self._message(found.seat, secret, "absent", 404)
        role = form.get("role", "")
        played = Played(
            form=Form.from_json(candidate.compiled),
            role=role if role in self._rules.policy.roles else "",
            people=tryout.invented("people"),
            children=tryout.invented("children"),
        )
        stands = self._stands(form, found.seat.contact_id)
        action = self._references.action(form.get("press", ""), found.seat.contact_id)
        shown = await self._seen(secret, lambda turn: _step(turn, played, stands, form, action))
        if shown.value is None:
            return self._message(found.seat, secret, "absent", 404)
        follows = shown.value.foretold
        at = Stands(dialogue=dialogue_to_json(shown.value.dialogue), told=stands.told)
        return self._render(
            "form_try.html",
            shown.seat,
            secret,
            part="admin",
            candidate=candidate,
            shown=shown.value,
            grade=self._rules.words(f"grade.{follows.grade}") if follows else "",
            role=played.role,
            role_name=self._role_name(played.role),
            kept=form["kept"],
            told=stands.told,
            stands=self._references.carried(
                json.dumps(asdict(at)).encode(), shown.seat.contact_id
            ),
            leads_out=action is not None and action.verb not in filling.MOVES,
        )

    # -- deciding -------------------------------------------------------------------------------

    async def decide(self, request: web.Request) -> web.Response:
        """Propose a version; 同意 or 不同意."""
        form, _, secret = await self._parts(request)
        if form.get("do") == "propose":
            return await self._propose(request, form, secret)
        number = self._references.number("proposal", form.get("row", "")) or 0
        agrees = form.get("do") == "agree"
        seen = await self._seen(secret, lambda turn: forms.one(turn, number))
        if seen.value is None:
            return self._message(seen.seat, secret, "absent", 404)
        if asked_first := await self._unproved(request, form, secret):
            return asked_first
        done = await self._desk.act(
            mark(secret), "admin", lambda turn: forms.decide(turn, number, agrees=agrees)
        )
        if done is None or not done.value:
            return self._message(seen.seat, secret, "forms.late", 409)
        return see_other("/console/forms")

    async def _propose(
        self, request: web.Request, form: Mapping[str, str], secret: str
    ) -> web.Response:
        seen = await self._seen(secret, forms.seen)
        candidate = self._brought(form.get("kept", ""), seen.seat.contact_id)
        if seen.value is None or candidate is None:
            return self._message(seen.seat, secret, "absent", 404)
        if asked_first := await self._unproved(request, form, secret):
            return asked_first
        why = form.get("why", "").strip()[:500]
        done = await self._desk.act(
            mark(secret), "admin", lambda turn: forms.propose(turn, candidate, why)
        )
        if done is None or not done.value:
            again = await self._seen(secret, lambda turn: forms.wanted(turn, candidate))
            return self._wanted("form_check.html", again, secret, checked=None, why=why)
        return see_other("/console/forms")

    # -- what they share ------------------------------------------------------------------------

    async def _parts(self, request: web.Request) -> tuple[Mapping[str, str], Sent | None, str]:
        secret = self._cookies.inside(request)
        if secret is None:
            raise web.HTTPSeeOther("/console")
        form, sent = await read_parts(request, MAX_FORM_BYTES + CARRIED)
        await self._prove(form, secret)
        return form, sent, secret

    async def _looked(
        self, request: web.Request, view: Callable[[Turn], T | None]
    ) -> tuple[Inside[T], str]:
        secret = self._cookies.inside(request)
        if secret is None:
            raise web.HTTPSeeOther("/console")
        return await self._seen(secret, view), secret

    async def _seen(self, secret: str, view: Callable[[Turn], T | None]) -> Inside[T]:
        """On a connection that cannot write."""
        found = await self._desk.look(mark(secret), "admin", view)
        if found is None:
            raise web.HTTPSeeOther("/console")
        return found

    async def _checked(self, sent: Sent) -> Checked:
        """Raises FormFaults."""
        source = Source(name=sent.name.rpartition("/")[2][-100:], data=sent.data)
        if not source.name.lower().endswith(KINDS + OLD_KINDS):
            raise FormFaults([WORDS("forms.kind")])
        async with self._compiling:
            (answer,) = await asyncio.to_thread(compiled, [source])
        return Checked(
            candidate=as_candidate(source, answer),
            count=answer["count"],
            warnings=tuple(answer["warnings"]),
        )

    def _faults(self, found: Inside[Any], secret: str, faults: list[str]) -> web.Response:
        return self._render(
            "form_faults.html", found.seat, secret, part="admin", faults=faults, status=422
        )

    def _wanted(
        self, template: str, found: Inside[Wanted], secret: str, **values: Any
    ) -> web.Response:
        if found.value is None:
            return self._message(found.seat, secret, "absent", 404)
        wanted = found.value
        known: dict[str, Any] = {
            "wanted": wanted,
            "kept": self._carried(wanted.candidate, found.seat.contact_id),
            "roles": self._rules.policy.roles,
            "told": tryout.told_before(wanted.form),
            "checked": None,
            "why": "",
            "least": second_person.WHY_CHARS,
            "persons": self._rules.policy.limits["rule_change_persons"],
        }
        return self._render(template, found.seat, secret, part="admin", **(known | values))

    def _stands(self, form: Mapping[str, str], contact_id: int) -> Stands:
        """Where the try-out stands; at its beginning with what the program would have told."""
        brought = self._references.brought(form.get("stands", ""), contact_id)
        if brought is not None:
            return Stands(**json.loads(brought))
        told = {name[len(TOLD) :]: value for name, value in form.items() if name.startswith(TOLD)}
        return Stands(dialogue="", told=told)

    def _role_name(self, role: str) -> str:
        return self._rules.policy.roles[role].name if role else WORDS("forms.public")

    def _carried(self, candidate: Candidate, contact_id: int) -> str:
        packed = zlib.compress(json.dumps(asdict(candidate)).encode())
        return self._references.carried(packed, contact_id)

    def _brought(self, kept: str, contact_id: int) -> Candidate | None:
        packed = self._references.brought(kept, contact_id)
        return None if packed is None else Candidate(**json.loads(zlib.decompress(packed)))


def _step(
    turn: Turn, played: Played, stands: Stands, form: Mapping[str, str], action: Action | None
) -> Shown | None:
    if not stands.dialogue:
        return tryout.begin(turn, played, stands.told)
    dialogue = dialogue_from_json(stands.dialogue)
    if action is not None:
        return tryout.press(turn, played, dialogue, action)
    match form.get("do", ""):
        case "send":
            return tryout.send(turn, played, dialogue)
        case "point":
            return tryout.point(turn, played, dialogue)
        case _:
            return tryout.say(turn, played, dialogue, form.get("text", "")[:TEXT_CHARS])
