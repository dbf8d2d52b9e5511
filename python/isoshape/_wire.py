"""Calls as requests and answers, without a byte being sent.

An operation is a generator: it yields the requests that it makes, is sent the answers, and returns
its result. Transports (`_http.py`, `aio/_http.py`) drive it, so that both clients share all of it.
"""

from __future__ import annotations

import asyncio
import json
import ssl
import uuid
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

from isoshape import _api
from isoshape._address import Address
from isoshape._message import plain
from isoshape._version import __version__
from isoshape.errors import (
    DeadlineExceeded,
    Internal,
    IsoshapeError,
    NotFound,
    Unavailable,
    error_of,
)

T = TypeVar("T")

DEFAULT_TIMEOUT = 30.0
"""Seconds that a call waits for its answer, as the command line does."""
LONG_TIMEOUT = 600.0
"""Seconds that fits may take: the coordinator's own limit."""
RETRY_DELAYS = (0.25, 0.75)
"""Seconds before a call without an answer, or that a busy coordinator refused, is sent again;
for the latter at least what the coordinator says."""


@dataclass(frozen=True)
class Request:
    """A request of HTTP. It may be sent several times: changes carry an id."""

    method: str
    target: str
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    timeout: float = DEFAULT_TIMEOUT
    delay: float = 0.0
    """Seconds to wait before it is sent."""


@dataclass(frozen=True)
class Answer:
    """An answer of HTTP."""

    status: int
    body: bytes

    def json(self) -> Any:
        """The body as JSON; the error that it holds is raised."""
        if self.status != 200:
            raise self.error()
        try:
            return json.loads(self.body)
        except ValueError:
            raise Internal(
                f"the answer is no JSON, but begins with {self.body[:40]!r}; "
                "is there an isoshape coordinator at this address?"
            ) from None

    def retry_delay(self) -> float | None:
        """Seconds after which the request may be sent again, if the coordinator says so of one
        that it refused because it is busy."""
        if self.status != 429:
            return None
        try:
            return float(str(json.loads(self.body)["retry_delay"]).removesuffix("s"))
        except (ValueError, KeyError, TypeError):
            return None

    def error(self) -> IsoshapeError:
        """What an answer of another status than 200 says."""
        try:
            told = json.loads(self.body)
            return error_of(str(told["code"]), str(told["message"]))
        except (ValueError, KeyError, TypeError):
            kind = Unavailable if self.status in (502, 503, 504) else Internal
            return kind(f"HTTP status {self.status}: {self.body[:80].decode(errors='replace')!r}")


Op = Generator[Request, Answer, T]
"""An operation that yields requests and returns a T."""


def call(
    method: str,
    request: Mapping[str, Any] | None = None,
    *,
    timeout: float = DEFAULT_TIMEOUT,
    delay: float = 0.0,
) -> Op[dict[str, Any]]:
    """A call of the API by its name, `CampaignService/ListTrials` (also with a dot)."""
    name = method.replace(".", "/")
    if name not in _api.METHODS:
        service = name.partition("/")[0]
        known = sorted(m for m in _api.METHODS if m.startswith(service + "/")) or sorted(
            {m.partition("/")[0] for m in _api.METHODS}
        )
        raise NotFound(f"there is no call {method!r}; there are {', '.join(known)}")
    told = {key: plain(value) for key, value in (request or {}).items() if value is not None}
    if name in _api.CHANGING:
        told.setdefault("request_id", uuid.uuid4().hex)
    answer = yield Request(
        "POST",
        f"/isoshape.v1.{name}",
        json.dumps(told, allow_nan=False).encode(),
        {"Content-Type": "application/json"},
        timeout,
        delay,
    )
    found: dict[str, Any] = answer.json()
    return found


def get(
    path: str, query: Mapping[str, Any] | None = None, *, timeout: float = DEFAULT_TIMEOUT
) -> Op[Answer]:
    """A GET beside the calls."""
    return (yield Request("GET", target(path, query), timeout=timeout))


def target(path: str, query: Mapping[str, Any] | None = None) -> str:
    """A path with its query; lists are separated by commas, what is None is left out."""
    told = {key: query_text(value) for key, value in (query or {}).items() if value is not None}
    return quote(path) + ("?" + urlencode(told) if told else "")


def query_text(value: Any) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, list | tuple):
        return ",".join(query_text(each) for each in value)
    return str(value)


def headers_of(request: Request, address: Address, token: str | None) -> dict[str, str]:
    """The headers that a request is sent with."""
    told = {
        "Host": address.host_header,
        "User-Agent": f"isoshape-python/{__version__}",
        "Accept-Encoding": "identity" if address.is_local else "gzip",
        **request.headers,
    }
    if token is not None:
        told["Authorization"] = f"Bearer {token}"
    return told


def failure(address: Address, request: Request, error: Exception) -> IsoshapeError:
    """What an exception of a transport means: no answer in time, no coordinator, no trust."""
    if isinstance(error, IsoshapeError):
        return error
    if isinstance(error, ssl.SSLCertVerificationError):
        return Unavailable(
            f"the certificate of {address} is not trusted ({error.verify_message}); give the "
            "authority's certificate as ca_file"
        )
    if isinstance(error, TimeoutError | asyncio.TimeoutError):
        return DeadlineExceeded(
            f"{address}{request.target} gave no answer in {request.timeout:g} s; "
            "give a longer timeout"
        )
    reason = error.strerror if isinstance(error, OSError) and error.strerror else error
    return Unavailable(
        f"no coordinator answers at {address} ({reason or type(error).__name__}); start one with "
        "`isoshape serve`, or name the address that it prints as `dashboard:`, by "
        'connect("HOST:PORT") or ISOSHAPE_HTTP'
    )


def not_http(address: Address) -> Unavailable:
    """The error of a port that speaks something else, such as gRPC."""
    return Unavailable(
        f"what answers at {address} is not HTTP; give the address that the coordinator prints as "
        "`dashboard:` (port 50580), not that of gRPC (port 50551)"
    )
