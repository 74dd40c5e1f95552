"""Escaping of untrusted text before output to a terminal, a log or a browser; stored data stays unchanged."""

import logging
import re
from collections.abc import Mapping

# Terminal controls (C0, DEL, C1), surrogates, and characters that hide text or change its direction. The joiners
# U+200C and U+200D stay: Persian, Hindi and emoji are written with them.
_CONTROL_CHARS = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)
_MARKUP_CHARS = re.compile("[<>&\"'`$]")
_SHORT_ESCAPES = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def escape_controls(text: object) -> str:
    """Return text as a single line, with control and hidden characters written as codes such as `\\x1b`."""
    return _CONTROL_CHARS.sub(_escape_char, str(text))


def format_code(text: object) -> str:
    """Return text as one line of code in Markdown, in which nothing is a link, an image or a heading."""
    return f"`{escape_controls(text).replace('`', chr(39))}`"


def escape_markup(text: object) -> str:
    """Return text as a single line without markup, script or placeholder, safe at any place of a web page.

    `<` becomes `\\u003c`, as in JSON within HTML: inert and readable even when a template escapes the text once more.
    """
    return _MARKUP_CHARS.sub(_escape_char, escape_controls(text))


def escape_values(value: object) -> object:
    """Return a JSON value with all texts and keys free of markup; numbers stay numbers."""
    if isinstance(value, str):
        return escape_markup(value)
    if isinstance(value, Mapping):
        return {escape_markup(key) if isinstance(key, str) else key: escape_values(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [escape_values(item) for item in value]
    return value


def escaping_logger(name: str) -> logging.Logger:
    """Return a logger whose messages are single lines without control characters."""
    logger = logging.getLogger(name)
    if _escape_record not in logger.filters:
        logger.addFilter(_escape_record)
    return logger


def _escape_record(record: logging.LogRecord) -> bool:
    record.msg, record.args = escape_controls(record.getMessage()), None
    return True


def _escape_char(match: re.Match[str]) -> str:
    code, short = ord(match[0]), _SHORT_ESCAPES.get(match[0])
    if short or code < 0x20 or 0x7F <= code < 0x100:
        return short or f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
