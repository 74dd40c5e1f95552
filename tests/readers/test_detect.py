"""What a file holds, by its content."""

import pytest

from newsmill.readers.contents import detect_format
from newsmill.readers.detect import describe_binary, is_html


@pytest.mark.parametrize(
    ("head", "format"),
    [
        (b'{"text": "a"}\n{"text": "b"}\n', "jsonl"),
        (b'\n\n  {"text": "a"}', "jsonl"),
        (b'\xef\xbb\xbf{"text": "a"}\n', "jsonl"),
        ('{"text": "a"}\n'.encode("utf-16"), "jsonl"),
        (b'{"text": "broken\n{"text": "b"}\n{"text": "c"}\n', "jsonl"),
        (b'garbage\n{"text": "b"}\n', "jsonl"),
        (b'{"text": "' + b"long " * 50_000, "jsonl"),
        (b'[{"text": "a"}, {"text": "b"}]', "json"),
        (b'[\n  {\n "text": "a"}]', "json"),
        (b'{\n  "text": "a"\n}\n', "json"),
        (b"A page\nof text\n", "text"),
        (b"Ferry news\n{}\nmore\nand more\n", "text"),
        (b"[Photo: the quay]\nText", "text"),
        (b"{curly} words", "text"),
        (b"", "text"),
        (b"42\n43\n", "text"),
        (b"WARC/1.0\r\nWARC-Type: warcinfo\r\n", "warc"),
        (b"filedesc://a.arc 0.0.0.0", "arc"),
        (b"PAR1\x15\x04", "parquet"),
        (b"\xef\xbb\xbf\n<!DOCTYPE html>\n<html>", "html"),
        (b"<?xml version='1.0'?><html lang='en'>", "html"),
        (b"<!-- saved from url=(0023)https://tern.example/ -->\n<html>", "html"),
        (b"<p>A page with a stray tag", "text"),
        (b"<script>var a = 1</script>\n<!DOCTYPE html><html>", "html"),
        (b"<meta charset='utf-8'>\n<title>Ferry</title><p>One", "html"),
        (b"<div class='page'><p>The quay</p></div>", "html"),
        (b"<br />\n<b>Warning</b>:  Undefined index in <b>/srv/a.php</b> on line 3<br />\n<!DOCTYPE html>", "html"),
        (b"PHP Notice: Undefined offset: 2 in /srv/a.php\n<html lang='en'>", "html"),
        (b"Warning: high water at the quay\nA page of text\n", "text"),
    ],
)
def test_the_format_is_recognized_by_the_content(head, format):
    assert detect_format(head) == format


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"%PDF-1.7\n1 0 obj", "a PDF document"),
        (b"PK\x03\x04rest", "a zip archive"),
        (b"\x1f\x8b\x08rest", "a gzip file"),
        (bytes(range(256)) * 8, "binary (2"),
        (b"few\0words", "binary (1 control"),
        (b"\xff\xfe" + bytes(200), "binary ("),
        (b"\x89PNG\r\n\x1a\n\0\0", "a PNG picture"),
    ],
)
def test_what_is_no_text_is_named(content, what):
    assert describe_binary(content).startswith(what)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"words",
        b"word " * 50 + b"\0",
        "Wörter".encode("cp1252"),
        "слово".encode("koi8-r"),
        "words".encode("utf-16"),
        "wörds 😀".encode("utf-32"),
        b"RIFF raff on the pier",
        b"\x1b[31mred\x1b[0m",
    ],
)
def test_text_in_any_encoding_is_no_binary(content):
    assert describe_binary(content) is None


@pytest.mark.parametrize("count", [64, 4096, 100_000])
def test_a_hole_in_a_text_is_no_binary(count):
    """A copy that broke off leaves a stretch of NUL."""
    text = b"Ferry,Gull,Tern\n" * 300
    assert describe_binary(text[:700] + bytes(count) + text[700:]) is None
    assert describe_binary(bytes(count)) is not None


@pytest.mark.parametrize("opening", [b"", b"<?xml version='1.0'?>", b"<!-- a -->"])
def test_white_space_before_markup_takes_a_time_linear_in_its_length(opening):
    """A pattern that tried each split of the white space took minutes for a hundred kilobytes."""
    assert is_html(b" " * 50_000 + opening + b"\n" * 50_000 + b"<html>")
    assert not is_html(b" " * 50_000 + opening + b"\n" * 50_000 + b"words")
