"""From XForm XML, as pyxform writes it, to a compiled form; all that cannot work, at once."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from graphlib import CycleError, TopologicalSorter
from typing import TypeAlias
from xml.etree.ElementTree import Element

from defusedxml.ElementTree import fromstring

from conversation import expression_checks, expressions
from conversation.form import Form
from conversation.items import Choice, Item, Label, Question, Section
from conversation.xpath import ExpressionFault

XF = "{http://www.w3.org/2002/xforms}"
XHTML = "{http://www.w3.org/1999/xhtml}"
JR = "{http://openrosa.org/javarosa}"
#: Languages whose labels are taken when a form has several.
CHINESE = re.compile(r"中文|汉语|chinese|\bzh\b|zh-", re.IGNORECASE)
_TYPES = {
    "int": "integer",
    "string": "text",
    **{same: same for same in ("decimal", "date", "time", "dateTime", "geopoint")},
}
_FILES = {"image/*": "image", "audio/*": "audio", "video/*": "video"}
_PRELOADS = {
    ("timestamp", "start"): "start",
    ("timestamp", "end"): "end",
    ("date", "today"): "today",
    ("property", "username"): "username",
}
_BIND = frozenset(
    {"nodeset", "type", "required", "relevant", "constraint", "calculate", "readonly"}
    | {"words", "position"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """One thing that cannot work: a code, whose it is, in which column, and about what."""

    code: str
    path: str = ""
    column: str = ""
    about: str = ""
    #: Where in an expression, counted from 0; -1 when that says nothing.
    at: int = -1
    #: Everybody who is part of it, when it is more than one.
    paths: tuple[str, ...] = ()


Compiled: TypeAlias = tuple[Form | None, tuple[Trouble, ...]]


def compile_xform(xml: str) -> Compiled:
    """The compiled form, or None with everything that is wrong with it."""
    reader = _Reader(fromstring(xml))
    form = reader.form()
    checked = _Checked(form)
    if troubles := (*reader.troubles, *checked.troubles):
        return None, troubles
    try:
        return checked.ranked(), ()
    except CycleError as error:
        paths = tuple(dict.fromkeys(error.args[1]))
        return None, (Trouble(code="cycle", path=paths[0], paths=paths),)


class _Reader:
    """Reads one document; notes what it meets and cannot take."""

    def __init__(self, document: Element) -> None:
        self._document = document
        self.troubles: list[Trouble] = []
        model = _only(document, f"{XHTML}head/{XF}model")
        self._binds = {each.get("nodeset", ""): each.attrib for each in model.iter(f"{XF}bind")}
        self._texts = _translations(model)
        self._instances = model.findall(f"{XF}instance")
        self._controls = dict(_controls(_only(document, f"{XHTML}body")))
        self._started = {
            each.get("ref", ""): each.get("value", "")
            for each in document.iter(f"{XF}setvalue")
            if "value-changed" not in each.get("event", "")
        }

    def form(self) -> Form:
        root = next(iter(self._instances[0]))
        return Form(
            name=root.get("id", "") or _tag(root),
            title=self._document.findtext(f"{XHTML}head/{XHTML}title") or root.get("id") or "",
            root=Section(path=f"/{_tag(root)}", parts=tuple(self._parts(root, f"/{_tag(root)}"))),
            lists={
                each.get("id", ""): tuple(self._choices(each))
                for each in self._instances[1:]
                if each.get("src") is None
            },
        )

    # -- the tree -------------------------------------------------------------------------------

    def _parts(self, element: Element, base: str) -> Iterator[Item]:
        seen: set[str] = set()
        for child in element:
            path = f"{base}/{_tag(child)}"
            if path in seen or re.fullmatch("/[^/]+/meta", path):
                continue  # the first instance of a repeat stands beside its template
            seen.add(path)
            control = self._controls.get(path)
            if len(child) or (control is not None and control.tag == f"{XF}repeat"):
                yield self._section(child, path, control)
            else:
                yield self._question(child, path, control)

    def _section(self, element: Element, path: str, control: Element | None) -> Section:
        repeat = control is not None and control.tag == f"{XF}repeat"
        titled = self._controls.get(f"{path}#group", control)
        count = (control.get(f"{JR}count") or "").strip() if repeat and control is not None else ""
        return Section(
            path=path,
            label=self._label(titled, "label"),
            relevant=self._bind(path, "relevant"),
            repeat=repeat,
            count=count,
            parts=tuple(self._parts(element, path)),
        )

    def _question(self, element: Element, path: str, control: Element | None) -> Question:
        kind = self._kind(path, control)
        question = Question(
            path=path,
            kind=kind,
            label=self._label(control, "label"),
            hint=self._label(control, "hint"),
            appearance=(control.get("appearance") or "").strip() if control is not None else "",
            required=_unless_false(self._bind(path, "required")),
            relevant=self._bind(path, "relevant"),
            constraint=self._bind(path, "constraint"),
            calculate=self._bind(path, "calculate"),
            default=(element.text or "").strip(),
            default_by=self._started.get(path, "").strip(),
            required_says=self._message(path, f"{JR}requiredMsg"),
            constraint_says=self._message(path, f"{JR}constraintMsg"),
            extras={
                name: value
                for name, value in self._binds.get(path, {}).items()
                if name not in _BIND and not name.startswith("{")
            },
        )
        if control is not None and kind in {"select_one", "select_multiple"}:
            question = self._with_list(question, control)
        return self._with_stand_ins(question)

    def _kind(self, path: str, control: Element | None) -> str:
        bind = self._binds.get(path, {})
        if control is None:
            return self._silent_kind(path, bind)
        match control.tag.removeprefix(XF):
            case "select1":
                return "select_one"
            case "select":
                return "select_multiple"
            case "trigger":
                return "acknowledge"
            case "upload":
                return _FILES.get(control.get("mediatype", ""), "file")
            case "input" if bind.get("readonly", "").strip() == "true()":
                return "note"
            case "input" if "query" in control.attrib:
                return self._refused(path, "select_one_external")
            case "input" if bind.get("type", "string") in _TYPES:
                return _TYPES[bind.get("type", "string")]
            case "input":
                return self._refused(path, bind.get("type", ""))
            case other:
                return self._refused(path, other.rpartition("}")[2])

    def _silent_kind(self, path: str, bind: Mapping[str, str]) -> str:
        preload = (bind.get(f"{JR}preload", ""), bind.get(f"{JR}preloadParams", ""))
        if preload[0] == "date":
            preload = ("date", "today")
        if bind.get("calculate"):
            return "calculate"
        return _PRELOADS.get(preload, "hidden")

    def _refused(self, path: str, kind: str) -> str:
        self.troubles.append(
            Trouble(code="unsupported-type", path=path, column="type", about=kind)
        )
        return "text"

    def _bind(self, path: str, name: str) -> str:
        return self._binds.get(path, {}).get(name, "").strip()

    # -- lists ----------------------------------------------------------------------------------

    def _with_list(self, question: Question, control: Element) -> Question:
        itemset = control.find(f"{XF}itemset")
        nodeset = "" if itemset is None else (itemset.get("nodeset") or "").strip()
        found = re.match(r"instance\('([^']+)'\)/root/item", nodeset)
        if not found:
            about = "randomize()" if nodeset.startswith("randomize") else nodeset
            self.troubles.append(
                Trouble(code="unsupported-list", path=question.path, column="type", about=about)
            )
            return question
        name = found[1]
        outside = any(one.get("id") == name and one.get("src") for one in self._instances)
        if outside and found.end() < len(nodeset):
            self.troubles.append(
                Trouble(
                    code="outside-filter", path=question.path, column="choice_filter", about=name
                )
            )
        return replace(question, list=name, outside=outside, rows="" if outside else nodeset)

    def _choices(self, instance: Element) -> Iterator[Choice]:
        for item in instance.iterfind(f"{XF}root/{XF}item"):
            columns = {_tag(each): (each.text or "").strip() for each in item}
            text = columns.pop("itextId", None)
            words = columns.pop("label", "")
            label: Label = self._texts.get(text, ()) if text else (words,)
            yield Choice(
                value=columns.pop("name", ""), label=label if any(label) else (), more=columns
            )

    def _with_stand_ins(self, question: Question) -> Question:
        around = question.path.rpartition("/")[0]

        def sibling(column: str) -> str:
            name = self._bind(question.path, column).removeprefix("${").removesuffix("}")
            return f"{around}/{name}" if name else ""

        return replace(question, words=sibling("words"), position=sibling("position"))

    # -- labels ---------------------------------------------------------------------------------

    def _label(self, control: Element | None, tag: str) -> Label:
        element = None if control is None else control.find(f"{XF}{tag}")
        if element is None:
            return ()
        if text := _text_id(element.get("ref", "")):
            return self._texts.get(text, ())
        return _mixed(element)

    def _message(self, path: str, name: str) -> Label:
        written = self._binds.get(path, {}).get(name, "")
        if text := _text_id(written):
            return self._texts.get(text, ())
        return (written,) if written else ()


def _controls(element: Element) -> Iterator[tuple[str, Element]]:
    """Every control of the body by path; a group around a repeat as path#group."""
    for child in element:
        name = child.tag.removeprefix(XF)
        path = child.get("ref") or child.get("nodeset") or ""
        if name in {"group", "repeat"}:
            inner = child.find(f"{XF}repeat") if name == "group" else None
            if inner is not None and inner.get("nodeset") == path:
                yield f"{path}#group", child
            elif path:
                yield path, child
            yield from _controls(child)
        elif path:
            yield path, child


def _translations(model: Element) -> dict[str, Label]:
    """The texts of one language, Chinese first, the default next; gaps are filled from others."""
    every = model.findall(f"{XF}itext/{XF}translation")
    order = sorted(
        every,
        key=lambda one: (
            not CHINESE.search(one.get("lang", "")),
            one.get("default") != "true()",
        ),
    )
    found: dict[str, Label] = {}
    for language in order:
        for text in language.iterfind(f"{XF}text"):
            for value in text.iterfind(f"{XF}value"):
                label = _mixed(value)
                if value.get("form") in {None, "long"} and label not in {(), ("-",)}:
                    found.setdefault(text.get("id", ""), label)
    return found


def _text_id(reference: str) -> str:
    found = re.match(r"jr:itext\('([^']+)'\)", reference)
    return found[1] if found else ""


def _mixed(element: Element) -> Label:
    """Words and outputs in turn, without the space around the whole."""
    parts = [element.text or ""]
    for output in element:
        parts += [(output.get("value") or output.get("ref") or "").strip(), output.tail or ""]
    parts[0], parts[-1] = parts[0].lstrip(), parts[-1].rstrip()
    return tuple(parts) if any(parts) else ()


def _unless_false(expression: str) -> str:
    return "" if expression == "false()" else expression


def _tag(element: Element) -> str:
    return element.tag.rpartition("}")[2]


def _only(element: Element, path: str) -> Element:
    found = element.find(path)
    if found is None:
        raise ValueError(path)
    return found


# -- whether it can work ------------------------------------------------------------------------


class _Checked:
    """A form whose expressions are looked at, with what each reads."""

    def __init__(self, form: Form) -> None:
        self.form = form
        self.troubles: list[Trouble] = []
        self._uses: dict[str, tuple[str, ...]] = {}
        self._checks: dict[str, tuple[str, ...]] = {}
        for item in form.items.values():
            self._look_at(item)

    def ranked(self) -> Form:
        """The form in which every item knows what it reads and when it is worked out.

        Raises graphlib.CycleError when values need each other.
        """
        sorter = TopologicalSorter({path: self._needs(path) for path in self._uses})
        ranks = {path: rank for rank, path in enumerate(sorter.static_order())}
        return replace(self.form, root=self._finished(self.form.root, ranks))

    def _look_at(self, item: Item) -> None:
        self._outputs(item, "label", item.label)
        if isinstance(item, Section):
            used = {"relevant": item.relevant, "repeat_count": item.count}
            self._uses[item.path] = self._reads(item, used)
            self._checks[item.path] = ()
            return
        used = {"relevant": item.relevant, "calculation": item.calculate}
        self._uses[item.path] = self._reads(item, used)
        checked = {
            "required": item.required,
            "constraint": item.constraint,
            "choice_filter": item.rows,
        }
        read = {*self._reads(item, checked), *filter(None, (item.words, item.position))}
        self._checks[item.path] = tuple(sorted(read - {item.path}))
        self._look_at_question(item)

    def _look_at_question(self, question: Question) -> None:
        self._reads(question, {"default": question.default_by})
        self._outputs(question, "hint", question.hint)
        self._outputs(question, "constraint_message", question.constraint_says)
        self._outputs(question, "required_message", question.required_says)
        for column, kind in (("words", "text"), ("position", "geopoint")):
            path = question.words if column == "words" else question.position
            beside = self.form.items.get(path)
            fits = isinstance(beside, Question) and beside.kind == kind
            if path and not (fits and question.kind == "select_one"):
                name = path.rpartition("/")[2]
                self._note(column, question, f"bind::{column}", name)

    def _outputs(self, item: Item, column: str, label: Label) -> None:
        for part in label[1::2]:
            self._reads(item, {column: part})

    def _reads(self, item: Item, sources: Mapping[str, str]) -> tuple[str, ...]:
        found: set[str] = set()
        for column, source in sources.items():
            if source:
                try:
                    found |= expression_checks.check(source, item.path, self.form)
                    if not (isinstance(item, Question) and source == item.rows):
                        expressions.text(source, item.path, self.form)  # it can be made, too
                except ExpressionFault as fault:
                    self._note(fault.code, item, column, fault.about, fault.at)
        return tuple(sorted(found))

    def _note(self, code: str, item: Item, column: str, about: str, at: int = -1) -> None:
        self.troubles.append(Trouble(code=code, path=item.path, column=column, about=about, at=at))

    def _needs(self, path: str) -> set[str]:
        """What must be known first: what it reads, and whether all of that counts."""
        needed = {around for used in self._uses[path] for around in self.form.lineages[used]}
        needed |= self.form.lineages[path] - {path}
        return needed & self._uses.keys()

    def _finished(self, section: Section, ranks: Mapping[str, int]) -> Section:
        return replace(
            section,
            parts=tuple(
                self._finished(part, ranks)
                if isinstance(part, Section)
                else self._with_reads(part, ranks)
                for part in section.parts
            ),
            uses=self._uses[section.path],
            checks=self._checks[section.path],
            rank=ranks[section.path],
        )

    def _with_reads(self, question: Question, ranks: Mapping[str, int]) -> Question:
        return replace(
            question,
            uses=self._uses[question.path],
            checks=self._checks[question.path],
            rank=ranks[question.path],
        )
