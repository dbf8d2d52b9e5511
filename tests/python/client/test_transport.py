"""Ways to a coordinator that this one does not offer itself: TLS, and a socket of the machine."""

from __future__ import annotations

import asyncio
import http.server
import shutil
import socketserver
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import isoshape
import isoshape.aio
from isoshape.errors import (
    DeadlineExceeded,
    Internal,
    InvalidArgument,
    ResourceExhausted,
    Unavailable,
)


class Answering(http.server.BaseHTTPRequestHandler):
    """Knows its version, and answers it in chunks."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for piece in (b'{"version":', f'"{isoshape.__version__}"}}'.encode(), b""):
            self.wfile.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")

    def log_message(self, *_: object) -> None:
        pass

    def address_string(self) -> str:
        return "local"


class UnixServer(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True


@contextmanager
def serving(server: socketserver.BaseServer) -> Iterator[None]:
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    if shutil.which("openssl") is None:
        pytest.skip("there is no openssl, which makes the certificate")
    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    made = (
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 "
        f"-keyout {key} -out {certificate} -subj /CN=test -addext subjectAltName=IP:127.0.0.1"
    )
    subprocess.run(made.split(), check=True, capture_output=True)
    return key, certificate


def test_tls_is_checked_by_the_given_authority(certificate: tuple[Path, Path]) -> None:
    key, authority = certificate
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    url = f"https://127.0.0.1:{server.server_port}"
    with serving(server):
        assert isoshape.connect(url, ca_file=authority).address == url
        asyncio.run(isoshape.aio.connect(url, ca_file=authority))
        with pytest.raises(Unavailable, match=r"not trusted.*ca_file"):
            isoshape.connect(url)
        with pytest.raises(Unavailable, match=r"not trusted.*ca_file"):
            asyncio.run(isoshape.aio.connect(url))


def test_tls_of_the_environment(
    certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    key, authority = certificate
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority, key)
    # Asks for the client's own certificate too.
    context.load_verify_locations(authority)
    context.verify_mode = ssl.CERT_REQUIRED
    server.socket = context.wrap_socket(server.socket, server_side=True)
    monkeypatch.setenv("ISOSHAPE_TLS_CA", str(authority))
    with serving(server):
        where = f"127.0.0.1:{server.server_port}"
        with pytest.raises(Unavailable):
            isoshape.connect(where)
        monkeypatch.setenv("ISOSHAPE_TLS_CERT", str(authority))
        monkeypatch.setenv("ISOSHAPE_TLS_KEY", str(key))
        assert isoshape.connect(where).address == f"https://{where}"
        monkeypatch.setenv("ISOSHAPE_TLS_KEY", str(authority))
        with pytest.raises(InvalidArgument, match="ISOSHAPE_TLS_KEY"):
            isoshape.connect(where)


def test_ca_file_without_tls_or_without_a_certificate_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    with pytest.raises(InvalidArgument, match="ca_file is for https"):
        isoshape.connect("127.0.0.1:1", ca_file=tmp_path / "empty")
    for name in ("empty", "missing"):
        with pytest.raises(InvalidArgument, match="ca_file"):
            isoshape.connect("https://127.0.0.1:1", ca_file=tmp_path / name)


def test_socket_of_this_machine(tmp_path: Path) -> None:
    path = f"unix:{tmp_path}/s"
    with serving(UnixServer(f"{tmp_path}/s", Answering)):
        assert isoshape.connect(path).version == isoshape.__version__
        assert asyncio.run(isoshape.aio.connect(path)).version == isoshape.__version__
    with pytest.raises(Unavailable, match=path):
        isoshape.connect(path)


def test_answer_that_does_not_come_ends_with_the_timeout() -> None:
    silent = socketserver.TCPServer(("127.0.0.1", 0), socketserver.BaseRequestHandler)
    url = f"127.0.0.1:{silent.server_address[1]}"
    transport = isoshape._client.Transport(isoshape._client.address_of(url))
    client = isoshape.Client(transport, isoshape.__version__)
    with pytest.raises(DeadlineExceeded, match=r"no answer in 0\.2 s"):
        client.call("CampaignService.ListCampaigns", timeout=0.2)
    silent.server_close()


def test_page_of_something_else_is_no_coordinator(tmp_path: Path) -> None:
    handler = type("Page", (Answering,), {"do_GET": lambda self: self.send_error(200, "hello")})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    with serving(server), pytest.raises(Internal, match="is there an isoshape coordinator"):
        isoshape.connect(f"127.0.0.1:{server.server_port}")


class Busy(Answering):
    """Refuses twice, the first of its answers saying when to come again as told."""

    told = '"retry_delay":"0.01s"'
    asked = 0

    def do_GET(self) -> None:
        type(self).asked += 1
        if type(self).asked > 2:
            super().do_GET()
            return
        body = f'{{"code":"resource_exhausted","message":"busy",{self.told}}}'.encode()
        self.send_response(429)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def test_a_busy_coordinator_is_asked_again_when_it_says() -> None:
    handler = type("Soon", (Busy,), {})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    with serving(server):
        assert isoshape.connect(f"127.0.0.1:{server.server_port}").version == isoshape.__version__
        handler.asked = 0
        asyncio.run(isoshape.aio.connect(f"127.0.0.1:{server.server_port}"))
        assert handler.asked == 3


@pytest.mark.parametrize("told", ['"retry_delay":"3600s"', '"other":1', '"retry_delay":"soon"'])
def test_what_no_wait_mends_is_not_asked_again(told: str) -> None:
    handler = type("Never", (Busy,), {"told": told})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    with serving(server), pytest.raises(ResourceExhausted, match="busy"):
        isoshape.connect(f"127.0.0.1:{server.server_port}")
    assert handler.asked == 1
