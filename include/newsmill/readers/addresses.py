"""Completes the addresses of dumps: blanks, line ends, entities, and addresses without a scheme."""

import re

from newsmill.readers.fix_text import fix_text, unescape_entities

_WHOLE = re.compile(r"https?://[!#-%'-;=?-~]+")  # printable ASCII, no blank, quote, angle bracket or ampersand
_SPLIT = re.compile(r"[\t\n\r]+")  # browsers leave them out
_BLANKS = re.compile(r"[ \xa0]")
# A host with a path, as scrapers that cut the scheme write: not a file, not a sentence.
_WITHOUT_SCHEME = re.compile(r"(?://)?(?:[\w-]+\.)+[a-z]{2,24}(?::\d+)?/\S*", re.IGNORECASE)


def complete_url(address: str | None) -> str | None:
    """Return an address as browsers read the address: trimmed, blanks encoded, with a scheme before a host."""
    if not address or _WHOLE.fullmatch(address):
        return address or None
    if not (address.isascii() and address.isprintable()):
        address = fix_text(address)[0]
    address = unescape_entities(_SPLIT.sub("", address)).strip().strip("<>\"'")
    if not address:
        return None
    if _BLANKS.search(address) and "://" in address:
        address = _BLANKS.sub("%20", address)
    return f"https://{address.removeprefix('//')}" if _WITHOUT_SCHEME.fullmatch(address) else address
