"""HTML as pages: visible text by line, markup flags of each line, and robustness against any markup."""

import gzip
import json
import re
import time
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from newsmill.nlp import line_markup
from newsmill.readers import html_text, vocabulary
from newsmill.readers.elements import element_tables
from newsmill.readers.markup import MAX_DEPTH, scan_html

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpora" / "main_text"
BITS = {
    name.lower(): getattr(line_markup, name)
    for name in (
        "LIST_ITEM",
        "ARTICLE",
        "PAGE_FRAME",
        "TABLE",
        "QUOTATION",
        "PARAGRAPH",
        "CAPTION",
        "HIDDEN",
        "EMPHASIS",
        "BODY_HINT",
        "RELATED_HINT",
        "COMMENT_HINT",
        "BOILERPLATE_HINT",
        "BYLINE_HINT",
        "CAPTION_HINT",
        "CONSENT",
    )
}


def text_of(markup):
    return html_text.read_html(markup).text


def marked(markup):
    """Return the names of the marks of each line by its text, with the level of a heading and the percent of links."""
    page, marks_by_line = html_text.read_html(markup), {}
    for line, mark in zip(page.text.split("\n"), page.marks, strict=True):
        names = {name for name, bit in BITS.items() if mark & bit}
        if level := mark & line_markup.HEADING:
            names.add(f"h{level}")
        if share := (mark & line_markup.LINK_PERCENT) >> line_markup.LINK_SHIFT:
            names.add(f"{share}% links")
        marks_by_line[line.strip()] = names
    return marks_by_line


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>One<p>Two", "One\n\nTwo"),
        ("<div>One</div><div>Two</div>", "One\nTwo"),
        ("<div>One</div> <div> Two </div>\n Three", "One\nTwo\nThree"),
        ("<h1>Ferry late</h1>By noon", "Ferry late\n\nBy noon"),
        ("a<br>b<br><br>c", "a\nb\n\nc"),
        ("<p>a<br></p><p>b", "a\n\nb"),
        ("one</p>two", "one\n\ntwo"),
        ("<ul><li>a<li>b<ul><li>c</ul><li>d</ul>e", "  a\n  b\n    c\n  d\ne"),
        ("<p>b<li>c", "b\n\n  c"),
        ("<ol><li>a</li><li></li><li>b</li></ol>", "  a\n  b"),
        ("<dl><dt>a<dd>b<dt>c<dd>d</dl>", "a\nb\nc\nd"),
        ("<table><tr><td>a<td>b<tr><th>c</th><th>d</table>z", "a\t\tb\nc\t\td\nz"),
        ("<table><caption>k</caption><tbody><tr><td>1</tbody></table>", "k\n1"),
        ("<pre> a\n  b\r\n\n\n\nc</pre>d", " a\n  b\n\nc\nd"),
        ("a<pre>\nb &#32; c</pre>", "a\nb   c"),
        ("<p>ferry\n\n   \t was   late </p>", "ferry was late"),
        ("fer<b>ry</b> <i> was</i> late", "ferry was late"),
        ("a<!-- <p>no</p> -->b<!-->c<!--->d<!-- e --!>f", "abcdf"),
        ("a<!doctype html><?php no ?><![CDATA[no]]>b</>c</ no>d", "abcd"),
        ("3 < 4 and 5 > 4 <3 <", "3 < 4 and 5 > 4 <3 <"),
        ("<script>if (a < b) document.write('<p>no</p>')</script>yes", "yes"),
        ("<script><!-- w('<script>no</script>') --></script>yes", "yes"),
        ("<SCRIPT>no</sCript >yes<style>no</style>", "yes"),
        ("<title>no</title><textarea><p>no</textarea><noscript><p>no</noscript><iframe>no</iframe>yes", "yes"),
        ("<svg><title>no</title><text>no</text><path d='M1'/><style/></svg>yes", "yes"),
        ("<svg><g><p>yes", "yes"),
        ("<select><option>no<option>no</select><button>no</button><video>no</video><template>no</template>yes", "yes"),
        ("<p>a<button>no<div>no</div></button> b", "a b"),
        ("<div title='a > b' data-x=\"<p>\">yes</div>", "yes"),
        ("yes<div class='", "yes"),
        ("yes<!-- no", "yes"),
        ("yes<script>no", "yes"),
        ("<p>\u00a0</p><p>&nbsp;&#8203;\ufeff</p>yes\u00a0&nbsp;", "yes"),
        ("10\u00a0000&nbsp;people", "10\u00a0000\u00a0people"),
        ("<html><head><body class=x><p>yes</body></html>", "yes"),
        ("", ""),
        ("<p></p>", ""),
    ],
)
def test_the_text_has_the_lines_that_a_reader_would_see(markup, text):
    assert text_of(markup) == text


@pytest.mark.parametrize(
    ("reference", "text"),
    [
        ("&amp;&lt;&gt;&quot;&apos;", "&<>\"'"),
        ("caf&eacute;", "café"),
        ("caf&eacute", "café"),
        ("&notit;", "¬it;"),
        ("&notin;", "∉"),
        ("AT&T &c. &unknown; & &;", "AT&T &c. &unknown; & &;"),
        ("&#8217;&#x2019;&#X2019", "’’’"),
        ("&#146;&#150;", "’–"),
        ("&#0;&#xD800;&#x110000;&#99999999999;", "\ufffd" * 4),
        ("&#;&#x;&#xZ", "&#;&#x;&#xZ"),
        ("a&#10;&#9;b", "a b"),
        ("a&#7;b&#127;", "ab"),
        ("&lt;p&gt;", "<p>"),
        ("&amp;amp;", "&amp;"),
        ("&NotEqualTilde;", "≂̸"),
        ("&#128512;", "😀"),
    ],
)
def test_character_references_are_read_once(reference, text):
    assert text_of(f"<p>{reference}") == text


def test_each_line_has_marks_of_its_elements():
    marks_by_line = marked(
        "<header><nav><ul><li><a href=/>Home</a></ul></nav></header>"
        "<main><h1>Ferry late</h1><p>It <b>was</b> late.<p><strong>All <em>bold.</em></strong>"
        "<blockquote><p>Quite late.</blockquote><figure><figcaption>A ferry</figcaption></figure>"
        "<table><tr><td>Fare</table><h3>Notes</h3></main><div role=navigation>Menu</div><aside>Aside</aside>"
        "<form>Form</form><footer>Foot</footer><div itemprop=articleBody>Body</div><div role=Main>Role</div>"
    )
    assert marks_by_line == {
        "": set(),
        "Home": {"page_frame", "list_item", "100% links"},
        "Ferry late": {"article", "h1"},
        "It was late.": {"article", "paragraph"},
        "All bold.": {"article", "paragraph", "emphasis"},
        "Quite late.": {"article", "quotation", "paragraph"},
        "A ferry": {"article", "caption", "caption_hint"},
        "Fare": {"article", "table"},
        "Notes": {"article", "h3"},
        "Menu": {"page_frame"},
        "Aside": {"page_frame"},
        "Form": {"page_frame"},
        "Foot": {"page_frame"},
        "Body": {"article", "body_hint"},
        "Role": {"article"},
    }


@pytest.mark.parametrize(
    ("attribute", "name"),
    [
        ("class=story-body", "body_hint"),
        ("class='x entry__content y'", "body_hint"),
        ("id=articleBody", "body_hint"),
        ("class=ArticleText", "body_hint"),
        ("class=article", None),
        ("class=body", None),
        ("id=comments", "comment_hint"),
        ("class=fb-comments", "comment_hint"),
        ("class=commentary", None),
        ("id=onetrust-pc-sdk", "consent"),
        ("class=CybotCookiebotDialog", "consent"),
        ("id=privacy-dialog", "consent"),
        ("id=privacy-law", None),
        ("class=related_links", "related_hint"),
        ("class=most-popular-2", "related_hint"),
        ("class=unrelated", None),
        ("class=share-bar", "boilerplate_hint"),
        ("class=header2nav", "boilerplate_hint"),
        ("class=shared", None),
        ("class=c-byline__name", "byline_hint"),
        ("class=img_caption", "caption_hint"),
        ("hidden", "hidden"),
        ("style='color:red; DISPLAY : none'", "hidden"),
        ("style=visibility:hidden", "hidden"),
        ("aria-hidden=true", "hidden"),
        ("aria-hidden=false", None),
        ("class='lead sr-only'", "hidden"),
        ("class=overflow-hidden", None),
        ("style='display:block'", None),
        ("data-class=comments", None),
    ],
)
def test_names_and_styles_hint_at_the_content_of_an_element(attribute, name):
    assert marked(f"<div {attribute}><section>Words</section></div>")["Words"] == ({name} if name else set())


def test_the_nearer_name_says_more():
    assert marked("<div class=sidebar-layout><div class=article-body>Words</div></div>")["Words"] == {"body_hint"}
    marks_by_line = marked("<div class=article-body><div class=related>Words</div></div>")
    assert marks_by_line["Words"] == {"body_hint", "related_hint"}


def test_lines_of_one_template_have_one_hash_in_whatever_container():
    page = html_text.read_html(
        "<div class='row r1'><div class='text'><p class='p-1'>a</p><p class='p-2'>b</p></div></div>"
        "<div class='row r2'><div class='text'><p>c</p><p class='p-33'>d</p></div></div>"
        "<div class='row'><ul class='text'><li>e</ul></div><div class='box'><p class='p'>f</p></div>"
        "<p><b class=text>g<div class='row'><div class='text'></b><p class='p'>h</p></div></div>"
    )
    hashes = {
        line.strip(): mark >> line_markup.TEMPLATE_SHIFT
        for line, mark in zip(page.text.split("\n"), page.marks, strict=True)
        if line.strip()
    }
    assert hashes["a"] == hashes["b"] == hashes["d"] == hashes["h"]
    assert len({hashes[line] for line in "acef"}) == 4
    assert max(hashes.values()) <= line_markup.TEMPLATE


@pytest.mark.parametrize(
    "attribute",
    ["class=sr-only", "class='a visually-hidden'", "style='position:absolute; clip: rect(0px, 0px, 0px, 0px)'"],
)
def test_words_for_screen_readers_within_a_line_are_no_text(attribute):
    assert text_of(f"<p>Its <a>lawyers<span {attribute}>, opens <b>new</b> tab</span></a> wait.") == "Its lawyers wait."
    assert text_of(f"<p>One <span {attribute}>no</p><p>two") == "One\n\ntwo"
    assert marked(f"<div {attribute}>Words</div>") == {"Words": {"hidden"}}


def test_a_soft_hyphen_parts_no_word():
    assert text_of("<p>Unter&shy;nehmen, Unter\xadnehmen") == "Unternehmen, Unternehmen"


def test_a_form_around_the_whole_page_is_no_frame():
    assert marked("<body><form action=/><p>Words</form>")["Words"] == {"paragraph"}
    assert marked("<p>First</p><form>Words</form>")["Words"] == {"page_frame"}


def test_links_are_counted_by_their_characters():
    marks_by_line = marked("<p>abcde<a>fghij</a><p><a>ééé</a>ééééééé<p><a>x <b>y</b></a><p>none")
    assert marks_by_line == {
        "": set(),
        "abcdefghij": {"paragraph", "50% links"},
        "éééééééééé": {"paragraph", "30% links"},
        "x y": {"paragraph", "100% links"},
        "none": {"paragraph"},
    }


def test_a_mark_is_one_of_all_the_line():
    assert marked("<p><b>Ferry</b> late")["Ferry late"] == {"paragraph"}
    assert marked("<p>Ferry <span hidden>late</span>")["Ferry late"] == {"paragraph"}
    assert marked("<h2>Ferry <small class=comments>2</small></h2>")["Ferry 2"] == {"h2"}


def test_ends_that_are_missing_or_overlap_leak_no_marks():
    assert marked("<nav><ul><li>a</nav>b")["b"] == set()
    assert marked("<p><b>a<p>c</b>d")["cd"] == {"paragraph"}
    assert marked("<div class=story-body><a>a<div><a>b</a>c</div>d</div>e") == {
        "a": {"body_hint", "100% links"},
        "bc": {"body_hint", "50% links"},
        "d": {"body_hint"},
        "e": set(),
    }
    assert marked("<h2>a<h3>b</h2>c")["c"] == set()
    assert marked("<table><tr><td><div>a</table>b")["b"] == set()
    assert marked("<div><table><tr><td>a</div>b</table>c") == {"ab": {"table"}, "c": set()}


def test_every_whole_name_has_a_piece_that_triggers_its_lookup():
    names = " ".join(vocabulary.WHOLE_NAMES.values()).split()
    pieces = set(vocabulary.HIDING_PIECES.split())
    assert [name for name in names if pieces.isdisjoint(re.split("[^a-z]", name))] == []


@pytest.mark.parametrize(
    ("data", "charset", "encoding", "repairs"),
    [
        ("<p>Hier, l’été “là-bas”".encode(), None, "utf-8", ()),
        ("<p>Hier, l’été “là-bas”".encode("utf-8-sig"), "iso-8859-1", "utf-8", ()),
        ("<p>Hier, l’été “là-bas”".encode("utf-16"), None, "utf-16", ()),
        ("<p>Hier, l’été “là-bas”".encode("utf-16-le"), "UTF-16LE", "utf-16-le", ()),
        ("<p>Hier, l’été “là-bas”".encode("cp1252"), "ISO-8859-1", "windows-1252", ()),
        ("<p>Hier, l’été “là-bas”".encode("cp1252"), None, "windows-1252", ()),
        ("<meta charset=utf-16><p>Hier, l’été “là-bas”".encode(), None, "utf-8", ()),
        ("<p>Hier, l’été “là-bas”".encode(), "windows-1252", "utf-8", ()),
        ("<p>Hier, l’été “là-bas”".encode(), "no-such-thing", "utf-8", ()),
        ("<p>Hier, l’été “là-bas”".encode(), "base64", "utf-8", ()),
        ("<p>Hier, l’été “là-bas”".encode().decode("latin-1").encode(), None, "utf-8", ("mojibake",)),
        ("<p>Hier, l’e\u0301te\u0301 “là-bas”".encode(), None, "utf-8", ("nfc",)),
        ("<p>Hier, l\0’ét\x08é “là-bas”".encode(), None, "utf-8", ("control_characters",)),
        ("<p>Hier, l’été “là-bas”".encode() + b" \xe2\x80", None, "utf-8", ("undecodable_bytes",)),
    ],
)
def test_bytes_are_read_in_the_encoding_that_they_are_in(data, charset, encoding, repairs):
    page = html_text.read_html(data, charset)
    assert (page.encoding, page.repairs) == (encoding, repairs)
    assert page.text.removesuffix(" \ufffd") == "Hier, l’été “là-bas”"
    assert ("\ufffd" in page.text) == ("undecodable_bytes" in repairs)


@pytest.mark.parametrize(
    ("declaration", "encoding", "shown"),
    [
        ('<meta charset="windows-1251">', "cp1251", "windows-1251"),
        ('<meta http-equiv=Content-Type content="text/html; charset=koi8-r">', "koi8_r", "koi8-r"),
        ('<?xml version="1.0" encoding="windows-1251"?>', "cp1251", "windows-1251"),
        ("<meta name=generator content=x>", "cp1251", "windows-1251"),
    ],
)
def test_an_encoding_is_taken_from_the_markup_or_from_the_look_of_its_words(declaration, encoding, shown):
    markup = f"<html>{declaration}<p class='{'x' * 5000}'>Паром вышел из порта утром"
    page = html_text.read_html(markup.encode(encoding))
    assert (page.text, page.encoding) == ("Паром вышел из порта утром", shown)


def test_markup_that_was_decoded_already_is_fixed_once():
    assert text_of("<p>CafÃ© &amp;eacute;") == "Café &eacute;"
    assert html_text.read_html("<p>a \ud83d\ude00 b \ud800").text == "a 😀 b \ufffd"


def test_a_line_left_blank_by_the_fixes_has_no_marks():
    page = html_text.read_html("<li>\x81</li><li>b</li>")
    assert [(line.strip(), mark != 0) for line, mark in zip(page.text.split("\n"), page.marks, strict=True)] == [
        ("", False),
        ("b", True),
    ]


TAGS = """
<p> </p> <div> </div> <b> </b> <i> </i> <a> </a> <span> </span> <ul> </ul> <li> </li> <h2> </h2> <table> </table>
<tr> <td> </td> <pre> </pre> <br> <svg> </svg> <p/> <!-- --> <script> </script> <title> </title> <form> </form>
<select> <option> </select> <button> </button> <x-y> </x-y> <div~class='story-body <time~datetime=2019-01-01>
<html~lang=en> < > & &amp; &nGt; &#10; &#128; &nbsp; ' " = / <meta~name=author~content=x>
<script~type=application/ld+json> {"@type":"Article", [ ] { }
"""
CHARACTERS = (" ", "\n", "\r\n", "\t", "\0", "\u00a0", "\u200b", "\ufeff", "\u0085", "é", "漢", "😀", "Ã©", "\x81")
PIECES = st.one_of(
    st.sampled_from([tag.replace("~", " ") for tag in TAGS.split()]), st.text(max_size=12), st.sampled_from(CHARACTERS)
)
BYTES = st.sampled_from([b"<p>", b"\xc2", b"\xa0", b"\xe2\x80", b"<", b"&", b" ", b"\xff\xfe", b"x"])


@settings(max_examples=400, deadline=None)
@given(st.lists(PIECES, max_size=40).map("".join))
@example("<li>\u00a0x\u00a0<li>\ufeff")
@example("<pre>\u00a0\n x \u3000")
def test_no_markup_breaks_the_reading(markup):
    page = html_text.read_html(markup)
    lines = page.text.split("\n")
    assert len(page.marks) == len(lines)
    assert all((mark == 0) >= (not line.strip()) for line, mark in zip(lines, page.marks, strict=True))
    assert all(mark >= 0 and (mark & line_markup.LINK_PERCENT) >> line_markup.LINK_SHIFT <= 100 for mark in page.marks)
    assert html_text.read_html(markup) == page


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200) | st.lists(BYTES, max_size=40).map(b"".join))
@example(b"<p>\xc2<p>\xa0")
def test_no_bytes_break_the_reading(data):
    page = html_text.read_html(data)
    assert len(page.marks) == page.text.count("\n") + 1
    scan_html(data, element_tables()).text.decode("utf-8", "replace")


NESTED = "p div b i em a span section h2 h3 ul li blockquote article nav center u font small".split()
FORMS = ("<{}>", "</{}>", "<{} class='a>b'>", "<{}/>", "{}")


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(FORMS), st.sampled_from(NESTED)), max_size=30))
def test_it_sees_the_letters_that_a_parser_of_the_standard_sees(tags):
    markup = "".join(form.format(name) for form, name in tags)
    body = LexborHTMLParser(f"<body>{markup}").body
    assert "".join(text_of(markup).split()) == "".join(body.text().split())


def test_attributes_and_content_of_megabytes_are_read_over():
    markup = b"<div class='" + b"a b-c " * 500_000 + b"'>yes</div><script>" + b"x<" * 1_000_000 + b"</script>"
    assert text_of(markup) == "yes"


@pytest.mark.parametrize(
    "unit",
    [
        "<div>",
        "<div>x",
        "<ul><li>x",
        "<table><tr><td>x",
        "<b><p>x",
        "<a>x",
        "<svg>x",
        "<font><div>x",
        "</div>",
        "<select>",
        "<h1><b>x",
        "&x",
        "<!--",
        "<script>",
        "<",
        "<p ",
        "\u00a0",
        "<time datetime=2019-01-01>",
        "<meta name=author content=x>",
        "\udcff<",
    ],
)
def test_nesting_bombs_cost_no_more_than_their_length(unit):
    seconds = []
    for times in (50_000, 200_000):
        markup = f"<div><table><tr><td>{unit * times}".encode("utf-8", "surrogateescape")
        page = html_text.read_html(markup)
        # the least of three: now and then a process collects garbage, which is not of the markup
        seconds.append(min(_seconds(html_text.read_html, markup) for _ in range(3)))
    assert len(page.marks) == page.text.count("\n") + 1
    ratio = seconds[1] / max(seconds[0], 0.02)
    assert ratio < 12, f"four times the markup took {ratio:.0f} times as long"


def _seconds(function, argument) -> float:
    begin = time.process_time()
    function(argument)
    return time.process_time() - begin


def test_what_is_nested_too_deep_closes_as_it_opened():
    deep = "<div>" * (MAX_DEPTH + 100)
    marks_by_line = marked(f"<nav>{deep}<b>a</b>{'</div>' * (MAX_DEPTH + 100)}b</nav>c")
    assert marks_by_line["b"] == {"page_frame"} and marks_by_line["c"] == set()


def pages():
    if not CORPUS.exists():
        pytest.skip(f"no pages to read: {CORPUS} is not here")
    with gzip.open(CORPUS / "aeb.jsonl.gz") as rows:
        for row in map(json.loads, rows):
            yield row, gzip.decompress((CORPUS / "aeb_html" / f"{row['id']}.html.gz").read_bytes())


def test_the_words_of_every_body_are_in_the_text():
    recalls = []
    for row, markup in pages():
        truth = Counter(re.findall(r"\w+", row["truth_body"]))
        kept = truth & Counter(re.findall(r"\w+", text_of(markup)))
        recalls.append(kept.total() / truth.total())
    assert sum(recalls) / len(recalls) > 0.999 and min(recalls) > 0.93


def test_marks_separate_body_from_boilerplate_on_real_pages():
    in_body: Counter = Counter()
    seen: Counter = Counter()
    for row, markup in pages():
        words = re.findall(r"\w+", row["truth_body"].lower())
        truth = set(pairwise(words))
        page = html_text.read_html(markup)
        for line, mark in zip(page.text.split("\n"), page.marks, strict=True):
            pairs = list(pairwise(re.findall(r"\w+", line.lower())))
            for name in (name for name, bit in BITS.items() if mark & bit):
                seen[name] += len(pairs)
                in_body[name] += sum(pair in truth for pair in pairs)
    share = {name: in_body[name] / seen[name] for name in seen}
    assert share["body_hint"] > 0.85 and share["paragraph"] > 0.8 and share["quotation"] > 0.9
    assert share["comment_hint"] < 0.25 and share["page_frame"] < 0.25 and share["related_hint"] < 0.35


def levels(markup):
    """Return (elements shared with the line before, elements around the line) by the text of each line."""
    page = html_text.read_html(markup)
    shifts = line_markup.SHARED_SHIFT, line_markup.DEPTH_SHIFT
    pairs = [tuple(mark >> shift & line_markup.MAX_DEPTH for shift in shifts) for mark in page.marks]
    return {line.strip(): pair for line, pair in zip(page.text.split("\n"), pairs, strict=True) if line.strip()}


def test_each_line_counts_the_elements_around_it_and_those_it_shares_with_the_line_before():
    levels_by_line = levels("<div><nav>menu</nav><section><p>one<p>two <b>and</b> three<br>four</section></div><p>end")
    assert levels_by_line == {"menu": (0, 2), "one": (1, 3), "two and three": (2, 3), "four": (3, 3), "end": (0, 1)}


def test_elements_left_open_and_nested_beyond_all_measure_count_up_to_the_limit_of_marks():
    levels_by_line = levels("<div>" * 300 + "deep" + "</div>" * 300 + "<p>shallow")
    assert levels_by_line == {"deep": (0, line_markup.MAX_DEPTH), "shallow": (0, 1)}
