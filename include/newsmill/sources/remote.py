"""Lists and reads files in S3, Google Cloud Storage and SFTP through fsspec: folder by folder, range by range."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

import fsspec

from newsmill.errors import NewsmillError, Permanent
from newsmill.landing import Dump, LandedFile
from newsmill.sources import locations
from newsmill.sources.credentials import fill_secrets
from newsmill.sources.patterns import has_pattern, is_hidden, matches_pattern, may_contain, split_pattern
from newsmill.sources.remote_files import (
    MB,
    FetchError,
    FileStream,
    Limits,
    RemoteFile,
    RetryableError,
    SkippedFile,
    Version,
    version_of,
)

RANGE_BYTES = 8 * MB
_CREDENTIALS = {
    "s3": "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY or a profile; a public one takes options = { anon = true }",
    "gs": "set GOOGLE_APPLICATION_CREDENTIALS; a public one takes options = { token = 'anon' }",
    "sftp": "give a key by ssh-agent or ~/.ssh, or options = { password = '{env:NAME}' } or '{conn:ID}'",
}


class RemoteStore:
    """The files of a dump in a store; `location` contains no placeholders."""

    has_reliable_versions = True

    def __init__(self, dump: Dump, location: str, limits: Limits):
        self.dump, self.location, self.limits = dump, location, limits
        self.scheme = locations.scheme_of(location)
        self.connections = 1 if self.scheme == "sftp" else limits.connections

    @cached_property
    def files(self) -> fsspec.AbstractFileSystem:
        """Return the file system, connected with the source's options and the environment's credentials."""
        options = _fill_option_secrets(self.dump.options)
        with self._translate_errors(self.location):
            if self.scheme == "sftp":
                from newsmill.sources import ssh

                return ssh.connect(self.location, options)
            uncached = {"skip_instance_cache": True, "use_listings_cache": False}
            if self.scheme == "gs":
                # fsspec's default class asks a second service, by gRPC, for the kind of bucket
                from gcsfs.core import GCSFileSystem

                return GCSFileSystem(**uncached, **options)
            return fsspec.filesystem(self.scheme, **uncached, **options)

    def list_files(self) -> Iterator[RemoteFile | SkippedFile]:
        """Yield the files at a folder, a file or a pattern, in any order."""
        path = self._path(self.location)
        if has_pattern(path):
            base, pattern = split_pattern(path)
            yield from self._walk_folders(base, pattern)
        elif (entry := self._read_info(path)) and entry["type"] == "file":
            yield self._remote_file(path.rpartition("/")[0], entry)
        else:
            yield from self._walk_folders(path.rstrip("/"), ["**"])

    def redacted_address(self, remote_file: RemoteFile) -> str:
        """Return a remote file's address without secrets."""
        return locations.redact_address(remote_file.address, self.dump)

    def close(self) -> None:
        """Close the SSH connection; the libraries of the other stores close connections automatically."""
        if self.scheme == "sftp" and "files" in self.__dict__:
            self.files.client.close()

    def read_version(self, remote_file: RemoteFile) -> Version:
        """Return a file's version from the listing, else from a request to the store."""
        return (
            remote_file.version
            if remote_file.version.size is not None
            else self._entry_version(self._require_info(remote_file))
        )

    @contextmanager
    def open_stream(
        self, remote_file: RemoteFile, start: int, partial_version: Version, have: LandedFile | None
    ) -> Iterator[FileStream | None]:
        """Open at `start` if the version equals `partial_version`, else at 0; yield None if `have` is current."""
        version = self.read_version(remote_file)
        if have and not start and version.same_as(version_of(have)):
            yield None
            return
        start = start if version.same_as(partial_version) else 0
        with self._translate_errors(remote_file.address):
            file = self.files.open(self._path(remote_file.address), "rb", cache_type="none", block_size=RANGE_BYTES)
        try:
            yield FileStream(version, start, version.size, self._read_blocks(file, remote_file, start, version))
        finally:
            file.close()

    def read_short_file(self, address: str) -> tuple[bytes, str]:
        """Return the bytes and the address of a short file such as a list."""
        remote_file, limit = RemoteFile("list", address), self.limits.list_bytes
        with self.open_stream(remote_file, 0, Version(), None) as stream:
            assert stream is not None  # None only for a current `have`
            if stream.total and stream.total > limit:
                raise FetchError(
                    "over_limit", f"{self.redacted_address(remote_file)}: the list has more than {limit} bytes"
                )
            return b"".join(stream.blocks), address

    def _read_blocks(self, file: Any, remote_file: RemoteFile, start: int, version: Version) -> Iterator[bytes]:
        with self._translate_errors(remote_file.address):
            file.seek(start)
            if hasattr(file, "prefetch"):  # without prefetch paramiko reads 32 kB a round trip
                file.prefetch(version.size, max_concurrent_requests=64)
        position = start
        while version.size is None or position < version.size:
            with self._translate_errors(remote_file.address):
                block = file.read(
                    min(RANGE_BYTES, version.size - position) if version.size is not None else RANGE_BYTES
                )
            if not block:
                return
            position += len(block)
            yield block

    def _walk_folders(self, base: str, pattern: list[str]) -> Iterator[RemoteFile | SkippedFile]:
        """Yield the matching files below `base`; list folders in turn, to hold a single listing in memory."""
        folders: list[list[str]] = [[]]
        while folders:
            steps = folders.pop()
            for entry in self._list_folder("/".join((base, *steps))):
                path = [*steps, entry["name"].rstrip("/").rpartition("/")[2]]
                if not path[-1]:
                    continue
                if is_hidden(path[-1]):
                    yield SkippedFile("/".join(path), "hidden", f"{entry['name']}: hidden, skipped")
                elif entry["type"] == "directory":
                    folders += [path] if may_contain(path, pattern) else []
                elif entry["type"] != "file":
                    if matches_pattern(path, pattern):
                        name = "/".join(path)
                        yield SkippedFile(name, "not_a_file", f"{name}: a {entry['type']}, skipped; name its target")
                elif matches_pattern(path, pattern) and not entry["name"].endswith("/"):
                    yield self._remote_file(base, entry)

    def _list_folder(self, folder: str) -> list[dict[str, Any]]:
        with self._translate_errors(self._address(folder)):
            try:
                listing = self.files.ls(folder, detail=True)
            except FileNotFoundError:
                return []
        # a bucket may contain an object with the name of the folder
        return [entry for entry in listing if entry["name"].strip("/") != folder.strip("/")]

    def _read_info(self, path: str) -> dict[str, Any] | None:
        with self._translate_errors(self._address(path)):
            try:
                return self.files.info(path)
            except FileNotFoundError:
                return None

    def _require_info(self, remote_file: RemoteFile) -> dict[str, Any]:
        if entry := self._read_info(self._path(remote_file.address)):
            return entry
        raise FetchError(
            "not_found", f"{self.redacted_address(remote_file)}: there is no such file; correct the location"
        )

    def _remote_file(self, base: str, entry: dict[str, Any]) -> RemoteFile:
        relative = entry["name"].removeprefix(base.rstrip("/")).lstrip("/")
        name = "/".join(locations.safe_step(step) for step in relative.split("/") if step not in ("", ".", ".."))
        return RemoteFile(name, self._address(entry["name"]), self._entry_version(entry))

    def _entry_version(self, entry: dict[str, Any]) -> Version:
        modified = next((entry[key] for key in ("LastModified", "updated", "mtime") if entry.get(key)), None)
        modified = modified.isoformat() if isinstance(modified, datetime) else modified and str(modified)
        etag = entry.get("ETag") or entry.get("etag")
        return Version(entry.get("size"), etag and etag.strip('"'), modified)

    def _path(self, address: str) -> str:
        return urlsplit(address).path if self.scheme == "sftp" else address.partition("://")[2]

    def _address(self, path: str) -> str:
        host = urlsplit(self.location).netloc if self.scheme == "sftp" else ""
        return f"{self.scheme}://{host}{path}"

    @contextmanager
    def _translate_errors(self, address: str) -> Iterator[None]:
        """Turn the many exceptions of store libraries into errors with a redacted address, cause and remedy."""
        redacted = locations.redact_address(address, self.dump)
        try:
            yield
        except NewsmillError:
            raise
        except FileNotFoundError:
            raise FetchError("not_found", f"{redacted}: there is no such file; correct the location") from None
        except PermissionError as error:
            raise self._not_allowed(redacted) from error
        except (ImportError, TypeError, ValueError) as error:
            raise Permanent(f"{redacted}: cannot be asked ({error}); see the source's location and options") from error
        except Exception as error:
            # compare class names: importing the exception classes of all libraries takes a second
            name = type(error).__name__
            if name == "AuthenticationException":
                raise self._not_allowed(redacted) from error
            if "Credentials" in name:
                raise FetchError("not_allowed", f"{redacted}: no credentials; {_CREDENTIALS[self.scheme]}") from error
            if name == "BadHostKeyException":
                cause = "its host key is not the known one; see who answers"
                raise FetchError("refused_address", f"{redacted}: {cause}") from error
            if "not found in known_hosts" in str(error):
                cause = "its host key is not known; check it, then ssh-keyscan >> ~/.ssh/known_hosts"
                raise FetchError("refused_address", f"{redacted}: {cause}") from error
            if name == "FileExpired":
                raise RetryableError(f"{redacted}: the file changed while it came", discard=True) from error
            raise RetryableError(f"{redacted}: {name}: {str(error)[:200]}") from error

    def _not_allowed(self, redacted: str) -> FetchError:
        return FetchError("not_allowed", f"{redacted}: may not be read; {_CREDENTIALS[self.scheme]}")


def _fill_option_secrets(options: dict[str, Any]) -> dict[str, Any]:
    """Replace {env:NAME} and {conn:ID} placeholders in options, nested ones too, by secrets."""
    return {name: _fill_option(option) for name, option in options.items()}


def _fill_option(value: Any) -> Any:
    if isinstance(value, dict):
        return _fill_option_secrets(value)
    return fill_secrets(value) if isinstance(value, str) else value
