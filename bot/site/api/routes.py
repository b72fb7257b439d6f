"""The routes of /api/v1: each is a turn of the program, by the post that its token names."""

import hashlib
import json
import logging
import re
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias, TypeVar, cast

from aiohttp import web
from pydantic import BaseModel

from bot.site.api import models
from bot.site.api.answers import Answers
from bot.site.api.asking import body_of, list_of, period_of, read, read_query, wrong_moment
from bot.site.api.description import describe
from bot.site.api.gate import WORDS, Rates, Refused, bearer, problem, unauthorized
from bot.site.console.references import References
from bot.site.server import where
from handlers import talk
from handlers.office import analysis
from handlers.rules import Rules
from handlers.systems import machines
from handlers.systems.machines import Asked, CaseRow, ChildRow, ReportRow, Told
from handlers.turn import Turn
from policy.machines import Kind
from storage.faults import NotStored
from storage.store import Store
from storage.systems.machines import Token
from storage.visiting.visit import Visit
from storage.work import Reading, Work

T = TypeVar("T")
Model = TypeVar("Model", bound=BaseModel)
Handler: TypeAlias = Callable[[web.Request], Awaitable[web.StreamResponse]]

_KEY = re.compile(r"[A-Za-z0-9_-]{1,64}")
ROOT = "/api/v1"

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """A program whose token was good a moment ago."""

    bearer: str
    token: Token

    @property
    def source(self) -> str:
        """As what its turns wait in a rush: they never go before others'."""
        return f"api:{self.token.id}"


class ApiRoutes:
    """Everything under /api/v1."""

    def __init__(
        self,
        *,
        store: Store,
        rules: Rules,
        references: References,
        now: Callable[[], datetime],
        look: Callable[[], None],
    ) -> None:
        """``look`` has delivery look for what a report tells people."""
        self._store = store
        self._rules = rules
        self._references = references
        self._answers = Answers(references)
        self._look = look
        self._now = now
        limits = rules.policy.limits
        self._rates = Rates(limits["api_per_minute"], now)
        self._strangers = Rates(limits["api_strangers_per_minute"], now)

    def routes(self) -> list[web.RouteDef]:
        """All of them; the last takes what is none."""
        gets: Mapping[str, Handler] = {
            "/openapi.json": self.description,
            "/areas": self.areas,
            "/circumstances": self.circumstances,
            "/children": self.children,
            "/children/{id}": self.child,
            "/cases": self.cases,
            "/cases/{id}": self.case,
            "/reports": self.reports,
            "/reports/{id}": self.report,
            "/visits": self.visits,
            "/figures": self.figures,
        }
        return [
            *(web.get(ROOT + path, answered(handler)) for path, handler in gets.items()),
            web.post(f"{ROOT}/reports", answered(self.file_report)),
            web.route("*", "/api/{rest:.*}", answered(_nothing)),
        ]

    # -- what anybody may know ----------------------------------------------------------------

    async def description(self, _: web.Request) -> web.Response:
        """What there is, for programs and those who write them."""
        return web.json_response(describe(), dumps=_dump)

    async def circumstances(self, request: web.Request) -> web.Response:
        """The codes of what may be reported."""
        await self._caller(request, None)
        lines = self._rules.policy.circumstances.lines
        told = [models.Circumstance(code=code, words=one.words) for code, one in lines.items()]
        return _said(models.Everything[models.Circumstance](items=told))

    # -- lists --------------------------------------------------------------------------------

    async def areas(self, request: web.Request) -> web.Response:
        """The places of the token."""
        caller = await self._caller(request, None)
        rows = await self._seen(caller, lambda turn: machines.places(turn, caller.token))
        told = [self._answers.area(row, top=at == 0) for at, row in enumerate(rows)]
        return _said(models.Everything[models.Area](items=told))

    async def children(self, request: web.Request) -> web.Response:
        """Children of the register, masked unless the token has ``names``."""
        caller = await self._caller(request, "children.read")
        asked = self._asked(request, models.ListQuery, "children")

        def view(turn: Turn) -> tuple[tuple[ChildRow, ...], int | None]:
            self._must_read(turn, caller, "children")
            wanted = self._within(turn, caller, asked)
            found = machines.children(turn, caller.token, wanted)
            _noted(turn, caller, "children", wanted.area, found[0])
            return found

        rows, after = await self._taken(caller, view)
        return self._page(models.Child, map(self._answers.child, rows), after, request)

    async def cases(self, request: web.Request) -> web.Response:
        """Cases; no names stand in them."""
        caller = await self._caller(request, "cases.read")
        asked = self._asked(request, models.DatedQuery, "cases")

        def view(turn: Turn) -> tuple[tuple[CaseRow, ...], int | None]:
            self._must_read(turn, caller, "cases")
            return machines.some_cases(turn, self._within(turn, caller, asked))

        rows, after = await self._seen(caller, view)
        return self._page(models.Case, map(self._answers.case, rows), after, request)

    async def reports(self, request: web.Request) -> web.Response:
        """Reports, what was said only with ``names``."""
        caller = await self._caller(request, "reports.read")
        asked = self._asked(request, models.DatedQuery, "reports")

        def view(turn: Turn) -> tuple[tuple[ReportRow, ...], int | None]:
            self._must_read(turn, caller, "cases")
            wanted = self._within(turn, caller, asked)
            found = machines.some_reports(turn, caller.token, wanted)
            _noted(turn, caller, "reports", wanted.area, found[0])
            return found

        rows, after = await self._taken(caller, view)
        return self._page(models.Report, map(self._answers.report, rows), after, request)

    async def visits(self, request: web.Request) -> web.Response:
        """Visits, without what was said there."""
        caller = await self._caller(request, "visits.read")
        asked = self._asked(request, models.DatedQuery, "visits")

        def view(turn: Turn) -> tuple[tuple[Visit, ...], int | None]:
            wanted = self._within(turn, caller, asked)
            if not machines.may_read_visits(turn, wanted.area):
                raise Refused(403, "not_for_post")
            return machines.visits(turn, wanted)

        rows, after = await self._seen(caller, view)
        return self._page(models.Visit, map(self._answers.visit, rows), after, request)

    async def figures(self, request: web.Request) -> web.Response:
        """The numbers of a place."""
        caller = await self._caller(request, "figures.read")
        query = read_query(models.FiguresQuery, request)
        while not await self._store.read(self._rules.ledger.step):
            pass

        def view(turn: Turn) -> analysis.Page | None:
            area = self._area_within(turn, caller, query.area)
            period = period_of(query, turn.at.date())
            return analysis.page(turn, analysis.Asked(area=area, period=period))

        page = await self._seen(caller, view)
        if page is None:
            raise Refused(403, "not_for_post")
        # Numbers are in clear, but a county is not counted while others wait to write.
        await self._written(
            caller,
            lambda turn: machines.note(
                turn, caller.token, "figures", page.area, len(page.numbers) + len(page.places)
            ),
        )
        return _said(self._answers.figures(page))

    # -- single ones --------------------------------------------------------------------------

    async def child(self, request: web.Request) -> web.Response:
        """One child."""
        caller = await self._caller(request, "children.read")
        number = self._number("child", request.match_info["id"])
        row = await self._taken(caller, lambda turn: machines.child(turn, caller.token, number))
        return _said(self._answers.child(_there(row)))

    async def case(self, request: web.Request) -> web.Response:
        """One case; the look is in the audit."""
        caller = await self._caller(request, "cases.read")
        number = self._number("case", request.match_info["id"])
        row = await self._written(caller, lambda turn: machines.case(turn, caller.token, number))
        return _said(self._answers.case(_there(row)))

    async def report(self, request: web.Request) -> web.Response:
        """One report: of a place of the token, or one that the program brought itself."""
        caller = await self._caller(request, "reports.read", "reports.write")
        number = self._number("report", request.match_info["id"])
        row = await self._written(
            caller, lambda turn: machines.one_report(turn, caller.token, number)
        )
        return _said(self._answers.report(_there(row)))

    # -- what is brought ----------------------------------------------------------------------

    async def file_report(self, request: web.Request) -> web.Response:
        """A report, once for each Idempotency-Key; stored before it is answered."""
        caller = await self._caller(request, "reports.write")
        key = request.headers.get("Idempotency-Key", "")
        if not _KEY.fullmatch(key):
            raise Refused(400, "no_key")
        body = await body_of(request)
        told = self._told(read(models.ReportIn, body))
        asked = hashlib.sha256(_dump(body).encode()).digest()
        status, text = await self._store.write(
            lambda work: self._file(work, caller, key, asked, told), lane=caller.source
        )
        self._look()
        return web.Response(status=status, text=text, content_type="application/json")

    def _file(
        self, work: Work, caller: Caller, key: str, asked: bytes, told: Told
    ) -> tuple[int, str]:
        turn = self._turn(work, caller)
        before = work.machines.answered(caller.token.id, key, asked)
        if before is not None and not before.is_same:
            raise Refused(422, "key_reused")
        if before is not None:
            return before.status, before.body
        filed = machines.file_report(turn, caller.token, told)
        if filed is None:
            raise Refused(422, "bad_area")
        row = machines.one_report(turn, caller.token, filed.id)
        assert row is not None
        text = self._answers.report(row).model_dump_json()
        work.machines.keep_answer(caller.token.id, key, asked, 201, text)
        work.machines.touch(caller.token)
        turn.close()
        return 201, text

    def _told(self, said: models.ReportIn) -> Told:
        faults = [*self._faults_of(said)]
        if faults:
            raise Refused(422, "bad_body", faults=faults, count=len(faults))
        return Told(
            area=self._number("area", said.area),
            circumstances=tuple(dict.fromkeys(said.circumstances)),
            what=said.what,
            safe=said.safe,
            child=None if said.child is None else self._number("child", said.child),
            child_words=said.child_words,
            child_years=said.child_years,
            occurred_at=said.occurred_at,
        )

    def _faults_of(self, said: models.ReportIn) -> Iterator[models.Fault]:
        """What no model knows: our circumstances, and what time it is."""
        known = self._rules.policy.circumstances.lines
        for at, code in enumerate(said.circumstances):
            if code not in known:
                what = WORDS("wrong.circumstance", known="、".join(known))
                yield models.Fault(at=f"circumstances.{at}", what=what)
        if why := wrong_moment(said.occurred_at, self._now()):
            yield models.Fault(at="occurred_at", what=why)

    # -- who asks -----------------------------------------------------------------------------

    async def _caller(self, request: web.Request, *kinds: Kind | None) -> Caller:
        """The program, if its token lives and has one of the kinds; raises Refused."""
        try:
            given = bearer(request)
            token = await self._store.read(lambda reading: self._token(reading, given))
            if token is None:
                raise unauthorized()
        except Refused:
            self._strangers.take(request.remote)
            raise
        self._rates.take(token.id)
        if None not in kinds and not set(kinds) & set(token.kinds):
            raise Refused(403, "forbidden", what=kinds[0])
        return Caller(bearer=given, token=token)

    def _token(self, reading: Reading, given: str) -> Token | None:
        found = reading.machines.by_token(given)
        return None if found is None else machines.as_it_counts(reading, self._rules, found)

    def _turn(self, reading: Reading, caller: Caller) -> Turn:
        """The program's turn; raises Refused for a token that was ended a moment ago."""
        token = reading.machines.by_token(caller.bearer)
        speaker = reading.people.speaker_of(token.contact_id) if token else None
        if token is None or speaker is None:
            raise unauthorized()
        return Turn(
            work=cast("Work", reading),
            rules=self._rules,
            speaker=speaker,
            at=reading.now.astimezone(self._rules.zone),
            finish=talk.finish,
            posts=token.post(speaker.person_id),
            made_by=token.made_by,
            is_proven=True,  # by whoever gave the token
        )

    async def _taken(self, caller: Caller, view: Callable[[Turn], T]) -> T:
        """What a program reads: in clear, and therefore written down, or masked."""
        see = self._written if machines.NAMES in caller.token.kinds else self._seen
        return await see(caller, view)

    async def _seen(self, caller: Caller, view: Callable[[Turn], T]) -> T:
        """What a program reads, on a connection that cannot write."""
        found, must_touch = await self._store.read(
            lambda reading: (
                view(self._turn(reading, caller)),
                reading.machines.must_touch(caller.token),
            )
        )
        if must_touch:
            await self._store.write(
                lambda work: work.machines.touch(caller.token), source=caller.source
            )
        return found

    async def _written(self, caller: Caller, view: Callable[[Turn], T]) -> T:
        """The same for what leaves something in the audit, in the same transaction."""

        def seen(work: Work) -> T:
            work.machines.touch(caller.token)
            return view(self._turn(work, caller))

        return await self._store.write(seen, source=caller.source)

    def _must_read(self, turn: Turn, caller: Caller, what: str) -> None:
        policy, role = self._rules.policy, caller.token.role
        reads = (
            role in policy.rights.reading_posts()
            if what == "children"
            else role in policy.roles and policy.roles[role].reads_reports
        )
        if not reads:
            raise Refused(403, "not_for_post")

    # -- what is asked ------------------------------------------------------------------------

    def _asked(
        self, request: web.Request, kind: type[models.ListQuery], what: str
    ) -> tuple[models.ListQuery, int]:
        query = read_query(kind, request)
        return query, self._after(request, query.cursor) if query.cursor else 0

    def _within(self, turn: Turn, caller: Caller, asked: tuple[models.ListQuery, int]) -> Asked:
        query, after = asked
        since = getattr(query, "since", None)
        return Asked(
            area=self._area_within(turn, caller, query.area),
            after=after,
            count=query.limit,
            **({"since": since} if since else {}),
        )

    def _area_within(self, turn: Turn, caller: Caller, named: str | None) -> int:
        number = None if named is None else self._references.number("area", named) or 0
        area = machines.within(turn, caller.token, number)
        if area is None:
            raise Refused(404, "bad_area")
        return area

    def _number(self, kind: str, name: str) -> int:
        """The row that a program names; nobody's row for what we never named."""
        return self._references.number(kind, name) or 0

    def _after(self, request: web.Request, cursor: str) -> int:
        number = self._references.number(list_of(request), cursor)
        if number is None:
            raise Refused(400, "bad_cursor")
        return number

    # -- what is answered ---------------------------------------------------------------------

    def _page(
        self,
        kind: type[Model],
        items: Iterable[Model],
        after: int | None,
        request: web.Request,
    ) -> web.Response:
        following = None if after is None else self._references.name(list_of(request), after)
        page: Any = models.Page[kind]  # type: ignore[valid-type]
        return _said(page(items=list(items), next=following))


def answered(handler: Handler) -> Handler:
    """The handler, with a problem in Chinese for whatever goes wrong."""

    async def answer(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except Refused as refused:
            return problem(refused)
        except web.HTTPRequestEntityTooLarge:
            return problem(Refused(413, "too_large"))
        except NotStored:
            return problem(Refused(503, "later", headers={"Retry-After": "2"}))
        except Exception as error:
            log.error("request failed", extra=where(error))  # noqa: TRY400 - no private words
            return problem(Refused(500, "fault"))

    return answer


async def _nothing(_: web.Request) -> web.StreamResponse:
    raise Refused(404, "no_route")


def _noted(turn: Turn, caller: Caller, what: str, area: int, rows: tuple[object, ...]) -> None:
    if machines.NAMES in caller.token.kinds:
        machines.note(turn, caller.token, what, area, len(rows))


def _there(row: T | None) -> T:
    if row is None:
        raise Refused(404, "not_found")
    return row


def _said(body: BaseModel) -> web.Response:
    return web.Response(text=body.model_dump_json(), content_type="application/json")


def _dump(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
