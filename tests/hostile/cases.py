"""Tiny books that attack the machine that builds them: their content, and the required outcome.

Most are in the TOML files beside this module, one file for each kind of attack; ``README.md`` describes them. Here are those whose
content must be made: large ones, pictures, bytes that are no text. Nothing here harms anything but a careless press. The targets are files outside every book (``secret.*``), /etc/passwd, a listener on
this machine, and marker files that must never come to be.
"""

from __future__ import annotations

import functools
import gzip
import os
import struct
import tomllib
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct, field

Content = str | bytes

FM = "---\ntitle: Hostile chapter\n---\n\n"
"""The text begins on line 5."""
TOML = 'title = "Hostile book"\nlanguage = "en-US"\nauthors = ["A"]\n'
EVIL = TOML + 'theme = "evil"\n'
SVG = "http://www.w3.org/2000/svg"
K = "CANARY-7f3a"
"""The content of the files outside the book."""


class Case(Struct, frozen=True, kw_only=True):
    """One book, and the required outcome."""

    id: str
    category: str
    expect: tuple[str, ...]
    """``error``: exit 1, the first problem names the place, nothing is published. ``neutralised``: published, and a problem
    names the place. ``ok``: published. One of them must hold."""
    where: tuple[str, ...] = ()
    """``path`` or ``path:line`` that the problem names, one of them, ``*`` for anything; empty: any place."""
    attack: str
    files: Mapping[str, bytes]
    links: Mapping[str, str] = field(default_factory=dict)
    absent: tuple[str, ...] = ()
    """What no edition may contain in any form; ``@secret.png`` is that picture, ``+X`` means that it must contain X."""
    inert: tuple[str, ...] = ()
    """What must not be active in any edition: a tag, an attribute that loads, a script, an action; as text it is harmless."""
    editions: tuple[str, ...] = ()
    """The only editions to build, for large books that are harmless."""
    exits: tuple[int, ...] = (1,)
    """The statuses that say error."""

    def write(self, home: Path) -> Path:
        """Write the book and the files that it tries to reach into *home*; return the book's folder."""
        _put(home / "secret.txt", K + " top secret\n")
        _put(home / "secret.png", png(7, 11))
        _put(home / "secret.css", 'body::before{content:"' + K + '"}\n')
        _put(home / "secret.svg", f'<svg xmlns="{SVG}" width="200" height="20"><text id="t" y="15">{K}</text></svg>')
        book = home / self.id
        for name, data in self.files.items():
            _put(book / name, data)
        for name, target in self.links.items():
            (book / name).symlink_to(target)
        return book


def _put(path: Path, data: Content) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(_bytes(data))


def _bytes(data: Content) -> bytes:
    return data if isinstance(data, bytes) else data.encode("utf-8", "surrogatepass")


def png(w: int, h: int, data: bytes | None = None) -> bytes:
    def chunk(kind: bytes, inside: bytes) -> bytes:
        words = kind + inside
        return struct.pack(">I", len(inside)) + words + struct.pack(">I", zlib.crc32(words))

    raw = data if data is not None else b"".join(b"\0" + b"\xff\0\0" * w for _ in range(h))
    head = struct.pack(">IIBBBBB", w, h, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(raw, 9)) + chunk(b"IEND", b"")


@functools.cache
def squeezed() -> bytes:
    """Return an SVG that is small and grows when it is unpacked."""
    return gzip.compress(f'<svg xmlns="{SVG}">'.encode() + b" " * 20000000 + b"</svg>", 9, mtime=0)


def theme(*, html: str = "", css: str = "") -> dict[str, Content]:
    """Return the files of a theme inside the book; *html* is written under every name that a press may read."""
    made: dict[str, Content] = {
        "themes/evil/theme.toml": 'name = "evil"\nextends = "base"\n',
        "themes/evil/tokens.toml": "",
    }
    templates = (
        "book.html.j2 web/book.html.j2 pdf/screen.html.j2 pdf/print.html.j2 pdf/handout.html.j2 epub/chapter.xhtml.j2"
    )
    if html:
        made |= dict.fromkeys((f"themes/evil/templates/{name}" for name in templates.split()), html)
    if css:
        sheets = "book.css screen.css print.css handout.css epub.css web.css"
        made |= dict.fromkeys((f"themes/evil/css/{name}" for name in sheets.split()), css)
    return made


def cases(home: Path, port: int, *, whole: bool = True) -> tuple[Case, ...]:
    """Return all cases.

    Args:
        home: the folder of the files that they try to reach.
        port: of a listener on this machine.
        whole: whether the large books have their whole size, or a fifth of it.
    """
    return (*_written(home, port), *_made(home, 1 if whole else 5))


def _written(home: Path, port: int) -> Iterator[Case]:
    """Yield the cases of the TOML files."""
    for path in sorted(Path(__file__).parent.glob("*.toml")):
        text = path.read_text("utf-8").replace("{home}", str(home)).replace("{port}", str(port))
        for name, entry in tomllib.loads(text).items():
            yield _case(name, path.stem, **entry)


def _case(
    name: str,
    category: str,
    *,
    files: Mapping[str, Content] | None = None,
    body: Content | None = None,
    **entry: Any,
) -> Case:
    """Return a case: *body* is the text of ``chapter.md`` below its front matter, and handbound.toml need not be given."""
    files = {
        "handbound.toml": TOML,
        **({} if body is None else {"chapter.md": FM.encode() + _bytes(body)}),
        **(files or {}),
    }
    lists: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in entry.items()}
    return Case(id=name, category=category, files={path: _bytes(data) for path, data in files.items()}, **lists)


def _made(home: Path, part: int) -> Iterator[Case]:
    """Yield the cases whose content is made; some have only one *part*-th of their size."""
    evil = {"handbound.toml": EVIL}
    command = f"{{{{ cycler.__init__.__globals__.os.popen('touch {home}/PWNED-J04').read() }}}}{{{{ body }}}}"
    places = ("themes/evil/*", "handbound.toml*")
    # fmt: off
    yield _case(
        "T10", "path", expect=("error",), where=("b*.md",), attack="file name that is not UTF-8",
        body="x\n", files={os.fsdecode(b"b\xff.md"): FM + "y\n"},
    )
    yield _case(
        "Y03", "yaml", expect=("error",), where=("chapter.md",), attack="10,000 nested brackets",
        files={"chapter.md": "---\ntitle: " + "[" * 10000 + "]" * 10000 + "\n---\n\nx\n"},
    )
    yield _case(
        "J04", "template", expect=("error",), where=places, exits=(1, 2), attack="theme template that runs a command",
        body="x\n", files={**evil, **theme(html=command)},
    )
    yield _case(
        "J07", "template", expect=("error",), where=places, exits=(1, 2), attack="theme CSS that imports outside the theme",
        absent=(K,), body="x\n", files={**evil, **theme(css=f'@import url("file://{home}/secret.css");')},
    )
    yield _case(
        "K04", "link", expect=("ok", "neutralised"), where=(), attack="redirect in a redirect, 50 deep",
        body="[x](" + "https://www.google.com/url?q=" * 50 + "https://example.org/)\n",
    )
    yield _case(
        "B01", "bomb", expect=("neutralised", "error"), where=("chapter.md:5", "a.png"),
        attack="PNG of 30,000 x 30,000 pixels in 100 bytes", body="![x](a.png)\n", files={"a.png": png(30000, 30000, b"")},
    )
    yield _case(
        "B06", "bomb", expect=("error",), where=("chapter.md:5",), attack="5,000 nested block quotes", body=">" * 5000 + " x\n",
    )
    yield _case(
        "B07", "bomb", expect=("error",), where=("chapter.md",), attack="1,000 nested bullets",
        body="\n".join("  " * i + "- x" for i in range(1000)) + "\n",
    )
    yield _case(
        "B10", "bomb", expect=("error", "neutralised"), where=("chapter.md:5",), attack="2,000 nested raw <div>",
        body="<div>" * 2000 + "x" + "</div>" * 2000 + "\n",
    )
    yield _case(
        "B11", "bomb", expect=("ok", "neutralised"), where=(), attack="50,000 straight quotes in one paragraph",
        body="\"a' " * (25000 // part) + "\n", editions=("epub", "html"),
    )
    yield _case(
        "B12", "bomb", expect=("ok", "neutralised", "error"), where=(), attack="one word of a million letters",
        body="a" * 1000000 + "\n", editions=("epub", "html", "pdf"),
    )
    yield _case(
        "B42", "bomb", expect=("ok", "neutralised"), where=(), attack="1,000 opening brackets", body="[" * 1000 + "\n",
    )
    yield _case(
        "B43", "bomb", expect=("neutralised",), where=("chapter.md:5",), attack="products of spans",
        body="<table><tr>" + '<td colspan="1000" rowspan="65534">x</td>' * 50 + "</tr></table>\n",
    )
    yield _case(
        "B14", "bomb", expect=("error",), where=("chapter.md",), attack="one long reference used 2,000 times",
        body="[a]: https://example.org/" + "x" * 100000 + "\n\n" + "[a] " * 2000 + "\n",
    )
    yield _case(
        "B16", "bomb", expect=("error", "neutralised"), where=("chapter.md:5", "a.svg"), attack="gzipped SVG named .svg",
        body="![x](a.svg)\n", files={"a.svg": squeezed()},
    )
    yield _case(
        "B19", "bomb", expect=("ok",), where=(), attack="table of 3,000 rows",
        body="| a | b |\n|---|---|\n" + "| 1 | 2 |\n" * (3000 // part), editions=("epub", "html", "pdf"),
    )
    yield _case(
        "E02", "encoding", expect=("error",), where=("chapter.md:1",), attack="UTF-16 with a mark",
        files={"chapter.md": (FM + "x\n").encode("utf-16")},
    )
    yield _case(
        "E13", "encoding", expect=("error",), where=("chapter.md:1",), attack="a PNG named .md", files={"chapter.md": png(9, 9)},
    )
    yield _case(
        "M05", "message", expect=("neutralised", "error"), where=("chapter.md:5",), attack="a message must not print 1 MB of input",
        body="![x](" + "a" * 1000000 + ".png)\n",
    )
    # fmt: on
