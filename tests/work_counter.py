"""Work of a stage, counted without a clock: lines of Python run, compiled rooms as written, and steps of regexes.

With NUMBA_DISABLE_JIT=1 the compiled kernels run as the Python they are written in, so that every loop shows. What one
call into C does is not seen: a search in a string, a copy of a list. benchmarks/speed/linear.py times those.

    NUMBA_DISABLE_JIT=1 python tests/work_counter.py < CASES

reads cases as JSON, [stage, pattern, form, [characters, …]], and prints the work and the peak of memory at each length.
"""

import json
import re
import sys
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from re import _constants as sre
from re import _parser

PACKAGE = str(Path(__file__).resolve().parents[1] / "include" / "newsmill")
Then = Callable[[int], int]
FAILED = -1
HOLDING = ("mentions",)  # stages whose memory is measured too, which takes as long again


class Subject:
    """A text that a regex is tried on, and the steps it has taken."""

    def __init__(self, text: str, end: int):
        self.text, self.end, self.steps = text, end, 0


Node = Callable[[Subject, int, Then], int]


class CountedPattern:
    """A compiled regex that counts the steps a backtracking search takes; it answers as the regex does."""

    counted = 0

    def __init__(self, pattern: re.Pattern):
        self.regex = pattern
        self.node = _sequence(_parser.parse(pattern.pattern, pattern.flags), pattern.flags)

    def __getattr__(self, name: str):
        return getattr(self.regex, name)

    def steps_of(self, text: str | bytes, start: int, end: int, is_search: bool) -> tuple[int, tuple[int, int] | None]:
        """Return the steps of one search or match, and the span that it finds."""
        subject = Subject(text.decode("latin-1") if isinstance(text, bytes) else text, end)
        for at in range(start, end + 1 if is_search else start + 1):
            past = self.node(subject, at, _end)
            if past != FAILED:
                return subject.steps, (at, past)
        return subject.steps, None

    def _count(self, text: str | bytes, start: int, end: int, is_search: bool) -> None:
        end = min(end, len(text))
        CountedPattern.counted += self.steps_of(text, min(start, end), end, is_search)[0]

    def match(self, text, pos=0, endpos=sys.maxsize):
        self._count(text, pos, endpos, False)
        return self.regex.match(text, pos, endpos)

    def fullmatch(self, text, pos=0, endpos=sys.maxsize):
        self._count(text, pos, endpos, False)
        return self.regex.fullmatch(text, pos, endpos)

    def search(self, text, pos=0, endpos=sys.maxsize):
        self._count(text, pos, endpos, True)
        return self.regex.search(text, pos, endpos)

    def finditer(self, text, pos=0, endpos=sys.maxsize) -> Iterator[re.Match]:
        found = [*self.regex.finditer(text, pos, endpos)]
        begins = [pos, *(match.end() for match in found)]
        for begin in begins:
            self._count(text, begin, endpos, True)
        return iter(found)

    def findall(self, text, pos=0, endpos=sys.maxsize):
        [*self.finditer(text, pos, endpos)]
        return self.regex.findall(text, pos, endpos)

    def sub(self, repl, text, count=0):
        [*self.finditer(text)]
        return self.regex.sub(repl, text, count)

    def split(self, text, maxsplit=0):
        [*self.finditer(text)]
        return self.regex.split(text, maxsplit)


def _end(at: int) -> int:
    return at


# -- a backtracking search, as `re` does it ----------------------------------------------------------------------------


def _sequence(parsed: _parser.SubPattern, flags: int) -> Node:
    nodes = [_node(op, argument, flags) for op, argument in parsed]
    if len(nodes) == 1:
        return nodes[0]

    def run(subject: Subject, at: int, then: Then) -> int:
        def follow(number: int, at: int) -> int:
            if number == len(nodes):
                return then(at)
            return nodes[number](subject, at, lambda past: follow(number + 1, past))

        return follow(0, at)

    return run


def _node(op, argument, flags: int) -> Node:
    if op in (sre.LITERAL, sre.NOT_LITERAL, sre.ANY, sre.IN):
        return _one_char(_char_test(op, argument, flags))
    if op in (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT):
        return _repeat(op, *argument, flags)
    if op is sre.BRANCH:
        return _branch([_sequence(parsed, flags) for parsed in argument[1]])
    if op is sre.SUBPATTERN:
        return _sequence(argument[3], (flags | argument[1]) & ~argument[2])
    if op is sre.ATOMIC_GROUP:
        return _atomic(_sequence(argument, flags))
    if op in (sre.ASSERT, sre.ASSERT_NOT):
        return _look(_sequence(argument[1], flags), argument[0], argument[1].getwidth()[0], op is sre.ASSERT)
    if op is sre.AT:
        return _place(argument, flags)
    raise NotImplementedError(f"{op}: teach tests/work_counter.py to count it")


def _one_char(test: Callable[[str], bool]) -> Node:
    def run(subject: Subject, at: int, then: Then) -> int:
        subject.steps += 1
        return then(at + 1) if at < subject.end and test(subject.text[at]) else FAILED

    run.test = test
    return run


def _char_test(op, argument, flags: int) -> Callable[[str], bool]:
    """Return a test of one character that keeps its answers."""
    known: dict[str, bool] = {}

    def test(char: str) -> bool:
        if char not in known:
            forms = {char, char.lower(), char.upper()} if flags & re.IGNORECASE else {char}
            known[char] = _fits(op, argument, forms, flags)
        return known[char]

    return test


def _fits(op, argument, forms: set[str], flags: int) -> bool:
    if op is sre.LITERAL:
        return chr(argument) in forms
    if op is sre.NOT_LITERAL:
        return chr(argument) not in forms
    if op is sre.ANY:
        return bool(flags & re.DOTALL) or "\n" not in forms
    if op is sre.RANGE:
        return any(argument[0] <= ord(form) <= argument[1] for form in forms if len(form) == 1)
    if op is sre.CATEGORY:
        return any(_is_of(argument, form, flags) for form in forms)
    is_negated = argument[0][0] is sre.NEGATE
    return any(_fits(*item, forms, flags) for item in argument[is_negated:]) != is_negated


def _is_of(category, char: str, flags: int) -> bool:
    name = {"DIGIT": r"\d", "SPACE": r"\s", "WORD": r"\w"}[str(category).rsplit("_", 1)[-1]]
    is_in = re.fullmatch(name, char, flags & re.ASCII) is not None
    return is_in != ("_NOT_" in str(category))


def _repeat(op, least: int, most: int, parsed: _parser.SubPattern, flags: int) -> Node:
    body = _sequence(parsed, flags)
    if op is sre.POSSESSIVE_REPEAT:
        return _possessive(body, least, most)
    if op is sre.MIN_REPEAT:
        return _lazy(body, least, most)
    return _greedy_of_chars(body.test, least, most) if hasattr(body, "test") else _greedy(body, least, most)


def _greedy_of_chars(test: Callable[[str], bool], least: int, most: int) -> Node:
    def run(subject: Subject, at: int, then: Then) -> int:
        past, limit = at, subject.end if most is sre.MAXREPEAT else min(at + most, subject.end)
        while past < limit and test(subject.text[past]):
            past += 1
        subject.steps += past - at + 1
        while past >= at + least:
            subject.steps += 1
            if (found := then(past)) != FAILED:
                return found
            past -= 1
        return FAILED

    return run


def _greedy(body: Node, least: int, most: int) -> Node:
    def run(subject: Subject, at: int, then: Then) -> int:
        def more(count: int, at: int) -> int:
            subject.steps += 1
            if most is sre.MAXREPEAT or count < most:
                found = body(subject, at, lambda past: more(count + 1, past) if past > at or count < least else FAILED)
                if found != FAILED:
                    return found
            return then(at) if count >= least else FAILED

        return more(0, at)

    return run


def _lazy(body: Node, least: int, most: int) -> Node:
    def run(subject: Subject, at: int, then: Then) -> int:
        def more(count: int, at: int) -> int:
            subject.steps += 1
            if count >= least and (found := then(at)) != FAILED:
                return found
            is_done = most is not sre.MAXREPEAT and count >= most
            return FAILED if is_done else body(subject, at, lambda past: more(count + 1, past))

        return more(0, at)

    return run


def _possessive(body: Node, least: int, most: int) -> Node:
    def run(subject: Subject, at: int, then: Then) -> int:
        count = 0
        while most is sre.MAXREPEAT or count < most:
            past = body(subject, at, _end)
            if past in (FAILED, at):
                break
            at, count = past, count + 1
        return then(at) if count >= least else FAILED

    return run


def _atomic(body: Node) -> Node:
    def run(subject: Subject, at: int, then: Then) -> int:
        past = body(subject, at, _end)
        return FAILED if past == FAILED else then(past)

    return run


def _branch(bodies: list[Node]) -> Node:
    def run(subject: Subject, at: int, then: Then) -> int:
        for body in bodies:
            subject.steps += 1
            if (found := body(subject, at, then)) != FAILED:
                return found
        return FAILED

    return run


def _look(body: Node, direction: int, width: int, is_wanted: bool) -> Node:
    def run(subject: Subject, at: int, then: Then) -> int:
        begin = at if direction > 0 else at - width
        is_found = begin >= 0 and body(subject, begin, _end) != FAILED
        return then(at) if is_found == is_wanted else FAILED

    return run


def _place(place, flags: int) -> Node:
    def is_word(subject: Subject, at: int) -> bool:
        return 0 <= at < subject.end and re.fullmatch(r"\w", subject.text[at], flags & re.ASCII) is not None

    def run(subject: Subject, at: int, then: Then) -> int:
        subject.steps += 1
        if place in (sre.AT_BOUNDARY, sre.AT_NON_BOUNDARY):
            is_there = (is_word(subject, at - 1) != is_word(subject, at)) == (place is sre.AT_BOUNDARY)
        elif place in (sre.AT_BEGINNING, sre.AT_BEGINNING_STRING):
            is_there = at == 0 or (bool(flags & re.MULTILINE) and subject.text[at - 1] == "\n")
        else:
            is_there = at == subject.end or (place is sre.AT_END and subject.text[at : subject.end] == "\n")
        return then(at) if is_there else FAILED

    return run


# -- counting ----------------------------------------------------------------------------------------------------------


def count_regexes() -> None:
    """Let every regex that the modules of newsmill hold count its steps, those in tuples and tables included."""
    known: dict[re.Pattern, CountedPattern] = {}
    for name in [name for name in sys.modules if name.startswith("newsmill.")]:
        module = sys.modules[name]
        for attribute, value in [*vars(module).items()]:
            counted = _counted(value, known)
            if counted is not value:
                setattr(module, attribute, counted)


def _counted(value, known: dict[re.Pattern, CountedPattern]):
    if isinstance(value, re.Pattern):
        return known.setdefault(value, CountedPattern(value)) if value not in known else known[value]
    if type(value) in (tuple, list) and any(isinstance(item, re.Pattern | tuple) for item in value):
        items = [_counted(item, known) for item in value]
        return type(value)(items) if any(new is not old for new, old in zip(items, value, strict=True)) else value
    if type(value) is dict and any(isinstance(item, re.Pattern | tuple) for item in value.values()):
        items = {key: _counted(item, known) for key, item in value.items()}
        return items if any(items[key] is not value[key] for key in value) else value
    return value


def work_of(run: Callable[[], object]) -> int:
    """Return the lines of newsmill's code that a call runs, and the steps of its regexes."""
    lines = 0

    def on_line(_frame, _event, _argument):
        nonlocal lines
        lines += 1
        return on_line

    def on_call(frame, _event, _argument):
        return on_line if frame.f_code.co_filename.startswith(PACKAGE) else None

    before, CountedPattern.counted = CountedPattern.counted, 0
    sys.settrace(on_call)
    try:
        run()
    finally:
        sys.settrace(None)
    steps, CountedPattern.counted = CountedPattern.counted, before
    return lines + steps


def peak_of(run: Callable[[], object]) -> int:
    """Return the most bytes that a call holds at once."""
    tracemalloc.start()
    try:
        run()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def measure(cases: Sequence[tuple[str, str, str, Sequence[int]]]) -> Iterator[dict[str, list[int]]]:
    """Yield the work and the peak of memory of each case at each of its lengths."""
    import linear
    from repeated_patterns import page

    linear.warm_up()
    count_regexes()
    for stage, pattern, form, lengths in cases:
        runs = [linear.prepare_stage(stage, form, page(pattern, form, chars)) for chars in lengths]
        runs[0]()  # what is read at the first use
        yield {"work": [*map(work_of, runs)], "peaks": [*map(peak_of, runs)] if stage in HOLDING else []}


def main() -> None:
    """Measure the cases on standard input."""
    sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "benchmarks" / "speed"))
    sys.setrecursionlimit(1_000_000)  # a regex that repeats a group calls itself for each
    for row in measure(json.load(sys.stdin)):
        print(json.dumps(row), flush=True)


if __name__ == "__main__":
    main()
