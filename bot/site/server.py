"""The site: every page and route of the program, behind the same headers, limits and checks."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from time import perf_counter
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Middleware

from bot.channels.webchat import Drawer, History, Presence, WebChannel
from bot.site import health
from bot.site.assets import Assets
from bot.site.chat import HEARTBEAT, Bounds, ChatRoutes, Refusal, refusal
from bot.site.health import Vitals
from bot.site.metrics import Metrics
from bot.site.sessions import DemoPerson, Sessions
from bot.site.words import answer

#: Bytes of a JSON body: 4,000 characters of four bytes, escaped, and room to spare.
MAX_BODY = 64 * 1024

log = logging.getLogger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def build(
    *,
    channel: WebChannel,
    history: History,
    drawer: Drawer,
    presence: Presence,
    vitals: Vitals,
    metrics: Metrics | None = None,
    demo_people: Sequence[DemoPerson] = (),
    demo_routes: Sequence[web.RouteDef] = (),
    console_routes: Sequence[web.RouteDef] = (),
    extra_routes: Sequence[web.RouteDef] = (),
    public_url: str = "",
    recheck: bool = False,
    heartbeat: float = HEARTBEAT,
    bounds: Bounds,
) -> web.Application:
    """The whole site, ready to be served.

    ``extra_routes`` are other machines' doors (webhooks): they prove themselves, so they are not
    asked for a page of ours. ``public_url`` tells by which name and scheme people come, behind a
    proxy. ``recheck`` is for several processes on one database: each heartbeat looks for what
    another process sent.
    """
    metrics = metrics or Metrics()
    _declare(metrics, channel)
    assets = Assets()
    chat = ChatRoutes(
        channel=channel,
        history=history,
        drawer=drawer,
        presence=presence,
        sessions=Sessions(https=public_url.startswith("https://"), people=demo_people),
        assets=assets,
        bounds=bounds,
        heartbeat=heartbeat,
        recheck=recheck,
    )
    machines = frozenset(route.handler for route in extra_routes)
    site = web.Application(
        middlewares=[_counted(metrics), _answered, _from_own_pages(public_url, machines)],
        client_max_size=MAX_BODY,
    )
    site.add_routes([web.get("/", _to_chat), *chat.routes(), *assets.routes()])
    site.add_routes([*health.routes(vitals, metrics), *extra_routes, *demo_routes])
    site.add_routes(console_routes)
    site.on_response_prepare.append(_protect)
    site.on_shutdown.append(_hang_up(channel))
    return site


async def serve(site: web.Application, host: str, port: int) -> web.AppRunner:
    """Open the door; ``runner.cleanup()`` closes it again, streams first."""
    runner = web.AppRunner(site, access_log=None, shutdown_timeout=10)
    await runner.setup()
    await web.TCPSite(runner, host, port).start()
    return runner


async def _to_chat(_: web.Request) -> web.Response:
    raise web.HTTPFound("/chat")


def _hang_up(channel: WebChannel) -> Callable[[web.Application], Awaitable[None]]:
    async def hang_up(_: web.Application) -> None:
        channel.hang_up()

    return hang_up


# -- what every answer carries ----------------------------------------------------------------

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' blob: data:",
        "media-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    )
)

HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",  # browsers older than frame-ancestors
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "geolocation=(self), camera=(self), microphone=(self)",
    "Cache-Control": "no-store",
}


async def _protect(_: web.Request, response: web.StreamResponse) -> None:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers["Server"] = "web"  # in place of versions that an attacker could look up


# -- what every request goes through ----------------------------------------------------------


def _declare(metrics: Metrics, channel: WebChannel) -> None:
    metrics.counter("site_requests_total", "Requests answered, by route and status.")
    metrics.histogram("site_seconds", "Time to answer, streams and uploads left out.")
    metrics.gauge("site_open_pages", "Chat pages that listen now.", channel.open_pages)


_LASTING = frozenset({"/chat/events", "/chat/files"})


def _counted(metrics: Metrics) -> Middleware:
    @web.middleware
    async def counted(request: web.Request, handler: Handler) -> web.StreamResponse:
        began = perf_counter()
        response = await handler(request)
        resource = request.match_info.route.resource
        route = resource.canonical if resource else "none"
        metrics.add("site_requests_total", route=route, status=str(response.status))
        if route not in _LASTING:
            metrics.observe("site_seconds", perf_counter() - began)
        return response

    return counted


@web.middleware
async def _answered(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn whatever was raised into a sentence; the log gets what kind it was and where."""
    try:
        return await handler(request)
    except Refusal as refused:
        return refusal(refused.status, refused.code, refused.headers)
    except web.HTTPRedirection:
        raise
    except web.HTTPRequestEntityTooLarge:
        return refusal(413, "too-long")
    except web.HTTPNotFound:
        return _plain(404, "not-found")
    except web.HTTPException as error:
        return _plain(error.status, "not-allowed")
    except ConnectionError:  # the browser went away while it was answered
        return _plain(503, "later")
    except Exception as error:
        log.error("request failed", extra=where(error))  # noqa: TRY400 - no private words in logs
        return refusal(500, "fault")


def _plain(status: int, code: str) -> web.Response:
    return web.Response(status=status, text=answer(code))


def where(error: Exception) -> dict[str, object]:
    """What kind of error it was, and where; never its words."""
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    code = trace.tb_frame.f_code if trace else None
    return {
        "error": type(error).__name__,
        "place": f"{code.co_filename.rpartition('/')[2]}:{code.co_name}" if code else "",
    }


def _from_own_pages(public_url: str, machines: frozenset[object]) -> Middleware:
    """Let nothing be changed from a page that is not ours."""

    @web.middleware
    async def checked(request: web.Request, handler: Handler) -> web.StreamResponse:
        safe = request.method in {"GET", "HEAD", "OPTIONS"}
        if safe or request.match_info.handler in machines or _is_own(request, public_url):
            return await handler(request)
        raise Refusal(403, "elsewhere")

    return checked


def _is_own(request: web.Request, public_url: str) -> bool:
    """Both headers, where present, must speak for us, and one must be there.

    Every browser sends Origin with a POST from script; Sec-Fetch-Site came in 2020.
    """
    site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin")
    if site not in {None, "same-origin"}:
        return False
    if origin is None:
        return site is not None
    return urlsplit(origin).netloc == (urlsplit(public_url).netloc or request.host)
