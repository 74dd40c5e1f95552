"""The ways in which newsmill fails: what no retry mends, and what a retry may."""

from newsmill.escaping import escape_controls


class NewsmillError(Exception):
    """A failure that says what happened, to what, and what to do; each argument is one line of what is shown."""

    def __str__(self) -> str:
        """Return the message without characters that act on a terminal: it may quote text of strangers."""
        return "\n".join(map(escape_controls, self.args))


class Permanent(NewsmillError):
    """Bad data, a broken contract or a wrong setting: trying again gives the same."""


class Transient(NewsmillError):
    """A lock held, a disk that did not answer: trying again may succeed."""


class BrokenContract(Permanent):
    """A table is not what its relation declares."""


class GateClosed(Permanent):
    """A critical expectation failed: nothing of this night is published."""


class Unreadable(Permanent):
    """A file of the warehouse cannot be read by this user or this version of DuckDB."""


class Damaged(Unreadable):
    """A file of the warehouse does not hold what was written to it."""


class NoRoom(Permanent):
    """The disk is full, or would be: it stays so until somebody makes room."""


class StaleDraft(Transient):
    """Another run published since this draft was copied: load again."""


class WriterBusy(Transient):
    """Another process is writing the warehouse."""


class BrokenHome(Permanent):
    """Landing folder, lake and warehouse do not belong together, or no publish made what is in their place."""


class FileLocked(Transient):
    """Another program holds a file of the warehouse open for writing."""
