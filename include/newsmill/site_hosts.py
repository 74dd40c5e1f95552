"""Names of sites: a host without the parts that name a server or an edition for phones."""

import re

_EDITION = re.compile(r"(?:www\d{0,2}|m|mobile|mobil|amp|touch|wap)\.(?=[^.]+\.[^.])")
_MAX_EDITIONS = 3  # www.m.tern.example


def strip_edition(host: str) -> str:
    """Return a host without `www`, `www3`, `m`, `mobile`, `amp`, `touch` and `wap` in front of a name with a dot."""
    for _ in range(_MAX_EDITIONS):
        if not (match := _EDITION.match(host)):
            break
        host = host[match.end() :]
    return host
