"""What the description shows of each route; the tests hold them to the models."""

from collections.abc import Mapping
from typing import Any

_AREA, _VILLAGE = "b2nV9kq0cF1uVtWm4hXGk0Z7s8QeYdPa", "x7KpQm2Lr8Tn5Vw3Zc6Bf9Hj1Ds4Gk0Y"
_CHILD, _CASE = "Qe3rT6yU9iOp2aSd5fGh8jKl1zXc4vBn", "m7NbV4cXz1LkJh8gFd5sAp2oIu9yTr6e"
_REPORT, _VISIT = "Hs5kLm8nBv2cXz4aQw7eRt1yUi6oPd9f", "w1Er4Ty7Ui0Op3As6Df9Gh2Jk5Lz8Xc_"

AREAS: Mapping[str, Any] = {
    "items": [
        {"id": _AREA, "parent": None, "kind": "town", "name": "青石镇"},
        {"id": _VILLAGE, "parent": _AREA, "kind": "village", "name": "河湾村"},
    ]
}
CIRCUMSTANCES: Mapping[str, Any] = {"items": [{"code": "alone", "words": "一个人住没有大人照看"}]}
CHILD: Mapping[str, Any] = {
    "id": _CHILD,
    "area": _VILLAGE,
    "status": "active",
    "columns": {"name": "张*", "birth_date": "2016", "sex": "boy", "tier": "yellow"},
    "updated_at": "2026-11-20T02:00:00Z",
}
CHILDREN: Mapping[str, Any] = {"items": [CHILD], "next": "k3Jd8Sl1Pq6Wn4Zx9Vb2Mc7Ty5Ra0Fe_"}
CASE: Mapping[str, Any] = {
    "id": _CASE,
    "number": "301562748",
    "area": _VILLAGE,
    "grade": "orange",
    "stage": "received",
    "stage_name": "已受理",
    "owner_post": "child_director",
    "child": _CHILD,
    "opened_at": "2026-11-20T02:00:00Z",
    "accepted_at": "2026-11-20T02:10:00Z",
    "closed_at": None,
    "outcome": "",
    "solved": "",
    "reopened": 0,
    "due_kind": "seen",
    "due_at": "2026-11-20T08:00:00Z",
}
CASES: Mapping[str, Any] = {"items": [CASE], "next": None}
REPORT_IN: Mapping[str, Any] = {
    "area": _VILLAGE,
    "circumstances": ["alone"],
    "what": "孩子一个人住了一个星期，今天没来上学。",
    "safe": "unknown",
    "child_words": "三年级2班的小明",
    "child_years": 9,
    "occurred_at": "2026-11-20T00:30:00Z",
}
FILED: Mapping[str, Any] = {
    "id": _REPORT,
    "number": "301562748",
    "kind": "report",
    "area": _VILLAGE,
    "grade": "orange",
    "circumstances": ["alone"],
    "case": _CASE,
    "stage": "received",
    "created_at": "2026-11-20T02:00:00Z",
    "occurred_at": "2026-11-20T00:30:00Z",
    "said": None,
}
REPORT: Mapping[str, Any] = {**FILED, "said": {"what": "孩子一个人住了一个星期。"}}
REPORTS: Mapping[str, Any] = {"items": [REPORT], "next": None}
VISITS: Mapping[str, Any] = {
    "items": [
        {
            "id": _VISIT,
            "child": _CHILD,
            "kind": "home",
            "result": "done",
            "reason": "",
            "seen": True,
            "alone": False,
            "day": "2026-11-19",
            "next_day": None,
            "entered_at": "2026-11-19T09:00:00Z",
        }
    ],
    "next": None,
}
FIGURES: Mapping[str, Any] = {
    "area": _AREA,
    "first": "2026-10-22",
    "last": "2026-11-20",
    "figures": [
        {
            "key": "visits_in_time",
            "name": "按时走了的",
            "means": "到期以前走访了",
            "count": 80,
            "percent": 89,
        }
    ],
    "places": [{"area": _VILLAGE, "name": "河湾村", "counts": {"children": 31}}],
}
