"""Every route of the interface, by every post, from every place, with every kind of token."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from bot.county.rules import read_rules
from bot.settings import read_settings
from bot.site.api.description import ROUTES, describe
from bot.site.api.models import Problem
from policy.machines import KINDS, Kind
from tests.bot.site.api.conftest import Office, Program
from tests.handlers.canaries import may_read

POLICY = read_rules(read_settings()).policy
SEATS = ("云岭县", "青石镇", "青石镇河湾村", "云峰乡", "云峰乡石板村一组")
LISTS: Mapping[str, Kind] = {
    "/children": "children.read",
    "/cases": "cases.read",
    "/reports": "reports.read",
    "/visits": "visits.read",
    "/figures": "figures.read",
}
SINGLE: Mapping[str, Kind] = {
    "/children": "children.read",
    "/cases": "cases.read",
    "/reports": "reports.read",
}
ABSENT = 987654321


def test_every_route_is_described_and_no_other(office: Office) -> None:
    known = {
        (route.method.lower(), route.resource.canonical)
        for route in office.server.app.router.routes()
        if route.resource
        and route.resource.canonical.startswith("/api/")
        and route.method not in ("HEAD", "*")
    }
    told = {(method, path) for path, methods in describe()["paths"].items() for method in methods}
    assert told == known
    assert len(ROUTES) + 1 == len(known)


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
def test_every_example_is_what_the_models_take_and_give(route: Any) -> None:
    given = route.answer.model_validate(route.example)
    assert json.loads(given.model_dump_json()) == json.loads(json.dumps(route.example))
    if route.body is not None:
        route.body.model_validate(route.asks)
    assert set(route.kinds) <= set(KINDS)


def test_every_reference_of_the_description_leads_somewhere() -> None:
    told = describe()
    schemas = told["components"]["schemas"]
    found = set(_references(told))
    assert found
    assert {one.rpartition("/")[2] for one in found} <= set(schemas)


def _references(told: object) -> Sequence[str]:
    match told:
        case {"$ref": str(one)}:
            return [one]
        case dict():
            return [one for part in told.values() for one in _references(part)]
        case list():
            return [one for part in told for one in _references(part)]
        case _:
            return []


async def test_the_description_is_served_to_anybody(office: Office) -> None:
    response = await office.client().get("/api/v1/openapi.json")
    told = await response.json()
    assert (response.status, told["openapi"]) == (200, "3.1.0")
    assert response.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", [route.path for route in ROUTES if route.method == "get"])
async def test_without_a_token_nothing_is_said(office: Office, path: str) -> None:
    asked = path.replace("{id}", office.ref("child", next(iter(office.county.homes))))
    whole = await office.program()
    said = set()
    for token in ("", "x", whole.token[:-2] + "__", "xiangban_" + "A" * 43):
        response = await Program(office.client(), token).asks(asked)
        said.add(await response.text())
        assert response.status == 401
        assert response.headers["WWW-Authenticate"].startswith("Bearer")
        assert response.headers["Cache-Control"] == "no-store"
        assert response.content_type == "application/problem+json"
    assert len(said) == 1


async def test_a_token_does_what_its_kinds_say_and_no_more(office: Office) -> None:
    for kind in KINDS:
        program = await office.program(kinds=(kind,))
        for path, wanted in LISTS.items():
            response = await program.asks(path)
            assert response.status == (200 if kind == wanted else 403), (kind, path)
        response = await program.brings(office.told())
        assert response.status == (201 if kind == "reports.write" else 403), kind
        assert (await program.asks("/areas")).status == 200
        assert (await program.asks("/circumstances")).status == 200


@pytest.mark.parametrize("role", [*POLICY.roles])
async def test_every_post_sees_what_the_tables_say_and_no_more(office: Office, role: str) -> None:
    names = {one.value for one in office.county.hidden}
    for at in SEATS:
        held = [(role, office.county.places[at])]
        allowed = may_read(office.county, POLICY, office.tree, held, ())
        for kinds in (KINDS, tuple(kind for kind in KINDS if kind != "names")):
            program = await office.program(role, at, kinds)
            told = ""
            for path in ("/areas", *LISTS):
                response = await program.asks(path)
                assert response.status in (200, 403), (role, at, path)
                told += await response.text()
            told += await _single(office, program)
            found = [one for one in office.county.secrets() if one in told]
            assert [one for one in found if one not in allowed] == [], (role, at)
            if "names" not in kinds:
                assert not names & set(found), (role, at)
                assert not any(one.story in told for one in office.county.told), (role, at)


async def _single(office: Office, program: Program) -> str:
    """Each single thing is there exactly when the list has it; else it is like what is absent."""
    told = ""
    for path in SINGLE:
        kind = {"/children": "child", "/cases": "case", "/reports": "report"}[path]
        response = await program.asks(path)
        page = await response.json()
        listed = {one["id"] for one in page.get("items", [])}
        absent = await program.asks(f"{path}/{office.ref(kind, ABSENT)}")
        assert absent.status == 404
        numbers = {
            "child": [*office.county.homes],
            "case": [one.case for one in office.county.told],
            "report": [one.report for one in office.county.told],
        }[kind]
        for number in numbers:
            name = office.ref(kind, number)
            single = await program.asks(f"{path}/{name}")
            text = await single.text()
            assert (single.status == 200) is (name in listed), (path, number)
            if single.status != 200:
                assert text == await absent.text()
            told += text
        told += json.dumps(page, ensure_ascii=False)
    return told


@pytest.mark.parametrize("at", ["青石镇", "青石镇河湾村", "云峰乡石板村一组"])
async def test_no_other_place_is_asked_for_or_reported_from(office: Office, at: str) -> None:
    program = await office.program(at=at)
    here = office.county.places[at]
    tree = office.tree
    for row in tree.descendants(tree.roots()[0].id):
        is_here = tree.is_within(row, here)
        for path in LISTS:
            response = await program.asks(path, area=office.ref("area", row))
            assert response.status == (200 if is_here else 404), (path, row)
        if tree.path(row)[-1].kind == "group":
            told = dict(office.told()) | {"area": office.ref("area", row)}
            response = await program.brings(told, key=f"k{row}")
            assert response.status == (201 if is_here else 422), row
        office.house.clock.moment[0] = office.house.clock.now().replace(
            minute=(office.house.clock.now().minute + 7) % 60
        )
    for wrong in ("x", "A" * 40, office.ref("child", here)):
        assert (await program.asks("/children", area=wrong)).status == 404


async def test_what_is_nowhere_is_a_problem_too(office: Office) -> None:
    program = await office.program()
    for path in ("/", "/children/", "/people", "/children/x/y", "/cases/" + "A" * 300):
        response = await program.asks(path)
        body = await response.json()
        assert response.status == 404, path
        Problem.model_validate(body)
