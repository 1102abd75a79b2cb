"""What `book fetch` refuses: private machines, endless answers, what is no image; proxies and certificates."""

from __future__ import annotations

import http.server
import shutil
import socket
import ssl
import subprocess
import threading
import time
from pathlib import Path

import pytest

from book import fetching, press
from book.assemble import remote
from book.fetching import download
from book.fetching.download import Network, NotFetched
from book.problems import PublishError
from tests.fetch.web_server import (
    HOME,
    PNG,
    Page,
    Web,
    every_name,
    fetch,
    files,
    network,
    parsed,
    raster,
    why,
)
from tests.making import write_book


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
