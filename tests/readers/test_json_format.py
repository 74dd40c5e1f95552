"""The format json: arrays, objects over many lines and answers that wrap them, read a value at a time."""

import json as stdlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsmill.readers import json_format
from newsmill.readers.record import Limits, Record, Reject
from newsmill.readers.unpack import Part, UnpackedFile

A, B, C = ({"id": name, "text": f"text of {name}"} for name in "abc")


def read(data, limits=Limits(), block=None):  # noqa: B008
    pieces = (data[at : at + block] for at in range(0, len(data), block)) if block else (data,)
    return list(json_format.read(UnpackedFile(Part(pieces), limits), "feed"))


def ids_or_reasons(records):
    return [one.document_id if isinstance(one, Record) else one.reason for one in records]


@pytest.mark.parametrize(
    "data",
    [
        stdlib.dumps([A, B, C]),
        stdlib.dumps([A, B, C], indent=2),
        "\ufeff" + stdlib.dumps([A, B, C]),
        "\n".join(stdlib.dumps(one, indent=1) for one in (A, B, C)),
        stdlib.dumps(A) + stdlib.dumps(B) + stdlib.dumps(C),
        f"[{stdlib.dumps(A)}]\n[{stdlib.dumps(B)}, {stdlib.dumps(C)}]",
        "\x1e" + "\n\x1e".join(map(stdlib.dumps, (A, B, C))),
        stdlib.dumps({"status": "ok", "query": {"q": "x"}, "articles": [A, B, C], "next": None}, indent=1),
        stdlib.dumps({"response": {"pages": 1, "tags": ["x"], "results": [A, B, C]}}),
        stdlib.dumps({"total": 3, "docs": [A]}) + "\n" + stdlib.dumps({"total": 3, "docs": [B, C]}),
    ],
    ids=[
        "array",
        "indented",
        "marked",
        "objects",
        "run together",
        "arrays",
        "sequence",
        "wrapped",
        "wrapped twice",
        "wrapped by line",
    ],
)
@pytest.mark.parametrize("block", [1, 7, None])
def test_records_are_read_in_every_layout(data, block):
    data = data.encode()
    records = read(data, block=block)
    assert ids_or_reasons(records) == ["a", "b", "c"]
    assert [one.record_no for one in records] == [1, 2, 3]
    assert [stdlib.loads(data[one.byte_start : one.byte_end]) for one in records] == [A, B, C]


def test_one_object_is_one_record():
    assert ids_or_reasons(read(b'{\n "id": "a",\n "authors": [{"name": "Jane Roe"}],\n "text": "words"\n}')) == ["a"]


@pytest.mark.parametrize(
    ("harmed", "reasons"),
    [
        ('[{"id": "a", "text": "x"}, {"id": "b", "text: "y"}, {"id": "c", "text": "z"}]', ["a", "not_json", "c"]),
        ('[{"id": "a", "text": "x"}, {"id": "b" "text": "y"}, {"id": "c", "text": "z"}]', ["a", "not_json", "c"]),
        ('[{"id": "a", "text": "x"}, {"id": "b", "text": "y", {"id": "c", "text": "z"}]', ["a", "not_json", "c"]),
        (
            '[{"id": "a", "text": "x"}, null, "words", {"id": "c", "text": "z"}]',
            ["a", "not_an_object", "not_an_object", "c"],
        ),
        ('[{"id": "a", "text": "x"}, {"id": "b", "note": "y"}, {"id": "c", "text": "z"}]', ["a", "no_text", "c"]),
        ('[{"id": "a", "text": "x"}, {"id": "b", "te', ["a", "not_json"]),
        ('[{"id": "a", "text": "x"}, {"id": "b", "text": "y"},', ["a", "b", "cut_short"]),
        ("[]", ["empty_file"]),
        ("  \n", ["empty_file"]),
    ],
)
@pytest.mark.parametrize("block", [3, None])
def test_a_broken_value_is_one_reject_and_the_next_is_read(harmed, reasons, block):
    assert ids_or_reasons(read(harmed.encode(), block=block)) == reasons


def test_the_position_of_a_broken_value_is_named():
    reject = read(b'[{"id": "a", "text": "x"}, {"id": "b", "text: "y"}]')[1]
    assert "the value at byte 27 is no JSON" in reject.detail


def test_a_record_over_the_limit_is_skipped():
    data = stdlib.dumps([A, {"id": "b", "text": "x" * 5_000}, C]).encode()
    (_, reject, last) = read(data, Limits(record_bytes=1_000), 100)
    assert (reject.reason, reject.record_no, last.document_id) == ("record_too_large", 2, "c")


def test_an_answer_over_the_limit_is_read_all_the_same():
    data = stdlib.dumps({"status": "ok", "articles": [A | {"id": str(n)} for n in range(500)]}).encode()
    assert ids_or_reasons(read(data, Limits(record_bytes=1_000), 64)) == [str(n) for n in range(500)]


def test_a_file_of_brackets_ends():
    assert ids_or_reasons(read(b"[" * 200_000)) in ([], ["not_json"], ["cut_short"])
    assert ids_or_reasons(read(b'{"a":' * 100_000, Limits(record_bytes=10_000))) == ["record_too_large"]


def test_wide_characters_are_read_without_byte_ranges():
    (page,) = read(stdlib.dumps([A | {"text": "Fähre"}], ensure_ascii=False).encode("utf-16"))
    assert (page.text, page.encoding, page.byte_start) == ("Fähre", "utf-16", None)


TEXTS = st.text(st.sampled_from('ab"\\{}[],: \nä'), max_size=20)
RECORD = st.fixed_dictionaries({"text": TEXTS.map("x{}".format), "note": st.lists(TEXTS, max_size=2)})
RECORDS = st.lists(RECORD, min_size=1, max_size=6)


@given(RECORDS, st.integers(1, 30), st.sampled_from([None, 1]))
def test_the_values_are_those_a_parser_finds(records, block, indent):
    data = stdlib.dumps(records, indent=indent, ensure_ascii=False).encode()
    assert [stdlib.loads(data[one.byte_start : one.byte_end]) for one in read(data, block=block)] == records


def write_records(count: int) -> list[str]:
    fields = ({"id": f"r{i}", "title": f"Number {i}", "text": f"Ferry {i} sails at dusk."} for i in range(count))
    return list(map(stdlib.dumps, fields))


@pytest.mark.parametrize("opening", ["[", '{"status": "ok", "articles": [', '{"response": {"docs": ['])
@pytest.mark.parametrize("stray", ["]", "}", "]]", "}]", "[", "{", '"'])
def test_a_stray_sign_between_records_costs_one_record_at_most(opening, stray):
    records = write_records(40)
    closing = {"[": "]", '{"status": "ok", "articles": [': "]}", '{"response": {"docs": [': "]}}"}[opening]
    results = read((opening + ", ".join(records[:9]) + stray + ", " + ", ".join(records[9:]) + closing).encode())
    identifiers = [result.document_id for result in results if isinstance(result, Record)]
    assert len(identifiers) == len(set(identifiers)) >= 39
    assert len(identifiers) == 40 or "not_json" in ids_or_reasons(results)
    if stray == '"':
        assert any(
            "bytes up to the next record are skipped" in one.detail for one in results if isinstance(one, Reject)
        )


def test_two_records_that_run_into_each_other_are_no_record_with_the_text_of_one_and_the_address_of_the_other():
    first = '{"url": "https://gull.example/1", "title": "One", "text": "The ferry is l'
    second = 'ate again.", "url": "https://gull.example/2", "title": "Two"}'
    (fused,) = read(f"[{first}{second}]".encode())
    assert fused.reason == "fused_records" and "two values for url and title" in fused.detail


def test_a_field_written_twice_is_no_fusion():
    (record,) = read(b'[{"id": "a", "text": "The tide turns.", "title": "Old", "title": "New"}]')
    assert isinstance(record, Record) and record.title == "New"


@pytest.mark.parametrize(
    "line",
    [
        b'{"url": "u", "title": NaN, "score": NaN, "text": "Ferry.", "image": {"url": "i", "title": "t", "score": 1}}',
        '{"url": "u", "title": "Fähre", "author": "Jörg", "text": "a", "image": {"title": "", "author": ""}}'.encode(
            "cp1252"
        ),
        b'{"_id": ObjectId("5"), "url": "u", "title": "T", "text": "Ferry.", "image": {"url": "i", "title": "t"}}',
        b'{"url": "u", "title": "T", "text": "Ferry.", "image": {"url": "i", "title": "t"}}',
    ],
    ids=["numbers that are none", "another encoding", "calls of a shell", "an object within"],
)
def test_a_record_whose_inner_object_has_the_same_fields_is_no_fusion(line):
    (record,) = read(b"[" + line + b"]")
    assert isinstance(record, Record) and record.url == "u"


def test_many_fields_are_compared_in_a_time_linear_in_their_number():
    fields = ", ".join(
        f'"field {number}": "value", "inner {number}": {{"field {number}": 1}}' for number in range(4_000)
    )
    (record,) = read(f'[{{"text": "Ferry.", {fields}}}]'.encode())
    assert isinstance(record, Record)


@pytest.mark.parametrize("word", ["oops", "undefined"])
def test_a_bare_word_between_records_costs_no_record(word):
    others = [stdlib.dumps({"url": f"https://gull.example/{i}", "text": f"Ferry {i}."}) for i in range(8)]
    first, last = write_records(2)
    for records in ([first, word, *others, last], [first, word, *others]):
        results = read(f"[{', '.join(records)}]".encode())
        assert sum(isinstance(result, Record) for result in results) == len(records) - 1
        assert [result.reason for result in results if isinstance(result, Reject)] == ["not_json"]
