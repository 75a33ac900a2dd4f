"""All that a browser gets from a server, and the search for what the AI says in it."""

import base64
import re
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, Request, Route, WebSocket

_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{16,}")
_ORDINARY = bytes.maketrans(b"-_", b"+/")
_PACKED = re.compile(rb"\x1f\x8b\x08|\x78[\x01\x5e\x9c\xda]")
_KEYS = ("probabilities", "opinions", "slip_probability", "disagreement")
SOCKET = "socket"
_STATIC = "/static/"
"""Where Streamlit's own scripts lie: the same whoever reads what, and full of short numbers."""


@dataclass
class Wire:
    """``received``: the bodies of answers, each with its path, and the frames of web sockets. ``hosts``: all
    that the browser asked."""

    received: list[tuple[str, bytes]] = field(default_factory=list)
    hosts: set[str] = field(default_factory=set)

    def found(self, words: Iterable[str]) -> set[tuple[str, str]]:
        """Which of the words came, and where, bare, packed or in base64."""
        whole = {word: re.compile(rb"(?<![\d.])" + re.escape(word.encode()) + rb"(?!\d)") for word in words}
        return {
            (path, word)
            for path, body in self.received
            for view in _views(body)
            for word, pattern in whole.items()
            # Much quicker than the pattern alone.
            if word.encode() in view and pattern.search(view)
        }


def recorded(context: BrowserContext) -> Wire:
    """From now on: whom the browser asks, and what comes by sockets."""
    wire = Wire()

    def note(request: Request) -> None:
        if request.url.startswith("http"):  # not data: and blob:, which are asked of nobody
            wire.hosts.add(urlsplit(request.url).netloc)

    def listen(socket: WebSocket) -> None:
        wire.hosts.add(urlsplit(socket.url).netloc)
        socket.on("framereceived", lambda frame: wire.received.append((SOCKET, _bytes(frame))))

    context.on("request", note)
    context.on("page", lambda page: page.on("websocket", listen))
    return wire


def keep_bodies(context: BrowserContext, wire: Wire) -> None:
    """From now on every answer is kept, unpacked, before the browser gets it; but not Streamlit's scripts."""

    def keep(route: Route) -> None:
        response = route.fetch(max_redirects=0)
        wire.received.append((urlsplit(route.request.url).path, response.body()))
        route.fulfill(response=response)

    context.route(lambda url: not urlsplit(url).path.startswith(_STATIC), keep)


def words_of_the_ai(result: dict[str, Any]) -> list[str]:
    """What is nowhere but in this result: its numbers, the keys of its JSON, its models."""
    numbers = {repr(number) for number in _numbers(result) if len(repr(number)) >= len("0.1234")}
    return [
        *sorted(numbers),
        *(f'"{key}"' for key in _KEYS),
        *(model["digest"] for model in result["models"]),
        *(remark for finding in result["findings"] for remark in finding["remarks"]),
    ]


def _numbers(content: Any) -> Iterator[float]:
    if isinstance(content, float):
        yield content
    elif isinstance(content, dict | list):
        for item in content.values() if isinstance(content, dict) else content:
            yield from _numbers(item)


def _views(body: bytes) -> Iterator[bytes]:
    """A body, what is packed in it, and what is written in base64 in it."""
    yield body
    for start in _PACKED.finditer(body):
        try:
            yield zlib.decompressobj(zlib.MAX_WBITS | 32).decompress(body[start.start() :])
        except zlib.error:
            continue
    for run in _BASE64.findall(body):
        for shift in range(4):
            part = run[shift:].translate(_ORDINARY)
            yield base64.b64decode(part[: len(part) // 4 * 4])


def _bytes(frame: str | bytes) -> bytes:
    return frame if isinstance(frame, bytes) else frame.encode()
