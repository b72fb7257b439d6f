"""The console's routes: each looks or acts as the person who sits there, or shows the door."""

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import islice

from aiohttp import web

from bot.channels.channel import NotStored
from bot.exporting.exports import WITHOUT_REASON
from bot.site.console.front import (
    IN_PLACE,
    SHOWN,
    TEXT_CHARS,
    TYPES,
    Front,
    answered_at,
    as_file,
    file_answer,
    page_number,
    read_form,
    see_other,
    way_back,
    whole,
)
from bot.site.console.pages import WORDS, sheet
from bot.site.console.school import school_rows, visit_rows
from bot.site.console.seats import Seat
from bot.site.console.sessions import mark, new_secret, session_of
from bot.site.giving import played, saved
from bot.site.rates import SITE, came_from
from conversation.cards import Document, card_from_json
from conversation.incoming import Chosen, Incoming, Pressed, Said
from handlers.cases import evidence
from handlers.cases.evidence import How, Opened, Version, Withheld
from handlers.office import cases, children, claims, hands, looks, staff, today
from handlers.office.children import Asked as ChildrenAsked
from handlers.people.invite_sheet import sheet as invite_sheet
from handlers.people.proof import GUARDED
from handlers.turn import Turn
from policy.grading import GRADES
from storage.children.child_looks import MAX_SEQ
from storage.office.console import Door
from storage.reporting.attachments import OWN

#: Characters of what is looked for.
SOUGHT = 100
_PRESS = re.compile(r"([\w-]{1,64}):([0-9]{1,3})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A list that somebody wants to take out of the house."""

    what: str
    rows: Callable[[Turn], list[dict[str, str]]]


class ConsoleRoutes(Front):
    """The console's first pages, what is done there, and its door."""

    def routes(self) -> list[web.RouteDef]:
        """All of them."""
        return [
            web.get("/console", self.today),
            web.get("/console/cases", self.cases),
            web.get("/console/cases/{name}", self.case),
            web.get("/console/children", self.children),
            web.get("/console/children/{name}", self.child),
            web.get("/console/hands", self.hands),
            web.get("/console/hands/{name}", self.holder),
            web.get("/console/staff", self.staff),
            web.get("/console/looks", self.looks),
            web.get("/console/files/{name}", self.document),
            web.get("/console/evidence/{name}", self.evidence),
            web.post("/console/children", self.seek),
            web.post("/console/staff", self.seek),
            web.post("/console/talk", self.talk),
            web.post("/console/invite", self.invite),
            web.post("/console/export", self.export),
            web.post("/console/enter", self.enter),
            web.post("/console/demo", self.demo),
            web.post("/console/leave", self.leave),
            web.get("/console/static/{version}/console.css", self._pages.style),
        ]

    # -- pages --------------------------------------------------------------------------------

    async def today(self, request: web.Request) -> web.Response:
        """今日; the door for whoever is not inside."""
        return await self._page(request, "today", today.now)

    async def cases(self, request: web.Request) -> web.Response:
        """线索与工单."""
        asked = _cases_asked(request.query)
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
        asked = self._children_asked(self._query(request))

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
        asked, number = _staff_asked(self._query(request)), page_number(request.query)

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

    async def document(self, request: web.Request) -> web.Response:
        """The file that went with a card of the talk, for the very person who was answered."""
        number, secret = self._named(request, "card"), self._cookies.inside(request)
        found = secret and await self._desk.look(
            mark(secret), "today", lambda turn: _document(turn, number)
        )
        if not found or not secret:
            raise web.HTTPSeeOther("/console")
        if found.value is None:
            return self._message(found.seat, secret, "absent", 404)
        if asked_first := await self._locked(request, secret):
            return asked_first
        document, content = found.value
        if content is None:
            name = self._references.name("evidence", document.id)
            version = "copy" if document.is_copy else "original"
            raise web.HTTPSeeOther(f"/console/evidence/{name}?version={version}&save=1")
        return saved(content, name=document.name, mime=document.mime)

    async def evidence(self, request: web.Request) -> web.Response:
        """What was sent with a case, to be looked at on its page or to be saved; each is noted."""
        number, secret = self._named(request, "evidence"), self._cookies.inside(request)
        saves = "save" in request.query
        asks = await self._locked(request, secret) if saves and secret else None
        if asks is not None:
            return asks
        version: Version = "original" if request.query.get("version") == "original" else "copy"
        how: How = "saved" if saves else "seen"
        found = secret and await self._desk.act(
            mark(secret), "cases", lambda turn: evidence.opened(turn, number, version, how)
        )
        if not found or not secret:
            raise web.HTTPSeeOther("/console")
        match found.value:
            case Opened() as file:
                if saves:
                    return saved(file.content, name=file.name, mime=file.mime)
                return played(request, file.content, name=file.name, mime=file.mime)
            case Withheld(why) if why != "alarm.not_yours":
                text = self._rules.words(why)
                return self._render("message.html", found.seat, secret, status=409, text=text)
            case _:
                return self._message(found.seat, secret, "absent", 404)

    # -- what changes something ---------------------------------------------------------------

    async def seek(self, request: web.Request) -> web.Response:
        """Look for a name or a telephone, which stands plainly in no address, history or log."""
        form, _ = await self._form(request)
        words = form.get("q", "").strip()[:SOUGHT]
        sought = self._sought(request, words) if words else ""
        only = form.get("only", "") if form.get("only") in ("late", "unreached") else ""
        return see_other(f"{request.path}?sought={sought}&only={only}")

    async def talk(self, request: web.Request) -> web.Response:
        """A button of a page or of the talk, or words: one turn, then the page again."""
        form, secret = await self._form(request)
        inside = await self._desk.look(mark(secret), "today", lambda turn: True)
        if inside is None:
            raise web.HTTPSeeOther("/console")
        incoming = self._incoming(form, inside.seat)
        is_guarded = _verb(incoming, inside.seat) in GUARDED
        if is_guarded and (asked_first := await self._unproved(request, form, secret)):
            return asked_first
        if incoming is not None:
            doing = "\n".join(form.get(key, "") for key in ("once", "deed", "press", "text"))
            once = hashlib.sha256(doing.encode()).hexdigest()
            taken = await self._channel.take(
                inside.seat.address, incoming, once, is_proven=is_guarded or inside.seat.is_proven
            )
            if isinstance(taken, NotStored):
                return self._pages.page("later.html", status=503)
        raise web.HTTPSeeOther(answered_at(way_back(form)))

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

    async def export(self, request: web.Request) -> web.Response:
        """A list as a file; of more than fifty rows not without a reason, and never unnoted."""
        form, secret = await self._form(request)
        wanted = self._wanted(form)
        kind = form.get("format", "xlsx")
        if wanted.what == "children" and (taken := await self._long(request, form, secret, kind)):
            return taken
        found = await self._desk.look(
            mark(secret), wanted.what if wanted.what in _EXPORTS else "", wanted.rows
        )
        if found is None:
            raise web.HTTPSeeOther("/console")
        if found.value is None or kind not in TYPES:
            return self._message(found.seat, secret, "absent", 404)
        rows, reason = found.value, form.get("reason", "").strip()[:TEXT_CHARS]
        if len(rows) > WITHOUT_REASON and not reason:
            return self._render(
                "reason.html", found.seat, secret, form=form, count=len(rows), most=WITHOUT_REASON
            )
        if asked_first := await self._unproved(request, form, secret):
            return asked_first
        await self._desk.note_export(found.seat, wanted.what, len(rows), reason)
        title = self._title(form)
        return await as_file(self._listing(wanted.what, rows, found.seat, title), kind)

    async def _long(
        self, request: web.Request, form: Mapping[str, str], secret: str, kind: str
    ) -> web.Response | None:
        """A long list of children, read and written beside the program; None for a short one."""
        asked = replace(self._children_asked(form), text="")
        counted = await self._desk.look(
            mark(secret), "children", lambda turn: children.exported_count(turn, asked)
        )
        long = counted is not None and (counted.value or 0) > IN_PLACE
        if counted is None or not long or self._takeout is None or kind not in TYPES:
            return None
        if not (reason := form.get("reason", "").strip()[:TEXT_CHARS]):
            return self._render(
                "reason.html",
                counted.seat,
                secret,
                form=form,
                count=counted.value,
                most=WITHOUT_REASON,
            )
        if asked_first := await self._unproved(request, form, secret):
            return asked_first
        title = self._title(form)
        taken = await self._takeout.children(
            mark(secret), asked, title=title, who=counted.seat.name, now=self._now(), kind=kind
        )
        if not taken.body:  # their post ended meanwhile
            raise web.HTTPSeeOther("/console")
        await self._desk.note_export(counted.seat, "children", taken.rows, reason)
        return file_answer(taken.body, title, kind)

    def _title(self, form: Mapping[str, str]) -> str:
        """What a file is of: of a list that was narrowed nobody is to think that it is all."""
        policy, what = self._rules.policy, form.get("what", "")
        narrowed: list[str] = []
        match what:
            case "cases":
                cases_asked = _cases_asked(form)
                narrowed += [WORDS("case.closed")] if cases_asked.state == "closed" else []
                if cases_asked.grade:
                    narrowed.append(self._rules.words(f"grade.{cases_asked.grade}"))
                narrowed += [WORDS(f"case.{cases_asked.only}")] if cases_asked.only else []
            case "children":
                children_asked = self._children_asked(form)
                narrowed += [WORDS("child.left")] if children_asked.status == "left" else []
                tier = policy.rhythm.tiers.get(children_asked.tier)
                narrowed += [tier.name] if tier else []
                narrowed += [WORDS("child.late_visits")] if children_asked.late else []
            case "visits":
                narrowed.append(form.get("day") or WORDS("visits.overdue"))
            case "school" if figure := policy.figures.figures.get(form.get("ledger", "")):
                narrowed.append(figure.name)
            case "staff" if form.get("only") == "unreached":
                narrowed.append(WORDS("staff.not_reached"))
            case _:
                pass
        name = WORDS(f"export.{what}")
        return WORDS("export.narrowed", what=name, text="、".join(narrowed)) if narrowed else name

    # -- the door -----------------------------------------------------------------------------

    async def enter(self, request: web.Request) -> web.Response:
        """Use up the code that was confirmed in the chat: only here, and only once."""
        browser, secret = self._cookies.door(request), new_secret()
        response = see_other("/console")
        if browser and await self._desk.enter(mark(browser), mark(secret)):
            await self._gets_up(request)
            self._cookies.enter(response, secret)
        return response

    async def demo(self, request: web.Request) -> web.Response:
        """Come in as one of the demo's people."""
        key = (await read_form(request)).get("person", "")
        person = next((one for one in self._people if one.key == key), None)
        response, secret = see_other("/console"), new_secret()
        if person and await self._desk.enter_as(person.session, mark(secret)):
            await self._gets_up(request)
            self._cookies.enter(response, secret)
        return response

    async def _gets_up(self, request: web.Request) -> None:
        """Whoever sat at this browser before is not there any more."""
        if before := self._cookies.inside(request):
            await self._desk.leave(mark(before))

    async def leave(self, request: web.Request) -> web.Response:
        """退出."""
        _, secret = await self._form(request)
        await self._desk.leave(mark(secret))
        response = see_other("/console")
        self._cookies.leave(response)
        return response

    async def _door(self, request: web.Request) -> web.Response:
        """The code of this browser; looking at it uses nothing up."""
        if request.path != "/console":
            return await super()._door(request)
        secret = self._cookies.door(request)
        door = await self._desk.waiting(mark(secret)) if secret else None
        fresh = ""
        if door is None:
            fresh = new_secret()
            door = await self._new_door(fresh, came_from(request, prefix=SITE))
        response = self._pages.page(
            "door.html",
            status=200 if door else 503,
            door=door,
            left=self._left(door),
            people=self._people,
        )
        if fresh:
            self._cookies.wait(response, fresh)
        if door is not None and door.person_id is None:
            response.headers["Refresh"] = "5; url=/console"
        return response

    async def _new_door(self, secret: str, network: str | None) -> Door | None:
        await self._desk.ask(mark(secret), network)
        return await self._desk.waiting(mark(secret))

    def _left(self, door: Door | None) -> int:
        """Minutes for which the code can still be typed."""
        if door is None:
            return 0
        until = door.asked_at + self._rules.policy.timing["console_code"]
        return max(1, round((until - self._now()).total_seconds() / 60))

    # -- what was asked -----------------------------------------------------------------------

    def _incoming(self, form: Mapping[str, str], seat: Seat) -> Incoming | None:
        if "deed" in form:
            action = self._references.action(form["deed"], seat.contact_id)
            return Chosen(verb=action.verb, arg=action.arg) if action else None
        if pressed := _PRESS.fullmatch(form.get("press", "")):
            return Pressed(token=pressed[1], position=int(pressed[2]))
        text = form.get("text", "").strip()[:TEXT_CHARS]
        return Said(text=text) if text else None

    def _query(self, request: web.Request) -> Mapping[str, str]:
        """What an address asks for, with the words that it holds sealed."""
        sought, secret = request.query.get("sought", ""), self._cookies.inside(request)
        words = self._references.words(sought, session_of(secret)) if sought and secret else ""
        return {**request.query, **({"q": words} if words else {})}

    def _sought(self, request: web.Request, words: str) -> str:
        """Words that are looked for, as an address of this session says them."""
        return self._references.sought(words, session_of(self._cookies.inside(request) or ""))

    def _children_asked(self, query: Mapping[str, str]) -> ChildrenAsked:
        area = query.get("area", "")
        named = self._references.number("area", area) if area else None
        status = query.get("status", "")
        return ChildrenAsked(
            area=(named or 0) if area else None,
            tier=query.get("tier", "")[:16],
            status="left" if status == "left" else "active",
            late=query.get("only") == "late",
            text=query.get("q", "").strip()[:SOUGHT],
            page=page_number(query),
        )

    def _wanted(self, form: Mapping[str, str]) -> Wanted:
        match form.get("what"):
            case "cases":
                return Wanted(what="cases", rows=lambda turn: _case_rows(turn, form))
            case "children":
                asked = replace(self._children_asked(form), text="")
                return Wanted(what="children", rows=lambda turn: children.exported(turn, asked))
            case "hands":
                return Wanted(what="hands", rows=_hand_rows)
            case "school":
                return Wanted(what="school", rows=lambda turn: school_rows(turn, form))
            case "visits":
                return Wanted(what="visits", rows=lambda turn: visit_rows(turn, form))
            case "staff":
                return Wanted(what="staff", rows=lambda turn: _staff_rows(turn, form))
            case "claims":
                listed = self._references.number("claims", form.get("list", "")) or 0
                return Wanted(what="claims", rows=lambda turn: claims.exported(turn, listed))
            case "looks":
                return Wanted(what="looks", rows=_look_rows)
            case _:
                return Wanted(what="", rows=lambda turn: [])


def _verb(incoming: Incoming | None, seat: Seat) -> str:
    """What a button of a page, or of a card beside it, does."""
    match incoming:
        case Chosen(verb=verb):
            return verb
        case Pressed(token=token, position=position):
            cards = (one.card for one in seat.cards if one.token == token)
            buttons = [button for card in cards for button in card.buttons()]
            return buttons[position].action.verb if position < len(buttons) else ""
        case _:
            return ""


#: What leaves as a file, and whose part of the console it is of.
_EXPORTS = {
    what: what
    for what in ("cases", "children", "hands", "school", "visits", "staff", "looks", "claims")
}


def _cases_asked(query: Mapping[str, str]) -> cases.Asked:
    grade, only = query.get("grade", ""), query.get("only", "")
    return cases.Asked(
        state="closed" if query.get("state") == "closed" else "open",
        grade=grade if grade in GRADES else "",
        only=only if only in cases.ONLY else "",
    )


def _case_rows(turn: Turn, form: Mapping[str, str]) -> list[dict[str, str]]:
    return [
        {
            WORDS("case.number"): line.number,
            WORDS("case.grade"): line.grade_name,
            WORDS("case.place"): line.place,
            WORDS("case.stage"): line.stage,
            WORDS("case.owner"): line.owner
            if line.is_accepted or not line.is_open
            else WORDS("case.waits_for", name=line.owner),
            WORDS("case.opened"): f"{line.opened_at:%Y-%m-%d %H:%M}",
            WORDS("case.due"): f"{line.due.at:%Y-%m-%d %H:%M}" if line.due else "",
            WORDS("case.what"): line.due.what if line.due else "",
            WORDS("case.whose"): (line.due.whose or line.owner) if line.due else "",
        }
        for line in cases.lines(turn, cases.listed(turn, _cases_asked(form)))
    ]


def _hand_rows(turn: Turn) -> list[dict[str, str]]:
    return [
        {
            WORDS("hands.name"): one.name,
            WORDS("hands.posts"): one.posts,
            WORDS("hands.count"): str(one.count),
        }
        for one in hands.holders(turn, hands.loads(turn))
    ]


def _staff_asked(query: Mapping[str, str]) -> staff.Asked:
    return staff.Asked(
        unreached=query.get("only") == "unreached", text=query.get("q", "").strip()[:SOUGHT]
    )


def _staff_rows(turn: Turn, form: Mapping[str, str]) -> list[dict[str, str]]:
    return [
        {
            WORDS("staff.name"): one.name,
            WORDS("staff.posts"): "、".join(post.line for post in one.posts),
            WORDS("staff.reached"): WORDS(
                "staff.reached" if one.is_reached else "staff.not_reached"
            ),
        }
        for one in staff.lines(turn, staff.found(turn, _staff_asked(form)))
    ]


def _look_rows(turn: Turn) -> list[dict[str, str]]:
    return [
        {
            WORDS("looks.when"): f"{one.at:%Y-%m-%d %H:%M}",
            WORDS("looks.who"): one.who,
            WORDS("looks.child"): one.name,
            WORDS("looks.place"): one.place,
            WORDS("looks.why"): one.why,
        }
        for one in looks.exported(turn)
    ]


def _document(turn: Turn, row_id: int) -> tuple[Document, bytes | None] | None:
    """A card's file; without its bytes where it is a case's, which is opened otherwise."""
    row = turn.work.outbox.get(row_id)
    if row is None or row.contact_id != turn.speaker.contact_id:
        return None
    document = card_from_json(row.card).document
    kept = turn.work.attachments.get(document.id) if document else None
    if document is None or kept is None:
        return None
    if kept.channel != OWN:
        return document, None
    content = turn.work.attachments.content(document.id)
    return None if content is None else (document, content)
