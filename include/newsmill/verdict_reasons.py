"""The reasons for which a person may release a record: light, because every parse of the DAG files imports them."""

RELEASABLE = (
    "consent_wall",
    "error_page",
    "feed",
    "not_an_article",
    "placeholder",
    "product_page",
    "redirect",
    "section_front",
    "source_code",
)
"""Verdicts of cleaning on the content of a page, sorted.

All other rejects hold nothing to load: a record that cannot be read or is empty, a second capture of an article, a row
that breaks the contract of its table.
"""
