"""Checks that an edition contains no words from outside the book, and nothing that runs or loads."""

from __future__ import annotations

import base64
import binascii
import fnmatch
import html.parser
import re
import socket
import struct
import threading
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import pikepdf
from msgspec import Struct, field

from tests.hostile.cases import Case

PROBLEM = re.compile(r"^(\S.*?):(\d+):(\d+): ([A-Z]\d{3})\b")
UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""Characters that a terminal would obey, or that would hide a part of a line."""
SUFFIX = {
    "epub": "*.epub", "html": "*.html", "pdf": "*.pdf", "print": "*-print.pdf", "large": "*-large.pdf",
    "handout": "*-handout.pdf", "booklet": "*-booklet.pdf", "cover": "*-cover.pdf",
}  # fmt: skip
BAD_SCHEME = re.compile(
    r"^(?:javascript|vbscript|file|livescript|mocha):"
    r"|^data:(?!image/(?:png|jpe?g|gif|webp|avif|svg\+xml)|font/|application/(?:font|json|pdf|epub\+zip|octet-stream))",
    re.I,
)
LOADS = frozenset("src srcset poster data action formaction background manifest ping longdesc".split())
LINKS = LOADS | {"href", "xlink:href"}
NEVER = frozenset("iframe frame object embed applet base portal foreignobject".split())
NAMED = frozenset("style id name rel http-equiv srcdoc content width height".split())
FETCHED = re.compile(r"(?:url\(\s*[\"']?|@import\s+[\"'])\s*(?:(?:https?|ftp|file):|//)[^)\"']{0,60}", re.I)
ACTIONS = frozenset({"/JavaScript", "/Launch", "/SubmitForm", "/ImportData"})
MOST_SAID = 65536
"""The most bytes of all messages."""


class _Live(html.parser.HTMLParser):
    """What works in a page: tags, attributes, scripts, styles; and what no edition may hold."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.works: list[str] = []
        self.faults: list[str] = []
        self.inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.works.append("<" + tag)
        if tag in NEVER:
            self.faults.append(f"<{tag}>")
        values = {key: value or "" for key, value in attrs}
        for key, value in values.items():
            bare = re.sub(r"[\x00-\x20]", "", value)
            if key.startswith("on"):
                self.faults.append(f"handler {key}")
            if key in LINKS and BAD_SCHEME.match(bare):
                self.faults.append(f"{key}={bare[:40]}")
            loads = key in LOADS or (key.endswith("href") and tag in ("link", "image", "use", "script"))
            told = tag == "link" and values.get("rel", "").lower() in ("canonical", "license", "author", "alternate")
            if loads and not told and re.match(r"(?:https?:|ftp:)?//", bare):
                self.faults.append(f"loads {bare[:60]}")
            if key in LINKS or key.startswith("on") or key in NAMED:
                self.works.append(f' {key}="{value}"')
            if key == "style":
                self.faults += FETCHED.findall(value)
        if tag == "meta" and values.get("http-equiv", "").lower() == "refresh":
            self.faults.append("meta refresh")
        if tag in ("a", "link") and "attachment" in values.get("rel", ""):
            self.faults.append("rel=attachment")
        script = values.get("type", "").lower() in ("", "module", "text/javascript", "application/javascript")
        self.inside = tag if tag == "style" or (tag == "script" and script) else ""

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.inside = ""

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002 - the library's signature
        self.inside = ""

    def handle_data(self, data: str) -> None:
        if self.inside:
            self.works.append(data)
            if self.inside == "style":
                self.faults += FETCHED.findall(data)


class Seen(Struct):
    """What was found in one file."""

    whole: bytes = b""
    """Everything in it, unpacked."""
    works: str = ""
    """Its active parts."""
    faults: set[str] = field(default_factory=set)
    sizes: set[tuple[int, int]] = field(default_factory=set)
    """Digests of its pictures."""

    def page(self, text: str) -> None:
        live = _Live()
        live.feed(text)
        live.close()
        self.works += "".join(live.works)
        self.faults |= set(live.faults)

    def data(self, data: bytes) -> None:
        self.whole += b"\n" + data
        if data[:8] == b"\x89PNG\r\n\x1a\n" and len(data) > 24:
            width, height = struct.unpack(">II", data[16:24])
            self.sizes.add((width, height))


def look(path: Path) -> Seen:
    """Return the content of the edition at *path*."""
    seen = Seen()
    if path.suffix == ".epub":
        with zipfile.ZipFile(path) as package:
            for name in package.namelist():
                if name.startswith("/") or ".." in name.split("/"):
                    seen.faults.add(f"entry {name!r} climbs")
                data = package.read(name)
                seen.data(name.encode() + b"\n")
                seen.data(data)
                if re.search(r"\.(?:x?html?|svg|opf|ncx)$", name):
                    seen.page(data.decode("utf-8", "replace"))
                elif name.endswith(".css"):
                    seen.page(f"<style>{data.decode('utf-8', 'replace')}</style>")
    elif path.suffix == ".pdf":
        _look_in_pdf(path, seen)
    else:
        data = path.read_bytes()
        seen.data(data)
        seen.page(data.decode("utf-8", "replace"))
        for found in re.findall(rb"data:[\w/+.-]*;base64,([A-Za-z0-9+/=]+)", data):
            try:
                inside = base64.b64decode(found)
            except binascii.Error:
                continue
            seen.data(inside)
            if b"<svg" in inside[:2000]:
                seen.page(inside.decode("utf-8", "replace"))
    return seen


def _look_in_pdf(path: Path, seen: Seen) -> None:
    with pikepdf.open(path) as pdf:
        waiting: list[pikepdf.Object] = [*pdf.objects, pdf.trailer]
        while waiting:
            item = waiting.pop()
            if isinstance(item, pikepdf.Stream):
                try:
                    seen.data(item.read_bytes())
                except pikepdf.PdfError:
                    seen.data(item.read_raw_bytes())
                if item.get("/Subtype") == "/Image":
                    seen.sizes.add((int(item.Width), int(item.Height)))
            if isinstance(item, pikepdf.Array):
                inside = list(item)
            elif isinstance(item, (pikepdf.Stream, pikepdf.Dictionary)):
                table = item.stream_dict if isinstance(item, pikepdf.Stream) else item
                inside = [value for _, value in table.items()]
                if str(table.get("/S", "")) in ACTIONS or "/JS" in table:
                    seen.faults.add(f"PDF action {table.get('/S', '')}")
                if "/URI" in table:
                    address = str(table["/URI"])
                    seen.works += f' href="{address}"'
                    if BAD_SCHEME.match(address):
                        seen.faults.add(f"PDF link {address[:60]}")
                if "/EF" in table:
                    seen.faults.add("PDF attachment")
            else:
                continue
            # What has a number of its own comes by itself.
            waiting += [
                one for one in inside if isinstance(one, (pikepdf.Array, pikepdf.Dictionary)) and not one.is_indirect
            ]


def editions(out: Path) -> list[Path]:
    """Return the files that readers get, including the download page."""
    return sorted(path for path in out.rglob("*") if path.suffix in (".epub", ".html", ".pdf"))


def leaks(out: Path, absent: Iterable[str], inert: Iterable[str], secret: bytes) -> Iterator[str]:
    """Yield what the editions in *out* contain but must not, or lack.

    Args:
        out: the output folder.
        absent: as :attr:`Case.absent`.
        inert: as :attr:`Case.inert`.
        secret: the picture that stands outside every book.
    """
    for path in editions(out):
        seen = look(path)
        for word in (*absent, "CANARY-env-51c9"):
            if word == "@secret.png":
                if secret in seen.whole or (7, 11) in seen.sizes:
                    yield f"{path.name}: holds the picture"
            elif word.startswith("+"):
                # A PDF writes its words as glyphs; that nothing is lost on paper is a proof of the press.
                if path.suffix != ".pdf" and path.name != "index.html" and word[1:].encode() not in seen.whole:
                    yield f"{path.name}: lacks {word[1:]!r}"
            elif word.encode() in seen.whole:
                yield f"{path.name}: holds {word!r}"
        yield from (f"{path.name}: still live: {word!r}" for word in inert if word.lower() in seen.works.lower())
        yield from (f"{path.name}: {fault}" for fault in sorted(seen.faults))


def said_badly(said: str) -> Iterator[str]:
    """Yield what is wrong with messages, whatever their content."""
    if "Traceback (most recent call last)" in said:
        yield "a traceback"
    if len(said.encode("utf-8", "replace")) > MOST_SAID:
        yield f"{len(said)} characters of messages"
    if found := UNSEEN.search(said):
        yield f"a raw {found[0]!r} in the messages"
    if re.search("^::", said, re.M):
        yield "a line of the messages begins with ::"


def verdict(case: Case, status: int, said: str, out: Path, wanted: Iterable[str]) -> str:
    """Return why none of the expected outcomes of *case* occurred; empty if one did.

    Args:
        case: the book.
        status: of the command.
        said: on standard error.
        out: the output folder.
        wanted: names of the editions that were asked for.
    """
    problems = [found for found in map(PROBLEM.match, said.splitlines()) if found]
    built = editions(out) if out.exists() else []

    def named(problem: re.Match[str]) -> bool:
        for where in case.where:
            path, _, line = where.rpartition(":") if re.search(r":\d+$", where) else (where, "", "")
            if fnmatch.fnmatchcase(problem[1], path) and line in ("", problem[2]):
                return True
        return not case.where

    reasons = []
    for one in case.expect:
        wrong = []
        if one == "error":
            wrong += [f"exit {status}"] * (status not in case.exits)
            wrong += ["no problem"] * (not problems)
            wrong += [f"first problem at {found[0]}" for found in problems[:1] if not named(found)]
            wrong += [f"published {path.name}" for path in built[:1]]
        else:
            wrong += [f"exit {status}"] * (status != 0)
            wrong += ["no problem at its place"] * (one == "neutralised" and not any(map(named, problems)))
            wrong += [f"no {name}" for name in wanted if not any(fnmatch.fnmatch(p.name, SUFFIX[name]) for p in built)]
        if not wrong:
            return ""
        reasons.append(f"{one}: {', '.join(wrong)}")
    return "; ".join(reasons)


class Listener:
    """Records connections to this machine."""

    def __init__(self) -> None:
        self.heard: list[bytes] = []
        self._socket = socket.socket()
        self._socket.bind(("127.0.0.1", 0))
        self._socket.listen(64)
        self.port = int(self._socket.getsockname()[1])
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                one, _ = self._socket.accept()
            except OSError:  # closed
                return
            with one:
                one.settimeout(1)
                try:
                    self.heard.append(one.recv(4096)[:80])
                    one.sendall(b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                except OSError:
                    self.heard.append(b"")

    def close(self) -> None:
        self._socket.close()
