"""The errors of newsmill: Permanent errors are never retried, Transient errors may pass on a retry."""

from newsmill.escaping import escape_controls


class NewsmillError(Exception):
    """A failure with cause, object and remedy in the message; each argument is a line of the message."""

    def __str__(self) -> str:
        """Return the message with control characters escaped, because a message may quote untrusted text."""
        return "\n".join(map(escape_controls, self.args))


class Permanent(NewsmillError):
    """Bad data, a broken contract or a wrong setting: trying again gives the same."""


class Transient(NewsmillError):
    """A lock held by another process, or a slow disk: a retry may succeed."""


class BrokenContract(Permanent):
    """A table does not match the declared relation."""


class GateClosed(Permanent):
    """A critical expectation failed: nothing of the night is published."""


class UnreadableFile(Permanent):
    """A file of the warehouse cannot be read by the user or the installed version of DuckDB."""


class DamagedFile(UnreadableFile):
    """A file of the warehouse differs from the bytes written."""


class DiskFull(Permanent):
    """The disk is full, or the next write would fill it; a retry fails until somebody frees space."""


class StaleStagingCopy(Transient):
    """Another run published after the staging copy was made: load again."""


class WriterBusy(Transient):
    """Another process is writing the warehouse."""


class BrokenHome(Permanent):
    """Landing folder, lake and warehouse do not match, or the published file was not made by a publish."""


class FileLocked(Transient):
    """Another program holds a file of the warehouse open for writing."""
