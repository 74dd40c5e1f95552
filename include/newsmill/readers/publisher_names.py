"""Names that pages give their publishers: the best of several, without a slogan."""

import re
from collections.abc import Sequence

from newsmill.site_hosts import fold_labels, fold_name, host_of

_LEADING_THE = re.compile(r"^the\s+", re.IGNORECASE)
_MIN_SHARED_CHARS = 4
"""A shorter label may be a part of another word: `us` of a name with `house`."""
_SLOGAN_MARK = re.compile(r"\s+[-–—|·:]\s+")


def choose_publisher(names: Sequence[str], url: str | None) -> str | None:
    """Return the best of a page's names for its publisher, given the most trusted first.

    The name of an owner or a section shares no word with the host, and an address says less than a name.
    """
    labels = fold_labels(host_of(url))
    return min(names, key=lambda name: (not _shares_label(name, labels), host_of(name) is not None), default=None)


def strip_slogan(name: str, site: str) -> str:
    """Return a name without the slogan behind a dash or a bar, if the part before it is that of the host."""
    first = _SLOGAN_MARK.split(name, maxsplit=1)[0]
    spellings = {fold_name(first), fold_name(_LEADING_THE.sub("", first))}
    return name if spellings.isdisjoint(fold_labels(site)) else first


def _shares_label(name: str, labels: list[str]) -> bool:
    folded = fold_name(name)
    return any(
        label == folded or (min(len(label), len(folded)) >= _MIN_SHARED_CHARS and (label in folded or folded in label))
        for label in labels
    )
