"""Which pages there are, and how one comes to each."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Follow what this selector finds; or write something there, or tick it."""

    selector: str
    text: str = ""
    ticks: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """One page: its route, where it is ("" for where one stands), and what is done there first."""

    name: str
    title: str
    route: str
    path: str = ""
    steps: tuple[Step, ...] = ()


def _at(name: str, title: str, path: str, *steps: Step) -> Shot:
    route = path.partition("?")[0]
    return Shot(name=name, title=title, route=route, path=path, steps=steps)


def _of(name: str, title: str, route: str, path: str, *steps: Step) -> Shot:
    return Shot(name=name, title=title, route=route, path=path, steps=steps)


def _go(selector: str) -> Step:
    return Step(selector=selector)


def _tick(selector: str) -> Step:
    return Step(selector=selector, ticks=True)


def _write(selector: str, text: str) -> Step:
    return Step(selector=selector, text=text)


#: Written for the file that is brought along: a form.
FORM = "{form}"
_FIRST = _go("main table a")
_SEND = "main button[value={}]"

PAGES: tuple[Shot, ...] = (
    _at("door", "进门", "/console"),
    _of("today", "今日", "/console", "/console", _go("button[value=civil]")),
    _at("cases", "线索与工单", "/console/cases"),
    _of("case", "一件工单", "/console/cases/{name}", "/console/cases", _FIRST),
    _at("children", "儿童台账", "/console/children"),
    _of("child", "一个孩子的档案", "/console/children/{name}", "/console/children", _FIRST),
    _at("hands", "包保责任", "/console/hands"),
    _of(
        "holder",
        "一个人管的孩子",
        "/console/hands/{name}",
        "/console/hands",
        _go('main td a[href*="/hands/"]'),
    ),
    _at("claims", "名单核对", "/console/claims"),
    _of(
        "claim_list",
        "一份别处来的名单",
        "/console/claims/{name}",
        "/console/claims",
        _FIRST,
        _go('main a[href="?kind=differs"]'),
    ),
    _of("claim", "名单上的一个孩子", "/console/claim/{name}", "", _FIRST),
    _at("visits", "走访", "/console/visits"),
    _at("school", "缺课与辍学", "/console/school"),
    _at("analysis", "分析", "/console/analysis?span=30"),
    _at("analysis_reach", "覆盖和及时", "/console/analysis/reach?span=30"),
    _of(
        "analysis_list",
        "一个数后面的名单",
        "/console/analysis/list",
        "/console/analysis",
        _go('main a[href*="/analysis/list"]'),
    ),
    _at("summary", "报表", "/console/summary"),
    _at("staff", "人员与邀请", "/console/staff"),
    _at("looks", "审计", "/console/looks"),
    _at("lost", "管理：送不到的消息", "/console/admin"),
    _at("poison", "管理：出错的来信", "/console/admin/poison"),
    _at("places", "管理：地方", "/console/admin/places"),
    _at("burden", "管理：负担", "/console/admin/burden"),
    _at("days", "管理：节假日", "/console/admin/days"),
    _at("kept", "管理：保存多久", "/console/admin/kept"),
    _at("opinions", "管理：意见反馈", "/console/admin/opinions"),
    _at("programs", "管理：接口", "/console/admin/programs"),
    _of(
        "hooks",
        "管理：推送",
        "/console/admin/hooks",
        "/console/admin/hooks",
        _write("main input[name=name]", "县教育局学籍系统"),
        _write("main input[name=url]", "https://hooks.example.org/in"),
        _tick("main input[name^=kind]"),
        _go("main form button"),
        _go('main a[href="/console/admin/hooks"]'),
    ),
    _of("hook_log", "管理：推送过什么", "/console/admin/hooks/{name}", "", _FIRST),
    _at("rules", "管理：规则表", "/console/rules"),
    _of(
        "rule_check",
        "改规则表以前看差别",
        "/console/rules/{name}",
        "/console/rules/timing",
        _write("#content", 'invite_life = "48h"\ndraft_nudge = "1h"'),
        _go(_SEND.format("check")),
    ),
    _of(
        "rule_change",
        "等第二个人同意的改动",
        "/console/changes/{name}",
        "",
        _write("#why", "邀请两天就够"),
        _go(_SEND.format("propose")),
        _FIRST,
    ),
    _at("forms", "管理：问卷", "/console/forms"),
    _of("form", "一份问卷", "/console/forms/{name}", "/console/forms/report"),
    _of(
        "form_try",
        "试填一份问卷",
        "/console/forms/{name}",
        "",
        _go('main form[action$="/try"] button'),
    ),
    _of(
        "form_check",
        "传上来的问卷和现在用的有什么不同",
        "/console/forms",
        "/console/forms",
        _write("#file", FORM),
        _go("main form button"),
    ),
    _of(
        "form_change",
        "等第二个人同意的问卷",
        "/console/proposals/{name}",
        "",
        _write("#why", "问法更清楚"),
        _go(_SEND.format("propose")),
        _FIRST,
    ),
    _at("authenticator", "验证器", "/console/authenticator"),
    _of("authenticator_new", "连验证器", "/console/authenticator", "", _go(_SEND.format("begin"))),
    _at("authenticators", "管理：谁连了验证器", "/console/authenticators"),
)
