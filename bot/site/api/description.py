"""The OpenAPI 3.1 description of /api/v1, made from the same models by which it answers."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from bot.site.api import examples, models
from bot.site.api.gate import WORDS
from policy.machines import KINDS, Kind

VERSION = "1.0.0"
_REF = "#/components/schemas/{model}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One route, as its callers see it."""

    path: str
    summary: str
    answer: type[BaseModel]
    #: What a token must be allowed, one of them; nothing for what every token may.
    kinds: tuple[Kind, ...] = ()
    method: str = "get"
    query: type[BaseModel] | None = None
    body: type[BaseModel] | None = None
    status: int = 200
    #: The problems that it answers besides those of all.
    problems: tuple[int, ...] = ()
    example: Mapping[str, Any] = field(repr=False)
    asks: Mapping[str, Any] | None = field(default=None, repr=False)


ROUTES: tuple[Route, ...] = (
    Route(
        path="/areas",
        summary="令牌范围里的地方",
        answer=models.Everything[models.Area],
        example=examples.AREAS,
    ),
    Route(
        path="/circumstances",
        summary="能上报的情况和它们的 code",
        answer=models.Everything[models.Circumstance],
        example=examples.CIRCUMSTANCES,
    ),
    Route(
        path="/children",
        summary="台账里的孩子，一页一页",
        answer=models.Page[models.Child],
        kinds=("children.read",),
        query=models.ListQuery,
        problems=(400, 404),
        example=examples.CHILDREN,
    ),
    Route(
        path="/children/{id}",
        summary="一个孩子",
        answer=models.Child,
        kinds=("children.read",),
        problems=(404,),
        example=examples.CHILD,
    ),
    Route(
        path="/cases",
        summary="工单，一页一页；办完的也在",
        answer=models.Page[models.Case],
        kinds=("cases.read",),
        query=models.DatedQuery,
        problems=(400, 404),
        example=examples.CASES,
    ),
    Route(
        path="/cases/{id}",
        summary="一张工单",
        answer=models.Case,
        kinds=("cases.read",),
        problems=(404,),
        example=examples.CASE,
    ),
    Route(
        path="/reports",
        summary="线索，一页一页",
        answer=models.Page[models.Report],
        kinds=("reports.read",),
        query=models.DatedQuery,
        problems=(400, 404),
        example=examples.REPORTS,
    ),
    Route(
        path="/reports",
        method="post",
        summary="上报一条线索；收到 201 就是存好了",
        answer=models.Report,
        kinds=("reports.write",),
        body=models.ReportIn,
        status=201,
        problems=(400, 413, 415, 503),
        example=examples.FILED,
        asks=examples.REPORT_IN,
    ),
    Route(
        path="/reports/{id}",
        summary="一条线索；自己上报的也能看到哪一步了",
        answer=models.Report,
        kinds=("reports.read", "reports.write"),
        problems=(404,),
        example=examples.REPORT,
    ),
    Route(
        path="/visits",
        summary="走访，一页一页；管台账的岗位才看得到",
        answer=models.Page[models.Visit],
        kinds=("visits.read",),
        query=models.DatedQuery,
        problems=(400, 404),
        example=examples.VISITS,
    ),
    Route(
        path="/figures",
        summary="一个地方的数字",
        answer=models.Figures,
        kinds=("figures.read",),
        query=models.FiguresQuery,
        problems=(400, 404),
        example=examples.FIGURES,
    ),
)
#: What every route may answer instead.
_PROBLEMS: Mapping[int, str] = {
    400: "问得不对",
    401: "令牌不对",
    403: "令牌没有这一项",
    404: "没有，或者不归这个令牌看",
    413: "太大",
    415: "不是 JSON",
    422: "内容不对",
    429: "太密了",
    503: "现在存不进去",
}
_OF_ALL = (401, 403, 422, 429)


@cache
def describe() -> Mapping[str, Any]:
    """The whole description."""
    paths: dict[str, dict[str, Any]] = {}
    for route in ROUTES:
        paths.setdefault(f"/api/v1{route.path}", {})[route.method] = _operation(route)
    paths["/api/v1/openapi.json"] = {"get": _own()}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": WORDS("title"),
            "version": VERSION,
            "description": WORDS("about").strip(),
        },
        "servers": [{"url": "/"}],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "schemas": _schemas(),
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "能做什么：" + "、".join(KINDS),
                }
            },
        },
    }


def _operation(route: Route) -> dict[str, Any]:
    told: dict[str, Any] = {
        "operationId": _called(route),
        "summary": route.summary,
        "parameters": [*_parameters(route)],
        "responses": {
            str(route.status): {
                "description": route.summary,
                "content": _json(route.answer, route.example),
            },
            **_problems((*_OF_ALL, *route.problems)),
        },
    }
    if route.kinds:
        told["description"] = "令牌要有：" + " 或 ".join(route.kinds)
    if route.body is not None:
        told["requestBody"] = {"required": True, "content": _json(route.body, route.asks)}
    return told


def _own() -> dict[str, Any]:
    return {
        "operationId": "get_openapi",
        "summary": "这份说明",
        "security": [],
        "responses": {
            "200": {
                "description": "OpenAPI 3.1",
                "content": {"application/json": {"schema": {"type": "object"}}},
            }
        },
    }


def _called(route: Route) -> str:
    words = route.path.strip("/").replace("/{id}", "_by_id").replace("/", "_")
    return f"{route.method}_{words}"


def _parameters(route: Route) -> Iterator[dict[str, Any]]:
    if "{id}" in route.path:
        yield {
            "name": "id",
            "in": "path",
            "required": True,
            "schema": {"type": "string", "pattern": "^[A-Za-z0-9_-]+$"},
        }
    if route.body is not None:
        yield {
            "name": "Idempotency-Key",
            "in": "header",
            "required": True,
            "description": WORDS("problem.no_key"),
            "schema": {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,64}$"},
        }
    if route.query is not None:
        for name, schema in route.query.model_json_schema()["properties"].items():
            yield {
                "name": name,
                "in": "query",
                "required": False,
                "description": schema.get("description", ""),
                "schema": {key: one for key, one in schema.items() if key != "description"},
            }


def _json(kind: type[BaseModel], example: Mapping[str, Any] | None) -> dict[str, Any]:
    return {
        "application/json": {
            "schema": {"$ref": _REF.format(model=_name(kind))},
            "example": example,
        }
    }


def _problems(statuses: tuple[int, ...]) -> dict[str, Any]:
    return {
        str(status): {
            "description": _PROBLEMS[status],
            "content": {
                "application/problem+json": {"schema": {"$ref": _REF.format(model="Problem")}}
            },
        }
        for status in sorted(set(statuses))
    }


def _wanted() -> Iterator[tuple[type[BaseModel], Any]]:
    yield models.Problem, "serialization"
    for route in ROUTES:
        yield route.answer, "serialization"
        if route.body is not None:
            yield route.body, "validation"


def _schemas() -> dict[str, Any]:
    _, told = models_json_schema([*dict.fromkeys(_wanted())], ref_template=_REF)
    schemas: dict[str, Any] = told["$defs"]
    return schemas


def _name(kind: type[BaseModel]) -> str:
    """How pydantic names a model among the schemas: Page[Child] is Page_Child_."""
    return "".join(char if char.isalnum() else "_" for char in kind.__name__)
