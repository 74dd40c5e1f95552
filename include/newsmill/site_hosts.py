"""Names of sites: a host without the parts that name a server or an edition for phones."""

import re

# The rest has a name of its own: amp.com.au and touch.com.lb are sites, not editions of a country's com.
_SUFFIX = r"(?:com|co|net|org|gov|ac|edu)\.[a-z]{2}(?::\d*)?"
_EDITION = re.compile(rf"(?:www\d{{0,2}}|m|mobile|mobil|amp|touch|wap)\.(?=[^.]+\.[^.])(?!{_SUFFIX}(?:/|$))")
_MAX_EDITIONS = 3  # www.m.tern.example


def strip_edition(host: str) -> str:
    """Return a host without `www`, `www3`, `m`, `mobile`, `amp`, `touch` and `wap` in front of a name with a dot."""
    for _ in range(_MAX_EDITIONS):
        if not (match := _EDITION.match(host)):
            break
        host = host[match.end() :]
    return host
