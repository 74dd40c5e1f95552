"""Text of strangers made inert before it is shown on a terminal, in a log or in a browser; data is not touched."""

import logging
import re
from collections.abc import Mapping

# Controls of a terminal (C0, DEL, C1), surrogates, and characters that hide text or turn its direction. The joiners
# U+200C and U+200D stay: Persian, Hindi and emoji are written with them.
_CONTROLS = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)
_MARKUP = re.compile("[<>&\"'`$]")
_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def escape_controls(text: object) -> str:
    """Return text as one line, with each character that acts or hides written as its code, such as `\\x1b`."""
    return _CONTROLS.sub(_code, str(text))


def escape_markup(text: object) -> str:
    """Return text that is one line, and no markup, script or placeholder wherever it is put into a page.

    `<` becomes `\\u003c`, as in JSON within HTML: it stays inert and readable when a template escapes it once more.
    """
    return _MARKUP.sub(_code, escape_controls(text))


def escape_values(value: object) -> object:
    """Return a JSON value with every text in it, keys included, free of markup; numbers stay numbers."""
    if isinstance(value, str):
        return escape_markup(value)
    if isinstance(value, Mapping):
        return {escape_markup(key) if isinstance(key, str) else key: escape_values(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [escape_values(one) for one in value]
    return value


def escaping_logger(name: str) -> logging.Logger:
    """Return the logger of a module whose every message is one line without controls."""
    logger = logging.getLogger(name)
    if _escape_record not in logger.filters:
        logger.addFilter(_escape_record)
    return logger


def _escape_record(record: logging.LogRecord) -> bool:
    record.msg, record.args = escape_controls(record.getMessage()), None
    return True


def _code(match: re.Match) -> str:
    code, short = ord(match[0]), _SHORT.get(match[0])
    if short or code < 0x20 or 0x7F <= code < 0x100:
        return short or f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
