"""Pages that hold no article: each kind with its reason, and articles that resemble one; entries of live blogs."""

import pyarrow as pa
import pytest

from newsmill.cleaning.clean import clean
from newsmill.readers.html_text import read_html
from newsmill.relations import KNOWN_BOILERPLATE, PAGES, RECORD_DECISIONS

MENU = "<nav><ul><li><a href='/'>Home</a></li><li><a href='/local'>Local</a></li></ul></nav>"
ARTICLE = [
    "The harbour council of Vesterhavn voted on Tuesday to close the old ferry quay for two years.",
    "Engineers found cracks in eleven of the forty concrete piles that carry the quay, the council said.",
    "A port official said that the repair would cost about nine million crowns and begin in the autumn.",
    "Ferries to the outer islands will sail from the fish market instead, twice a day and once on Sundays.",
]
CONSENT = [
    "We and our 612 partners store and access information on a device, such as cookies, for personalised ads.",
    "With your permission we and our partners may process personal data such as the pages that you open.",
    "You can withdraw your consent at any time, and your preferences will apply to this site only.",
]
HEADLINES = [
    ("Kiln fire is out", "The firemen of three villages stayed until dawn."),
    ("Sand returns to the beach", "The storms of November had taken it away."),
    ("Judge for the high bench", "She is the youngest who was ever named."),
    ("Bees thrive on tram tracks", "The town sowed clover between the rails."),
    ("Ice rink to close", "The pipes under it are fifty years old."),
    ("Orchestra plays in the dark", "A fuse blew in the second movement."),
    ("Trout are back", "The weir of the old mill was taken down last year."),
]


def paragraphs(*texts: str) -> str:
    return "".join(f"<p>{text}</p>" for text in texts)


def read_article(body: str, head: str = "", url: str | None = None) -> dict:
    """Return the row of a page of markup, with its reject reason and detail."""
    read = read_html(f"<html><head><title>Quay</title>{head}</head><body>{MENU}{body}</body></html>", url=url)
    names = ("field", "value", "method", "confidence")
    row = {
        **dict.fromkeys(PAGES.schema.names),
        "page_id": "p",
        "dump": "d",
        "dump_file": "d",
        "record_no": 1,
        "document_id": "p",
        "source_id": "gull.example",
        "is_wire": False,
        "url": url,
        "content": "page",
        "page_text": read.text,
        "line_marks": [int(mark) for mark in read.marks],
        "metadata": [dict(zip(names, entry, strict=True)) for entry in read.metadata],
        "encoding": "utf-8",
        "repairs": [],
        "declared_title": read.title,
        "declared_authors": [],
    }
    pages = pa.Table.from_pylist([row], PAGES.schema)
    return clean(pages, KNOWN_BOILERPLATE.empty(), RECORD_DECISIONS.empty())[0].to_pylist()[0]


def front(linked: bool = True, dated: bool = True, text: str = "") -> str:
    """Return the markup of a section front, or of a list in an article."""
    cards = [
        f"<div><h3>{f'<a href=/n/{i}>{head}</a>' if linked else head}</h3><p>{teaser}</p>"
        f"{f'<span>{i + 1} March 2026</span>' if dated else ''}</div>"
        for i, (head, teaser) in enumerate(HEADLINES)
    ]
    return f"<main><h1>Local news</h1>{text}{''.join(cards)}</main>"


BLOCKED = "<h1>gull.example</h1><p>Checking if the site connection is secure</p><p>gull.example needs to review the security of your connection before it goes on.</p>"  # noqa: E501
SHOP = "<h1>Oak stool</h1><p>89.00, in stock</p><a href=/c>Add to cart</a><p>This stool is made of oak from the hills of Tarn, and it has three legs.</p><h2>Customers also bought</h2>"  # noqa: E501
REDIRECT = "<p>You are being redirected. If you are not redirected within some seconds, follow the link.</p>"
PRODUCT_TYPE = "<meta property='og:type' content='product'>"
ARTICLE_TYPE = "<meta property='og:type' content='article'>"
FEED = "<?xml version='1.0'?><rss version='2.0'><channel><item><description>The council voted on Tuesday to close the quay of Vesterhavn for two years.</description></item></channel></rss>"  # noqa: E501


@pytest.mark.parametrize(
    ("body", "head", "reason"),
    [
        (BLOCKED, "", "error_page"),
        (REDIRECT, "", "redirect"),
        (f"<h1>Your privacy</h1>{paragraphs(*CONSENT)}<button>Accept all</button>", "", "consent_wall"),
        (SHOP, "", "product_page"),
        (paragraphs(*ARTICLE[:2]), PRODUCT_TYPE, "product_page"),
        (front(dated=False), "", "section_front"),
        (front(linked=False), "", "section_front"),
    ],
    ids=["blocked", "redirect", "consent", "shop", "product by type", "front of links", "front with dates"],
)
def test_a_page_that_holds_no_article_is_rejected_with_its_kind(body, head, reason):
    row = read_article(body, head)
    assert row["reject_reason"] == reason
    assert "expected an article; release it if it is one" in row["reject_detail"]


def test_a_feed_in_a_field_of_a_dump_is_no_article():
    read = read_html(FEED)
    assert ("page_type", "feed", "markup", 1.0) in read.metadata
    assert read_article("", "")["reject_reason"] is not None


@pytest.mark.parametrize(
    ("body", "head"),
    [
        (paragraphs(*ARTICLE, *CONSENT), ""),
        (paragraphs(*ARTICLE, "The port sells chairs of its old piles: add to cart."), ""),
        (front(text=paragraphs(*ARTICLE)), ""),
        (front(dated=False), ARTICLE_TYPE),
        (front(linked=False, dated=False, text=paragraphs(ARTICLE[0])), ""),
        (SHOP + paragraphs(*ARTICLE), ARTICLE_TYPE),
        (paragraphs(*ARTICLE) * 9 + BLOCKED, ""),
    ],
    ids=["dialog below", "one link to a cart", "teasers below", "declared", "list", "review of a product", "long page"],
)
def test_an_article_that_resembles_such_a_page_is_kept(body, head):
    assert read_article(body, head)["reject_reason"] is None


def test_the_stories_of_a_list_in_json_ld_do_not_make_a_front_an_article():
    listed = '[{"@type":"NewsArticle","headline":"Kiln"},{"@type":"NewsArticle","headline":"Sand"}]'
    assert (
        read_article(front(), f"<script type='application/ld+json'>{listed}</script>")["reject_reason"]
        == "section_front"
    )


# -- live blogs

ENTRIES = ["11:48", "21 mins ago 11:20 Jon Averill", "1 hour ago", "9.12 am", "8:30 pm ET |"]


def live(*times: str) -> str:
    """Return entries, each with its time above."""
    return "".join(f"<p>{time}</p>{paragraphs(ARTICLE[i % 4])}" for i, time in enumerate(times))


def test_the_entries_of_a_live_blog_are_listed_with_their_times():
    row = read_article(f"<h1>Bridge at Morrow</h1>{live(*ENTRIES)}")
    assert row["is_live_blog"] is True
    assert [entry["entry_time"] for entry in row["live_entries"]] == ENTRIES
    starts = [entry["page_char_start"] for entry in row["live_entries"]]
    assert starts == sorted(starts)


@pytest.mark.parametrize(
    ("body", "head", "url"),
    [
        (paragraphs(*ARTICLE), '<script type=\'application/ld+json\'>{"@type":"LiveBlogPosting"}</script>', None),
        (paragraphs(*ARTICLE), "", "https://gull.example/live-blog/quay"),
        (live(*ENTRIES[:2]), "", "https://gull.example/quay/live"),
        (
            f"<h1>LIVE: quay closes in Vesterhavn</h1>{live(*ENTRIES[:2])}",
            "<meta property='og:title' content='LIVE: quay closes in Vesterhavn'>",
            None,
        ),
    ],
    ids=["type", "address", "hint in the address", "hint in the title"],
)
def test_type_address_and_title_show_a_live_blog(body, head, url):
    assert read_article(body, head, url)["is_live_blog"] is True


@pytest.mark.parametrize(
    ("body", "url"),
    [(live(*ENTRIES[:3]), None), (paragraphs(*ARTICLE), "https://gull.example/where-gulls-live")],
    ids=["three times", "a word in the address"],
)
def test_a_report_with_some_times_is_no_live_blog(body, url):
    row = read_article(body, "", url)
    assert (row["is_live_blog"], row["live_entries"]) == (False, None)
