"""Where the coordinator answers HTTP, and what is shown to it."""

from __future__ import annotations

import ipaddress
import os
import ssl
import urllib.parse
from dataclasses import dataclass
from pathlib import Path

from isoshape.errors import InvalidArgument

DEFAULT_PORT = 50580
_FORMS = "give HOST:PORT, http://…, https://… or unix:PATH"


@dataclass(frozen=True)
class Address:
    """An address of HTTP: a host and port, or the path of a socket."""

    host: str
    port: int
    tls: bool = False
    socket: str = ""
    prefix: str = ""
    """What a proxy puts before every path, for example `/isoshape`."""

    def __str__(self) -> str:
        if self.socket:
            return f"unix:{self.socket}"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'https' if self.tls else 'http'}://{host}:{self.port}{self.prefix}"

    @property
    def is_local(self) -> bool:
        """Whether what is sent there stays on this machine."""
        if self.socket or self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    @property
    def host_header(self) -> str:
        if self.socket:
            return "localhost"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.tls else 80) else f"{host}:{self.port}"


def address_of(text: str | None) -> Address:
    """The address that a text names; without one that of ISOSHAPE_HTTP, else that on the host
    of ISOSHAPE_SERVER, else of this machine, at the port that HTTP has by default."""
    text = text or os.environ.get("ISOSHAPE_HTTP")
    if not text:
        # Of several coordinators, as workers take them, the first; none of a file.
        server = os.environ.get("ISOSHAPE_SERVER", "").split(",")[0].strip()
        server = "" if server.startswith("@") else server
        host = server.rpartition(":")[0] if ":" in server and "/" not in server else ""
        text = f"{host or '127.0.0.1'}:{DEFAULT_PORT}"
    if text.startswith("unix:"):
        path = text[len("unix:") :].removeprefix("//")
        if not path:
            raise InvalidArgument(f"address {text!r} has no path; {_FORMS}")
        return Address("localhost", 0, socket=path)
    # As gRPC's clients read it: both ports of a coordinator have TLS, or neither.
    scheme = "https" if os.environ.get("ISOSHAPE_TLS_CA") else "http"
    url = urllib.parse.urlsplit(text if "://" in text else f"{scheme}://{text}")
    try:
        port = url.port
    except ValueError:
        port = -1
    if url.scheme not in ("http", "https") or not url.hostname or port == -1 or url.query:
        raise InvalidArgument(f"address {text!r} is none; {_FORMS}")
    tls = url.scheme == "https"
    if port is None:
        port = (443 if tls else 80) if "://" in text else DEFAULT_PORT
    return Address(url.hostname, port, tls, prefix=url.path.rstrip("/"))


def token_of(
    address: Address, token: str | None, token_file: str | os.PathLike[str] | None
) -> str | None:
    """The bearer token: that given, that in the file, of ISOSHAPE_TOKEN, or in the file of
    ISOSHAPE_TOKEN_FILE, in this order; None if there is none.

    As gRPC's clients do, refuses one that others could read on its way to the address."""
    if token is None and token_file is None:
        token = os.environ.get("ISOSHAPE_TOKEN") or None
        token_file = os.environ.get("ISOSHAPE_TOKEN_FILE") or None
    if token is None and token_file is not None:
        try:
            token = Path(token_file).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise InvalidArgument(
                f"token file {os.fspath(token_file)!r} cannot be read: {error.strerror}"
            ) from None
    if token is not None and (not token or not token.isascii() or not token.isprintable()):
        raise InvalidArgument("the token is empty or has characters that no header may hold")
    readable = not (address.tls or address.is_local)
    if token is not None and readable and os.environ.get("ISOSHAPE_INSECURE") != "1":
        raise InvalidArgument(
            f"the token would travel to {address} for all to read; give https://…, or set "
            "ISOSHAPE_INSECURE=1 on a network that you trust"
        )
    return token


def tls_of(address: Address, ca_file: str | os.PathLike[str] | None) -> ssl.SSLContext | None:
    """What checks the coordinator's certificate, by the authorities of a file, those that
    ISOSHAPE_TLS_CA names, or the system's, and shows the one of ISOSHAPE_TLS_CERT and _KEY."""
    if not address.tls:
        if ca_file is not None:
            raise InvalidArgument(f"ca_file is for https; the address is {address}")
        return None
    named = os.environ.get("ISOSHAPE_TLS_CA", "")
    source = "ca_file"
    if ca_file is None and named not in ("", "system"):
        source, ca_file = "ISOSHAPE_TLS_CA", named
    try:
        context = ssl.create_default_context(cafile=os.fspath(ca_file) if ca_file else None)
    except (OSError, ssl.SSLError) as error:
        raise InvalidArgument(f"{source} {os.fspath(ca_file or '')!r}: {error}") from None
    certificate = os.environ.get("ISOSHAPE_TLS_CERT")
    key = os.environ.get("ISOSHAPE_TLS_KEY")
    if bool(certificate) != bool(key):
        raise InvalidArgument(
            "of ISOSHAPE_TLS_CERT and ISOSHAPE_TLS_KEY one is missing; give both, or neither"
        )
    if certificate:
        try:
            # Without `password` OpenSSL would ask the terminal for that of a key that has one.
            context.load_cert_chain(certificate, key, password=lambda: "")
        except (OSError, ssl.SSLError) as error:
            raise InvalidArgument(
                f"ISOSHAPE_TLS_CERT {certificate!r} and ISOSHAPE_TLS_KEY: {error}"
            ) from None
    return context
