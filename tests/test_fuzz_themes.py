"""Themes damaged by chance or on purpose: one line at the file, or pages; never a traceback or an endless run."""

from __future__ import annotations

import functools
import tempfile
from pathlib import Path

import pytest
from hypothesis import strategies as st
from msgspec.structs import replace

from book import press, theme
from book.editions import EDITIONS, maker
from book.model import Book
from book.paged.coverage import paged
from book.problems import BookError
from book.settings import Limits
from book.theme import fonts
from book.view import cover
from tests.fuzzing import Fuzz, mutated

pytestmark = pytest.mark.fuzz

LIMITS = Limits(theme_seconds=3, theme_mebibytes=150)
HOUSE = theme.house()


@functools.cache
def read() -> Book:
    """Return a little book."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "a.md").write_text("# A chapter\n\nSome words, `code` and a [link](https://example.org/).\n")
        return press.read(Path(folder)).book


def laid(folder: Path, files: dict[str, str | bytes]) -> theme.Theme:
    """Write a theme of the *files* and load it."""
    for path, text in {"theme.toml": 'title = "T"\n', **files}.items():
        file = folder / "themes" / "t" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass"))
    return theme.load("t", folder, limits=LIMITS)


def dressed(files: dict[str, str | bytes]) -> None:
    """Load a theme, and make all of its style sheets and its cover."""
    with tempfile.TemporaryDirectory() as folder:
        look = laid(Path(folder), files)
        for kind in ("web", "download", "epub"):
            look.sheet(kind, mode="light" if kind == "epub" else None)
        for edition in filter(paged, EDITIONS.values()):
            look.for_edition(look.sized(edition)).sheet(*edition.sheets, mode="print")
        assert look.letters is not None
        cover.svg(read(), look)


BASE = (HOUSE / "base" / "tokens.toml").read_text("utf-8")
TOKENS = [
    '[color]\naccent = "#5a1e6e"\n',
    '[type]\nsize = "11pt"\nlead = "15pt"\nalign = "left"\n[page.screen]\nheads = 1\n',
    '[font.serif]\nfamily = "Mine"\nfolder = "literata"\nfallback = "serif"\n[cover]\ntitle = "sans"\n',
    '[font.kana]\nfamily = "Kana"\nfolder = "symbols"\nbefore = "serif"\n',
    BASE,
]
OF_TOML = [
    "\n", '"', "'", "[", "]", "{", "}", "=", ".", "#", "\\", "\0", "\ufeff", "\ud800", "'''", '"""', "[[", "[font]", "[color.ink]", "1e999", "nan", "-inf",
    "true", "2026-01-01", "9" * 400, "9" * 5000, '"\\u0000"', '"{type.lead}"', '"{color}"', '["a"]', "{ a = 1 }", "0pt", "-1pt", "1e99pt", "#000", "{type.size}",
    'folder = "../x"\n', "heads = 0\n", "[" * 3000, "a." * 300, "extends", "title", "replace",
]  # fmt: skip


def test_no_tokens_end_in_a_traceback(fuzz: Fuzz) -> None:
    assert fuzz(mutated(TOKENS, OF_TOML), lambda text: dressed({"tokens.toml": text}))


ABOUT = [
    'title = "T"\ndescription = "D"\nextends = "folio"\nreplace = ["web"]\n',
    'extends = "field"\n',
    'title = "T"\n',
]


def test_no_theme_toml_ends_in_a_traceback(fuzz: Fuzz) -> None:
    assert fuzz(mutated(ABOUT, OF_TOML), lambda text: dressed({"theme.toml": text}))


SHEETS = [
    ".x { color: {{ t.color.accent }}; margin: {{ lead(2) }}; font-family: {{ serif }} }\n",
    '@media print { .y::before { content: "\\2013"; list-style: "\\FFFFFF" } }\n{% for n in "...." %}.z{{ loop.index }} { top: 0 }{% endfor %}\n',
    (HOUSE / "field" / "css" / "web.css").read_text("utf-8"),
]
OF_SHEETS = [
    "{{", "}}", "{%", "%}", "{#", "{{ 1 / 0 }}", "{{ t.color }}", "{{ tokens }}", "{{ lead('x') }}", "{{ nothing }}", "{% include 'css/web.css' %}", "/*", "*/",
    "@import 'x';", "url(x)", "u\\72l(", "</style>", "\\", "\0", '"', "'", "{", "}", "(", ")", "[", "]", ";", "content:", "\ud800", "{{ 'x' * 10**9 }}", "((((((((",
    "{% for a in 'x' * 999 %}", "{% endfor %}", "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "{% extends 't:css/web.css' %}",
]  # fmt: skip


def test_no_style_sheet_ends_in_a_traceback(fuzz: Fuzz) -> None:
    assert fuzz(
        mutated(SHEETS, OF_SHEETS),
        lambda text: dressed({"css/web.css": text, "css/epub.css": text, "css/screen.css": text}),
    )


TEMPLATES = {
    "templates/web/book.html.j2": '{% extends "base:web/book.html.j2" %}\n{% block colophon %}{{ super() }}<p>{{ about.title }} {{ say("contents") }}</p>{% endblock %}\n',
    "templates/web/book.html.j2 ": (HOUSE / "base/templates/web/book.html.j2").read_text("utf-8"),
    "templates/epub/title.xhtml.j2": '{% extends "base:epub/title.xhtml.j2" %}{% block imprint %}<p>{{ about.authors | join(", ") }}</p>{% endblock %}',
    "templates/cover.svg.j2": (HOUSE / "almanac/templates/cover.svg.j2").read_text("utf-8"),
    "templates/cover.svg.j2 ": (HOUSE / "base/templates/cover.svg.j2").read_text("utf-8"),
    "templates/_blocks.j2": (HOUSE / "base/templates/_blocks.j2").read_text("utf-8"),
    "templates/epub/toc.ncx.j2": (HOUSE / "base/templates/epub/toc.ncx.j2").read_text("utf-8"),
}
OF_TEMPLATES = [
    *OF_SHEETS, "{{ items | sum }}", "{{ items[9] }}", "{{ say }}", "{{ about }}", "{{ about.title + 1 }}", "{{ say(1, 2) }}", "{{ page_mark('x') }}", "{{ loop }}", "{{ self }}",
    "{{ blocks }}", "{{ blocks.contents(1) }}", "{{ 'x' | center(10**9) }}", "{{ '%9999999d' % 1 }}", "{{ [1] | batch(10**9, 0) | list }}", "{{ items | random }}",
    "{{ ''.__class__ }}", "{{ items | map(attribute='body') | join }}", "{{ {} | xmlattr }}", "{{ items | groupby('kind') }}", "{{ (1,) | tojson }}", "{{ 2 ** 9999999 }}",
    "{% set x = 'x' * 1000 %}", "{{ x ~ x }}", "{% block body %}", "{% endblock %}", "{% block colophon %}", "{{ super() }}", "{% if %}", "{% else %}", "{% import '_blocks.j2' as b %}",
    "<script>", "</script>", "<!--", "-->", "<svg>", "</svg>", "<p", "<image href='/etc/passwd'/>", "<use href='#a'/>", "<g id='a'>", "&nbsp;", "&", "<![CDATA[", "]]>", "<?x?>", "<!DOCTYPE x [",
]  # fmt: skip


def printed(drawn: tuple[str, str]) -> None:
    """Make the page, the EPUB's documents and the cover of a theme with one damaged template."""
    name, text = drawn
    with tempfile.TemporaryDirectory() as folder:
        look = laid(Path(folder), {name.strip(): text})
        for edition in ("html", "epub"):
            maker(EDITIONS[edition])(read(), EDITIONS[edition], replaced(look))


def replaced(look: theme.Theme) -> theme.Theme:
    """Return *look* with the cache of all trials, because templates are tested, not fonts."""
    return replace(look, cache=Path(tempfile.gettempdir()) / "handbound-tests")


def test_no_template_ends_in_a_traceback(fuzz: Fuzz) -> None:
    spoilt = st.sampled_from(sorted(TEMPLATES)).flatmap(
        lambda name: st.tuples(st.just(name), mutated([TEMPLATES[name]], OF_TEMPLATES))
    )
    assert fuzz(spoilt, printed, cpu=30)


FACE = (HOUSE / "_fonts" / "symbols" / "Regular.ttf").read_bytes()
OF_FACES = [
    b"\0",
    b"\xff",
    b"\0\0\0\0",
    b"\xff\xff\xff\xff",
    b"\x7f\xff\xff\xff",
    b"\0\1\0\0",
    b"OTTO",
    b"cmap",
    b"glyf",
    b"loca",
    b"hmtx",
    b"GSUB",
    b"head",
    b"\x80" * 40,
]


def cut(data: bytes) -> None:
    """Load a theme with a damaged font, subset the font, and draw the cover with it."""
    tokens = '[font.sans]\nfamily = "S"\nfolder = "s"\n'
    with tempfile.TemporaryDirectory() as folder:
        look = laid(Path(folder), {"tokens.toml": tokens, "fonts/s/A.ttf": data})
        for face in look.faces:
            if face.role == "sans":
                fonts.subset(face, fonts.covered(face))
        cover.png(read(), look, 200)


def heads(data: bytes) -> st.SearchStrategy[bytes]:
    """Return fonts with damage in the table directory and the small tables, not only in the outlines."""
    flips = st.lists(st.tuples(st.integers(0, 4096), st.integers(0, 255)), min_size=1, max_size=6)

    def flipped(steps: list[tuple[int, int]]) -> bytes:
        spoilt = bytearray(data)
        for at, byte in steps:
            spoilt[at % len(spoilt)] = byte
        return bytes(spoilt)

    return flips.map(flipped)


def test_no_face_ends_in_a_traceback(fuzz: Fuzz) -> None:
    assert fuzz(st.one_of(mutated([FACE], OF_FACES), heads(FACE)), cut, cpu=30)


def test_what_the_trials_are_made_from_is_sound() -> None:
    for text in TOKENS[:3]:
        dressed({"tokens.toml": text})
    for text in ABOUT:
        dressed({"theme.toml": text})
    for text in SHEETS:
        dressed({"css/web.css": text})
    for name, text in TEMPLATES.items():
        try:
            printed((name, text))
        except BookError as error:
            raise AssertionError(name) from error
