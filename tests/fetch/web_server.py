"""A server on this machine that stands for the web; the judge of addresses is told that it is a public one."""

from __future__ import annotations

import contextlib
import http.server
import io
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image

from book import fetching
from book.assemble import remote
from book.fetching import Fetched
from book.fetching.download import Network, NotFetched
from book.style.links.whatwg import Address

HOME = "127.0.0.1"
DRAWING = b'<svg xmlns="http://www.w3.org/2000/svg" width="4" height="3" onload="x()"><script>x()</script><rect width="4" height="3"/></svg>'


LOCKED = remote.Locked(
    address='https://web.example/?q="\\',
    file="images/remote/a-1.png",
    media_type="image/png",
    bytes=3,
    sha256="0" * 64,
    fetched="2026-01-31",
)


def raster(kind: str = "PNG", colour: tuple[int, int, int] = (200, 10, 10)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (5, 4), colour).save(out, kind)
    return out.getvalue()


PNG = raster()
Answer = tuple[int, dict[str, str], bytes]
Page = Callable[[http.server.BaseHTTPRequestHandler], None]


class Web:
    """A network of one server: its answers by path, and the requests that it got."""

    def __init__(self) -> None:
        self.pages: dict[str, Answer | Page] = {}
        self.asked: list[tuple[str, str]] = []
        web = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                web.asked.append((self.path, self.headers["Host"]))
                page = web.pages.get(self.path, (404, {}, b"none"))
                if callable(page):
                    page(self)
                    return
                status, headers, body = page
                self.send_response(status)
                for name, value in {"Content-Length": str(len(body)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def do_CONNECT(self) -> None:
                web.asked.append((self.path, self.headers.get("Proxy-Authorization", "")))
                page = web.pages.get("CONNECT", (200, {}, b""))
                assert not callable(page)
                self.send_response(page[0])
                self.end_headers()
                # What is said through the tunnel comes to the same server.
                if page[0] == http.HTTPStatus.OK:
                    self.handle_one_request()

            def log_message(self, *_: object) -> None:
                pass

        class Server(http.server.ThreadingHTTPServer):
            def handle_error(self, *_: object) -> None:
                """Print nothing: the other side may hang up when it likes."""

        self.server = Server((HOME, 0), Handler)
        self.server.daemon_threads = True
        self.address = f"http://web.example:{self.server.server_port}"

    def serve(self, path: str, body: bytes, **headers: str) -> str:
        self.pages[path] = (200, {"Content-Type": "image/png", **headers}, body)
        return self.address + path

    def redirect(self, path: str, target: str, status: int = 302) -> str:
        self.pages[path] = (status, {"Location": target}, b"")
        return self.address + path


@contextlib.contextmanager
def running(monkeypatch: pytest.MonkeyPatch) -> Iterator[Web]:
    """Run a server, with no proxy in the environment."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    web = Web()
    thread = threading.Thread(target=web.server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield web
    web.server.shutdown()
    web.server.server_close()


def every_name(*ips: str) -> Callable[[str, int], tuple[str, ...]]:
    """Return a look-up that gives every name the addresses *ips*."""
    return lambda *_: ips


def network(*, patience: float = 10, longest: float = 60) -> Network:
    """Return a network in which every name is this machine, which counts as public; no other does."""
    return Network(public=lambda ip: ip == HOME, look_up=every_name(HOME), patience=patience, longest=longest)


def fetch(book: Path, *, update: bool = False, check: bool = False) -> Fetched:
    return fetching.fetch(book, update=update, check=check, network=network())


def parsed(address: str) -> Address:
    parts = remote.address_of(address)
    assert parts
    return parts


def files(book: Path) -> dict[str, bytes]:
    return {str(path.relative_to(book)): path.read_bytes() for path in sorted(book.rglob("*")) if path.is_file()}


def why(web: Web, address: str, **options: float) -> str:
    """Return the reason why the image at *address* is refused."""
    with pytest.raises(NotFetched) as raised:
        network(**options).fetch(parsed(address), 1000)
    return raised.value.message
