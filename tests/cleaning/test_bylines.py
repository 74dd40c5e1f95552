"""The lines around a headline: authors, dates of publication, the printed title."""

from datetime import UTC, datetime
from time import process_time

import pytest

from newsmill.cleaning.bylines import (
    IN_ADDRESS,
    LABELLED,
    PLAIN,
    UPDATE_ALONE,
    capitalize_name,
    choose_authors,
    date_in_address,
    find_authors,
    find_credited_authors,
    find_day_order,
    find_printed_title,
    find_publication_time,
    is_date_line,
    is_site_name,
    strip_site_name,
)
from newsmill.cleaning.clean import canonicalize_url
from newsmill.cleaning.publication import Witness, choose_time, order_of_language


def at(*parts):
    return datetime(*parts, tzinfo=UTC)


@pytest.mark.parametrize(
    ("line", "time", "confidence"),
    [
        ("Updated 4:10 pm, March 3, 2026 | Published 8:05 am, March 2, 2026", at(2026, 3, 2, 8, 5), LABELLED),
        ("Published March 2, 2026, updated March 3, 2026", at(2026, 3, 2), LABELLED),
        ("Updated March 3, 2026", at(2026, 3, 3), UPDATE_ALONE),
        ("March 2, 2026 9:18 p.m. ET", at(2026, 3, 3, 2, 18), PLAIN),
        ("Sun Jul 14, 2024 9:18pm ET", at(2024, 7, 15, 1, 18), PLAIN),
        ("2026年3月2日 18時05分", at(2026, 3, 2, 18, 5), PLAIN),
        ("更新：2026年3月3日 发布：2026年3月2日", at(2026, 3, 2), LABELLED),
        ("2026년 3월 2일 18:05", at(2026, 3, 2, 18, 5), PLAIN),
        ("27/02/2026 - 10h", at(2026, 2, 27), PLAIN),
        ("2. 3. 2026", at(2026, 3, 2), PLAIN),
        ("2026.3.2", at(2026, 3, 2), PLAIN),
        ("2026.3.2 오후 3:30", at(2026, 3, 2, 15, 30), PLAIN),
        ("2026年3月2日 午後3時30分", at(2026, 3, 2, 15, 30), PLAIN),
        ("2026年3月2日 下午 3:30", at(2026, 3, 2, 15, 30), PLAIN),
        ("2 March 2026, 10:30 GMT+5", at(2026, 3, 2, 5, 30), PLAIN),
        ("2 March 2026, 10:30 UTC-03:30", at(2026, 3, 2, 14), PLAIN),
        ("2 March 2026, 10:30 GMT+99", at(2026, 3, 2), PLAIN),
        ("2 March 2026, 10:30 IST", at(2026, 3, 2, 10, 30), PLAIN),
        ("Stand 2. März 2026, 10:30 ist aktuell", at(2026, 3, 2, 10, 30), PLAIN),
        ("03/02/2026", None, 0.0),
    ],
)
def test_the_publication_is_read_before_the_update(line, time, confidence):
    assert find_publication_time([line]) == (time, confidence)


@pytest.mark.parametrize(("day_first", "time"), [(True, at(2026, 2, 3)), (False, at(2026, 3, 2)), (None, None)])
def test_figures_are_read_in_the_known_order(day_first, time):
    assert find_publication_time(["03/02/2026"], day_first)[0] == time


def test_the_dates_of_a_page_show_its_order():
    assert find_day_order(["27/02/2026", "01/02/2026", "28/02/2026"]) is True
    assert find_day_order(["02/27/2026", "no date", "03/02/2026"]) is False
    assert find_day_order(["03/02/2026"]) is None


@pytest.mark.parametrize(
    ("code", "order"),
    [
        *((code, True) for code in ("de", "en-GB", "es-MX", "pt_BR.UTF-8", "sr-Latn-RS")),
        *((code, False) for code in ("en_US", "en_US.UTF-8", "en-latn-us", "es-us")),
        *((code, None) for code in (None, "", "en", "eng", "en-CA", "english (us)", "und", "mul", "ja")),
    ],
)
def test_figures_are_read_by_the_language_if_its_order_is_known(code, order):
    assert order_of_language(code) is order


@pytest.mark.parametrize(
    ("line", "is_date"),
    [
        ("8 May 2021", True),
        ("Estley, 8 May 2021", True),
        ("ESTLEY, Norrow – 8 May 2021 10:30 GMT", True),
        ("Wednesday, May 5, 2021 8:05 a.m.", True),
        ("Posted by Ada Venn on 8 May 2021", True),
        ("Last updated 8 May 2021", True),
        ("Veröffentlicht am 8. Mai 2021 um 10:30 Uhr", True),
        ("发布：2026年3月2日", True),
        ("2026. 3. 2.", True),
        ("The mill opened on 8 May 2021.", False),
        ("The mill opened on 8 May 2021", False),
        ("Opened 8 May 2021", False),
        ("Published research of 8 May 2021", False),
        ("Estley, 8 May 2021.", False),
        ("磨坊2026年3月2日开业", False),
        ("Estley, Norrow", False),
    ],
)
def test_a_line_of_the_text_is_a_date_without_a_verb(line, is_date):
    assert is_date_line(line) is is_date


@pytest.mark.parametrize(
    ("address", "day"),
    [
        ("https://tern.example/2026/02/27/quay", at(2026, 2, 27)),
        ("https://tern.example/2026-02-27-quay", at(2026, 2, 27)),
        ("https://tern.example/2026-02/27/c_1.htm", at(2026, 2, 27)),
        ("https://tern.example/20260227/quay", at(2026, 2, 27)),
        ("https://tern.example/2021/04/92713", None),
        ("https://tern.example/news/20880412.html", None),
        ("https://tern.example/20880412/quay", None),
        ("https://tern.example/2088/04/12/quay", None),
        ("https://tern.example/2026/13/40/quay", None),
        ("https://tern.example/quay-20260227.html", None),
        (None, None),
    ],
)
def test_an_address_may_name_the_day(address, day):
    assert date_in_address(address) == day


def test_the_witness_of_a_time_is_chosen_by_confidence():
    none, day = Witness(None, "none", 0.0), at(2026, 3, 2)
    address = Witness(day, "url", IN_ADDRESS)
    assert choose_time(none, none, address) == address
    assert choose_time(none, Witness(day, "text", PLAIN), address).method == "text"
    assert choose_time(none, Witness(day, "text", UPDATE_ALONE), address).method == "url"
    assert choose_time(Witness(day, "metadata", 0.9), Witness(day, "text", LABELLED), address).method == "metadata"
    assert choose_time(Witness(day, "metadata", 0.25), Witness(day, "text", LABELLED), address).method == "text"
    assert choose_time(none, none, none) == (None, "none", 0.0)


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("ADA VENN, Staff Writer | avenn@tern.example | March 2, 2026", ["Ada Venn"]),
        ("Ada Venn, senior political correspondent", ["Ada Venn"]),
        ("2026-03-02 09:12 来源：青石日报 作者：林小雨", ["林小雨"]),
        ("執筆：白峰健吾", ["白峰健吾"]),
        ("取材・文：白峰健吾", ["白峰健吾"]),
        ("本报记者：罗依依", ["罗依依"]),
        ("合作者：罗依依", []),
        ("英文/日文", []),
        ("文/林小禾", ["林小禾"]),
        ("英文：日文", []),
        ("Estley, Norrow", []),
        ("Words by Ada Venn / Photographs by Bo Lind", ["Ada Venn"]),
    ],
)
def test_a_byline_without_a_preposition_names_authors(line, names):
    assert find_authors(line) == find_credited_authors([line]) or find_authors(line)
    assert find_authors(line) == names


@pytest.mark.parametrize(
    ("in_byline", "declared", "confidence", "chosen"),
    [
        (["Ada Venn Dec"], ["Ada Venn", "Bo Lind"], 0.88, ["Ada Venn", "Bo Lind"]),
        (["Ada Venn"], ["Desk"], 0.88, ["Ada Venn"]),
        (["Ada Venn, Norrow"], ["Ada Venn"], 0.6, ["Ada Venn, Norrow"]),
        ([], ["Ada Venn"], 0.6, ["Ada Venn"]),
        (["Ada Venn"], [], 1.0, ["Ada Venn"]),
    ],
)
def test_declared_authors_come_before_the_same_names_in_a_byline(in_byline, declared, confidence, chosen):
    assert choose_authors(in_byline, declared, confidence) == chosen


def test_a_short_month_and_the_site_are_no_part_of_a_name():
    assert find_authors("By Ada Venn Dec 20, 2025") == find_authors("By Ada VennDec 20, 2025") == ["Ada Venn"]
    assert find_authors("By Ada Venn and Bo Lind March 2, 2026") == ["Ada Venn", "Bo Lind"]
    assert find_authors("By Maria Mar") == ["Maria Mar"]
    assert find_authors("By Maria del Mar") == find_authors("By Maria del Mar | 2 May 2026") == ["Maria del Mar"]
    assert find_authors("By Maria del Mar 5 May 2026") == ["Maria del Mar"]
    assert is_site_name("ESTLEY POST", "estleypost.example") and is_site_name("Post.example", None)
    assert not is_site_name("Ada Venn", "estleypost.example")


def test_a_personal_site_has_the_name_of_its_author():
    assert not is_site_name("Ada Venn", "adavenn.blogs.example") and not is_site_name(
        "Ada Venn", "adavenn.example", "Quay"
    )
    assert is_site_name("Ada Venn", "adavenn.example", "Ada Venn")
    assert is_site_name("Estley Post", "estleypost.example") and is_site_name("The Quay", "thequay.example")


def test_the_end_of_a_title_is_its_site_and_no_other_address():
    assert strip_site_name("Quays are written in - Node.js", "The Tern", "tern.example") == (
        "Quays are written in - Node.js"
    )
    assert strip_site_name("Quay closed | Tern.de", "The Tern", "tern.example") == "Quay closed"
    assert strip_site_name("Quay closed | The Tern", "The Tern", "dump") == "Quay closed"
    assert strip_site_name("Quay closed - Tern Post", "tern-post.example", "tern-post.example") == "Quay closed"
    assert strip_site_name("Quay closed ㅣ The New Ternpost", "ternpost.example", "ternpost.example") == "Quay closed"


@pytest.mark.parametrize(
    ("title", "host"),
    [
        ("Love – In the Gull Times of rain", "gulltimes.example"),
        ("Quays – how The Gull Times covered them", "gulltimes.example"),
        ("Layoffs – Gull Times Cuts Staff", "gulltimes.example"),
        ("Storks and terns meet - US", "us.gulltimes.example"),
        ("Quay closed - Tern and Gull", "gull.example"),
        ("Quay closed - Cold", "co.example"),
    ],
)
def test_a_part_of_a_headline_is_no_site(title, host):
    assert strip_site_name(title, host, host) == title


def test_names_in_capitals_are_written_as_usual():
    assert [capitalize_name(name) for name in ("ANNE O'NEILL-ROE", "J.D. VENN", "AFP", "Ada VENN")] == [
        "Anne O'Neill-Roe",
        "J.D. Venn",
        "AFP",
        "Ada VENN",
    ]


@pytest.mark.parametrize(
    ("title", "printed"),
    [
        ("The quay of Estley is closed", "The quay of Estley is closed"),
        ("The quay of Estley is closed | Tern Post", "The quay of Estley is closed"),
        ("The quay of Estley is closed - Local - Tern Post", "The quay of Estley is closed"),
        ("Quay : of Estley and of all its other quays", None),
        ("Tern Post: quay closed", None),
        ("Home | Tern Post", None),
    ],
)
def test_the_title_is_the_printed_headline(title, printed):
    assert find_printed_title(title, "Home\nThe quay of Estley is closed\nWords.") == printed


def test_a_title_is_sought_once_a_line():
    page = "Quay of Estley closed, " * 40_000
    start = process_time()
    assert find_printed_title("Quay of Estley closed,", page) is None
    assert find_printed_title("Quay of Estley closed", f"{page}\nQuay of Estley closed") == "Quay of Estley closed"
    assert process_time() - start < 0.5


def test_marks_without_blanks_end_a_printed_title():
    page = "首页\n青石老码头将关闭九个月\n正文"
    assert find_printed_title("青石老码头将关闭九个月_青石新闻网", page) == "青石老码头将关闭九个月"
    assert find_printed_title("青石老码头将关闭九个月｜青石新闻网", page) == "青石老码头将关闭九个月"


@pytest.mark.parametrize(
    "address",
    [
        "https://tern.example/quay/amp/",
        "https://amp.tern.example/quay",
        "https://www3.tern.example/quay/?utm_source=a",
        "https://m.tern.example/quay?amp=1",
        "https://tern.example/quay?outputType=amp",
    ],
)
def test_editions_of_an_article_have_one_address(address):
    assert canonicalize_url(address) == "https://tern.example/quay"
