"""Getting MobileSAM's file to its place: from a path or the web, and only if it is the published one."""

import hashlib
import http.client
import ipaddress
import os
import socket
import ssl
import urllib.error
import urllib.request
from pathlib import Path
from typing import IO

from segmodels.errors import SegmodelsError

# mobile_sam.pt of the authors' repository ChaoningZhang/MobileSAM, Apache-2.0.
SHA256 = "6dbb90523a35330fedd7f1d3dfc66f995213d81b29a5ca8108dbcdd4e37d6c2f"
BYTES = 40_728_226
TIMEOUT_SECONDS = 30.0
CHUNK_BYTES = 1 << 20


class WeightsRefused(SegmodelsError):
    """The file cannot be had, or is another one; what was at the target before is still there."""


def fetch_weights(source: str, target: Path) -> None:
    """Put the file at `source`, a path or an https address, to `target`. Raises WeightsRefused."""
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".{target.name}.{os.getpid()}.partial")
    try:
        with _opened(source) as stream, partial.open("wb") as file:
            _copy_published(stream, file, source)
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, target)
    except (OSError, http.client.HTTPException) as error:
        raise WeightsRefused(f"{source} cannot be fetched: {error}. Nothing was changed.") from error
    finally:
        partial.unlink(missing_ok=True)


def _opened(source: str) -> IO[bytes]:
    if "://" not in source:
        return Path(source).expanduser().open("rb")
    if not source.startswith("https://"):
        raise WeightsRefused(f"{source}: only https addresses and paths are taken.")
    opener = urllib.request.OpenerDirector()
    # Not build_opener: its handlers of http, ftp and file would follow a redirect past the check of the address.
    for handler in (
        PublicHTTPSHandler(),
        urllib.request.HTTPRedirectHandler(),
        urllib.request.HTTPErrorProcessor(),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.UnknownHandler(),
    ):
        opener.add_handler(handler)
    answer: IO[bytes] = opener.open(source, timeout=TIMEOUT_SECONDS)
    return answer


def _copy_published(stream: IO[bytes], file: IO[bytes], source: str) -> None:
    digest, size = hashlib.sha256(), 0
    while chunk := stream.read(CHUNK_BYTES):
        size += len(chunk)
        if size > BYTES:
            break
        digest.update(chunk)
        file.write(chunk)
    if size != BYTES or digest.hexdigest() != SHA256:
        raise WeightsRefused(
            f"{source} is not the published mobile_sam.pt ({BYTES:,} bytes, SHA-256 {SHA256[:12]}…), so it was not "
            "taken. To use weights of your own, name their file in CLICK_WEIGHTS."
        )


class PublicConnection(http.client.HTTPSConnection):
    """Connects to addresses of the public internet only, whatever the name resolves to."""

    def connect(self) -> None:
        connected = socket.create_connection((public_address(self.host, self.port), self.port), self.timeout)
        self.sock = ssl.create_default_context().wrap_socket(connected, server_hostname=self.host)


class PublicHTTPSHandler(urllib.request.HTTPSHandler):
    def https_open(self, request: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(PublicConnection, request)


def public_address(host: str, port: int) -> str:
    """The first address of `host`. Raises OSError where it has none, or any that is not public."""
    found = [str(row[4][0]) for row in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    for address in found:
        if not ipaddress.ip_address(address).is_global:
            raise OSError(f"{host} is {address}, which is no public address; fetch the file yourself and name its path")
    return found[0]
