"""Names that pages give their publishers: the best of several, without a slogan."""

import re
from collections.abc import Sequence

from newsmill.site_hosts import fold_labels, fold_name, host_of

_SLOGAN_MARK = re.compile(r"\s+[-–—|·:]\s+")


def choose_publisher(names: Sequence[str], url: str | None) -> str | None:
    """Return the best of a page's names for its publisher, given the most trusted first.

    The name of an owner or a section shares no word with the host, and an address says less than a name.
    """
    labels = fold_labels(host_of(url))
    return min(names, key=lambda name: (host_of(name) is not None, not _shares_label(name, labels)), default=None)


def strip_slogan(name: str, site: str) -> str:
    """Return a name without the slogan behind a dash or a bar, if the part before it is that of the host."""
    first = _SLOGAN_MARK.split(name, maxsplit=1)[0]
    return first if fold_name(first).removeprefix("the") in fold_labels(site) else name


def _shares_label(name: str, labels: set[str]) -> bool:
    folded = fold_name(name)
    return any(label in folded or folded in label for label in labels)
