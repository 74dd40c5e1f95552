"""Work of a stage, counted without a clock: lines of Python run, with kernels as plain Python, and steps of regexes.

With NUMBA_DISABLE_JIT=1 compiled kernels run as Python, so that every loop is counted. Work inside one call into C is
not counted: a search in a string, a copy of a list. benchmarks/speed/linear.py times such calls.

    NUMBA_DISABLE_JIT=1 python tests/work_counter.py < CASES

reads cases as JSON, [stage, pattern, form, [characters, …]], and writes the work and the peak of memory at each length.
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
    """A text to match a regex against, with the number of steps so far."""

    def __init__(self, text: str, end: int):
        self.text, self.end, self.steps = text, end, 0


Node = Callable[[Subject, int, Then], int]


class CountedPattern:
    """A compiled regex that counts the steps of a backtracking search, with the same results as the regex."""

    counted = 0

    def __init__(self, pattern: re.Pattern):
        self.regex = pattern
        self.node = _match_sequence(_parser.parse(pattern.pattern, pattern.flags), pattern.flags)

    def __getattr__(self, name: str):
        return getattr(self.regex, name)

    def steps_of(self, text: str | bytes, start: int, end: int, is_search: bool) -> tuple[int, tuple[int, int] | None]:
        """Return the steps of one search or match, and the span of the match."""
        subject = Subject(text.decode("latin-1") if isinstance(text, bytes) else text, end)
        for i in range(start, end + 1 if is_search else start + 1):
            match_end = self.node(subject, i, _accept)
            if match_end != FAILED:
                return subject.steps, (i, match_end)
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
        matches = [*self.regex.finditer(text, pos, endpos)]
        starts = [pos, *(match.end() for match in matches)]
        for start in starts:
            self._count(text, start, endpos, True)
        return iter(matches)

    def findall(self, text, pos=0, endpos=sys.maxsize):
        [*self.finditer(text, pos, endpos)]
        return self.regex.findall(text, pos, endpos)

    def sub(self, repl, text, count=0):
        [*self.finditer(text)]
        return self.regex.sub(repl, text, count)

    def split(self, text, maxsplit=0):
        [*self.finditer(text)]
        return self.regex.split(text, maxsplit)


def _accept(end: int) -> int:
    return end


# -- a backtracking search, as `re` does it ----------------------------------------------------------------------------


def _match_sequence(parsed: _parser.SubPattern, flags: int) -> Node:
    nodes = [_match_node(op, argument, flags) for op, argument in parsed]
    if len(nodes) == 1:
        return nodes[0]

    def run(subject: Subject, start: int, then: Then) -> int:
        def follow(i: int, start: int) -> int:
            if i == len(nodes):
                return then(start)
            return nodes[i](subject, start, lambda end: follow(i + 1, end))

        return follow(0, start)

    return run


def _match_node(op, argument, flags: int) -> Node:
    if op in (sre.LITERAL, sre.NOT_LITERAL, sre.ANY, sre.IN):
        return _one_char(_char_test(op, argument, flags))
    if op in (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT):
        return _match_repeat(op, *argument, flags)
    if op is sre.BRANCH:
        return _match_branch([_match_sequence(parsed, flags) for parsed in argument[1]])
    if op is sre.SUBPATTERN:
        return _match_sequence(argument[3], (flags | argument[1]) & ~argument[2])
    if op is sre.ATOMIC_GROUP:
        return _match_atomic(_match_sequence(argument, flags))
    if op in (sre.ASSERT, sre.ASSERT_NOT):
        return _match_lookaround(
            _match_sequence(argument[1], flags), argument[0], argument[1].getwidth()[0], op is sre.ASSERT
        )
    if op is sre.AT:
        return _match_position(argument, flags)
    raise NotImplementedError(f"{op}: teach tests/work_counter.py to count it")


def _one_char(test: Callable[[str], bool]) -> Node:
    def run(subject: Subject, start: int, then: Then) -> int:
        subject.steps += 1
        return then(start + 1) if start < subject.end and test(subject.text[start]) else FAILED

    run.test = test
    return run


def _char_test(op, argument, flags: int) -> Callable[[str], bool]:
    """Return a test of one character that caches its answers."""
    known: dict[str, bool] = {}

    def test(char: str) -> bool:
        if char not in known:
            forms = {char, char.lower(), char.upper()} if flags & re.IGNORECASE else {char}
            known[char] = _char_fits(op, argument, forms, flags)
        return known[char]

    return test


def _char_fits(op, argument, forms: set[str], flags: int) -> bool:
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
    return any(_char_fits(*item, forms, flags) for item in argument[is_negated:]) != is_negated


def _is_of(category, char: str, flags: int) -> bool:
    name = {"DIGIT": r"\d", "SPACE": r"\s", "WORD": r"\w"}[str(category).rsplit("_", 1)[-1]]
    is_in = re.fullmatch(name, char, flags & re.ASCII) is not None
    return is_in != ("_NOT_" in str(category))


def _match_repeat(op, minimum: int, maximum: int, parsed: _parser.SubPattern, flags: int) -> Node:
    body = _match_sequence(parsed, flags)
    if op is sre.POSSESSIVE_REPEAT:
        return _match_possessive(body, minimum, maximum)
    if op is sre.MIN_REPEAT:
        return _match_lazy(body, minimum, maximum)
    return (
        _greedy_of_chars(body.test, minimum, maximum)
        if hasattr(body, "test")
        else _match_greedy(body, minimum, maximum)
    )


def _greedy_of_chars(test: Callable[[str], bool], minimum: int, maximum: int) -> Node:
    def run(subject: Subject, start: int, then: Then) -> int:
        end, limit = start, subject.end if maximum is sre.MAXREPEAT else min(start + maximum, subject.end)
        while end < limit and test(subject.text[end]):
            end += 1
        subject.steps += end - start + 1
        while end >= start + minimum:
            subject.steps += 1
            if (result := then(end)) != FAILED:
                return result
            end -= 1
        return FAILED

    return run


def _match_greedy(body: Node, minimum: int, maximum: int) -> Node:
    def run(subject: Subject, start: int, then: Then) -> int:
        def more(count: int, start: int) -> int:
            subject.steps += 1
            if maximum is sre.MAXREPEAT or count < maximum:
                result = body(
                    subject, start, lambda end: more(count + 1, end) if end > start or count < minimum else FAILED
                )
                if result != FAILED:
                    return result
            return then(start) if count >= minimum else FAILED

        return more(0, start)

    return run


def _match_lazy(body: Node, minimum: int, maximum: int) -> Node:
    def run(subject: Subject, start: int, then: Then) -> int:
        def more(count: int, start: int) -> int:
            subject.steps += 1
            if count >= minimum and (result := then(start)) != FAILED:
                return result
            is_done = maximum is not sre.MAXREPEAT and count >= maximum
            return FAILED if is_done else body(subject, start, lambda end: more(count + 1, end))

        return more(0, start)

    return run


def _match_possessive(body: Node, minimum: int, maximum: int) -> Node:
    def run(subject: Subject, start: int, then: Then) -> int:
        count = 0
        while maximum is sre.MAXREPEAT or count < maximum:
            end = body(subject, start, _accept)
            if end in (FAILED, start):
                break
            start, count = end, count + 1
        return then(start) if count >= minimum else FAILED

    return run


def _match_atomic(body: Node) -> Node:
    def run(subject: Subject, start: int, then: Then) -> int:
        end = body(subject, start, _accept)
        return FAILED if end == FAILED else then(end)

    return run


def _match_branch(bodies: list[Node]) -> Node:
    def run(subject: Subject, start: int, then: Then) -> int:
        for body in bodies:
            subject.steps += 1
            if (result := body(subject, start, then)) != FAILED:
                return result
        return FAILED

    return run


def _match_lookaround(body: Node, direction: int, width: int, is_positive: bool) -> Node:
    def run(subject: Subject, start: int, then: Then) -> int:
        begin = start if direction > 0 else start - width
        is_match = begin >= 0 and body(subject, begin, _accept) != FAILED
        return then(start) if is_match == is_positive else FAILED

    return run


def _match_position(position, flags: int) -> Node:
    def is_word(subject: Subject, start: int) -> bool:
        return 0 <= start < subject.end and re.fullmatch(r"\w", subject.text[start], flags & re.ASCII) is not None

    def run(subject: Subject, start: int, then: Then) -> int:
        subject.steps += 1
        if position in (sre.AT_BOUNDARY, sre.AT_NON_BOUNDARY):
            is_there = (is_word(subject, start - 1) != is_word(subject, start)) == (position is sre.AT_BOUNDARY)
        elif position in (sre.AT_BEGINNING, sre.AT_BEGINNING_STRING):
            is_there = start == 0 or (bool(flags & re.MULTILINE) and subject.text[start - 1] == "\n")
        else:
            is_there = start == subject.end or (position is sre.AT_END and subject.text[start : subject.end] == "\n")
        return then(start) if is_there else FAILED

    return run


# -- counting ----------------------------------------------------------------------------------------------------------


def count_regexes() -> None:
    """Replace every regex in the modules of newsmill, also in tuples and tables, by one that counts steps."""
    known: dict[re.Pattern, CountedPattern] = {}
    for name in [name for name in sys.modules if name.startswith("newsmill.")]:
        module = sys.modules[name]
        for attribute, value in [*vars(module).items()]:
            counted = _with_counters(value, known)
            if counted is not value:
                setattr(module, attribute, counted)


def _with_counters(value, known: dict[re.Pattern, CountedPattern]):
    if isinstance(value, re.Pattern):
        return known.setdefault(value, CountedPattern(value)) if value not in known else known[value]
    if type(value) in (tuple, list) and any(isinstance(item, re.Pattern | tuple) for item in value):
        items = [_with_counters(item, known) for item in value]
        return type(value)(items) if any(new is not old for new, old in zip(items, value, strict=True)) else value
    if type(value) is dict and any(isinstance(item, re.Pattern | tuple) for item in value.values()):
        items = {key: _with_counters(item, known) for key, item in value.items()}
        return items if any(items[key] is not value[key] for key in value) else value
    return value


def work_of(run: Callable[[], object]) -> int:
    """Return the lines of newsmill's code run by a call, plus the steps of its regexes."""
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
    """Return the peak of memory of a call in bytes."""
    tracemalloc.start()
    try:
        run()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def measure_cases(cases: Sequence[tuple[str, str, str, Sequence[int]]]) -> Iterator[dict[str, list[int]]]:
    """Yield work and peak of memory of each case at each of its lengths."""
    import linear
    from repeated_patterns import make_page

    linear.warm_up()
    count_regexes()
    for stage, pattern, form, lengths in cases:
        runs = [linear.prepare_stage(stage, form, make_page(pattern, form, chars)) for chars in lengths]
        runs[0]()  # what is read at the first use
        yield {"work": [*map(work_of, runs)], "peaks": [*map(peak_of, runs)] if stage in HOLDING else []}


def main() -> None:
    """Measure the cases on standard input."""
    sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "benchmarks" / "speed"))
    sys.setrecursionlimit(1_000_000)  # a regex that repeats a group calls itself for each
    for row in measure_cases(json.load(sys.stdin)):
        print(json.dumps(row), flush=True)


if __name__ == "__main__":
    main()
