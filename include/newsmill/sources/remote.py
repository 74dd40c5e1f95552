"""Files in S3, in Google Cloud Storage and behind SFTP, by way of fsspec: listed folder by folder, read by ranges."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cached_property
from urllib.parse import urlsplit

import fsspec

from newsmill.errors import NewsmillError, Permanent
from newsmill.landing import Dump, Landed
from newsmill.sources import locations
from newsmill.sources.patterns import has_pattern, is_hidden, matches, may_hold, split
from newsmill.sources.remote_files import MB, Again, Limits, Lost, Offer, Opened, PassedOver, Version, version_of

RANGE_BYTES = 8 * MB
_CREDENTIALS = {
    "s3": "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY or a profile; a public one takes options = { anon = true }",
    "gs": "set GOOGLE_APPLICATION_CREDENTIALS; a public one takes options = { token = 'anon' }",
    "sftp": "give a key by ssh-agent or ~/.ssh, or options = { password = '{env:NAME}' }",
}


class Remote:
    """The files of a dump in one store; `location` has its night and its secrets filled in."""

    proves = True

    def __init__(self, dump: Dump, location: str, limits: Limits):
        self.dump, self.location, self.limits = dump, location, limits
        self.scheme = locations.scheme_of(location)
        self.connections = 1 if self.scheme == "sftp" else limits.connections

    @cached_property
    def files(self) -> fsspec.AbstractFileSystem:
        """Return the file system, reached with the dump's options and what the environment holds."""
        options = _opened(self.dump.options)
        with self._faults(self.location):
            if self.scheme == "sftp":
                from newsmill.sources import ssh

                return ssh.connect(self.location, options)
            fresh = {"skip_instance_cache": True, "use_listings_cache": False}
            if self.scheme == "gs":
                # The class that fsspec would choose asks a second service, by gRPC, what kind of bucket it is.
                from gcsfs.core import GCSFileSystem

                return GCSFileSystem(**fresh, **options)
            return fsspec.filesystem(self.scheme, **fresh, **options)

    def offers(self) -> Iterator[Offer | PassedOver]:
        """Yield the files at a folder, a file or a pattern, in no order that matters."""
        place = self._path(self.location)
        if has_pattern(place):
            base, pattern = split(place)
            yield from self._walk(base, pattern)
        elif (told := self._info(place)) and told["type"] == "file":
            yield self._offer(place.rpartition("/")[0], told)
        else:
            yield from self._walk(place.rstrip("/"), ["**"])

    def shown(self, offer: Offer) -> str:
        """Return the address of an offer."""
        return locations.shown(offer.at, self.dump)

    def close(self) -> None:
        """End the SSH connection; the libraries of the other stores end theirs themselves."""
        if self.scheme == "sftp" and "files" in self.__dict__:
            self.files.client.close()

    def ask(self, offer: Offer) -> Version:
        """Return what the store tells of a file."""
        return offer.version if offer.version.size is not None else self._version(self._told(offer))

    @contextmanager
    def open(self, offer: Offer, start: int, draft: Version, have: Landed | None) -> Iterator[Opened | None]:
        """Open an offer at `start` if it is still the `draft`, else at 0; None says that it is what we `have`."""
        version = self.ask(offer)
        if have and not start and version.same_as(version_of(have)):
            yield None
            return
        start = start if version.same_as(draft) else 0
        with self._faults(offer.at):
            file = self.files.open(self._path(offer.at), "rb", cache_type="none", block_size=RANGE_BYTES)
        try:
            yield Opened(version, start, version.size, self._blocks(file, offer, start, version))
        finally:
            file.close()

    def read(self, address: str) -> tuple[bytes, str]:
        """Return a short file such as a list, and its address."""
        offer, most = Offer("list", address), self.limits.list_bytes
        with self.open(offer, 0, Version(), None) as opened:
            if opened.total and opened.total > most:
                raise Lost("over_limit", f"{self.shown(offer)}: the list has more than {most} bytes")
            return b"".join(opened.blocks), address

    def _blocks(self, file, offer: Offer, start: int, version: Version) -> Iterator[bytes]:
        with self._faults(offer.at):
            file.seek(start)
            if hasattr(file, "prefetch"):  # paramiko reads 32 kB a round trip unless told what comes
                file.prefetch(version.size, max_concurrent_requests=64)
        at = start
        while version.size is None or at < version.size:
            with self._faults(offer.at):
                block = file.read(min(RANGE_BYTES, version.size - at) if version.size is not None else RANGE_BYTES)
            if not block:
                return
            at += len(block)
            yield block

    def _walk(self, base: str, pattern: list[str]) -> Iterator[Offer | PassedOver]:
        """Go through folders one by one, so that no more than one listing is held."""
        folders = [[]]
        while folders:
            steps = folders.pop()
            for told in self._list("/".join((base, *steps))):
                path = [*steps, told["name"].rstrip("/").rpartition("/")[2]]
                if not path[-1]:
                    continue
                if is_hidden(path[-1]):
                    yield PassedOver("/".join(path), "hidden", f"{told['name']}: hidden, passed over")
                elif told["type"] == "directory":
                    folders += [path] if may_hold(path, pattern) else []
                elif told["type"] != "file":
                    if matches(path, pattern):
                        name = "/".join(path)
                        yield PassedOver(name, "not_a_file", f"{name}: a {told['type']}, passed over; name its target")
                elif matches(path, pattern) and not told["name"].endswith("/"):
                    yield self._offer(base, told)

    def _list(self, folder: str) -> list[dict]:
        with self._faults(self._address(folder)):
            try:
                listing = self.files.ls(folder, detail=True)
            except FileNotFoundError:
                return []
        # A bucket may hold an object named like the folder itself.
        return [told for told in listing if told["name"].strip("/") != folder.strip("/")]

    def _info(self, path: str) -> dict | None:
        with self._faults(self._address(path)):
            try:
                return self.files.info(path)
            except FileNotFoundError:
                return None

    def _told(self, offer: Offer) -> dict:
        if told := self._info(self._path(offer.at)):
            return told
        raise Lost("not_found", f"{self.shown(offer)}: there is no such file; correct the location")

    def _offer(self, base: str, told: dict) -> Offer:
        relative = told["name"].removeprefix(base.rstrip("/")).lstrip("/")
        name = "/".join(locations.safe_step(step) for step in relative.split("/") if step not in ("", ".", ".."))
        return Offer(name, self._address(told["name"]), self._version(told))

    def _version(self, told: dict) -> Version:
        modified = next((told[key] for key in ("LastModified", "updated", "mtime") if told.get(key)), None)
        modified = modified.isoformat() if isinstance(modified, datetime) else modified and str(modified)
        etag = told.get("ETag") or told.get("etag")
        return Version(told.get("size"), etag and etag.strip('"'), modified)

    def _path(self, address: str) -> str:
        return urlsplit(address).path if self.scheme == "sftp" else address.partition("://")[2]

    def _address(self, path: str) -> str:
        host = urlsplit(self.location).netloc if self.scheme == "sftp" else ""
        return f"{self.scheme}://{host}{path}"

    @contextmanager
    def _faults(self, address: str) -> Iterator[None]:
        """Say in plain words what went wrong; libraries of stores raise what they like."""
        shown = locations.shown(address, self.dump)
        try:
            yield
        except NewsmillError:
            raise
        except FileNotFoundError:
            raise Lost("not_found", f"{shown}: there is no such file; correct the location") from None
        except PermissionError as error:
            raise self._not_allowed(shown) from error
        except (ImportError, TypeError, ValueError) as error:
            raise Permanent(f"{shown}: cannot be asked ({error}); see the dump's location and options") from error
        except Exception as error:
            # Each library has classes of its own, and importing them all to name them takes a second.
            name = type(error).__name__
            if name == "AuthenticationException":
                raise self._not_allowed(shown) from error
            if "Credentials" in name:
                raise Lost("not_allowed", f"{shown}: no credentials; {_CREDENTIALS[self.scheme]}") from error
            if name == "BadHostKeyException":
                told = "its host key is not the known one; see who answers"
                raise Lost("refused_address", f"{shown}: {told}") from error
            if "not found in known_hosts" in str(error):
                told = "its host key is not known; check it, then ssh-keyscan >> ~/.ssh/known_hosts"
                raise Lost("refused_address", f"{shown}: {told}") from error
            if name == "FileExpired":
                raise Again(f"{shown}: the file changed while it came", afresh=True) from error
            raise Again(f"{shown}: {name}: {str(error)[:200]}") from error

    def _not_allowed(self, shown: str) -> Lost:
        return Lost("not_allowed", f"{shown}: may not be read; {_CREDENTIALS[self.scheme]}")


def _opened(value: object) -> object:
    """Fill secrets of the environment into options."""
    if isinstance(value, dict):
        return {name: _opened(one) for name, one in value.items()}
    return locations.opened(value) if isinstance(value, str) else value
