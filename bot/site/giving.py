"""A file that somebody sent, as it is given to a browser: never as a page of ours."""

from urllib.parse import quote

from aiohttp import web

#: What a page of ours may draw or play itself; anything else is saved.
PLAYED = ("image/jpeg", "audio/", "video/")
#: Should a browser show it all the same, it is nobody's page and runs nothing.
_ALONE = "default-src 'none'; style-src 'none'; frame-ancestors 'none'; base-uri 'none'; sandbox"


def saved(content: bytes, *, name: str, mime: str) -> web.Response:
    """A file to be saved, never shown."""
    return web.Response(body=content, content_type=mime, headers=_headers(name, "attachment"))


def played(request: web.Request, content: bytes, *, name: str, mime: str) -> web.Response:
    """A picture, a sound or a film for a page of ours; of these the piece that is asked for."""
    if not mime.startswith(PLAYED):
        return saved(content, name=name, mime=mime)
    headers = {**_headers(name, "inline"), "Accept-Ranges": "bytes"}
    whole, asked = len(content), _asked(request)
    if asked is None or not whole:
        return web.Response(body=content, content_type=mime, headers=headers)
    first, last, _ = asked.indices(whole)
    if first >= last:
        headers["Content-Range"] = f"bytes */{whole}"
        return web.Response(status=416, headers=headers)
    headers["Content-Range"] = f"bytes {first}-{last - 1}/{whole}"
    return web.Response(status=206, body=content[first:last], content_type=mime, headers=headers)


def _asked(request: web.Request) -> slice | None:
    """The piece that a player asks for; None where it wants all, or what it wants is unclear."""
    try:
        return request.http_range if "Range" in request.headers else None
    except ValueError:
        return None


def _headers(name: str, how: str) -> dict[str, str]:
    """The name in the way that every browser since 2012 reads."""
    return {
        "Content-Disposition": f"{how}; filename*=UTF-8''{quote(name, safe='')}",
        "Content-Security-Policy": _ALONE,
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
    }
