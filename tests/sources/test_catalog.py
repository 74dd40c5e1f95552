"""The keys of sources.toml, and the message for each error."""

import re
from hashlib import sha256

import pytest

from newsmill.errors import Permanent
from newsmill.formats import format_names
from newsmill.landing import Dump, Publisher
from newsmill.sources.catalog import MAX_NAME_CHARS, adhoc, catalog


@pytest.fixture
def read_entries(tmp_path):
    def read(text):
        path = tmp_path / "sources.toml"
        path.write_text(text, encoding="utf-8")
        return catalog(path)

    return read


def test_an_entry_with_a_location_alone_has_the_usual_values(read_entries):
    assert read_entries('[metro-pages]\nlocation = "pages/{night}"') == {
        "metro-pages": Dump("metro-pages", "pages/{night}")
    }


def test_an_edited_list_is_read_again(read_entries):
    first = read_entries('[metro]\nlocation = "pages"')
    first.clear()
    assert set(read_entries('[metro]\nlocation = "pages"')) == {"metro"}
    assert set(read_entries('[coast]\nlocation = "pages"')) == {"coast"}


def test_a_whole_entry_is_read(read_entries):
    dump = read_entries(
        """
        [harbor-wire]
        location = "dumps/{night}/*.jsonl"
        format = "jsonl"
        content = "article"
        max_reject_share = 1
        publisher = { name = "Harbor Wire", domain = "www.HarborWire.example", country_code = "NO", is_wire = true, owner = "Co" }
        """  # noqa: E501
    )["harbor-wire"]
    publisher = Publisher("Harbor Wire", "harborwire.example", "NO", True, "Co")
    assert dump == Dump("harbor-wire", "dumps/{night}/*.jsonl", "jsonl", "article", publisher, 1)


def test_names_of_fields_are_read(read_entries):
    dump = read_entries('[metro]\nlocation="x"\npreset="dolma"\nfields={text="inhalt", url=["adresse", "link"]}')[
        "metro"
    ]
    assert (dump.preset, dump.fields) == ("dolma", {"text": ["inhalt"], "url": ["adresse", "link"]})


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[Metro Pages]\nlocation='x'", "not readable as TOML"),
        ('["Metro Pages"]\nlocation="x"', r"\[Metro Pages\]: a source is named by .* such as metro-pages"),
        ("[metro]\nlocatoin='x'", r"\[metro\]: unknown key 'locatoin'; did you mean 'location'"),
        ("[metro]\nformat='text'", r"\[metro\]: the key 'location' is missing; expected a text: a folder"),
        (
            "[metro]\nlocation='x'\npreset='newspleese'",
            r"\[metro\]: preset is 'newspleese'; expected one of all-the-news, ",
        ),
        ("[metro]\nlocation='x'\nfields={body='x'}", r"\[metro\]: fields is .*; expected a table of names by field"),
        ("[metro]\nlocation='x'\nfields={text=3}", r"\[metro\]"),
        ("[metro]\nlocation='x'\nfields={text=[]}", r"\[metro\]: fields is .*; expected a table of names by field"),
        ("[metro]\nlocation='x'\nfields={text=['inhalt', ' ']}", r"\[metro\]: fields is"),
        ("[metro]\nlocation='x'\nfields={text='inhalt', title=['kopf', 'Inhalt']}", r"\[metro\]: fields is"),
        ("[metro]\nlocation=3", r"\[metro\]: location is 3; expected a text"),
        ("[metro]\nlocation=''", r"\[metro\]: location is ''; expected a text"),
        (
            "[metro]\nlocation='x'\nformat='no_such_format'",
            f"format is 'no_such_format'; expected one of auto, {', '.join(format_names())}",
        ),
        ("[metro]\nlocation='x'\ncontent='body'", "content is 'body'; expected one of page, article"),
        ("[metro]\nlocation='x'\nmax_reject_share=20", "max_reject_share is 20; expected a number from 0 to 1"),
        ("[metro]\nlocation='x'\nmax_reject_share=true", "max_reject_share is True; expected a number"),
        ("[metro]\nlocation='x'\npublisher='Metro'", "publisher is 'Metro'; expected a table, such as"),
        ("[metro]\nlocation='x'\npublisher={domain='a.example'}", "publisher: the key 'name' is missing"),
        ("[metro]\nlocation='x'\npublisher={name='M', country='GB'}", "'country'; did you mean 'country_code'"),
        ("[metro]\nlocation='x'\npublisher={name='M', country_code='gb'}", "country_code is 'gb'; expected two"),
        ("[metro]\nlocation='x'\npublisher={name='M', domain='https://a.example/'}", "domain is .* expected a host"),
        ("[metro]\nlocation='x'\npublisher={name='M', is_wire='yes'}", "is_wire is 'yes'; expected true or false"),
        ("[metro]\nlocation='x/{nigth}'", r"location: \{nigth\} is unknown; write \{night\}"),
        ("[metro]\nlocation='x/{night:%H}'", r"location: \{night:%H\} is no date; write for instance"),
        ("[metro]\nlocation='https://u:p@h.example/x'", "location: holds a password in plain; put it"),
        ("[metro]\nlocation='https://h.example/x?sig=1'", "location: holds the secret sig in plain"),
        ("[metro]\nlocation='x'\noptions={secret='s'}", r"options: secret is a secret in plain; put it into"),
        ("[metro]\nlocation='x'\noptions={headers={Authorization='Bearer s'}}", "Authorization is a secret in plain"),
        ("[metro]\nlocation='x'\nlist='page'", "list is 'page'; expected one of files, links, manifest"),
        ("[metro]\nlocation='x'\nlist='links'", "the key 'pattern' is missing; expected a text such as"),
        ("[metro]\nlocation='x'\npattern='*.gz'", "pattern is .* expected with list = 'links' or 'manifest' only"),
        ("[metro]\nlocation='x'\ntake='some'", "take is 'some'; expected one of all, new"),
        ("[metro]\nlocation='x'\nallow_private='yes'", "allow_private is 'yes'; expected true or false"),
        ("[metro]\nlocation='x'\nlimits={bytes=1}", "limits: unknown key 'bytes'; did you mean"),
        ("[metro]\nlocation='x'\nlimits={file_bytes='big'}", "file_bytes is 'big'; expected a number of bytes"),
        ("[metro]\nlocation='x'\nlimits={files='1 GB'}", "files is '1 GB'; expected a whole number"),
        ("metro='x'", r"\[metro\] is 'x'; expected a table"),
    ],
)
def test_an_error_names_the_file_the_entry_the_key_and_what_was_expected(read_entries, text, complaint):
    with pytest.raises(Permanent, match=rf"(?s)sources\.toml: .*?{complaint}"):
        read_entries(text)


def test_an_entry_of_another_place_is_read(read_entries):
    dump = read_entries(
        """
        [cc-news]
        location = "s3://bucket/{night:%Y/%m}/warc.paths.gz"
        list = "manifest"
        base = "s3://bucket/"
        pattern = "*-{night:%Y%m%d}*.gz"
        take = "new"
        limits = { file_bytes = "2 GB", night_bytes = 5000, files = 10 }
        options = { key = "{env:KEY}", client_kwargs = { endpoint_url = "https://s3.example" } }
        """
    )["cc-news"]
    assert (dump.list, dump.base, dump.take) == ("manifest", "s3://bucket/", "new")
    assert dump.limits == {"file_bytes": 2 * 1024**3, "night_bytes": 5000, "files": 10}
    assert dump.options["key"] == "{env:KEY}"


def test_a_place_on_the_command_line_holds_no_secret_in_plain():
    with pytest.raises(Permanent, match=r"--source https://h.example/a\?sig=…: holds the secret sig") as caught:
        adhoc("https://h.example/a?sig=hush", "page")
    assert "hush" not in str(caught.value)
    assert adhoc("{env:FEED_URL}", "page").name.startswith("dump-")


def test_an_address_on_the_command_line_names_its_dump_by_its_path():
    dump = adhoc("https://h.example/news/feed.jsonl.gz?day=1", "page")
    assert dump.name.startswith("feed-") and dump.take == "all"


def test_a_list_that_is_not_there_says_so(tmp_path):
    with pytest.raises(Permanent, match=r"sources\.toml: there is no such file; write the list of sources there"):
        catalog(tmp_path / "sources.toml")


@pytest.mark.parametrize(
    ("location", "name"),
    [
        ("/data/Metro Pages", "metro-pages"),
        ("feeds/été_2026.jsonl.gz", "ete-2026"),
        ("dumps/*.jsonl", "dumps"),
        ("dumps/{night}/**/*.txt", "dumps"),
        ("*.txt", "dump"),
        ("dumps/", "dumps"),
        ("新闻.txt", "dump"),
        ("x" * 300 + ".txt", "x" * 51),
    ],
)
def test_a_path_on_the_command_line_names_its_dump(location, name):
    dump = adhoc(location, "page").name
    stem, _, place = dump.rpartition("-")
    assert stem == name and re.fullmatch("[0-9a-f]{8}", place) and len(dump) <= MAX_NAME_CHARS


def test_two_places_of_one_stem_are_two_dumps_in_whatever_order_they_are_given():
    a, b = (adhoc(f"/{folder}/feed.jsonl", "article") for folder in "ab")
    place = sha256(b"/a/feed.jsonl").hexdigest()[:8]
    assert a == Dump(f"feed-{place}", "/a/feed.jsonl", content="article", take="all") and b.name != a.name
    assert adhoc("/a/feed.jsonl", "article") == a


def test_one_place_written_in_several_ways_is_one_dump():
    ways = ("/a/feed.jsonl", "/a//b/../feed.jsonl", "file:///a/feed.jsonl")
    assert len({adhoc(way, "page").name for way in ways}) == 1
