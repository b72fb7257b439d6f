"""What another office's program does with the interface, and what becomes of it."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from handlers import talk
from handlers.office import looks
from handlers.turn import Turn
from storage.audit import Fact
from storage.reporting.reports import ReportIn
from storage.work import Reading, Work
from tests.bot.site.api.conftest import Office, Program


async def _facts(office: Office, subject: str, number: int) -> list[Fact]:
    return list(await office.house.store.read(lambda reading: reading.audit.of(subject, number)))


async def _looks(office: Office, name: str) -> looks.Page:
    """审计, as somebody sees it."""

    def page(work: Work) -> looks.Page:
        return looks.page(
            Turn(
                work=work,
                rules=office.house.rules,
                speaker=work.people.meet("paper", name),
                at=work.now.astimezone(office.house.rules.zone),
                finish=talk.finish,
            )
        )

    return await office.house.store.write(page)


async def test_a_hospital_reports_and_sees_how_it_stands(office: Office) -> None:
    program = await office.program(role="", kinds=("reports.write",))
    areas = await program.gets("/areas")
    village = next(one for one in areas["items"] if one["name"] == "河湾村")
    codes = {one["code"] for one in (await program.gets("/circumstances"))["items"]}
    response = await program.brings(
        {
            "area": village["id"],
            "circumstances": ["hurt"],
            "what": "接诊时发现孩子身上有多处旧伤。",
            "safe": "unknown",
            "child_words": "王家的老二",
            "child_years": 9,
            "occurred_at": "2026-11-20T01:00:00Z",
        }
    )
    filed = await response.json()
    assert (response.status, "hurt" in codes) == (201, True)
    assert filed["said"] is None
    case = await office.house.store.read(lambda reading: reading.cases.by_number(filed["number"]))
    assert case is not None
    assert case.area_id == office.county.places["青石镇河湾村"]
    await office.house.settled()
    number = filed["number"]
    said = " ".join((number[:3], number[3:6], number[6:]))
    told = [out.card.text for out in office.house.paper.sent if out.address == "河湾主任"]
    assert any(said in text or number in text.replace(" ", "") for text in told)
    assert not any("王家" in text or "旧伤" in text for text in told)

    assert (await program.gets(f"/reports/{filed['id']}"))["stage"] == filed["stage"]
    assert (await program.asks("/cases")).status == 403
    other = await office.program(role="", kinds=("reports.write",))
    assert (await other.asks(f"/reports/{filed['id']}")).status == 404
    report = await office.house.store.read(lambda reading: reading.cases.reports(case.id)[0].id)
    assert [fact.verb for fact in await _facts(office, "report", report)] == ["report.filed"]


async def test_danger_is_an_alarm_at_once(office: Office) -> None:
    program = await office.program(kinds=("reports.write",))
    response = await program.brings(office.told(safe="no", what="孩子被打得站不起来"))
    assert (await response.json())["grade"] == "red"


async def test_asking_once_more_with_the_same_key_reports_nothing_twice(office: Office) -> None:
    program = await office.program(kinds=("reports.write", "reports.read"))
    first, second = await asyncio.gather(
        program.brings(office.told()), program.brings(office.told())
    )
    assert (first.status, second.status) == (201, 201)
    assert await first.text() == await second.text()
    other = await program.brings(office.told(what="另一件事"))
    assert (other.status, (await other.json())["type"]) == (422, "urn:xiangban:problem:key_reused")
    another = await program.brings(office.told(what="另一件事"), key="k2")
    assert (await another.json())["id"] != (await first.json())["id"]

    sibling = await office.program(kinds=("reports.write",))
    theirs = await sibling.brings(office.told())
    assert (await theirs.json())["id"] != (await first.json())["id"]


async def test_an_answer_is_forgotten_after_its_time(office: Office) -> None:
    program = await office.program(kinds=("reports.write",))
    first = await (await program.brings(office.told())).json()
    office.house.clock.moment[0] += timedelta(days=8)
    await office.house.bells.tidy()
    again = await (await program.brings(office.told())).json()
    assert again["id"] != first["id"]


@pytest.mark.parametrize(
    ("change", "at"),
    [
        ({"circumstances": []}, "circumstances"),
        ({"circumstances": ["nonsense"]}, "circumstances.0"),
        ({"what": ""}, "what"),
        ({"what": "x" * 2001}, "what"),
        ({"safe": "maybe"}, "safe"),
        ({"child_years": 40}, "child_years"),
        ({"occurred_at": "yesterday"}, "occurred_at"),
        ({"occurred_at": "2026-11-20T01:00:00"}, "occurred_at"),
        # A moment that no page can show: nobody could open the case.
        ({"occurred_at": "9999-12-31T23:59:59Z"}, "occurred_at"),
        ({"occurred_at": "2026-11-22T01:00:00Z"}, "occurred_at"),
        ({"occurred_at": "0001-01-01T00:00:00+14:00"}, "occurred_at"),
        ({"name": "张三"}, "name"),
        ({"area": None}, "area"),
        ({"area": "../x"}, "area"),
    ],
)
async def test_every_fault_is_named_in_chinese(
    office: Office, change: dict[str, object], at: str
) -> None:
    program = await office.program(kinds=("reports.write",))
    response = await program.brings(office.told(**change))
    body = await response.json()
    assert response.status == 422
    assert [fault["at"] for fault in body["faults"]] == [at]
    assert all(fault["what"].strip() and not fault["what"].isascii() for fault in body["faults"])


@pytest.mark.parametrize(
    ("data", "kind", "status"),
    [
        (b"{", "application/json", 400),
        (b"\xff", "application/json", 400),
        (b"[" * 60_000, "application/json", 400),
        (b'{"what": "\\ud800"}', "application/json", 422),
        (b"[]", "application/json", 422),
        (b"a=b", "application/x-www-form-urlencoded", 415),
        (b" " * 70_000, "application/json", 413),
    ],
)
async def test_what_is_no_json_is_a_problem(
    office: Office, data: bytes, kind: str, status: int
) -> None:
    program = await office.program()
    headers = program.headers | {"Content-Type": kind, "Idempotency-Key": "k"}
    response = await program.client.post("/api/v1/reports", data=data, headers=headers)
    assert response.status == status
    assert response.content_type == "application/problem+json"


@pytest.mark.parametrize("key", [None, "", "有字", "x" * 65, "a b"])
async def test_a_report_needs_a_key(office: Office, key: str | None) -> None:
    program = await office.program()
    if key is not None and not key.isascii():
        return
    response = await program.brings(office.told(), key=key)
    assert (response.status, (await response.json())["type"][-6:]) == (400, "no_key")


async def test_a_list_is_walked_page_by_page(office: Office) -> None:
    program = await office.program(kinds=("children.read",))
    whole = [one["id"] for one in (await program.gets("/children"))["items"]]
    found, cursor = [], ""
    while True:
        page = await program.gets("/children", limit="3", **({"cursor": cursor} if cursor else {}))
        found += [one["id"] for one in page["items"]]
        if page["next"] is None:
            break
        cursor = page["next"]
    assert found == whole
    assert len(set(found)) == len(office.county.homes)
    first = (await program.gets("/children", limit="3"))["next"]
    town = office.ref("area", office.county.places["青石镇"])
    for query in ({"cursor": "x"}, {"cursor": first, "area": town}, {"cursor": whole[0]}):
        assert (await program.asks("/children", **query)).status == 400
    for query in ({"limit": "0"}, {"limit": "101"}, {"limit": "x"}, {"what": "x"}):
        assert (await program.asks("/children", **query)).status == 400


async def test_the_day_from_which_cases_are_wanted(office: Office) -> None:
    program = await office.program(kinds=("cases.read", "reports.read"))
    for path in ("/cases", "/reports"):
        assert len((await program.gets(path, since="2026-11-20"))["items"]) == 3
        assert (await program.gets(path, since="2026-11-21"))["items"] == []


async def test_what_leaves_in_clear_is_in_the_audit_with_its_rows(office: Office) -> None:
    program = await office.program(at="青石镇")
    town = office.county.places["青石镇"]
    rows = (await program.gets("/children"))["items"]
    assert any(one["columns"]["name"].startswith("王骉") for one in rows)
    await program.gets("/reports")
    made, children, reports = await _facts(office, "api_token", program.id)
    assert made.verb == "token-made"
    assert (children.verb, json.loads(children.detail)) == (
        "children.taken",
        {"rows": len(rows), "area": town},
    )
    assert reports.verb == "reports.taken"
    child = next(iter(office.county.homes))
    await program.gets(f"/children/{office.ref('child', child)}")
    looks = await office.house.store.read(lambda reading: reading.child_looks.of_child(child))
    assert looks[-1].code == "program"

    masked = await office.program(at="青石镇", kinds=("children.read",))
    told = await masked.gets("/children")
    assert {one["columns"]["name"][1:] for one in told["items"]} == {"*"}
    assert [fact.verb for fact in await _facts(office, "api_token", masked.id)] == ["token-made"]


async def test_whoever_keeps_the_whole_county_reads_what_programs_took_a_day_in_a_line(
    office: Office,
) -> None:
    program = await office.program(at="云岭县")
    town = office.ref("area", office.county.places["青石镇"])
    children = 0
    for _ in range(2):
        page: dict[str, Any] = {"next": "", "items": []}
        while page["next"] is not None:
            more = {"cursor": page["next"]} if page["next"] else {}
            page = await program.gets("/children", area=town, limit="2", **more)
            children += len(page["items"])
        assert children
    figures = await program.gets("/figures")
    office.house.clock.moment[0] += timedelta(days=1)
    reports = len((await program.gets("/reports"))["items"])
    told = next(iter((await program.gets("/reports"))["items"]))
    await program.gets(f"/reports/{told['id']}")
    home = office.references.number("area", told["area"])
    assert home is not None
    masked = await office.program(kinds=("children.read", "cases.read", "visits.read"))
    for path in ("/children", "/cases", "/visits"):
        await masked.gets(path)

    seen = await _looks(office, "县民政")
    lines = [(f"{one.at:%m-%d}", one.what, one.place, one.rows) for one in seen.taken]
    numbers = len(figures["figures"]) + len(figures["places"])
    assert lines == [
        ("11-21", "reports", office.tree.full_name(home), 1),
        ("11-21", "reports", "云岭县", 2 * reports),
        ("11-20", "figures", "云岭县", numbers),
        ("11-20", "children", "青石镇", children),
    ]
    assert {one.program for one in seen.taken} == {"县医院信息系统"}
    assert [one.times for one in seen.taken][:3] == [1, 2, 1]
    assert (await _looks(office, "青石督导")).taken == ()


async def _of_case(office: Office, kind: str, maker: str = "县民政") -> None:
    """The maker of the tokens is that to the first case."""
    case, person = office.county.told[0].case, office.county.people[maker]
    await office.house.store.write(
        lambda work: work.cases.add_member(case, person, kind, by=0, basis="decided")
    )


async def _sees(program: Program) -> tuple[set[str], set[str]]:
    """The numbers of the cases in its lists of cases and of reports."""
    cases, reports = await program.gets("/cases"), await program.gets("/reports")
    return (
        {one["number"] for one in cases["items"]},
        {one["number"] for one in reports["items"]},
    )


@pytest.mark.parametrize("is_linked", [False, True])
async def test_a_case_is_hidden_from_the_program_of_whoever_is_excluded_from_it(
    office: Office, is_linked: bool
) -> None:
    program, told = await office.program(), office.county.told[0]
    cases, reports = await _sees(program)
    paths = (
        f"/cases/{office.ref('case', told.case)}",
        f"/reports/{office.ref('report', told.report)}",
    )
    assert [(await program.asks(path)).status for path in paths] == [200, 200]

    maker = "县民政"
    if is_linked:  # the maker's other phone is the one that stays
        maker, gone = "县公安", office.county.people["县民政"]
        stays = office.county.people[maker]
        await office.house.store.write(lambda work: work.links.join(stays, gone, by=gone))
    await _of_case(office, "excluded", maker)
    fewer_cases, fewer_reports = await _sees(program)
    assert (len(fewer_cases), len(fewer_reports)) == (len(cases) - 1, len(reports) - 1)
    assert fewer_cases < cases
    assert fewer_reports < reports
    assert [(await program.asks(path)).status for path in paths] == [404, 404]


async def test_a_program_reads_no_words_of_a_case_that_names_whoever_made_its_token(
    office: Office,
) -> None:
    program, told = await office.program(), office.county.told[0]
    path = f"/reports/{office.ref('report', told.report)}"
    assert (await program.gets(path))["said"] is not None
    await _of_case(office, "held")
    assert (await program.gets(path))["said"] is None


async def test_whoever_left_the_county_took_no_names_along(office: Office) -> None:
    """They saw the token as they gave it; the program still works, with names masked."""
    program = await office.program(at="青石镇")
    child = next(iter(office.county.homes))
    path = f"/children/{office.ref('child', child)}"
    assert not (await program.gets(path))["columns"]["name"].endswith("*")

    def leaves(work: Work) -> None:
        for role in work.people.roles(office.county.people["县民政"]):
            work.people.end_role(role.id)

    await office.house.store.write(leaves)
    assert (await program.gets(path))["columns"]["name"].endswith("*")
    listed = (await program.gets("/children"))["items"]
    assert {one["columns"]["name"][1:] for one in listed} == {"*"}
    assert {one["said"] for one in (await program.gets("/reports"))["items"]} == {None}
    assert (await program.brings(office.told())).status == 201


async def test_a_token_that_was_ended_opens_nothing_from_that_moment(office: Office) -> None:
    program = await office.program()
    await program.gets("/children")
    by = office.county.people["县民政"]
    assert await office.house.store.write(lambda work: work.machines.end(program.id, by=by))
    assert (await program.asks("/children")).status == 401
    assert (await program.brings(office.told())).status == 401
    assert not await office.house.store.write(lambda work: work.machines.end(program.id, by=by))


async def test_a_token_ends_by_itself_and_tells_when_it_was_used(office: Office) -> None:
    program = await office.program(days=30)
    await program.gets("/areas")
    used = await office.house.store.read(lambda reading: reading.machines.all()[0].used_at)
    assert used == office.house.clock.now()
    office.house.clock.moment[0] += timedelta(days=29, hours=23)
    await program.gets("/areas")
    office.house.clock.moment[0] += timedelta(hours=2)
    assert (await program.asks("/areas")).status == 401


async def test_the_token_stands_nowhere_in_the_store(office: Office) -> None:
    program = await office.program()

    def everything(reading: Reading) -> str:
        tables = reading.db.raw.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table'"
        ).fetchall()
        return "".join(
            repr(reading.db.raw.execute(f'SELECT * FROM "{name}"').fetchall())
            for (name,) in tables
        )

    kept = await office.house.store.read(everything)
    assert program.token not in kept
    assert program.token[9:] not in kept


async def test_whoever_asks_too_often_waits_and_others_do_not(office: Office) -> None:
    program, other = await office.program(), await office.program()
    most = office.house.rules.policy.limits["api_per_minute"]
    for _ in range(most):
        assert (await program.asks("/circumstances")).status == 200
    response = await program.asks("/circumstances")
    assert response.status == 429
    assert 1 <= int(response.headers["Retry-After"]) <= 60
    assert (await other.asks("/circumstances")).status == 200
    office.house.clock.moment[0] += timedelta(seconds=int(response.headers["Retry-After"]))
    assert (await program.asks("/circumstances")).status == 200
    stranger = office.client()
    answers = [(await stranger.get("/api/v1/areas")).status for _ in range(40)]
    assert {*answers} == {401, 429}
    office.house.clock.moment[0] += timedelta(minutes=1)
    assert (await program.asks("/circumstances")).status == 200


async def test_numbers_are_those_of_the_desk(office: Office) -> None:
    program = await office.program(kinds=("figures.read",))
    told = await program.gets("/figures", days="30")
    counts: dict[str, Any] = {one["key"]: one["count"] for one in told["figures"]}
    assert counts["children"] == len(office.county.homes)
    assert all(one["means"] for one in told["figures"])


async def test_numbers_are_of_the_days_that_are_asked_for_both_ends_of_them(
    office: Office,
) -> None:
    """A report of the last minute of a day in Beijing is of that day, and of no other."""
    program = await office.program(kinds=("figures.read",))
    office.house.clock.moment[0] = LATE_AT_NIGHT
    before = await reports_of(program, since="2026-11-20")
    await office.house.store.write(a_report)
    for days, count in (
        ({"since": "2026-11-20"}, 1),
        ({"since": "2026-11-20", "until": "2026-11-20"}, 1),
        ({"since": "2026-11-01", "until": "2026-11-19"}, None),
        ({"days": "7"}, None),
    ):
        told = await program.gets("/figures", **days)
        assert (told["first"], told["last"]) == (
            days.get("since", "2026-11-14"),
            days.get("until", "2026-11-20"),
        )
        if count:
            assert await reports_of(program, **days) == before + count
    office.house.clock.moment[0] += timedelta(minutes=2)
    assert await reports_of(program, since="2026-11-20", until="2026-11-20") == before + 1
    assert await reports_of(program, since="2026-11-21") == 0
    assert await reports_of(program, since="2026-11-21", until="2026-11-21") == 0


#: 23:59 in Beijing, on the day on which the county began.
LATE_AT_NIGHT = datetime(2026, 11, 20, 15, 59, tzinfo=UTC)


async def reports_of(program: Program, **days: str) -> int:
    """How many reports came in these days."""
    told = await program.gets("/figures", **days)
    return next(int(one["count"]) for one in told["figures"] if one["key"] == "reports")


def a_report(work: Work) -> None:
    """Somebody reports."""
    work.reports.file(
        ReportIn(
            kind="report",
            area_id=work.areas.search("青石镇河湾村")[0].id,
            form_version="v1",
            answers="{}",
            grade="yellow",
            anonymous=False,
        )
    )


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ({"days": "31"}, "days：不在可选的里面"),
        ({"since": "2026-11-01", "days": "7"}, "两样选一样"),
        ({"until": "2026-11-01"}, "也要写 since"),
        ({"since": "20261101"}, "since：要写成 2026-11-30"),
        ({"since": "1700000000"}, "since：要写成 2026-11-30"),
        ({"since": "2026-11-01T00:00:00"}, "since：要写成 2026-11-30"),
        ({"since": "2026-02-30"}, "since：要写成 2026-11-30"),
        ({"since": "2026-W44-1"}, "since：要写成 2026-11-30"),
        ({"since": "２０２６-11-01"}, "since：要写成 2026-11-30"),
        ({"since": "2026-11-01", "until": ""}, "until：要写成 2026-11-30"),
        ({"since": "2026-11-10", "until": "2026-11-09"}, "until：不能在 since 前面"),
        ({"since": "2026-11-10", "until": "2026-11-21"}, "until：还没到"),
        ({"since": "2026-11-21"}, "since：还没到"),
        ({"since": "1999-12-31", "until": "2000-01-01"}, "since：最早从 2000-01-01 算起"),
        ({"since": "0001-01-01"}, "since：最早从 2000-01-01 算起"),
        ({"since": "2023-01-01", "until": "2026-01-04"}, "since：一次最多三年"),
        ({"from": "2026-11-01"}, "from：没有这一项"),
    ],
)
async def test_days_that_cannot_be_counted_are_refused_and_why_is_said(
    office: Office, query: dict[str, str], says: str
) -> None:
    program = await office.program(kinds=("figures.read",))
    response = await program.asks("/figures", **query)
    told = await response.json()
    assert (response.status, told["type"]) == (400, "urn:xiangban:problem:bad_query")
    assert says in told["detail"]


@pytest.mark.parametrize("path", ["/cases", "/reports", "/visits"])
async def test_a_list_begins_no_earlier_than_anything_of_ours(office: Office, path: str) -> None:
    program = await office.program()
    response = await program.asks(path, since="0001-01-01")
    assert response.status == 400
    assert "since：最早从 2000-01-01 算起" in (await response.json())["detail"]
    await program.gets(path, since="9999-12-31")


async def test_a_clock_that_is_a_little_ahead_loses_no_report(office: Office) -> None:
    program = await office.program(kinds=("reports.write",))
    response = await program.brings(office.told(occurred_at="2026-11-20T20:00:00+08:00"))
    assert response.status == 201


async def test_nothing_is_said_to_a_program(office: Office) -> None:
    """It asks how its report stands; a card to it would lie in the store for ever."""
    program = await office.program(kinds=("reports.write", "cases.read"))
    filed = await (await program.brings(office.told())).json()
    await office.house.settled()
    director = await office.house.visitor("河湾主任")
    await director.taps("我来处理")
    await office.house.wait(timedelta(hours=3))
    assert (await program.gets(f"/cases/{filed['case']}"))["accepted_at"] is not None
    rows = await office.house.store.read(
        lambda reading: reading.db.raw.execute(
            "SELECT count(*) FROM outbox WHERE channel = 'api'"
        ).fetchone()
    )
    assert rows[0] == 0
