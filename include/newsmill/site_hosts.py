"""Hosts of addresses, without the parts that name a server or an edition for phones."""

import re
import unicodedata
from urllib.parse import urlsplit

# The rest has a name of its own: amp.com.au and touch.com.lb are sites, not editions of a country's com.
_SUFFIX = r"(?:com|co|net|org|gov|ac|edu)\.[a-z]{2}(?::\d*)?"
_EDITION = re.compile(rf"(?:www\d{{0,2}}|m|mobile|mobil|amp|touch|wap)\.(?=[^.]+\.[^.])(?!{_SUFFIX}(?:/|$))")
_MAX_EDITIONS = 3  # www.m.tern.example
_FILE_ENDINGS = (".html", ".htm", ".php", ".aspx", ".txt", ".json", ".jsonl", ".xml", ".gz", ".zst", ".pdf")
_MAX_HOST_CHARS = 255
_DOMAIN_ENDING = re.compile(r"\.(?:(?:com|co|net|org|gov|ac|edu)\.[a-z]{2}|[^.]*)$")
_MIN_LABEL_CHARS = 2
"""The shortest label of a host that may be a name: vg of vg.no."""
_HOST = re.compile(r"(?!\d+(\.\d+){3}$)[^\W_](?:[\w-]*[^\W_])?(?:\.[^\W_](?:[\w-]*[^\W_])?)*\.[^\W\d_][\w-]*[^\W_]")


def strip_edition(host: str) -> str:
    """Return a host without `www`, `www3`, `m`, `mobile`, `amp`, `touch` and `wap` in front of a name with a dot."""
    for _ in range(_MAX_EDITIONS):
        if not (match := _EDITION.match(host)):
            break
        host = host[match.end() :]
    return host


def host_of(address: str | None) -> str | None:
    """Return the site of an address or bare domain: the host in lower case, without edition and port, or None."""
    if not address:
        return None
    if "//" not in address:
        name = re.split("[/?#:]", address[:_MAX_HOST_CHARS], maxsplit=1)[0].lower()
        name = name if _HOST.fullmatch(name.rstrip(".")) and not name.endswith(_FILE_ENDINGS) else ""
    else:
        try:
            name = urlsplit(address).hostname or ""
        except ValueError:
            return None
    return strip_edition(name.strip().rstrip(".")) or None


def fold_labels(host: str | None) -> list[str]:
    """Return the parts of a host that may be a site's name, folded, the site's own label last: not `co.uk` or `com`."""
    bare = _DOMAIN_ENDING.sub("", host or "")
    return [folded for label in bare.split(".") if len(folded := fold_name(label)) >= _MIN_LABEL_CHARS]


def fold_name(name: str) -> str:
    """Return a name's letters and digits, in lower case and without accents."""
    bare = "".join(sign for sign in unicodedata.normalize("NFKD", name) if not unicodedata.combining(sign))
    return re.sub(r"[\W_]+", "", bare.casefold())
