"""The blocking transport: HTTP/1.1 by the standard library, connections kept open."""

from __future__ import annotations

import contextlib
import gzip
import http.client
import os
import socket
import ssl
import threading
import time
import weakref
from collections.abc import Iterator
from typing import TypeVar

from isoshape._address import Address
from isoshape._wire import (
    RETRY_DELAYS,
    Answer,
    Op,
    Request,
    failure,
    headers_of,
    not_http,
)
from isoshape.errors import IsoshapeError, Unavailable

T = TypeVar("T")

_TRANSPORTS: weakref.WeakSet[Transport] = weakref.WeakSet()


def _begin_in_child() -> None:
    for transport in list(_TRANSPORTS):
        transport._begin()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_begin_in_child)


class _UnixConnection(http.client.HTTPConnection):
    """A connection to a socket of this machine."""

    def __init__(self, path: str, timeout: float) -> None:
        super().__init__("localhost", timeout=timeout)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


class Transport:
    """Sends requests; may be used by several threads, and after a fork by both processes: the
    child opens connections of its own, and a lock that another thread held is made anew."""

    def __init__(
        self, address: Address, token: str | None = None, tls: ssl.SSLContext | None = None
    ) -> None:
        self.address = address
        self._token = token
        self._tls = tls
        self._begin()
        _TRANSPORTS.add(self)

    def _begin(self) -> None:
        self._lock = threading.Lock()
        self._idle: list[http.client.HTTPConnection] = []

    def another(self) -> Transport:
        """A transport to the same coordinator with connections of its own."""
        return Transport(self.address, self._token, self._tls)

    def run(self, operation: Op[T]) -> T:
        """Makes an operation's requests, and returns its result."""
        try:
            request = next(operation)
            while True:
                try:
                    answer = self.send(request)
                except IsoshapeError as error:
                    request = operation.throw(error)
                else:
                    request = operation.send(answer)
        except StopIteration as end:
            result: T = end.value
            return result

    def send(self, request: Request) -> Answer:
        """The answer to a request, which is sent up to three times until there is one."""
        time.sleep(request.delay)
        for delay in RETRY_DELAYS:
            told = 0.0
            try:
                answer = self._send_once(request)
                told = answer.retry_delay() or 0.0
                if answer.status != 503 and not 0 < told < request.timeout:
                    return answer
            except Unavailable:
                pass
            time.sleep(max(delay, told))
        return self._send_once(request)

    def stream(self, request: Request) -> Iterator[str]:
        """The lines of an answer that goes on, on a connection of its own. Ends with it."""
        connection = self._open(request.timeout)
        try:
            answer = self._exchange(connection, request)
            if answer.status != 200:
                raise Answer(answer.status, answer.read()).error()
            while line := self._read_line(answer):
                yield line.decode().rstrip("\r\n")
        finally:
            connection.close()

    def close(self) -> None:
        """Closes the connections that are idle; the transport can still be used."""
        with self._lock:
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    def _send_once(self, request: Request) -> Answer:
        connection = self._take_idle()
        if connection is not None:
            # The other end may have closed it meanwhile, which says nothing of the coordinator.
            with contextlib.suppress(Unavailable):
                return self._finish(connection, request)
        return self._finish(self._open(request.timeout), request)

    def _finish(self, connection: http.client.HTTPConnection, request: Request) -> Answer:
        try:
            answer = self._exchange(connection, request)
            body = answer.read()
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            raise self._lost(error, request) from None
        except BaseException:
            connection.close()
            raise
        if answer.getheader("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        self._give_back(connection)
        return Answer(answer.status, body)

    def _exchange(
        self, connection: http.client.HTTPConnection, request: Request
    ) -> http.client.HTTPResponse:
        connection.timeout = request.timeout
        try:
            if connection.sock is not None:
                connection.sock.settimeout(request.timeout)
            connection.request(
                request.method,
                self.address.prefix + request.target,
                request.body,
                headers_of(request, self.address, self._token),
            )
            return connection.getresponse()
        except (OSError, http.client.HTTPException) as error:
            raise self._lost(error, request) from None

    def _read_line(self, answer: http.client.HTTPResponse) -> bytes:
        try:
            return answer.readline()
        except (OSError, http.client.HTTPException):
            return b""

    def _lost(self, error: Exception, request: Request) -> IsoshapeError:
        if isinstance(error, http.client.BadStatusLine) and not isinstance(
            error, http.client.RemoteDisconnected
        ):
            return not_http(self.address)
        return failure(self.address, request, error)

    def _open(self, timeout: float) -> http.client.HTTPConnection:
        address = self.address
        if address.socket:
            return _UnixConnection(address.socket, timeout)
        if address.tls:
            return http.client.HTTPSConnection(
                address.host, address.port, timeout=timeout, context=self._tls
            )
        return http.client.HTTPConnection(address.host, address.port, timeout=timeout)

    def _take_idle(self) -> http.client.HTTPConnection | None:
        with self._lock:
            return self._idle.pop() if self._idle else None

    def _give_back(self, connection: http.client.HTTPConnection) -> None:
        with self._lock:
            if connection.sock is not None:
                self._idle.append(connection)
