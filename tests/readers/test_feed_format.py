"""The format feed: RSS, Atom and XML items, an item a record."""

from time import process_time

import pytest

from newsmill.readers import feed_format
from newsmill.readers.contents import detect_format
from newsmill.readers.record import Limits, Record
from newsmill.readers.unpack import Part, UnpackedFile

AT = "https://estleypost.example"
FULL = "<p>The harbour board of Estley closes the quay.</p><p>It meets in May.</p>"
TEXT = "The harbour board of Estley closes the quay.\n\nIt meets in May."
RSS = """<?xml version="1.0" encoding="UTF-8"?>
<?xml-stylesheet href="feed.css"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel><title>Estley &amp; Post</title><link>https://estleypost.example</link><language>en-GB</language>
{}</channel></rss>"""
ITEM = """<item><title>Estley&#8217;s {0}</title><link>https://estleypost.example/{0}</link>
<dc:creator><![CDATA[Ada Venn]]></dc:creator><pubDate>Mon, 02 Mar 2026 18:05:00 +0000</pubDate>
<guid isPermaLink="false">p{0}</guid><description><![CDATA[A teaser & more </item>.]]></description>
<content:encoded><![CDATA[{1}]]></content:encoded></item>
"""


def read(data, limits=Limits(), block=None):  # noqa: B008
    data = data.encode() if isinstance(data, str) else data
    pieces = (data[at : at + block] for at in range(0, len(data), block)) if block else (data,)
    return list(feed_format.read(UnpackedFile(Part(pieces), limits), "feed"))


def urls_or_reasons(records):
    return [one.url if isinstance(one, Record) else one.reason for one in records]


@pytest.mark.parametrize("block", [1, 7, 50, None])
def test_items_of_rss_are_read_with_full_text(block):
    data = RSS.format(ITEM.format(1, FULL) + ITEM.format(2, FULL))
    pages = read(data, block=block)
    assert [(one.record_no, one.url, one.document_id) for one in pages] == [(1, f"{AT}/1", "p1"), (2, f"{AT}/2", "p2")]
    page = pages[0]
    assert (page.title, page.text, page.authors) == ("Estley’s 1", TEXT, ["Ada Venn"])
    assert (page.publisher, page.language, str(page.published_at)) == (
        "Estley & Post",
        "en-GB",
        "2026-03-02 18:05:00+00:00",
    )
    assert data.encode()[page.byte_start : page.byte_end].startswith(b"<item><title>")
    assert data.encode()[page.byte_start : page.byte_end].endswith(b"</item>")


def test_entries_of_atom_are_read():
    escaped = FULL.replace("<", "&lt;").replace(">", "&gt;")
    first, second = read(
        f"""<feed xmlns="http://www.w3.org/2005/Atom"><title>Estley Post</title><link href="{AT}/"/>
        <entry><title type="html">Quay &amp;amp; mill</title><link rel="replies" href="{AT}/1/comments"/>
        <link rel="alternate" href="{AT}/1"/><id>tag:1</id><published>2026-03-02T18:05:00Z</published>
        <updated>2026-03-03T01:00:00Z</updated><author><name>Ada Venn</name></author>
        <author><name>Bo Lind</name></author>
        <summary>A teaser.</summary><content type="html">{escaped}</content></entry>
        <entry><title>Two</title><link href="{AT}/2"/><id>tag:2</id><updated>2026-03-03T01:00:00Z</updated>
        <content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">{FULL}</div></content></entry></feed>"""
    )
    assert (first.title, first.text, first.url) == ("Quay & mill", TEXT, f"{AT}/1")
    assert (first.authors, str(first.published_at)) == (["Ada Venn", "Bo Lind"], "2026-03-02 18:05:00+00:00")
    assert (second.text, second.url, str(second.published_at)) == (TEXT, f"{AT}/2", "2026-03-03 01:00:00+00:00")


def test_xml_items_of_scrapy_are_read():
    (page,) = read(
        f'<?xml version="1.0" encoding="utf-8"?>\n<items>\n<item><url>{AT}/1</url><title>A &amp; B</title>'
        "<authors><value>Ada Venn</value><value>Bo Lind</value></authors>"
        "<text>The quay.\n\nThe mill.</text></item></items>"
    )
    assert (page.url, page.title, page.authors) == (f"{AT}/1", "A & B", ["Ada Venn", "Bo Lind"])
    assert page.text == "The quay.\n\nThe mill."


def test_a_long_description_is_the_text_and_a_short_one_a_teaser():
    item = "<item><link>https://estleypost.example/1</link><description>{}</description></item>"
    (page,) = read(RSS.format(item.format("The quay is closed. " * 40)))
    assert (
        page.metadata
        == [("publisher", "Estley & Post", "dump_field", 0.6), ("language", "en-GB", "dump_field", 0.95)][::-1]
    )
    (page,) = read(RSS.format(item.format("The quay is closed.")))
    assert ("truncated", "description", "dump_field", 1.0) in page.metadata


def test_the_address_may_be_the_identifier_and_the_author_a_mailbox():
    (page,) = read(
        RSS.format(
            f"<item><guid>{AT}/1</guid><author>ada@post.example (Ada Venn)</author>"
            "<description>Quay.</description></item>"
        )
    )
    assert (page.url, page.authors) == (f"{AT}/1", ["Ada Venn"])


@pytest.mark.parametrize("block", [3, None])
@pytest.mark.parametrize(
    ("damaged", "reason"),
    [
        ("<item><title>A <b>quay</title></item>", "damaged_record"),
        ("<item><title>never ends", "damaged_record"),
        ("<item><title>no text</title></item>", "no_text"),
        ("<item/>", "damaged_record"),
    ],
)
def test_a_damaged_item_is_one_reject(damaged, reason, block):
    records = read(RSS.format(ITEM.format(1, FULL) + damaged + ITEM.format(2, FULL)), block=block)
    assert urls_or_reasons(records) == [f"{AT}/1", reason, f"{AT}/2"]


def test_loose_ampersands_and_entities_of_html_are_repaired():
    (page,) = read(
        RSS.format("<item><title>Salt & pepper&nbsp;&eacute;</title><description>Quay &amp; mill.</description></item>")
    )
    assert (page.title, page.text) == ("Salt & pepper é", "Quay & mill.")


def test_an_item_over_the_limit_is_skipped():
    data = RSS.format(ITEM.format(1, FULL) + ITEM.format(2, "x" * 20_000) + ITEM.format(3, FULL))
    assert urls_or_reasons(read(data, Limits(record_bytes=2_000), 500)) == [f"{AT}/1", "record_too_large", f"{AT}/3"]


def test_a_feed_that_is_cut_ends_with_a_reject():
    data = RSS.format(ITEM.format(1, FULL) + ITEM.format(2, FULL))
    assert urls_or_reasons(read(data[: data.index("p2")])) == [f"{AT}/1", "damaged_record"]


def test_no_entity_is_expanded():
    bomb = '<!DOCTYPE rss [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>'
    item = "<item><title>&b;</title><description>Quay.</description></item>"
    (page,) = read(f"<rss>{bomb}<channel>{item}</channel></rss>")
    assert page.title == "&b;"


def test_an_item_of_nothing_but_elements_ends():
    (record,) = read(RSS.format("<item>" + "<a>" * 50_000 + "Quay" + "</a>" * 50_000 + "</item>"))
    assert record.reason == "no_text"


def test_the_declared_encoding_is_read():
    data = RSS.replace("UTF-8", "iso-8859-1").format(
        "<item><title>Fähre</title><description>Über den Fluß.</description></item>"
    )
    (page,) = read(data.encode("latin-1"))
    assert (page.title, page.text, page.encoding) == ("Fähre", "Über den Fluß.", "iso-8859-1")


def test_a_feed_without_items_is_rejected_and_says_so():
    (reject,) = read(RSS.format(""))
    assert reject.reason == "empty_file" and "no item and no entry" in reject.detail
    (reject,) = read(b" \n")
    assert "only white space" in reject.detail


@pytest.mark.parametrize("field", ["text", "body", "html"])
def test_a_long_description_replaces_no_text(field):
    teaser = "The quay is closed, and the mill next to it. " * 20
    (page,) = read(
        f"<items><item><description>{teaser}</description><{field}>The whole story.</{field}></item></items>"
    )
    assert page.text == "The whole story."
    assert "truncated" not in [field for field, *_ in page.metadata]


@pytest.mark.parametrize("encoding", ["undefined", "punycode", "unicode_escape", "idna", "utf-16", "no-such"])
def test_a_declared_encoding_that_is_no_charset_is_not_used(encoding):
    (page,) = read(
        RSS.replace("UTF-8", encoding).format("<item><description>Die Fähre \\n wartet.</description></item>")
    )
    assert (page.text, page.encoding) == ("Die Fähre \\n wartet.", "utf-8")


@pytest.mark.parametrize(
    "item",
    [
        "<!--" + "<![CDATA[" * 40_000 + "--><description>Quay & mill.</description>",
        "<author>" + "@" * 200_000 + "</author><description>Quay.</description>",
    ],
    ids=["open sections", "signs of addresses"],
)
def test_a_hostile_item_is_read_in_bounded_time(item):
    begun = process_time()
    (page,) = read(f"<items><item>{item}</item></items>")
    assert page.text.startswith("Quay")
    assert process_time() - begun < 2


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("Hello <b>bold</b> world &lt;3", "Hello bold world <3"),
        ("<p>The quay.</p><p>The <i>mill</i> &amp; more.</p>", "The quay.\n\nThe mill & more."),
        ("The quay.<br/>The mill.", "The quay.\nThe mill."),
    ],
)
def test_markup_that_is_not_escaped_is_read(markup, text):
    (page,) = read(RSS.format(f"<item><description>{markup}</description></item>"))
    assert page.text == text


@pytest.mark.parametrize(
    ("item", "prefix"), [("ITEM", ""), ("item", "rss:"), ("Entry", "atom:")], ids=["capitals", "rss", "atom"]
)
def test_items_are_found_in_capitals_and_with_a_prefix(item, prefix):
    name = prefix + item
    description, link = f"{prefix}DESCRIPTION", f"{prefix}LINK"
    (page,) = read(f"<RSS><{name}><{link}>{AT}/1</{link}><{description}>Quay.</{description}></{name}></RSS>")
    assert (page.url, page.text) == (f"{AT}/1", "Quay.")


@pytest.mark.parametrize(
    "head",
    [
        b'<?xml version="1.0"?>\n<rss version="2.0">',
        b'<rss version="2.0">',
        b'<?xml version="1.0"?><!-- made by hand --><feed xmlns="http://www.w3.org/2005/Atom">',
        b'<?xml version="1.0"?><rdf:RDF xmlns="http://purl.org/rss/1.0/">',
        b'\xef\xbb\xbf<?xml version="1.0" encoding="utf-8"?>\n<items>\n<item>',
    ],
)
def test_a_feed_is_recognized(head):
    assert detect_format(head) == "feed"
