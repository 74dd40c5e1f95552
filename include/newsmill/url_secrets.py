"""Secrets in addresses: names of parameters with secret values, and masked addresses."""

import re
from urllib.parse import unquote_plus

MASK = "REDACTED"
SECRET_PARAMETER = re.compile(
    r"(token|secret|password|passwd|pwd|signature|credentials?|authorization|api[-_.]?key|access[-_.]?key(-?id)?)$"
    r"|(^|[-_.])(sig|auth|jwt|hmac)$|^(phpsessid|jsessionid|session[-_.]?id)$",
    re.IGNORECASE,
)
"""Parameters with secrets on news pages. `key`, `session` and `sid` are not included, because sites number stories so.
"""
_USER = re.compile(r"^(\s*([A-Za-z][A-Za-z0-9+.-]*:)?//)[^/?#]*@")
_SEPARATOR = re.compile("([?&;#])")


def mask_url(url: str | None) -> str | None:
    """Return an address without user and password, and with REDACTED as the value of each secret parameter.

    The rest stays unchanged, so an address has a single masked form for all secrets.
    """
    if not url or ("@" not in url and "=" not in url):
        return url
    address, *parameters = _SEPARATOR.split(_USER.sub(r"\1", url))
    return address + "".join(map(_mask_parameter, parameters))


def _mask_parameter(piece: str) -> str:
    name, _, value = piece.partition("=")
    return f"{name}={MASK}" if value and SECRET_PARAMETER.search(unquote_plus(name).strip()) else piece
