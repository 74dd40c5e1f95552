"""Secrets in addresses: the names of parameters that carry them, and addresses without them."""

import re
from urllib.parse import unquote_plus

MASK = "REDACTED"
SECRET_PARAMETER = re.compile(
    r"(token|secret|password|passwd|pwd|signature|credentials?|authorization|api[-_.]?key|access[-_.]?key(-?id)?)$"
    r"|(^|[-_.])(sig|auth|jwt|hmac)$|^(phpsessid|jsessionid|session[-_.]?id)$",
    re.IGNORECASE,
)
"""Names that carry secrets on pages of news. `key`, `session` and `sid` are not among them: sites number stories so."""
_USER = re.compile(r"^(\s*([A-Za-z][A-Za-z0-9+.-]*:)?//)[^/?#]*@")
_SEPARATOR = re.compile("([?&;#])")


def mask_url(url: str | None) -> str | None:
    """Return an address without user and password, and with REDACTED for the value of each secret parameter.

    All else stays as it is written, so that one address has one masked form, whichever secret it held.
    """
    if not url or ("@" not in url and "=" not in url):
        return url
    first, *rest = _SEPARATOR.split(_USER.sub(r"\1", url))
    return first + "".join(map(_mask_parameter, rest))


def _mask_parameter(piece: str) -> str:
    name, _, value = piece.partition("=")
    return f"{name}={MASK}" if value and SECRET_PARAMETER.search(unquote_plus(name).strip()) else piece
