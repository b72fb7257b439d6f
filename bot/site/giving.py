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
    whole = len(content)
    try:
        first, last, _ = request.http_range.indices(whole)
    except ValueError:
        first, last = 0, whole
    if "Range" not in request.headers or not whole:
        return web.Response(body=content, content_type=mime, headers=headers)
    if first >= last:
        headers["Content-Range"] = f"bytes */{whole}"
        return web.Response(status=416, headers=headers)
    headers["Content-Range"] = f"bytes {first}-{last - 1}/{whole}"
    return web.Response(status=206, body=content[first:last], content_type=mime, headers=headers)


def _headers(name: str, how: str) -> dict[str, str]:
    """The name in the way that every browser since 2012 reads."""
    return {
        "Content-Disposition": f"{how}; filename*=UTF-8''{quote(name, safe='')}",
        "Content-Security-Policy": _ALONE,
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
    }
