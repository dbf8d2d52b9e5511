"""The transport of asyncio: HTTP/1.1 over its streams, connections kept open."""

from __future__ import annotations

import asyncio
import gzip
import ssl
from collections.abc import AsyncGenerator, Awaitable
from dataclasses import dataclass
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

_LOST = (OSError, EOFError, asyncio.LimitOverrunError, ValueError)
_LINE_LIMIT = 64 << 20
"""Bytes of one line: a batch of many changed trials is one."""


@dataclass
class _Connection:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter


@dataclass
class _Head:
    status: int
    headers: dict[str, str]

    @property
    def keeps(self) -> bool:
        return self.headers.get("connection", "").lower() != "close"


class Transport:
    """Sends requests; for the tasks of one event loop."""

    def __init__(
        self, address: Address, token: str | None = None, tls: ssl.SSLContext | None = None
    ) -> None:
        self.address = address
        self._token = token
        self._tls = tls
        self._idle: list[_Connection] = []

    async def run(self, operation: Op[T]) -> T:
        """Makes an operation's requests, and returns its result."""
        try:
            request = next(operation)
            while True:
                try:
                    answer = await self.send(request)
                except IsoshapeError as error:
                    request = operation.throw(error)
                else:
                    request = operation.send(answer)
        except StopIteration as end:
            result: T = end.value
            return result

    async def send(self, request: Request) -> Answer:
        """The answer to a request, which is sent up to three times until there is one."""
        await asyncio.sleep(request.delay)
        for delay in RETRY_DELAYS:
            told = 0.0
            try:
                answer = await self._send_once(request)
                told = answer.retry_delay() or 0.0
                if answer.status != 503 and not 0 < told < request.timeout:
                    return answer
            except Unavailable:
                pass
            await asyncio.sleep(max(delay, told))
        return await self._send_once(request)

    async def stream(self, request: Request) -> AsyncGenerator[str, None]:
        """The lines of an answer that goes on, on a connection of its own. Ends with it."""
        connection = await self._open(request)
        try:
            head = await self._bounded(self._exchange(connection, request), request)
            if head.status != 200:
                body = await self._bounded(_body(connection.reader, head), request)
                raise Answer(head.status, body).error()
            chunked = head.headers.get("transfer-encoding", "").lower() == "chunked"
            rest = b""
            while True:
                try:
                    piece = await asyncio.wait_for(
                        _chunk(connection.reader) if chunked else connection.reader.read(65536),
                        request.timeout,
                    )
                except (*_LOST, asyncio.TimeoutError):
                    return
                if not piece:
                    return
                *lines, rest = (rest + piece).split(b"\n")
                for line in lines:
                    yield line.decode().rstrip("\r")
        finally:
            connection.writer.close()

    async def close(self) -> None:
        """Closes the connections that are idle; the transport can still be used."""
        idle, self._idle = self._idle, []
        for connection in idle:
            connection.writer.close()

    async def _send_once(self, request: Request) -> Answer:
        if self._idle:
            # The other end may have closed it meanwhile, which says nothing of the coordinator.
            try:
                return await self._finish(self._idle.pop(), request)
            except Unavailable:
                pass
        return await self._finish(await self._open(request), request)

    async def _finish(self, connection: _Connection, request: Request) -> Answer:
        kept = False
        try:
            head = await self._bounded(self._exchange(connection, request), request)
            body = await self._bounded(_body(connection.reader, head), request)
            kept = head.keeps
        finally:
            if kept:
                self._idle.append(connection)
            else:
                connection.writer.close()
        if head.headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        return Answer(head.status, body)

    async def _exchange(self, connection: _Connection, request: Request) -> _Head:
        headers = headers_of(request, self.address, self._token)
        if request.body is not None:
            headers["Content-Length"] = str(len(request.body))
        lines = [f"{request.method} {self.address.prefix}{request.target} HTTP/1.1"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        connection.writer.write("\r\n".join([*lines, "", ""]).encode() + (request.body or b""))
        await connection.writer.drain()
        status = (await connection.reader.readline()).split()
        if not status:
            raise ConnectionResetError("the connection was closed")
        if not status[0].startswith(b"HTTP/1.") or len(status) < 2:
            raise not_http(self.address)
        told: dict[str, str] = {}
        while line := (await connection.reader.readline()).strip():
            name, _, value = line.decode("latin-1").partition(":")
            told[name.strip().lower()] = value.strip()
        return _Head(int(status[1]), told)

    async def _open(self, request: Request) -> _Connection:
        where = self.address
        if where.socket:
            opening = asyncio.open_unix_connection(where.socket, limit=_LINE_LIMIT)
        else:
            opening = asyncio.open_connection(
                where.host, where.port, ssl=self._tls, limit=_LINE_LIMIT
            )
        return _Connection(*(await self._bounded(opening, request)))

    async def _bounded(self, doing: Awaitable[T], request: Request) -> T:
        """What is done within the request's time, with failures as our errors."""
        try:
            return await asyncio.wait_for(doing, request.timeout)
        except (*_LOST, asyncio.TimeoutError) as error:
            raise failure(self.address, request, error) from None


async def _body(reader: asyncio.StreamReader, head: _Head) -> bytes:
    if head.headers.get("transfer-encoding", "").lower() == "chunked":
        pieces = []
        while piece := await _chunk(reader):
            pieces.append(piece)
        return b"".join(pieces)
    if "content-length" in head.headers:
        return await reader.readexactly(int(head.headers["content-length"]))
    return await reader.read()


async def _chunk(reader: asyncio.StreamReader) -> bytes:
    """The next chunk; empty at the end."""
    size = int((await reader.readline()).partition(b";")[0], 16)
    piece = await reader.readexactly(size)
    await reader.readline()
    return piece
