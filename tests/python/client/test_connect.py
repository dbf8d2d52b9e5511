from __future__ import annotations

import asyncio
import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import Coordinator

import isoshape
import isoshape.aio
from isoshape._address import address_of, tls_of, token_of
from isoshape.errors import InvalidArgument, NotFound, Unavailable, VersionMismatch


class Answering(http.server.BaseHTTPRequestHandler):
    """Says what the test has put into `version`, and keeps the headers of requests."""

    protocol_version = "HTTP/1.1"
    version = isoshape.__version__
    seen: list[dict[str, str]] = []  # noqa: RUF012

    def do_GET(self) -> None:
        self.seen.append(dict(self.headers))
        body = f'{{"version":"{self.version}"}}'.encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def answering() -> Iterator[str]:
    Answering.seen.clear()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_client_knows_the_version_and_the_address(coordinator: Coordinator) -> None:
    iso = isoshape.connect(coordinator.url)
    assert iso.version == isoshape.__version__
    assert iso.address == coordinator.url


def test_address_comes_from_the_environment(
    coordinator: Coordinator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ISOSHAPE_HTTP", coordinator.url)
    assert isoshape.connect().address == coordinator.url


@pytest.mark.parametrize(
    ("text", "server", "address"),
    [
        (None, "", "http://127.0.0.1:50580"),
        (None, "gpu1:50551", "http://gpu1:50580"),
        (None, "gpu1:50551, gpu2:50551", "http://gpu1:50580"),
        (None, "@/run/servers:1", "http://127.0.0.1:50580"),
        ("gpu1", "", "http://gpu1:50580"),
        ("gpu1:80", "", "http://gpu1:80"),
        ("[::1]:81", "", "http://[::1]:81"),
        ("https://host/isoshape/", "", "https://host:443/isoshape"),
        ("unix:/run/iso", "", "unix:/run/iso"),
    ],
)
def test_forms_of_addresses(
    text: str | None, server: str, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ISOSHAPE_HTTP", raising=False)
    monkeypatch.setenv("ISOSHAPE_SERVER", server)
    assert str(address_of(text)) == address


@pytest.mark.parametrize("text", ["ftp://x", "host:port", "unix:", "http://", "h:99999"])
def test_address_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(InvalidArgument, match="give HOST:PORT"):
        isoshape.connect(text)


def test_no_coordinator_is_said_with_the_command_that_starts_one() -> None:
    with pytest.raises(Unavailable, match="`isoshape serve`") as found:
        isoshape.connect("127.0.0.1:1")
    assert "\n" not in str(found.value)


def test_port_of_grpc_is_told_from_that_of_http(coordinator: Coordinator) -> None:
    with pytest.raises(Unavailable, match="not that of gRPC"):
        isoshape.connect(coordinator.grpc)


def test_coordinator_of_another_major_version_is_refused(
    answering: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Answering, "version", "7.1.0")
    with pytest.raises(VersionMismatch, match=r"7\.1\.0.*install isoshape==7\.1\.0"):
        isoshape.connect(answering)


def test_token_goes_with_every_request(
    answering: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "token"
    file.write_text("from-file\n")
    monkeypatch.setenv("ISOSHAPE_TOKEN", "from-environment")
    isoshape.connect(answering)
    isoshape.connect(answering, token_file=file)
    isoshape.connect(answering, token="given")
    sent = [headers["Authorization"] for headers in Answering.seen]
    assert sent == ["Bearer from-environment", "Bearer from-file", "Bearer given"]


def test_no_token_is_sent_if_there_is_none(answering: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ISOSHAPE_TOKEN", raising=False)
    monkeypatch.delenv("ISOSHAPE_TOKEN_FILE", raising=False)
    isoshape.connect(answering)
    assert "Authorization" not in Answering.seen[0]


@pytest.mark.parametrize("address", ["gpu1", "http://gpu1:80", "http://127.gpu1:80"])
def test_token_goes_to_no_other_machine_without_tls(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("ISOSHAPE_INSECURE", "ISOSHAPE_TLS_CA", "ISOSHAPE_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    file = tmp_path / "token"
    file.write_text("secret")
    for given in ({"token": "secret"}, {"token_file": file}):
        with pytest.raises(InvalidArgument, match=r"gpu1.*ISOSHAPE_INSECURE=1") as found:
            isoshape.connect(address, **given)
        assert "secret" not in str(found.value)
        with pytest.raises(InvalidArgument, match="https://"):
            asyncio.run(isoshape.aio.connect(address, **given))
    monkeypatch.setenv("ISOSHAPE_TOKEN", "secret")
    with pytest.raises(InvalidArgument, match="https://"):
        isoshape.connect(address)


def test_token_goes_where_nobody_reads_it_or_that_is_allowed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("ISOSHAPE_INSECURE", raising=False)
    for address in ("https://gpu1", "unix:/run/iso", "localhost", "127.0.0.2:80", "[::1]:80"):
        assert token_of(address_of(address), "secret", None) == "secret"
    monkeypatch.setenv("ISOSHAPE_INSECURE", "1")
    assert token_of(address_of("http://gpu1"), "secret", None) == "secret"


def test_tls_files_of_the_environment_are_named_by_their_variables(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    where = address_of("https://gpu1")
    monkeypatch.setenv("ISOSHAPE_TLS_CA", str(tmp_path / "none"))
    with pytest.raises(InvalidArgument, match=r"ISOSHAPE_TLS_CA .*none"):
        tls_of(where, None)
    with pytest.raises(InvalidArgument, match=r"ca_file .*other"):
        tls_of(where, tmp_path / "other")
    monkeypatch.delenv("ISOSHAPE_TLS_CA")
    monkeypatch.delenv("ISOSHAPE_TLS_CERT", raising=False)
    monkeypatch.setenv("ISOSHAPE_TLS_KEY", str(tmp_path / "key"))
    with pytest.raises(InvalidArgument, match="one is missing"):
        tls_of(where, None)


@pytest.mark.parametrize("token", ["", "two\nlines", "schlüssel"])
def test_token_that_no_header_may_hold_is_refused(token: str) -> None:
    with pytest.raises(InvalidArgument, match="token"):
        isoshape.connect("127.0.0.1:1", token=token)


def test_token_file_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidArgument, match="No such file"):
        isoshape.connect("127.0.0.1:1", token_file=tmp_path / "none")


def test_unknown_call_is_refused_with_those_that_there_are(iso: isoshape.Client) -> None:
    with pytest.raises(NotFound, match="CampaignService/ListTrials"):
        iso.call("CampaignService.ListTrails")


def test_raw_call_is_json_in_and_json_out(iso: isoshape.Client) -> None:
    assert iso.call("CampaignService.ListCampaigns", {"page_size": 1})["campaigns"] == []


def test_connection_that_the_coordinator_closed_is_made_anew(
    iso: isoshape.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What a coordinator does after 30 s without a request.
    for connection in iso._transport._idle:
        connection.sock.shutdown(2)
    assert iso.campaigns.list() == []
