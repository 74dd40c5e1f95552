"""Connects by SFTP to hosts with known keys; fsspec trusts any host key. Imported late: paramiko loads slowly."""

from urllib.parse import unquote, urlsplit

import paramiko
from fsspec.implementations.sftp import SFTPFileSystem

SILENT_SECONDS = 60
_TIMEOUTS = {"timeout": 10, "banner_timeout": 30, "auth_timeout": 30}


class KnownHosts(SFTPFileSystem):
    """The files of an SSH host listed in `known_hosts`, by default the user's."""

    protocol = "sftp"

    def _connect(self) -> None:
        known = self.ssh_kwargs.pop("known_hosts", None)
        self.client = paramiko.SSHClient()
        self.client.load_system_host_keys(known)
        self.client.set_missing_host_key_policy(paramiko.RejectPolicy())
        try:
            self.client.connect(self.host, **self.ssh_kwargs)
            self.ftp = self.client.open_sftp()
        except BaseException:
            self.client.close()
            raise
        self.ftp.get_channel().settimeout(SILENT_SECONDS)


def connect(location: str, options: dict) -> KnownHosts:
    """Connect to the host of an address; `options` go to paramiko's SSHClient.connect, except `known_hosts`."""
    parts = urlsplit(location)
    encoded = {"username": parts.username, "password": parts.password}
    given: dict = {name: unquote(value) for name, value in encoded.items() if value is not None}
    given |= {"port": parts.port} if parts.port is not None else {}
    return KnownHosts(parts.hostname or "", skip_instance_cache=True, **_TIMEOUTS, **given | options)
