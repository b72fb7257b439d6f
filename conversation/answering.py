"""What is said to a question: read, chosen, sent, skipped, and taken if the form allows it."""

from bisect import insort
from collections.abc import Iterable, Sequence

from conversation import answers, choosing, letters, numbers
from conversation.answers import ACKNOWLEDGED, NotUnderstood, Understood
from conversation.dialogue import Option, Problem, Screen
from conversation.filled import beside
from conversation.items import Question
from conversation.standing import WITH_OPTIONS, Standing

#: The kinds of files that each type of question takes; "file" takes any.
_FILES = {"image": {"photo", "document"}, "audio": {"voice", "document"}, "video": {"video"}}


class Answering(Standing):
    """A dialogue whose question is answered."""

    def _leaves_out(self, text: str, declines: bool = False) -> bool:
        """True for who knows nothing of what need not be answered (不知道)."""
        return (declines or choosing.is_unsure(text)) and not self.filled.required(self.at)

    def _meant(self, question: Question, text: str, value: str) -> str:
        """The value; of a day that is refused as past (12月3日, said in November) the next one."""
        if question.kind != "date" or self.filled.allows(self.at, value):
            return value
        day = answers.coming(text, self.now)
        return day if day is not None and self.filled.allows(self.at, day) else value

    def _is_label(self, text: str) -> bool:
        question = self._question()
        if question is not None and question.kind not in WITH_OPTIONS:
            return False
        return any(letters.key(option.label) == letters.key(text) for option in self._options())

    def _typed_option(self, text: str, question: Question | None) -> Screen:
        options = self._options()
        also = self.form.also.get(question.list, {}) if question is not None else {}
        if question is not None and question.kind == "select_multiple":
            values = choosing.pick_several(text, options, also)
            return self._said_of_several(text) if values is None else self._several(values)
        found = choosing.pick(text, options, also)
        if question is None or not question.outside:
            return self._picked(found, text, question)
        if len(found) == 1 and self._is_sure(text, found[0]):
            return self._chose(found[0].value)
        if numbers.option_number(text) is not None:
            return self._miss("not-an-option")
        return self._searched(text, question)

    def _said_of_several(self, text: str) -> Screen:
        """A yes means what is ticked, a no nothing (more); who does not know goes on as it is."""
        ticked = bool(self.candidates)
        settles = choosing.agrees(text) or choosing.adds_nothing(text)
        if choosing.is_unsure(text) or (settles if ticked else choosing.means_nothing(text)):
            return self._done()
        return self._miss("not-an-option")

    def _is_sure(self, text: str, option: Option) -> bool:
        is_counted = numbers.option_number(text) is not None or choosing.says_last(text)
        return is_counted or (letters.key(option.label) == letters.key(text))

    def _picked(self, found: Sequence[Option], text: str, question: Question | None) -> Screen:
        match found:
            case (only,):
                return self._chose(only.value)
            case ():
                counts = numbers.option_number(text) is not None
                is_number = counts or choosing.are_numbers(text) or choosing.says_last(text)
                if question is not None and question.words and not is_number:
                    return self._own_words(text, question)
                if question is not None and self._leaves_out(text):
                    return self._skip()
                return self._miss("not-an-option")
            case several:
                self.candidates = tuple(option.value for option in several)
                self.page = 0
                return self._miss("several-options")

    def _searched(self, text: str, question: Question) -> Screen:
        hits = self.lists.search(question.list, text)
        exact = [hit for hit in hits if letters.key(hit.label) == letters.key(text)]
        if len(hits) > 1 and len(exact) == 1:
            hits = exact
        if len(hits) == 1 and hits[0].sure:
            return self._chose(hits[0].value)
        if not hits:
            return self._picked((), text, question)
        if question.words:
            # Kept at once, so that what was said is there even if nobody picks.
            match self._tried_words(text, question):
                case NotUnderstood(problem):
                    return self._miss(problem)
                case Understood(value):
                    self.filled.put(beside(self.at, question.words), value)
        self.candidates = tuple(hit.value for hit in hits)
        self.page = 0
        return self._miss("several-options" if len(hits) > 1 else "one-option")

    def _own_words(self, text: str, question: Question) -> Screen:
        match self._tried_words(text, question):
            case NotUnderstood(problem):
                return self._miss(problem)
            case Understood(value):
                changed = self.filled.put(beside(self.at, question.words), value)
                return self._taken(changed | self.filled.put(self.at, ""))

    def _tried_words(self, text: str, question: Question) -> answers.Reading:
        reading = answers.read_text(text)
        path = beside(self.at, question.words)
        match reading:
            case Understood(value) if not value:
                return NotUnderstood("not-an-option")
            case Understood(value) if choosing.says_no_word(value):
                return NotUnderstood("required")
            case Understood(value) if choosing.says_nothing(value) and not self.misses:
                return NotUnderstood("required")  # a rough guess is asked for, once
            case Understood(value) if not self.filled.allows(path, value):
                return NotUnderstood("constraint")
            case _:
                return reading

    def _chose(self, value: str) -> Screen:
        question = self._question()
        if question is None:
            return self._more(value)
        if question.kind == "acknowledge":
            return self._answer(value) if value == ACKNOWLEDGED else self._miss("not-an-option")
        if not question.chooses:
            return self._ask()
        if not value and question.words and self.filled.kept(beside(self.at, question.words)):
            return self._taken(self.filled.put(self.at, ""))
        if (
            not value
            and question.position
            and self.filled.kept(beside(self.at, question.position))
        ):
            return self._taken(self.filled.put(self.at, ""))
        if not self.filled.offers(self.at, value):
            return self._miss("not-an-option")
        if question.outside and value != self.under and self._opens(question, value):
            return self._open(question, value)
        if question.kind == "select_multiple":
            return self._toggle(value)
        return self._answer(value)

    def _open(self, question: Question, under: str) -> Screen:
        """Show a branch of a tree; what is ticked already stays ticked."""
        self.under, self.page, self.misses = under, 0, 0
        if question.kind == "select_one":
            self.candidates = ()
        return self._ask()

    def _toggle(self, value: str) -> Screen:
        """Tick or untick, in the order of the list."""
        places = {option.value: place for place, option in enumerate(self._options())}
        ticked = [one for one in self.candidates if one != value]
        if value not in self.candidates:
            ticked.append(value)
        ticked.sort(key=lambda one: places.get(one, -1))  # of other branches first
        self.candidates = tuple(ticked)
        self.misses = 0
        return self._ask()

    def _opens(self, question: Question, value: str) -> bool:
        for option in self._options():
            if option.value == value and (question.kind != "select_one" or not self.candidates):
                return option.opens
        return any(below.value != value for below in self.lists.browse(question.list, value))

    def _several(self, values: Iterable[str]) -> Screen:
        value = " ".join(values)
        return self._answer(value) if value else self._skip()

    def _attached(self, file: str, kind: str) -> Screen:
        question = self._question()
        if question is None or question.kind not in {"image", "audio", "video", "file"}:
            return self._ask()
        if question.kind != "file" and kind not in _FILES[question.kind]:
            return self._miss("wants-another-kind")
        return self._answer(file)

    def _placed(self, point: str) -> Screen:
        question = self._question()
        value = answers.read_point(point)
        if question is not None and question.kind == "geopoint":
            return self._answer(value) if value else self._miss("not-a-place")
        if question is None or not question.position:
            return self._ask(self._keep_position(value))
        path = beside(self.at, question.position)
        if not value or not self.filled.allows(path, value):
            return self._miss("not-a-place")
        changed = self.filled.put(path, value)
        if not question.outside or not self.lists.browse(question.list, ""):
            return self._taken(changed)
        self._stand(self.at, editing=self.editing)
        return self._ask(self._of_position())

    def _keep_position(self, value: str | None) -> Problem | None:
        """A position that comes where something else is asked is where it happened, too."""
        place = next((one for one in self.form.questions if one.position and one.asked), None)
        if not value or place is None or place.path in self.form.nested:
            return None
        path = beside(place.path, place.position)
        if not self.filled.allows(path, value):
            return "not-a-place"
        self.filled.put(path, value)
        return "position-kept"

    def _answer(self, value: str) -> Screen:
        """Take a value that is written as it should be, if the form's own condition agrees."""
        if not self.filled.allows(self.at, value):
            return self._miss("constraint")
        changed = self.filled.put(self.at, value)
        question = self._question()
        if question is not None and question.words:
            changed |= self.filled.put(beside(self.at, question.words), "")
        return self._taken(changed)

    def _taken(self, changed: set[str]) -> Screen:
        if self.at not in self.has_been:
            self.has_been.add(self.at)
            insort(self.been, self.at, key=self.route.order)
        return self._go_on(self.at, changed)

    def _more(self, value: str) -> Screen:
        """Whether one more instance of a repeat is wanted."""
        if value not in {"yes", "no"}:
            return self._miss("not-an-option")
        if value == "no":
            return self._taken(set())
        count = self.filled.instances(self.at) + 1
        self._forget(self.at)
        self.filled.put(self.at, str(count))
        return self._go_on(f"{self.at}[{count}]")

    def _skip(self) -> Screen:
        """Leave it as it stands; an optional line that is edited is emptied."""
        question = self._question()
        if question is None:
            return self._more("no")
        value = self.filled.value(self.at)
        if value and self.editing and not self.filled.required(self.at):
            return self._taken(self.filled.put(self.at, ""))
        return self._keep()

    def _keep(self) -> Screen:
        """Leave it as it stands, also on a line that is edited."""
        question = self._question()
        if question is None:
            return self._more("no")
        if problem := self._standing_problem(question, self.at):
            return self._miss(problem)
        return self._taken(set())

    def _done(self) -> Screen:
        question = self._question()
        if question is None or question.kind != "select_multiple":
            return self._skip()
        if self.candidates:
            return self._several(self.candidates)
        if self.filled.required(self.at) and not self.filled.stood_in(self.at):
            return self._miss("required")
        return self._taken(self.filled.put(self.at, ""))
