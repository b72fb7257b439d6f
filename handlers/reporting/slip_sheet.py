"""Paper forms to be printed: the questions of the report in plain words, each with a code."""

from collections.abc import Iterator, Sequence
from html import escape
from importlib.resources import files
from string import Template

from conversation.form import Form
from conversation.items import Label, Question
from policy.paper_code import say_code
from policy.words import Words

_PAGE = Template(files("handlers.reporting").joinpath("slip.html").read_text("utf-8"))
#: What is asked on paper, with the lines that there are to write on: few, and each by itself.
ASKED = {"circumstances": 0, "what": 4, "place": 1, "child": 1, "safe": 0, "when": 1}
#: And of whoever writes, who may leave it out.
OF_WRITER = {"speaker_name": 1, "speaker_phone": 1}


def slips(form: Form, codes: Sequence[str], words: Words, *, place: str) -> str:
    """The page as HTML, a sheet for each code; the questions are those of the form in force."""
    told = "".join(f"<section>{_slip(form, code, words, place)}</section>" for code in codes)
    return _PAGE.substitute(title=escape(words("slip.sheet_title")), slips=told)


def _slip(form: Form, code: str, words: Words, place: str) -> str:
    said = say_code(code)
    return "".join(
        (
            f"<header><div><h1>{_text(words('slip.title'))}</h1><p>{_text(words('slip.for'))}</p>",
            f"<p>{_text(place)}</p></div>" if place else "</div>",
            f'<div class="code">{_text(words("slip.code"))}<b>{said}</b></div></header>',
            f'<strong class="danger">{_text(words("slip.danger"))}</strong>',
            *(_question(form, name, count, words) for name, count in ASKED.items()),
            *(_question(form, name, count, words) for name, count in OF_WRITER.items()),
            f"<p>{_text(words('slip.unsure'))}{_text(words('slip.give'))}</p>",
            f"<p><b>{_text(words('slip.enter', number=said))}</b></p>",
            *_stub(said, words),
        )
    )


def _stub(code: str, words: Words) -> Iterator[str]:
    yield f'<div class="stub"><p>{_text(words("slip.stub"))}</p><p>'
    yield f"{_text(words('slip.code'))} <b>{code}</b>　"
    for key in ("slip.stub_number", "slip.stub_pin"):
        yield f'{_text(words(key))} <span class="blank"></span>　'
    yield f"</p><p>{_text(words('slip.stub_how'))}</p></div>"


def _question(form: Form, name: str, lines: int, words: Words) -> str:
    """One question; none where a county took it out of its form."""
    question = form.named(name)
    if question is None:
        return ""
    options = form.lists.get(question.list, ()) if question.list and not lines else ()
    hint = _hint(question, words) if options or name in OF_WRITER else ""
    head = f"<h2>{_text(_words(question.label))}{hint}</h2>"
    if options:
        ticks = "".join(f"<li>{_text(_words(one.label) or one.value)}</li>" for one in options)
        return f"{head}<ul>{ticks}</ul>"
    if lines > 1:
        return head + '<div class="line"></div>' * lines
    return f'<div class="ask">{head}<div class="line"></div></div>'


def _hint(question: Question, words: Words) -> str:
    choosing = {"select_multiple": "slip.tick", "select_one": "slip.one"}
    key = choosing.get(question.kind, "slip.free")
    return f" <small>（{_text(words(key))}）</small>"


def _words(label: Label) -> str:
    """The words of a label; what is worked out is left out."""
    return "".join(label[::2])


def _text(told: str) -> str:
    return escape(told).replace("\n", "<br>")
