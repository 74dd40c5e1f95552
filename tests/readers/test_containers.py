"""The records of well-known tools, in the shapes in which those tools write them."""

import csv
import io
import json
import re
from datetime import UTC
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from newsmill import pipeline
from newsmill.landing import Dump
from newsmill.presets import FIELDS, preset_names, read_presets
from newsmill.readers import contents
from newsmill.readers.fields import ALIASES
from newsmill.readers.record import Record, Reject, SkippedRecord

QUAY = "The harbour board of Estley closes the north quay.\n\n“We waited too long,” said Mira Holt, its chair."
MILL = "The parish of Norrow sells its mill.\n\n“It ground its last flour in May,” said Ivo Brandt, the miller."
AT = "https://estleypost.example"
PUBLISHED = "2026-03-02T18:05:00+00:00"


@pytest.fixture
def read(tmp_path):
    def read(content, **settings):
        path = tmp_path / "dump"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return list(contents.read(Dump("dump", str(path), **settings), path, "dump"))

    return read


def lines(*records):
    return "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)


def table(*rows):
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def time_of(page):
    return page.published_at and page.published_at.astimezone(UTC).isoformat()


NEWS_PLEASE = {
    "authors": ["Ada Venn"],
    "date_download": "2026-03-03 04:00:00",
    "date_modify": "None",
    "date_publish": "2026-03-02 18:05:00",
    "description": "A teaser of the article.",
    "filename": "quay.json",
    "image_url": f"{AT}/quay.jpg",
    "language": "en",
    "localpath": None,
    "title": "Estley closes its quay",
    "title_page": "Estley closes its quay - Estley Post",
    "title_rss": "None",
    "source_domain": "estleypost.example",
    "maintext": QUAY,
    "url": f"{AT}/quay",
}


@pytest.mark.parametrize("preset", [None, "news-please"])
def test_news_please(read, preset):
    page, undated = read(lines(NEWS_PLEASE, NEWS_PLEASE | {"date_publish": "None"}), preset=preset)
    assert (page.title, page.authors, page.url, page.domain) == (
        "Estley closes its quay",
        ["Ada Venn"],
        f"{AT}/quay",
        "estleypost.example",
    )
    assert (page.text, time_of(page), time_of(undated)) == (QUAY, PUBLISHED, None)


def test_a_teaser_is_no_text_where_the_record_has_markup(read):
    (page,) = read(lines({"url": AT, "description": "A teaser.", "html": f"<article><p>{QUAY}</p></article>"}))
    assert "Mira Holt" in page.text and "teaser" not in page.text


def test_a_teaser_alone_is_marked_as_cut(read):
    (page,) = read(lines(NEWS_PLEASE | {"maintext": None}))
    assert page.text == "A teaser of the article."
    assert ("truncated", "description", "dump_field", 1.0) in page.metadata


@pytest.mark.parametrize("preset", [None, "fundus"])
def test_fundus(read, preset):
    sections = [{"headline": [], "paragraphs": ["First."]}, {"headline": ["Then"], "paragraphs": ["Second.", "Third."]}]
    record = {
        "title": "Estley closes its quay",
        "body": {"summary": ["In short."], "sections": sections},
        "authors": ["Ada Venn", "Bo Lind"],
        "publishing_date": "2026-03-02 19:05:00+01:00",
        "topics": ["Harbour"],
        "free_access": True,
        "html": {
            "requested_url": f"{AT}/quay?feed=1",
            "responded_url": f"{AT}/quay",
            "content": "<html><body>All of the page</body></html>",
            "crawl_date": "2026-03-03 04:00:00",
            "source_info": {"publisher": "Estley Post", "type": "RSSFeed", "url": f"{AT}/rss"},
        },
    }
    (page,) = read(json.dumps([record], indent=2), preset=preset)
    assert page.text == "In short.\n\nFirst.\n\nThen\n\nSecond.\n\nThird."
    assert (page.authors, page.publisher, page.url, time_of(page)) == (
        ["Ada Venn", "Bo Lind"],
        "Estley Post",
        f"{AT}/quay",
        PUBLISHED,
    )


def test_scrapy_items_hold_lists_of_pieces(read):
    pieces = ["The board of ", "Estley", " closes ", "the quay", ".", "\n   ", "It meets in May. ", "All may come."]
    (page,) = read(lines({"url": [f"{AT}/quay"], "title": ["\n Estley "], "author": ["By Ada Venn"], "body": pieces}))
    assert page.text == "The board of Estley closes the quay.\n\nIt meets in May. \n\nAll may come."
    assert (page.url, page.title, page.authors) == (f"{AT}/quay", "Estley", ["Ada Venn"])


def test_newspaper4k_writes_an_end_of_the_list_behind_each_article(read):
    first = {"url": f"{AT}/a", "title": "A", "meta_site_name": "Estley Post", "publish_date": PUBLISHED, "text": QUAY}
    second = first | {"url": f"{AT}/b", "publish_date": None, "text": MILL}
    pages = read(f"[{json.dumps(first, indent=4)},]{json.dumps(second, indent=4)}]")
    assert [(page.url, page.text, time_of(page)) for page in pages] == [
        (f"{AT}/a", QUAY, PUBLISHED),
        (f"{AT}/b", MILL, None),
    ]
    assert {page.publisher for page in pages} == {"Estley Post"}


MEDIA_CLOUD = {
    "id": "5f2",
    "media_name": "estleypost.example",
    "media_url": "estleypost.example",
    "title": "Estley closes its quay",
    "publish_date": "2026-03-02",
    "url": f"{AT}/quay",
    "language": "en",
    "indexed_date": "2026-03-03 02:11:05.12",
}


@pytest.mark.parametrize("preset", [None, "media-cloud"])
def test_media_cloud_with_texts(read, preset):
    (page,) = read(lines(MEDIA_CLOUD | {"text": QUAY}), preset=preset)
    assert (page.text, page.domain, time_of(page)) == (QUAY, "estleypost.example", "2026-03-02T00:00:00+00:00")
    indexed = {"article_title": "A", "text_content": MILL, "url": f"{AT}/a", "canonical_domain": "estleypost.example"}
    (page,) = read(lines({"_index": "mc_search", "_id": "h", "_source": indexed}), preset=preset)
    assert (page.title, page.text, page.domain) == ("A", MILL, "estleypost.example")


@pytest.mark.parametrize(
    "rows",
    [
        [MEDIA_CLOUD, MEDIA_CLOUD | {"id": "5f3"}],
        [{"URL": f"{AT}/a", "MobileURL": "", "Date": "2026-03-02 18:15:00", "Title": "A quay"}] * 2,
    ],
    ids=["media cloud", "gdelt"],
)
def test_a_table_of_addresses_is_rejected_and_not_read_as_prose(read, rows):
    (reject,) = read(table(*rows))
    assert reject.reason == "no_text" and "fetch the pages" in reject.detail


def test_newsapi_names_the_cut_and_the_removed_articles(read):
    article = {
        "source": {"id": None, "name": "Estley Post"},
        "author": "Ada Venn",
        "title": "Estley closes its quay",
        "description": "A teaser.",
        "url": f"{AT}/quay",
        "publishedAt": "2026-03-02T18:05:00Z",
        "content": "The harbour board of Estley closes the no… [+3121 chars]",
    }
    removed = article | dict.fromkeys(("title", "description", "content"), "[Removed]")
    page, reject = read(json.dumps({"status": "ok", "totalResults": 2, "articles": [article, removed]}))
    assert (page.text, page.publisher, page.authors, time_of(page)) == (
        "The harbour board of Estley closes the no",
        "Estley Post",
        ["Ada Venn"],
        PUBLISHED,
    )
    assert ("truncated", "3121 characters", "dump_field", 1.0) in page.metadata
    assert isinstance(reject, Reject) and reject.reason == "no_text"
    (page,) = read(table(article | {"content": QUAY}))
    assert page.publisher == "Estley Post", "data frames write an object in Python's notation"


def test_gdelt_lists_have_no_text_and_name_languages_by_name(read):
    article = {
        "url": f"{AT}/quay",
        "url_mobile": "",
        "title": "Estley closes its quay",
        "seendate": "20260302T180500Z",
        "domain": "estleypost.example",
        "language": "German",
        "sourcecountry": "Germany",
    }
    rejects = read(json.dumps({"articles": [article, article]}, indent=1))
    assert [one.reason for one in rejects] == ["no_text", "no_text"]
    assert "has an address and no text" in rejects[0].detail
    (page,) = read(json.dumps({"articles": [article | {"text": QUAY}]}))
    assert (page.language, time_of(page)) == ("de", PUBLISHED)
    assert ("published_at", PUBLISHED, "dump_field", 0.6) in page.metadata


SOURCE = {
    "headline": "A quay",
    "content": QUAY,
    "link": f"{AT}/quay",
    "source": "Estley Post",
    "published_at": PUBLISHED,
}
HIT = {"_index": "news", "_type": "_doc", "_id": "e1", "_score": 1, "_source": SOURCE}


@pytest.mark.parametrize(
    "dump",
    [
        lines(HIT),
        json.dumps({"took": 3, "hits": {"total": {"value": 1}, "max_score": 1.0, "hits": [HIT]}}),
        json.dumps({"took": 3, "hits": {"total": {"value": 1}, "max_score": 1.0, "hits": [HIT]}}, indent=2),
        lines({"_index": "news", "_id": "e1", "fields": {name: [value] for name, value in SOURCE.items()}}),
    ],
    ids=["elasticdump", "answer", "pretty answer", "fields"],
)
def test_documents_of_a_search_index(read, dump):
    (page,) = read(dump)
    assert (page.document_id, page.title, page.text, page.url, page.publisher, time_of(page)) == (
        "e1",
        "A quay",
        QUAY,
        f"{AT}/quay",
        "Estley Post",
        PUBLISHED,
    )


def test_the_actions_of_a_bulk_file_are_skipped(read):
    action, page = read(lines({"index": {"_index": "news", "_id": "e1"}}, {"title": "A", "text": QUAY}))
    assert isinstance(action, SkippedRecord) and page.text == QUAY


def mongo(number, text):
    return {
        "_id": {"$oid": f"65f{number:021}"},
        "text": text,
        "url": f"{AT}/{number}",
        "published": {"$date": {"$numberLong": "1772474700000"}},
    }


SHELL = (
    '{{ "_id" : ObjectId("65f{0:021}"), "text" : {1}, "url" : "{2}/{0}", "published" : ISODate("{3}"), '
    '"views" : NumberLong(4) }}'
)


@pytest.mark.parametrize(
    "dump",
    [
        lines(mongo(1, QUAY), mongo(2, MILL)),
        json.dumps([mongo(1, QUAY), mongo(2, MILL)]),
        json.dumps(mongo(1, QUAY)) + json.dumps(mongo(2, MILL)),
        "\n".join(SHELL.format(i, json.dumps(text), AT, PUBLISHED) for i, text in ((1, QUAY), (2, MILL))),
    ],
    ids=["mongoexport", "array", "without line ends", "shell"],
)
def test_exports_of_mongodb(read, dump):
    pages = read(dump)
    assert [(one.document_id, one.url, one.text, time_of(one)) for one in pages] == [
        (f"65f{1:021}", f"{AT}/1", QUAY, PUBLISHED),
        (f"65f{2:021}", f"{AT}/2", MILL, PUBLISHED),
    ]


def test_objects_that_share_a_line_are_records_with_their_own_bytes(read):
    data = (
        lines({"n": 1, "text": QUAY}) + json.dumps({"text": MILL}) + lines({"text": QUAY}) + lines({"text": MILL})
    ).encode()
    pages = read(data)
    assert [one.text for one in pages] == [QUAY, MILL, QUAY, MILL]
    assert [one.record_no for one in pages] == [1, 2, 3, 4]
    assert all(json.loads(data[one.byte_start : one.byte_end])["text"] == one.text for one in pages)


def test_of_objects_that_share_a_line_a_damaged_one_is_one_reject(read):
    whole = lines({"n": 1, "text": QUAY})
    records = read(f'{whole}{{"text": "Eins."}}{{"text": "Zwei\n{whole}')
    assert [one.reason if isinstance(one, Reject) else one.text for one in records] == [QUAY, "Eins.", "not_json", QUAY]


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize(
    "records",
    [
        {f"{AT}/1": {"title": "A", "text": QUAY}, f"{AT}/2": {"title": "B", "text": MILL}},
        {f"{AT}/1": QUAY, f"{AT}/2": MILL},
        {"1": {"url": f"{AT}/1", "text": QUAY}, "2": {"url": f"{AT}/2", "text": MILL}},
        {f"{AT}/x": NEWS_PLEASE | {"url": f"{AT}/1"}, f"{AT}/y": NEWS_PLEASE | {"url": f"{AT}/2", "maintext": MILL}},
    ],
    ids=["objects", "texts", "identifiers", "news-please"],
)
def test_records_by_address_or_identifier(read, records, indent):
    pages = read(json.dumps(records, indent=indent))
    assert [(one.url, one.text, one.record_no) for one in pages] == [(f"{AT}/1", QUAY, 1), (f"{AT}/2", MILL, 2)]


def test_a_line_may_hold_one_record_by_its_address(read):
    pages = read(lines({f"{AT}/1": {"text": QUAY}}, {f"{AT}/2": {"text": MILL}}))
    assert [(one.url, one.text) for one in pages] == [(f"{AT}/1", QUAY), (f"{AT}/2", MILL)]


def test_a_damaged_record_by_its_address_is_one_reject(read):
    whole = json.dumps({"text": QUAY})
    pages = read(f'{{"{AT}/1": {whole}, "{AT}/2": {{"text": 3 4}}, "{AT}/3": {whole}}}')
    assert [one.reason if isinstance(one, Reject) else one.url for one in pages] == [f"{AT}/1", "not_json", f"{AT}/3"]


@pytest.mark.parametrize("preset", [None, "all-the-news"])
def test_all_the_news(read, preset):
    first = {
        "": 0,
        "id": 17283,
        "title": "Estley closes its quay",
        "publication": "Estley Post",
        "author": "Ada Venn",
        "date": "2026-03-02",
        "year": 2026.0,
        "month": 3.0,
        "url": "",
        "content": QUAY,
    }
    page, other = read(table(first, first | {"id": 17284, "author": "nan", "content": MILL}), preset=preset)
    assert (page.document_id, page.url, page.publisher, page.text) == ("17283", None, "Estley Post", QUAY)
    assert (page.authors, other.authors) == (["Ada Venn"], ())
    second = {"date": "2026-03-02 18:05:00", "year": 2026, "month": 3.0, "day": 2, "author": "", "title": "A"}
    second |= {"article": QUAY, "url": f"{AT}/quay", "section": "Local", "publication": "Estley Post"}
    (page,) = read(table(second), preset=preset)
    assert (page.text, page.url, time_of(page)) == (QUAY, f"{AT}/quay", PUBLISHED)
    assert ("published_at", PUBLISHED, "dump_field", 0.95 if preset else 0.6) in page.metadata


METADATA = {"url": f"{AT}/quay", "title": "A quay", "author": "Ada Venn", "text": "no body", "date": "2026-03-02"}


@pytest.mark.parametrize("metadata", [METADATA, json.dumps(METADATA)], ids=["object", "text"])
def test_metadata_within_a_field(read, metadata):
    (page,) = read(lines({"id": "d1", "text": QUAY, "source": "cc-news", "metadata": metadata}))
    assert (page.document_id, page.text, page.url, page.title, page.authors) == (
        "d1",
        QUAY,
        f"{AT}/quay",
        "A quay",
        ["Ada Venn"],
    )
    assert time_of(page) == "2026-03-02T00:00:00+00:00"


@pytest.mark.parametrize("metadata", [METADATA, json.dumps(METADATA)], ids=["struct", "text"])
def test_metadata_within_a_column(read, metadata, tmp_path):
    pq.write_table(pa.table({"text": [QUAY], "meta": [metadata]}), tmp_path / "made")
    (page,) = read((tmp_path / "made").read_bytes())
    assert (page.text, page.url, page.title) == (QUAY, f"{AT}/quay", "A quay")
    if isinstance(metadata, str):
        (page,) = read(table({"text": QUAY, "meta": metadata}))
        assert (page.text, page.url, page.title) == (QUAY, f"{AT}/quay", "A quay")


def test_a_column_may_hold_the_whole_document(read, tmp_path):
    pq.write_table(pa.table({"_id": ["e1"], "_source": [SOURCE]}), tmp_path / "made")
    (page,) = read((tmp_path / "made").read_bytes())
    assert (page.document_id, page.text, page.url) == ("e1", QUAY, f"{AT}/quay")


def test_nested_metadata_without_end_are_left(read):
    deep = {"url": "https://deep.example/"}
    for _ in range(200):
        deep = {"metadata": deep}
    (page,) = read(lines(deep | {"text": QUAY}))
    assert (page.text, page.url) == (QUAY, None)


def test_entities_in_plain_fields_are_replaced(read):
    (page,) = read(
        lines(
            {
                "title": "Bread &amp; butter",
                "author": "Ren&eacute; Venn",
                "publisher": "Venn &amp; Sons",
                "url": f"{AT}/a?b=1&amp;c=2",
                "text": "&ldquo;We wait&rdquo;, said Ren&eacute; of AT&T.&#10;It&amp;#8217;s late.",
            }
        )
    )
    assert (page.title, page.authors, page.publisher) == ("Bread & butter", ["René Venn"], "Venn & Sons")
    assert page.text == "“We wait”, said René of AT&T.\nIt’s late."
    assert (page.url, page.repairs) == (f"{AT}/a?b=1&c=2", ("html_entities",))


@pytest.mark.parametrize(
    "text",
    [
        "The first.<br><br>The second, <b>loud</b>.",
        "&lt;p&gt;The first.&lt;/p&gt;&lt;p&gt;The second, &lt;b&gt;loud&lt;/b&gt;.&lt;/p&gt;",
    ],
)
def test_markup_is_recognized_within_a_text(read, text):
    (page,) = read(lines({"text": text}))
    assert page.text == "The first.\n\nThe second, loud."


def test_a_text_about_a_tag_is_a_text(read):
    text = "Close a paragraph with </p>, she wrote. 3 < 4 > 2."
    (page,) = read(lines({"text": text}))
    assert page.text == text


@pytest.mark.parametrize(
    "text",
    [
        "The gate <b>opens</b> where x<y and the water is low. The crew waits for <i>more</i>.",
        "An <i>open tag and <b>another, and p<q to the end of the report.",
        "Write <br> for a line, and n<m is a comparison. The rest follows > here.",
    ],
)
def test_no_word_behind_a_bracket_is_lost(read, text):
    (page,) = read(lines({"text": text}))
    assert [word for word in text.rpartition("<")[2].split() if word.isalpha() and word not in page.text] == []
    assert re.search(r"x<y|p<q|n<m", page.text)


@pytest.mark.parametrize("keys", ["T", "index"])
def test_a_page_below_the_name_of_a_bulk_action_is_no_action(read, keys):
    (result,) = read(lines({"create": {"title": keys, "text": "A short story"}}))
    assert not isinstance(result, SkippedRecord)


@pytest.mark.parametrize(
    "action", [{"index": {}}, {"delete": {"_id": "7", "routing": "a"}}, {"create": {"_index": "n"}}]
)
def test_an_action_of_a_bulk_file_has_its_keys_alone(read, action):
    skipped, page = read(lines(action, {"title": "A", "text": QUAY}))
    assert isinstance(skipped, SkippedRecord) and page.text == QUAY


def test_a_call_of_a_shell_within_a_text_stays(read):
    (page,) = read(b'{"n": NumberLong(4), "text": "hello Date(2026) there, \\"UUID(7)\\" too"}\n')
    assert page.text == 'hello Date(2026) there, "UUID(7)" too'


@pytest.mark.parametrize("preset", preset_names())
def test_a_preset_names_known_fields_once(preset):
    names = [name for names in read_presets()[preset].names.values() for name in names]
    assert len(set(names)) == len(names)
    assert {*read_presets()[preset].ambiguous} <= {*names}
    assert "text" in read_presets()[preset].names


def test_presets_and_dumps_have_the_same_fields():
    assert {*FIELDS} == {*ALIASES}


def test_a_preset_reads_no_other_names(read):
    record = {"text": QUAY, "source": "news-crawl", "added": PUBLISHED, "metadata": {"url": f"{AT}/quay"}}
    (page,) = read(lines(record), preset="dolma")
    assert (page.publisher, page.url) == (None, f"{AT}/quay")


def test_names_of_the_user_come_before_all_others(read):
    record = {"text": "a teaser", "inhalt": QUAY, "kopf": "A quay", "title": "no title", "url": f"{AT}/quay"}
    (page,) = read(lines(record), fields={"text": ["inhalt"], "title": ["kopf"]})
    assert (page.text, page.title, page.url) == (QUAY, "A quay", f"{AT}/quay")


def test_common_names_are_read_behind_those_of_the_user(read):
    records = lines({"text": QUAY, "title": "A quay"}, {"inhalt": QUAY, "titel": "A quay"})
    pages = read(records, fields={"text": ["inhalt"], "title": ["kopf", "titel"]})
    assert [(page.text, page.title) for page in pages] == [(QUAY, "A quay")] * 2


def test_a_table_is_recognized_by_the_names_of_the_user(read):
    data = f"kopf,inhalt,adresse\nA quay,The quay waits.,{AT}/1\nA mill,The mill turns.,{AT}/2\n".encode()
    pages = read(data, fields={"text": ["inhalt"], "title": ["kopf"], "url": ["adresse"]})
    assert [(page.title, page.text, page.url) for page in pages] == [
        ("A quay", "The quay waits.", f"{AT}/1"),
        ("A mill", "The mill turns.", f"{AT}/2"),
    ]


@pytest.mark.parametrize("settings", [{"preset": "zyte"}, {"fields": {"text": ["inhalt"]}}])
def test_a_table_without_names_is_read_under_any_names(read, settings):
    prose = "The quay of Estley waits for its crane, and the mill next to it waits for the barley of the year. " * 2
    data = "".join(f"{AT}/{number},2026-03-02,{prose}\n".replace(", ", "; ") for number in range(4)).encode()
    pages = read(data, **settings)
    assert [page.url for page in pages] == [f"{AT}/{number}" for number in range(4)]


def test_the_names_of_presets_are_rules():
    (path,) = Path(pipeline.__file__).parent.rglob("presets.toml")
    assert path.parent.name in pipeline.list_rule_rooms()


def test_pages_of_all_tools_are_pages(read):
    assert all(isinstance(one, Record) for one in read(lines(NEWS_PLEASE, HIT, mongo(1, QUAY))))
