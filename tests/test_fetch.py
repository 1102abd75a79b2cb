"""`book fetch`: remote images are downloaded into the book, from public machines only; builds stay offline.

A server on this machine stands for the web; the judge of addresses is told that it is a public one.
"""

from __future__ import annotations

import http.server
import io
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image

from book import cli, fetching, press
from book.assemble import remote
from book.fetching import Fetched, download
from book.fetching.download import Network, NotFetched
from book.problems import PublishError, Severity
from book.style.links.whatwg import Address
from tests.loops import some
from tests.making import write_book

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


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Iterator[Web]:
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


# What comes into the book.


def test_images_of_every_kind_come_into_the_book_and_a_build_takes_them(web: Web, tmp_path: Path) -> None:
    png, jpeg = web.serve("/a/one.png?x=1&y=ä", PNG), ""
    web.pages["/a/one.png?x=1&y=%C3%A4"] = web.pages["/a/one.png?x=1&y=ä"]
    jpeg = web.serve("/two", raster("JPEG"))
    svg = web.serve("/three.svg", DRAWING)
    cover = web.serve("/cover.png", raster(colour=(1, 2, 3)))
    text = f'# A\n\n![one]({png})\n\n<p><img src="{jpeg}" alt="two"></p>\n\n![three][t] and ![one]({png}#again)\n\n[t]: {svg}\n'
    book = write_book(tmp_path, text, f'title = "T"\nlanguage = "en"\ncover = "{cover}"\ncover_alt = "A cover"\n')
    before = press.read(book)
    assert [problem.code for problem in before.problems] == ["I102"] * 5
    assert before.book.cover is None
    assert fetch(book).problems == ()
    assert sorted({path for path, _ in web.asked}) == ["/a/one.png?x=1&y=%C3%A4", "/cover.png", "/three.svg", "/two"]
    assert len(web.asked) == 4
    count = len(web.asked)
    read = press.read(book)
    assert read.problems == ()
    assert [asset.media_type for asset in read.book.assets] == ["image/png", "image/svg+xml", "image/jpeg"]
    assert read.book.cover
    assert len(web.asked) == count
    (drawing,) = (book / remote.FOLDER).glob("three-*.svg")
    assert b"script" not in drawing.read_bytes()
    assert b"onload" not in drawing.read_bytes()


def test_the_lock_names_each_image_in_the_order_of_addresses(web: Web, tmp_path: Path) -> None:
    second, first = web.serve("/b.png", PNG), web.serve("/a.png", raster(colour=(9, 9, 9)))
    book = write_book(tmp_path, f"# A\n\n![b]({second})\n\n![a]({first})\n")
    assert fetch(book).complete
    lock, problems = remote.read(book)
    assert problems == ()
    assert list(lock) == [first, second]
    assert lock[second].bytes == len(PNG)
    assert (book / lock[second].file).read_bytes() == PNG
    whole = files(book)
    assert fetch(book).reused == 2
    assert fetch(book, update=True).reused == 0
    assert files(book) == whole


def test_an_image_that_the_book_no_longer_shows_goes_unless_somebody_changed_it(web: Web, tmp_path: Path) -> None:
    one, two = web.serve("/one.png", PNG), web.serve("/two.png", raster(colour=(9, 9, 9)))
    book = write_book(tmp_path, f"# A\n\n![b]({one})\n\n![a]({two})\n")
    fetch(book)
    lock, _ = remote.read(book)
    (book / lock[two].file).write_bytes(b"mine")
    (book / "a.md").write_text("# A\n\nNo image.\n", encoding="utf-8")
    assert fetch(book).removed == (lock[one].file,)
    assert remote.read(book)[0] == {}
    assert (book / lock[two].file).read_bytes() == b"mine"


def test_check_reports_missing_files_and_uses_no_network(web: Web, tmp_path: Path) -> None:
    book = write_book(tmp_path, f"# A\n\n![b]({web.serve('/a.png', PNG)})\n")
    (problem,) = fetch(book, check=True).problems
    assert (problem.code, str(problem.place)) == ("I123", "a.md:3:1")
    assert not (book / "handbound.lock").exists()
    assert web.asked == []
    fetch(book)
    assert fetch(book, check=True).complete
    next((book / remote.FOLDER).iterdir()).write_bytes(b"other")
    assert not fetch(book, check=True).complete


def test_one_image_that_cannot_be_had_keeps_none_of_the_others(web: Web, tmp_path: Path) -> None:
    gone, good = f"{web.address}/gone.png", web.serve("/a.png", PNG)
    book = write_book(tmp_path, f"# A\n\n![b]({gone})\n\n![a]({good})\n")
    fetched = fetch(book)
    assert [str(problem.place) for problem in fetched.problems] == ["a.md:3:1"]
    assert "404" in fetched.problems[0].message
    assert len(fetched.files) == 1
    assert [problem.code for problem in press.read(book).problems] == ["I102"]


def test_the_command_prints_what_it_did(
    web: Web, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(fetching, "Network", network)
    book = write_book(tmp_path, f"# A\n\n![b]({web.serve('/a.png', PNG)})\n\n![c]({web.address}/no.png)\n")
    assert cli.main(["fetch", str(book)]) == 1
    out, err = capsys.readouterr()
    assert out.endswith("2 remote images: 1 fetched, 0 already in the book, 1 not in the book\n")
    assert "I122" in err
    assert "404" in err
    assert cli.main(["fetch", str(book), "--check"]) == 1
    (book / "a.md").write_text("# A\n\nwords\n", encoding="utf-8")
    capsys.readouterr()
    assert cli.main(["fetch", str(book)]) == 0
    assert "removed" in capsys.readouterr().out


# What a build does with what is not there.


@pytest.mark.parametrize("change", ["altered", "missing", "link"])
def test_a_fetched_file_that_is_not_as_the_lock_says_is_not_used(web: Web, tmp_path: Path, change: str) -> None:
    book = write_book(tmp_path / "book", f"# A\n\n![b]({web.serve('/a.png', PNG)})\n")
    fetch(book)
    (file,) = (book / remote.FOLDER).iterdir()
    file.unlink()
    if change == "altered":
        file.write_bytes(raster(colour=(9, 9, 9)))
    if change == "link":
        (tmp_path / "out.png").write_bytes(PNG)
        file.symlink_to(tmp_path / "out.png")
    read = press.read(book)
    assert [problem.code for problem in read.problems] == ["I121"]
    assert "book fetch" in read.problems[0].fix
    assert read.book.assets == ()


def test_remote_images_that_are_dropped_leave_nothing_behind(tmp_path: Path) -> None:
    address = "https://web.example/a.png"
    text = (
        f"# A\n\nBefore.\n\n![b]({address})\n\n[![c]({address})](https://web.example/)\n\nText ![d]({address}) after.\n"
    )
    shown = press.read(write_book(tmp_path, text))
    assert address in shown.book.spine[0].body.spell()
    assert "book fetch" in shown.problems[0].fix
    book = write_book(tmp_path, text, 'title = "T"\nlanguage = "en"\nremote_images = "drop"\n')
    read = press.read(book)
    assert {problem.severity for problem in some(read.problems)} == {Severity.NOTE}
    body = read.book.spine[0].body.spell()
    assert address not in body
    assert "<figure" not in body
    assert "<a" not in body
    assert body.count("<p") == 2
    assert "Text  after." in body


@pytest.mark.parametrize(
    ("text", "shown", "gone"),
    [
        (
            "<figure>\n<img src='https://web.example/a.png' alt='a'>\n<figcaption>Words.</figcaption>\n</figure>",
            "",
            "Words",
        ),
        ("- ![a](https://web.example/a.png)\n- text", "text", ""),
        ("- ![a](https://web.example/a.png)\n- [![b](https://web.example/b.png)](https://web.example/)", "", "<ul"),
        ("::: {.box}\n![a](https://web.example/a.png)\n:::", "", "<div"),
        ("![Words](https://web.example/a.png){#plate}\n\nSee [it](#plate).", 'id="a-plate"', ""),
        ("![Words](https://web.example/a.png){#other}", "", "<figure"),
        ("| a | b |\n|---|---|\n| ![a](https://web.example/a.png) | y |", "y", ""),
    ],
)
def test_nothing_hollow_stands_where_a_dropped_image_stood(tmp_path: Path, text: str, shown: str, gone: str) -> None:
    book = write_book(
        tmp_path, f"# A\n\nBefore.\n\n{text}\n\nAfter.\n", 'title = "T"\nlanguage = "en"\nremote_images = "drop"\n'
    )
    body = press.read(book).book.spine[0].body.spell()
    assert shown in body
    assert "<li></li>" not in body
    assert not gone or gone not in body


@pytest.mark.parametrize(
    "text",
    [
        "<<<<<<< ours\n",
        "version = 2\n",
        'version = 1\n[[image]]\naddress = "https://a.example/"\n',
        "version = 1\n" + "a = [" * 999,
        remote.dumped([LOCKED]).decode().replace("images/remote/a-1.png", "../../etc/passwd"),
        b"\xff\xfe",
    ],
)
def test_a_lock_file_that_book_fetch_did_not_write_is_reported_and_ignored(tmp_path: Path, text: str | bytes) -> None:
    (tmp_path / remote.FILE).write_bytes(text if isinstance(text, bytes) else text.encode())
    lock, (problem,) = remote.read(tmp_path)
    assert (lock, problem.code, problem.place.path) == ({}, "I120", remote.FILE)


def test_a_lock_that_somebody_else_wrote_is_not_overwritten(tmp_path: Path) -> None:
    book = write_book(tmp_path, {"a.md": "# A\n\n![b](https://web.example/a.png)\n", remote.FILE: "<<<<<<< ours\n"})
    assert sorted(problem.code for problem in press.read(book).problems) == ["I102", "I120"]
    with pytest.raises(PublishError):
        fetch(book)
    assert (book / remote.FILE).read_text(encoding="utf-8") == "<<<<<<< ours\n"


def test_the_lock_is_written_as_it_is_read(tmp_path: Path) -> None:
    (tmp_path / remote.FILE).write_bytes(remote.dumped([LOCKED]))
    assert remote.read(tmp_path) == ({LOCKED.address: LOCKED}, ())


# What is refused.


def test_an_address_that_is_not_public_is_never_requested(web: Web) -> None:
    port = web.server.server_port
    asked = Network(look_up=every_name(HOME))
    for host in ("localhost", "web.example", HOME, "2130706433", "0x7f.1"):
        parts = parsed(f"http://{host}:{port}/a.png")
        with pytest.raises(NotFetched, match="private network"):
            asked.fetch(parts, 1000)
    assert web.asked == []


@pytest.mark.parametrize(
    "ip", ["10.0.0.1", "192.168.0.1", "169.254.169.254", "::1", "fe80::1", "::ffff:127.0.0.1", "100.64.0.1"]
)
def test_a_name_with_one_private_address_is_refused_whole(web: Web, ip: str) -> None:
    parts = parsed(f"{web.address}/a.png")
    both = Network(look_up=every_name("93.184.216.34", ip))
    with pytest.raises(NotFetched, match="private network"):
        both.fetch(parts, 1000)


def test_a_redirect_to_a_private_machine_is_refused(web: Web) -> None:
    address = web.redirect("/a.png", f"http://metadata.example:{web.server.server_port}/secret")
    parts = parsed(address)
    asked = network()
    asked.look_up = lambda host, _: (HOME,) if host == "web.example" else ("169.254.169.254",)
    with pytest.raises(NotFetched, match=r"169\.254\.169\.254"):
        asked.fetch(parts, 1000)
    assert [path for path, _ in web.asked] == ["/a.png"]


def test_a_name_that_changes_its_address_gains_nothing(web: Web) -> None:
    answers = iter([(HOME,), ("10.0.0.1",)])
    asked = network()
    asked.look_up = lambda *_: next(answers)
    web.serve("/a.png", PNG)
    parts = parsed(f"{web.address}/a.png")
    assert asked.fetch(parts, 1000)[0] == PNG  # looked up once, and connected to what was looked up
    assert next(answers) == ("10.0.0.1",)
    assert web.asked == [("/a.png", f"web.example:{web.server.server_port}")]


@pytest.mark.parametrize("status", sorted(download.STATUS_OF_REDIRECTS))
def test_redirects_are_followed(web: Web, status: int) -> None:
    web.serve("/b.png", PNG)
    parts = parsed(web.redirect("/a/a.png", "../b.png", status))
    assert network().fetch(parts, 1000)[0] == PNG


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("/a.png", "more than 5 redirects"),
        ("file:///etc/passwd", "no web address"),
        ("ftp://web.example/", "no web address"),
        ("data:image/png;base64,", "no web address"),
        ("", "no web address"),
        ("http://user:pass@web.example/", "password"),
        ("http://web.example:22/", "port 22"),
    ],
)
def test_a_redirect_that_leads_nowhere_good_is_refused(web: Web, target: str, words: str) -> None:
    assert words in why(web, web.redirect("/a.png", target))


def test_a_redirect_that_gives_up_encryption_is_refused() -> None:
    address = remote.address_of("https://web.example/a.png")
    assert address
    with pytest.raises(NotFetched, match="not encrypted"):
        download._redirected(address, "http://web.example/a.png")


def test_credentials_are_not_sent(web: Web) -> None:
    assert "password" in why(web, web.address.replace("://", "://ada:secret@") + "/a.png")
    assert web.asked == []


def test_what_is_too_large_is_given_up_early(web: Web) -> None:
    assert "larger" in why(web, web.serve("/said.png", b"x" * 1001))

    def endless(handler: http.server.BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        for _ in range(10_000):
            handler.wfile.write(b"x" * 10_000)

    web.pages["/endless.png"] = endless
    assert "larger" in why(web, f"{web.address}/endless.png")


@pytest.mark.parametrize("where", ["head", "body"])
def test_what_comes_drop_by_drop_is_given_up(web: Web, where: str) -> None:
    stop = threading.Event()

    def slow(handler: http.server.BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n" + (b"\r\n" if where == "body" else b"X: "))
        while not stop.wait(0.01):
            handler.wfile.write(b"x")
            handler.wfile.flush()

    web.pages["/slow.png"] = slow
    try:
        assert "takes longer than 0.3 seconds" in why(web, f"{web.address}/slow.png", longest=0.3)
    finally:
        stop.set()


def silent_until(stop: threading.Event) -> Page:
    """Return an empty page."""

    def wait(_: http.server.BaseHTTPRequestHandler) -> None:
        stop.wait(20)

    return wait


def test_a_server_that_does_not_answer_is_given_up(web: Web) -> None:
    stop = threading.Event()
    web.pages["/dumb.png"] = silent_until(stop)
    try:
        assert "did not answer" in why(web, f"{web.address}/dumb.png", patience=0.1)
    finally:
        stop.set()


def test_an_interrupt_does_not_wait_for_a_server(web: Web) -> None:
    stop = threading.Event()
    web.pages["/dumb.png"] = silent_until(stop)
    parts = parsed(f"{web.address}/dumb.png")
    asked = network()
    told: list[str] = []

    def run() -> None:
        with pytest.raises(NotFetched) as raised:
            asked.fetch(parts, 1000)
        told.append(raised.value.message)

    thread = threading.Thread(target=run)
    thread.start()
    while not web.asked:
        time.sleep(0.001)
    asked.stop()
    thread.join()
    stop.set()
    assert told


@pytest.mark.parametrize(
    ("head", "words"),
    [
        (b"nonsense\r\n\r\n", "failed"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nshort", "ends after 5 of 99"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "failed"),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\nx", "packed"),
        (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n", "failed"),
        (b"HTTP/1.1 500 \x1b[31mOh\r\n\r\n", "500"),
        (b"", "failed"),
    ],
)
def test_a_server_that_answers_nonsense_gives_one_message(web: Web, head: bytes, words: str) -> None:
    def talk(handler: http.server.BaseHTTPRequestHandler) -> None:
        handler.wfile.write(head)

    web.pages["/a.png"] = talk
    message = why(web, f"{web.address}/a.png")
    assert words in message
    assert "\x1b" not in message
    assert "\n" not in message


def test_a_download_that_is_not_an_image_is_not_written(web: Web, tmp_path: Path) -> None:
    bodies = (
        b"<!doctype html><p>A page</p>",
        b"",
        b"\x1f\x8b\x08packed",
        b'<svg xmlns="http://www.w3.org/2000/svg"><!DOCTYPE x [<!ENTITY a "b">]>',
        PNG[:40],
    )
    images = [f"![b]({web.serve(f'/{number}.png', body)})" for number, body in enumerate(bodies)]
    book = write_book(tmp_path, "# A\n\n" + "\n\n".join(images))
    before = files(book)
    assert [problem.code for problem in fetch(book).problems] == ["I122"] * len(bodies)
    assert files(book) == before


def test_no_link_leads_fetched_files_out_of_the_book(web: Web, tmp_path: Path) -> None:
    book = write_book(tmp_path / "book", f"# A\n\n![b]({web.serve('/a.png', PNG)})\n")
    (tmp_path / "elsewhere").mkdir()
    (book / "images").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(PublishError, match="link"):
        fetch(book)
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_folder_that_cannot_be_written_is_one_line(web: Web, tmp_path: Path) -> None:
    book = write_book(tmp_path, f"# A\n\n![b]({web.serve('/a.png', PNG)})\n")
    (book / "images").write_text("a file where the folder should be")
    with pytest.raises(PublishError, match="cannot write here"):
        fetch(book)


def test_all_images_together_have_a_limit(web: Web, tmp_path: Path) -> None:
    address = [web.serve(f"/{number}.png", raster(colour=(number, 9, 9))) for number in range(fetching.BATCH + 2)]
    book = write_book(
        tmp_path, "# A\n\n" + "\n\n".join(f"![b]({one})" for one in address), 'title = "T"\nlimits.fetch_bytes = 100\n'
    )
    fetched = fetch(book)
    assert fetched.files
    assert "limits.fetch_bytes" in fetched.problems[-1].fix


# Proxies and certificates.


def test_a_proxy_is_asked_for_the_address_that_was_judged(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", f"http://ada:secret@{HOME}:{web.server.server_port}")
    web.serve("/a.png", PNG)
    parts = parsed("http://web.example/a.png")
    assert network().fetch(parts, 1000)[0] == PNG
    assert web.asked == [(f"{HOME}:80", "Basic YWRhOnNlY3JldA=="), ("/a.png", "web.example")]
    with pytest.raises(NotFetched, match="private network"):
        Network(look_up=every_name("10.0.0.1")).fetch(parts, 1000)
    web.pages["CONNECT"] = (403, {}, b"")
    with pytest.raises(NotFetched, match="does not connect"):
        network().fetch(parts, 1000)
    monkeypatch.setenv("http_proxy", "socks5://proxy.example")
    with pytest.raises(NotFetched, match="no http:// address"):
        network().fetch(parts, 1000)


def test_no_proxy_is_asked_for_a_host_that_the_environment_excepts(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://proxy.invalid:1")
    monkeypatch.setenv("no_proxy", "web.example")
    parts = parsed(web.serve("/a.png", PNG))
    assert network().fetch(parts, 1000)[0] == PNG


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl makes the certificate")
def test_a_certificate_must_be_that_of_the_name(web: Web, tmp_path: Path) -> None:
    command = "openssl req -x509 -newkey rsa:2048 -nodes -keyout k -out c -subj /CN=web.example -addext subjectAltName=DNS:web.example"
    subprocess.run(command.split(), cwd=tmp_path, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "c", tmp_path / "k")
    web.server.socket = context.wrap_socket(web.server.socket, server_side=True, do_handshake_on_connect=False)
    web.serve("/a.png", PNG)
    asked = network()
    asked.context = ssl.create_default_context(cafile=str(tmp_path / "c"))
    for host, trusted in (("web.example", True), ("other.example", False)):
        parts = parsed(f"https://{host}:{web.server.server_port}/a.png")
        if trusted:
            assert asked.fetch(parts, 1000)[0] == PNG
        else:
            with pytest.raises(NotFetched, match="certificate"):
                asked.fetch(parts, 1000)
    with pytest.raises(NotFetched, match="certificate"):
        network().fetch(parts, 1000)


def test_a_build_never_connects(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    read = press.read(write_book(tmp_path, "# A\n\n![b](https://web.example/a.png)\n"))
    assert [problem.code for problem in read.problems] == ["I102"]
