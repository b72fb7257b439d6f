"""Any update at all: drawn from the Bot API's own description, and then perhaps spoilt."""

from typing import Any

from hypothesis import strategies as st

from tests.fakes.telegram.spec import spec

_DEEPEST = 3
_DEEPEST_REQUIRED = 7
_TELLING = (
    "text", "location", "venue", "photo", "voice", "audio", "video", "video_note", "animation",
    "document", "sticker", "contact", "poll", "dice", "caption", "reply_to_message",
)  # fmt: skip
_PLAIN: dict[str, st.SearchStrategy[Any]] = {
    "String": st.text(max_size=8) | st.sampled_from(["private", "supergroup", "member", "kicked"]),
    "Integer": st.integers(-(2**53), 2**53) | st.integers(0, 2_000_000_000),
    "Float": st.floats(-180, 180),
    "Boolean": st.booleans(),
    "InputFile": st.text(max_size=8),
}
_RUBBISH: st.SearchStrategy[Any] = st.one_of(
    st.none(), st.booleans(), st.integers(), st.text(max_size=5), st.just([]), st.just({})
)


def updates() -> st.SearchStrategy[dict[str, Any]]:
    """Updates that keep to the description."""
    return _object("Update", 0)


@st.composite
def messages(draw: st.DrawFn) -> dict[str, Any]:
    """What a Message may hold besides its number, its date and its chat."""
    fields = {field["name"]: field["types"][0] for field in spec().types["Message"]["fields"]}
    name = draw(st.sampled_from(_TELLING))
    return draw(_object("Message", 2)) | {name: draw(_value(fields[name], 2))}


def spoilt_updates() -> st.SearchStrategy[dict[str, Any]]:
    """Updates in which a thing here and there is missing or of the wrong type."""
    return _spoilt(updates())


@st.composite
def _spoilt(draw: st.DrawFn, sound: st.SearchStrategy[Any]) -> Any:
    return _spoil(draw, draw(sound))


def _spoil(draw: st.DrawFn, value: Any) -> Any:
    fate = draw(st.integers(0, 19))
    if fate == 0:
        return draw(_RUBBISH)
    if isinstance(value, dict):
        keep = (key for key in value if draw(st.integers(0, 19)))
        return {key: _spoil(draw, value[key]) for key in keep}
    if isinstance(value, list):
        return [_spoil(draw, each) for each in value]
    return value


def _value(kind: str, depth: int) -> st.SearchStrategy[Any]:
    if kind.startswith("Array of "):
        if depth > _DEEPEST_REQUIRED:
            return st.just([])
        return st.lists(_value(kind.removeprefix("Array of "), depth), max_size=2)
    if kind in _PLAIN:
        return _PLAIN[kind]
    if subtypes := spec().types[kind].get("subtypes"):
        return st.sampled_from(subtypes).flatmap(lambda each: _value(each, depth + 1))
    return _object(kind, depth)


@st.composite
def _object(draw: st.DrawFn, kind: str, depth: int) -> dict[str, Any]:
    fields = spec().types[kind].get("fields", []) if depth < _DEEPEST_REQUIRED else []
    wanted = [field for field in fields if field["required"]]
    optional = [field for field in fields if not field["required"]]
    if optional and depth < _DEEPEST:
        wanted += draw(st.lists(st.sampled_from(optional), max_size=3))
    return {field["name"]: draw(_value(field["types"][0], depth + 1)) for field in wanted}
