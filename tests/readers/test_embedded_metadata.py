"""Embedded metadata of pages: each method, their order of confidence, and invalid declarations."""

import gzip
import json
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsmill.readers import html_text, vocabulary
from newsmill.readers.embedded_metadata import CONFIDENCE, MAX_JSON_BYTES

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpora" / "main_text"
URL = "https://news.example/2024/ferry"


def values_of(markup, field, url=URL):
    """Return (value, method) of a field in falling confidence."""
    return [
        (value, method) for name, value, method, _ in html_text.read_html(markup, url=url).metadata if name == field
    ]


def json_ld(value):
    return f'<script type="application/ld+json">{value if isinstance(value, str) else json.dumps(value)}</script>'


ARTICLE = {
    "@context": "https://schema.org",
    "@type": "NewsArticle",
    "headline": "Ferry late",
    "author": {"name": "Jane Roe"},
    "datePublished": "2024-03-02T10:00:00+01:00",
    "dateModified": "2024-03-02T11:00:00Z",
    "inLanguage": "en-GB",
    "publisher": {"@type": "Organization", "name": "Harbour News"},
    "articleSection": "Travel",
    "url": URL,
    "sourceOrganization": {"name": "Wire"},
}
WRITTEN = json.dumps(ARTICLE)
OF_ARTICLE = {
    "title": "Ferry late",
    "authors": "Jane Roe",
    "published_at": "2024-03-02T10:00:00+01:00",
    "language": "en-GB",
    "modified_at": "2024-03-02T11:00:00+00:00",
    "publisher": "Harbour News",
    "section": "Travel",
    "canonical_url": URL,
    "agency": "Wire",
}


@pytest.mark.parametrize(
    "value",
    [
        ARTICLE,
        [ARTICLE],
        {"@graph": [{"@type": "WebSite"}, ARTICLE]},
        {"@type": "WebPage", "mainEntity": ARTICLE},
        {**ARTICLE, "@type": ["Article", "http://schema.org/ReportageNewsArticle"]},
        f"<!-- {WRITTEN} -->",
        f"/*<![CDATA[*/ {WRITTEN} /*]]>*/",
        f"//<![CDATA[\n{WRITTEN}\n//]]>",
        f"\ufeff{WRITTEN}",
        WRITTEN[:-1] + ",}",
        WRITTEN + "};",
        WRITTEN.replace("Ferry late", "Ferry\nlate"),
        WRITTEN.replace('"', "&quot;"),
    ],
)
def test_an_article_in_json_ld_is_read_in_every_place_and_spelling(value):
    page = html_text.read_html(json_ld(value), url=URL)
    declared = {field: value for field, value, method, _ in reversed(page.metadata) if method == "json_ld"}
    assert declared.pop("page_type").endswith("Article")
    assert declared == OF_ARTICLE
    assert (page.title, page.authors, page.publisher) == ("Ferry late", ["Jane Roe"], "Harbour News")
    assert (page.language, page.published_at) == ("en-GB", datetime(2024, 3, 2, 9, tzinfo=UTC))
    assert page.canonical_url == URL


@pytest.mark.parametrize(
    "value",
    [
        "",
        "{",
        "[]",
        "null",
        "3",
        '"x"',
        "{'@type': 'NewsArticle'}",
        '{"@type": 3, "headline": {}}',
        "[" * 100_000,
        '{"@graph":' * 5_000,
    ],
)
def test_json_ld_that_cannot_be_read_gives_no_value_and_hides_none(value):
    page = html_text.read_html(json_ld(value) + "<title>Ferry late</title><p>By noon")
    assert page.metadata == [("title", "Ferry late", "title", CONFIDENCE["title"]["title"])] and page.text == "By noon"


def test_names_given_by_reference_are_looked_up():
    graph = [
        {"@type": "Article", "author": {"@id": "#jane"}, "publisher": {"@id": "#site"}},
        {"@type": "Person", "@id": "#jane", "name": "Jane Roe"},
        {"@type": "Organization", "@id": "#site", "name": "Harbour News"},
    ]
    page = html_text.read_html(json_ld({"@graph": graph}))
    assert (page.authors, page.publisher) == (["Jane Roe"], "Harbour News")


def test_of_several_articles_the_one_with_most_members_is_the_page():
    others = [{"@type": "NewsArticle", "headline": f"Other {number}"} for number in range(3)]
    assert values_of(json_ld([others[0], ARTICLE, *others[1:]]), "title")[0] == ("Ferry late", "json_ld")
    assert html_text.read_html(json_ld([*others, ARTICLE])).title == "Ferry late"


STORY = {"@type": "NewsArticle", "headline": "Estley closes its quay", "datePublished": "2026-03-02T18:05:00Z"}
OTHER = STORY | {
    "headline": "Norrow sells its mill",
    "datePublished": "2026-01-01T00:00:00Z",
    "author": {"@type": "Person", "name": "Ivo Brandt"},
    "url": "https://tern.example/mill",
    "image": "mill.jpg",
    "keywords": "mill",
}


@pytest.mark.parametrize(
    "blocks",
    [
        [OTHER, STORY | {"url": URL}],
        [OTHER, STORY | {"mainEntityOfPage": {"@id": f"{URL}?ref=1"}}],
        [OTHER, STORY],
        [[OTHER, OTHER | {"url": "https://tern.example/2"}], STORY | {"headline": "Quay closed"}],
        [{"@type": "ItemList", "itemListElement": [{"@type": "ListItem", "item": OTHER}]}, STORY],
    ],
    ids=["address", "main entity", "headline", "apart from a list", "item list"],
)
def test_a_related_story_gives_neither_author_nor_time_nor_address(blocks):
    markup = "<title>Estley closes its quay - Estley Post</title>" + "".join(map(json_ld, blocks))
    assert next(iter(values_of(markup, "published_at")))[0] == "2026-03-02T18:05:00+00:00"
    assert "Ivo Brandt" not in str(values_of(markup, "authors"))
    assert "mill" not in str(values_of(markup, "canonical_url"))


def test_a_short_title_of_the_page_makes_no_article_its_own():
    listed = [OTHER | {"headline": "Liverpool beat Norrow"}, OTHER | {"url": "https://tern.example/2"}]
    markup = "<title>Live</title>" + json_ld(listed) + json_ld(STORY | {"author": "Ada Venn"})
    assert [name for name, _ in values_of(markup, "authors")] == ["Ada Venn"]


def test_the_only_article_is_related_if_address_and_headline_differ():
    markup = "<title>Estley closes its quay</title>" + json_ld(OTHER)
    assert values_of(markup, "authors") == values_of(markup, "published_at") == []
    assert values_of("<title>Quay</title>" + json_ld(STORY), "published_at")


@pytest.mark.parametrize(
    ("author", "names"),
    [
        ({"@type": "Person", "givenName": "Ada", "familyName": "Venn"}, ["Ada Venn"]),
        ([{"@type": "Organization", "name": "Estley Post"}, {"@type": "Person", "name": "Ada Venn"}], ["Ada Venn"]),
        ([{"@type": "Organization", "name": "Coast Agency"}], ["Coast Agency"]),
        (["Tern Post", "Ada Venn"], ["Ada Venn"]),
    ],
)
def test_authors_are_persons_and_never_the_publisher(author, names):
    markup = json_ld(STORY | {"author": author, "publisher": {"@type": "Organization", "name": "Tern Post"}})
    assert [name for name, *_ in values_of(markup, "authors")] == names


def test_a_personal_site_has_the_name_of_its_author():
    url = "https://adavenn.blogs.example/p/quay"
    person = {"@type": "Person", "name": "Ada Venn"}
    markup = json_ld(STORY | {"author": person, "publisher": {"@type": "Organization", "name": "Ada Venn"}})
    by_link = '<a rel="author" href="/about">Ada Venn</a>'
    for page in (markup, by_link, '<meta name="author" content="Ada Venn">'):
        assert [name for name, *_ in values_of(page, "authors", url)] == ["Ada Venn"]
    paper = json_ld(STORY | {"author": person | {"name": "Tern Post"}, "publisher": {"name": "Tern Post"}})
    assert values_of(paper, "authors") == []


@pytest.mark.parametrize(
    "name", ["ada.venn", "jdadmin", "Sponsored", "(Image: Tern)", "Post.example", "105092", "ada@tern.example", "News"]
)
def test_users_credits_addresses_and_the_site_are_no_authors(name):
    markup = f'<meta name="author" content="{name}"><meta name="author" content="Ada Venn">'
    assert [author for author, _ in values_of(markup, "authors")] == ["Ada Venn"]


def test_the_first_links_to_authors_name_them():
    link = '<p>By <a rel="author" href="/{0}"><b>{0}</b></a></p>'
    markup = (
        link.format("Ada Venn") + link.format("Bo Lind") + "<p>" + "words " * 200 + "</p>" + link.format("Ivo Brandt")
    )
    assert [name for name, *_ in values_of(markup, "authors")] == ["Ada Venn", "Bo Lind"]


def test_the_time_of_an_update_is_no_time_of_publication():
    updated = '<time class="updated" datetime="2026-03-03T10:00Z">3 March</time>'
    published = '<time class="entry-date published updated" datetime="2026-03-02T10:00Z">2 March</time>'
    assert values_of(updated + published, "published_at")[0] == ("2026-03-02T10:00:00+00:00", "time")
    assert values_of(updated + published, "modified_at") == [("2026-03-03T10:00:00+00:00", "time")]
    assert values_of(updated, "published_at") == [("2026-03-03T10:00:00+00:00", "time")]


def test_the_page_is_believed_less_than_its_article():
    web_page = {"@type": "WebPage", "name": "Ferry late | Harbour News", "datePublished": "2020-01-01T00:00:00Z"}
    page = html_text.read_html(json_ld([web_page, ARTICLE]))
    assert (page.title, page.published_at) == ("Ferry late", datetime(2024, 3, 2, 9, tzinfo=UTC))
    assert html_text.read_html(json_ld(web_page)).published_at == datetime(2020, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("markup", "field", "expected"),
    [
        ('<meta property="og:title" content="Ferry late &amp; lost">', "title", ("Ferry late & lost", "open_graph")),
        ("<META NAME='Twitter:Title' CONTENT=Late>", "title", ("Late", "meta")),
        ("<title>\n Ferry\n  late &ndash; Harbour</title>", "title", ("Ferry late – Harbour", "title")),
        ('<meta name="author" content="Jane Roe and John Doe">', "authors", ("Jane Roe", "meta")),
        ('<meta property="article:author" content="By Jane Roe">', "authors", ("Jane Roe", "open_graph")),
        (
            '<meta property="article:published_time" content="2024-03-02T09:00:00Z">',
            "published_at",
            ("2024-03-02T09:00:00+00:00", "open_graph"),
        ),
        (
            '<meta itemprop="datePublished" content="2 March 2024 9:00">',
            "published_at",
            ("2024-03-02T09:00:00+00:00", "meta"),
        ),
        ('<meta name="parsely-pub-date" content="20240302">', "published_at", ("2024-03-02T00:00:00+00:00", "meta")),
        ('<meta name="sailthru.date" content="1709370000">', "published_at", ("2024-03-02T09:00:00+00:00", "meta")),
        ("<time datetime='2024-03-02'>2 March</time>", "published_at", ("2024-03-02T00:00:00+00:00", "time")),
        ("<time itemprop=dateModified datetime='2024-03-02'>", "modified_at", ("2024-03-02T00:00:00+00:00", "time")),
        (
            '<link rel="alternate canonical" href="/2024/ferry?id=1#top">',
            "canonical_url",
            ("https://news.example/2024/ferry?id=1", "link"),
        ),
        (
            '<meta property="og:url" content="https://news.example/a">',
            "canonical_url",
            ("https://news.example/a", "open_graph"),
        ),
        ('<meta property="og:site_name" content="Harbour News">', "publisher", ("Harbour News", "open_graph")),
        ("<html lang=en_GB>", "language", ("en-GB", "html_lang")),
        ('<meta http-equiv="Content-Language" content="de, en">', "language", ("de", "meta")),
        ('<meta property="article:section" content="Travel">', "section", ("Travel", "open_graph")),
        ('<meta name="agency" content="Wire">', "agency", ("Wire", "meta")),
        ('<meta property="x og:title y" content="Ferry late">', "title", ("Ferry late", "open_graph")),
    ],
)
def test_tags_declare(markup, field, expected):
    assert values_of(markup, field)[0] == expected


@pytest.mark.parametrize(
    ("markup", "field"),
    [
        ('<meta property="og:title" content=" ">', "title"),
        ('<meta property="og:title">', "title"),
        (f'<meta property="og:title" content="{"x" * 1001}">', "title"),
        ("<svg><title>Icon</title></svg>", "title"),
        ('<meta property="article:author" content="https://www.facebook.com/jane">', "authors"),
        ('<meta name="author" content="@jane">', "authors"),
        ('<meta name="date" content="yesterday">', "published_at"),
        ('<meta name="date" content="0001-01-01">', "published_at"),
        ("<time>2 March 2024</time>", "published_at"),
        ('<html lang="{{ lang }}">', "language"),
        ('<html lang="und">', "language"),
        ('<link rel="canonical" href="javascript:void(0)">', "canonical_url"),
        ('<link rel="canonical">', "canonical_url"),
        ('<link rel="canonical" href="http://[bad">', "canonical_url"),
        ("<!-- <title>No</title> -->", "title"),
        ('<script>var t = "<title>No</title>"</script>', "title"),
    ],
)
def test_an_empty_declaration_gives_no_value(markup, field):
    assert values_of(markup, field) == []


def test_a_relative_address_of_an_unknown_page_is_none():
    assert values_of('<link rel="canonical" href="/ferry">', "canonical_url", url=None) == []
    assert values_of('<link rel="canonical" href="https://news.example/ferry">', "canonical_url", url=None) != []


def test_a_front_page_is_an_unlikely_address_of_a_story():
    markup = f'<link rel="canonical" href="https://news.example/"><meta property="og:url" content="{URL}">'
    assert html_text.read_html(markup, url=URL).canonical_url == URL
    assert html_text.read_html(markup, url="https://news.example/").canonical_url == "https://news.example/"


def test_the_surest_comes_first_and_every_value_is_kept():
    markup = (
        "<title>Ferry late - Harbour</title><meta name=date content=2024-03-02>"
        '<meta property="article:published_time" content="2024-03-02T09:30:00"><meta name=author content="John Doe">'
        + json_ld({**ARTICLE, "author": [{"name": "Jane Roe"}, "Rob Poe"]})
    )
    page = html_text.read_html(markup)
    confidences = [(field, sure) for field, _, _, sure in page.metadata]
    for (field, sure), (following, less) in pairwise(confidences):
        assert field != following or sure >= less
    assert page.authors == ["Jane Roe", "Rob Poe"] and ("John Doe", "meta") in values_of(markup, "authors")
    assert [method for _, method in values_of(markup, "published_at")] == ["json_ld", "open_graph", "meta"]


def test_a_time_among_other_stories_has_less_confidence():
    times = [f"<time datetime={year}-03-02></time>" for year in (2020, 2024, 2021)]
    markup = f"<div class=related>{times[0]}</div><p>{times[1]}{times[2]}"
    assert [value[:4] for value, _ in values_of(markup, "published_at")] == ["2024", "2020", "2021"]


def test_values_are_fixed_like_text():
    assert values_of('<meta property="og:title" content="CafÃ© at&#10; sea">', "title") == [
        ("Café at sea", "open_graph")
    ]
    assert values_of(json_ld({**ARTICLE, "headline": "Fish &amp; chips&#8217;"}), "title") == [
        ("Fish & chips’", "json_ld")
    ]


def test_every_field_of_a_meta_tag_has_a_confidence():
    assert [(field, method) for field, method in vocabulary.META if not 0 < CONFIDENCE[field][method] < 1] == []


def test_too_much_json_is_left_alone():
    padded = {**ARTICLE, "articleBody": "x" * MAX_JSON_BYTES}
    assert html_text.read_html(json_ld(padded)).title is None


MEMBERS = [*ARTICLE, "@graph", "@id", "name", "creator", "mainEntityOfPage", "mainEntity", "dateCreated"]
SAID = ("NewsArticle", "2024-01-01", URL, "http://[", "&#0;")
JSON = st.recursive(
    st.none() | st.integers() | st.text(max_size=8) | st.sampled_from(SAID),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(MEMBERS), inner, max_size=6),
    max_leaves=20,
)


@settings(max_examples=300, deadline=None)
@given(JSON, st.sampled_from(sorted(" ".join(vocabulary.META.values()).split())), st.text(max_size=20))
def test_nothing_that_is_declared_breaks_the_reading(value, name, content):
    tags = f'<html lang="{content}"><meta name="{name}" content="{content}"><link rel=canonical href="{content}">'
    page = html_text.read_html(tags + json_ld(value))
    for field, value, method, confidence in page.metadata:
        assert value and value == value.strip() and 0 < confidence < 1 and method in CONFIDENCE[field]


def test_most_real_pages_declare_title_time_and_address():
    if not CORPUS.exists():
        pytest.skip(f"no pages to read: {CORPUS} is not here")
    with gzip.open(CORPUS / "aeb.jsonl.gz") as lines:
        rows = list(map(json.loads, lines))
    files = [CORPUS / "aeb_html" / f"{row['id']}.html.gz" for row in rows]
    markups = [gzip.decompress(file.read_bytes()) for file in files]
    pages = [html_text.read_html(markup, url=row["url"]) for markup, row in zip(markups, rows, strict=True)]
    share = {
        name: sum(bool(getattr(page, name)) for page in pages) / len(pages)
        for name in ("title", "canonical_url", "publisher", "language", "published_at", "authors")
    }
    floors = {
        "title": 1.0,
        "canonical_url": 0.95,
        "publisher": 0.88,
        "language": 0.86,
        "published_at": 0.86,
        "authors": 0.69,  # of persons: pages that name only their publisher or a user have none
    }
    assert {name for name, floor in floors.items() if share[name] < floor} == set(), share


def declared_length(**members: object) -> dict[str, str]:
    """Return the length of the body by the JSON-LD of an article with such members."""
    page = html_text.read_html(json_ld({**ARTICLE, **members}), url=URL)
    return {field: value for field, value, _, _ in page.metadata if field in ("body_chars", "word_count")}


@pytest.mark.parametrize(
    "body",
    [
        "The quay &amp; the pier were closed.",
        "<p>The quay &amp; the\n pier</p> <p>were closed.</p>",
        "&lt;p&gt;The quay &amp;amp; the pier were closed.&lt;/p&gt;",
        ["The quay &amp; the pier", "were closed."],
    ],
)
def test_the_length_of_a_body_in_json_ld_is_that_of_its_words(body):
    assert declared_length(articleBody=body) == {"body_chars": str(len("The quay & the pier were closed."))}


def test_a_body_printed_twice_counts_once():
    body = " ".join(f"Pile {number} of the quay has a crack as long as an arm." for number in range(9))
    assert declared_length(articleBody=f"{body} {body}")["body_chars"] in (str(len(body)), str(len(body) + 1))


@pytest.mark.parametrize(("value", "read"), [(412, "412"), ("412", "412"), ("0", None), ("many", None), (10**9, None)])
def test_a_word_count_is_a_number_of_words(value, read):
    assert declared_length(wordCount=value).get("word_count") == read
