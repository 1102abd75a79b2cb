"""A stranger's theme reads only its own files, and any fault in it is one line at its file."""

from __future__ import annotations

import functools
import gc
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace

import pytest
from fontTools.ttLib import TTFont

from book import press, theme
from book.editions import EDITIONS, download, maker
from book.editions.html import policy
from book.model import Book
from book.problems import BookError, Problem, ThemeError, lines
from book.settings import Limits
from book.theme import foreign_scripts
from tests.making import write_book

BLOCKS = "styles title_page contents part_opener chapter_opener chapter_body chapter_end colophon scripts".split()
TEXT = "# A chapter\n\nSome words.\n"
SETTINGS = 'title = "Book"\nslug = "book"\ntheme = "mine"\n'
CACHE = Path(tempfile.gettempdir()) / "handbound-tests"
"""Faces are cut once for all tests."""
FACE = theme.house() / "_fonts" / "literata" / "Regular.ttf"


@pytest.fixture
def book(tmp_path: Path) -> Path:
    return write_book(tmp_path / "book", TEXT, SETTINGS)


def lay(book: Path, files: Mapping[str, str | bytes] | None = None, name: str = "mine") -> Path:
    """Write the theme *name*."""
    home = book / "themes" / name
    for path, text in {"theme.toml": 'title = "Mine"\n', **(files or {})}.items():
        file = home / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return home


def in_block(text: str, block: str = "colophon") -> str:
    return f'{{% extends "base:web/book.html.j2" %}}\n{{% block {block} %}}\n{text}\n{{% endblock %}}\n'


@functools.cache
def read() -> Book:
    """Return the book of the fixture, read once, because only its theme is tested."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "a.md").write_text(TEXT)
        (Path(folder) / "handbound.toml").write_text(SETTINGS.replace('theme = "mine"\n', ""))
        return press.read(Path(folder)).book


def refused(book: Path, *, limits: Limits | None = None, edition: str = "html") -> Problem:
    """Make an edition and the download page with the theme ``mine``, and return the first fault; there must be one."""
    with pytest.raises(BookError) as said:
        make(book, limits, edition)
    problem = said.value.problems[0]
    assert re.match(r"[A-Z]\d{3}$", problem.code)
    assert problem.fix
    assert all("\n" not in line for line in lines(problem))
    return problem


def make(book: Path, limits: Limits | None, edition: str) -> None:
    look = theme.load("mine", book, CACHE, limits=limits)
    maker(EDITIONS[edition])(read(), EDITIONS[edition], look)
    download.page(read(), look, (), ())


# What is read.


@pytest.mark.parametrize(
    "path", ["templates/_s.j2", "css/web.css", "tokens.toml", "theme.toml", "templates/cover.svg.j2"]
)
@pytest.mark.parametrize("kind", ["file outside", "device", "pipe", "folder", "nowhere"])
def test_every_file_of_a_theme_is_a_regular_file_inside_it(path: str, kind: str, book: Path) -> None:
    (book.parent / "secret").write_text("/* CANARY */")
    home = lay(book, {"templates/web/book.html.j2": in_block('{% include "_s.j2" %}')} if "_s" in path else {})
    at = home / path
    at.parent.mkdir(parents=True, exist_ok=True)
    at.unlink(missing_ok=True)
    if kind == "pipe":
        os.mkfifo(at)
    elif kind == "folder":
        at.mkdir()
        (at / "x").write_text("x")
    else:
        at.symlink_to({"file outside": str(book.parent / "secret"), "device": "/dev/zero", "nowhere": "/no/such"}[kind])
    with pytest.raises(ThemeError) as said:
        theme.load("mine", book).page("web/book.html.j2")
    problem = said.value.problems[0]
    assert (problem.code, problem.place.path) == ("T130", f"themes/mine/{path}")


def test_a_link_that_stays_in_the_theme_is_followed(book: Path) -> None:
    home = lay(book, {"css/print.css": ".mine { margin: 0 }\n"})
    (home / "css/web.css").symlink_to("print.css")
    assert ".mine" in theme.load("mine", book).sheet("web")


def test_a_theme_that_is_a_link_out_of_the_book_is_refused(book: Path) -> None:
    lay(book.parent / "elsewhere")
    (book / "themes").mkdir()
    (book / "themes/mine").symlink_to(book.parent / "elsewhere/themes/mine")
    assert refused(book).code == "T130"
    shutil.rmtree(book / "themes")
    (book / "themes").symlink_to(book.parent / "elsewhere/themes")
    assert refused(book).code == "T130"


def test_a_file_that_is_too_large_is_not_read(book: Path) -> None:
    lay(book, {"css/web.css": b" " * 2_000_001})
    problem = refused(book)
    assert problem.code == "T130"
    assert "2,000,000 are allowed" in problem.message


def test_a_theme_of_thousands_of_files_or_of_endless_folders_is_refused(book: Path) -> None:
    lay(book, {f"css/_{number}.css": "" for number in range(1_100)})
    assert refused(book).code == "T132"
    shutil.rmtree(book / "themes")
    lay(book, {f"css/{'a/' * 12}x.css": ""})
    assert refused(book).code == "T132"


@pytest.mark.parametrize("folder", ["/usr/share/fonts", "../../../..", "a/b", ".", "..", "", "a\\\\b", "~", "a" * 300])
def test_a_folder_of_faces_is_a_name_and_no_path(folder: str, book: Path) -> None:
    lay(book, {"tokens.toml": f'[font.serif]\nfamily = "X"\nfolder = "{folder}"\n'})
    problem = refused(book)
    assert problem.code in {"T134", "T102"}
    assert str(problem.place) == "themes/mine/tokens.toml:3:1"


FONT = '[font.serif]\nfamily = "X"\nfolder = "g"\n'


def test_no_face_of_the_machine_is_embedded(book: Path) -> None:
    home = lay(book, {"tokens.toml": FONT})
    outside = book.parent / "fonts"
    outside.mkdir()
    shutil.copy(FACE, outside / "A.ttf")
    (home / "fonts").mkdir()
    (home / "fonts/g").symlink_to(outside)
    problem = refused(book)
    assert (problem.code, problem.place.path) == ("T134", "themes/mine/fonts/g/A.ttf")
    (home / "fonts/g").unlink()
    (home / "fonts/g").mkdir()
    (home / "fonts/g/A.ttf").symlink_to(outside / "A.ttf")
    assert refused(book).code == "T134"
    (home / "fonts/g/A.ttf").unlink()
    os.mkfifo(home / "fonts/g/A.ttf")
    assert refused(book).code == "T134"


def without(*tables: str) -> bytes:
    import io

    font, out = TTFont(FACE), io.BytesIO()
    for table in tables:
        del font[table]
    font.save(out)
    return out.getvalue()


@pytest.mark.parametrize(
    "data",
    [b"", b"garbage", b"\0\1\0\0", b"wOF2" + b"\0" * 90, b"ttcf\0\0\0\1", FACE.read_bytes()[:5000], b"\0\1\0\0\xff\xff" + b"\xff" * 500],
    ids=["empty", "garbage", "short", "woff2", "collection", "cut", "many tables"],
)  # fmt: skip
def test_a_file_that_is_not_a_font_is_reported(data: bytes, book: Path) -> None:
    lay(book, {"tokens.toml": FONT, "fonts/g/A.ttf": data})
    problem = refused(book)
    assert (problem.code, problem.place.path) == ("T135", "themes/mine/fonts/g/A.ttf")


@pytest.mark.parametrize("table", ["cmap", "hmtx", "head", "OS/2"])
def test_a_face_that_lacks_a_table_is_reported(table: str, book: Path) -> None:
    lay(book, {"tokens.toml": FONT, "fonts/g/A.ttf": without(table)})
    assert refused(book).code == "T135"


def test_a_typeface_without_an_upright_face_is_reported(book: Path) -> None:
    italic = (FACE.parent / "Italic.ttf").read_bytes()
    lay(book, {"tokens.toml": FONT, "fonts/g/A.ttf": italic})
    assert refused(book).message == "font.serif has no upright font"


@pytest.mark.expects_log
def test_the_log_of_fonttools_about_a_strange_table_does_not_reach_the_terminal(book: Path) -> None:
    import io

    from fontTools.ttLib.tables.DefaultTable import DefaultTable

    font, out = TTFont(FACE), io.BytesIO()
    font["FFTM"] = DefaultTable("FFTM")
    font["FFTM"].data = b"\0" * 28
    font.save(out)
    lay(book, {"tokens.toml": FONT, "fonts/g/A.ttf": out.getvalue()})
    done = subprocess.run(
        [sys.executable, "-m", "book", "build", str(book), "-o", str(book / "out"), "-e", "html", "-q"],
        check=False,
        capture_output=True,
    )
    assert (done.returncode, done.stderr) == (0, b"")


# What is wrong.

WRONG: dict[str, tuple[dict[str, str | bytes], str]] = {
    "a sheet that is not UTF-8": ({"css/web.css": b"a { }\n\xff"}, "themes/mine/css/web.css:2:1 T131"),
    "a template that is not UTF-8": ({"templates/web/book.html.j2": b"\xff"}, "themes/mine/templates/web/book.html.j2:1:1 T131"),
    "a theme.toml that is not UTF-8": ({"theme.toml": b"\n\n\xfe"}, "themes/mine/theme.toml:3:1 T131"),
    "tokens that are not UTF-8": ({"tokens.toml": b"# \xff"}, "themes/mine/tokens.toml:1:1 T131"),
    "a number for a table": ({"tokens.toml": "font = 3"}, "themes/mine/tokens.toml:1:1 T102"),
    "a number for a table in a table": ({"tokens.toml": "[font]\nserif = 3"}, "themes/mine/tokens.toml:2:1 T102"),
    "a table for a text": ({"tokens.toml": "[type.size]\nx = 3"}, "themes/mine/tokens.toml:1:1 T102"),
    "a list for a text": ({"tokens.toml": '[type]\nsize = ["10pt"]'}, "themes/mine/tokens.toml:2:1 T102"),
    "a truth value for a number": ({"tokens.toml": "[page.screen]\nheads = true"}, "themes/mine/tokens.toml:2:1 T102"),
    "a text for a number": ({"tokens.toml": '[page.screen]\nheads = "two"'}, "themes/mine/tokens.toml:2:1 T102"),
    "a number that is far too large": ({"tokens.toml": "[page.screen]\nheads = 99999999999"}, "themes/mine/tokens.toml:2:1 T102"),
    "a number of 5,000 figures": ({"tokens.toml": "[page.screen]\nheads = " + "9" * 5000}, "themes/mine/tokens.toml:2:9 T102"),
    "a number below one": ({"tokens.toml": "[page.handout]\nlines = 0"}, "themes/mine/tokens.toml:2:1 T102"),
    "infinity": ({"tokens.toml": "[type]\nweb_lead = inf"}, "themes/mine/tokens.toml:2:1 T102"),
    "a date": ({"tokens.toml": "[type]\nsize = 2026-01-01"}, "themes/mine/tokens.toml:2:1 T102"),
    "a size of nothing": ({"tokens.toml": '[type]\nsize = "0pt"'}, "themes/mine/tokens.toml:2:1 T102"),
    "a lead that is none": ({"tokens.toml": '[type]\nlead = "1.2.3pt"'}, "themes/mine/tokens.toml:2:1 T102"),
    "control characters": ({"tokens.toml": '[type]\nsize = "1\\u0000pt"'}, "themes/mine/tokens.toml:2:1 T102"),
    "a colour that is a list": ({"tokens.toml": '[color]\nink = ["#000000"]'}, "themes/mine/tokens.toml:2:1 T102"),
    "a colour that is a number": ({"tokens.toml": "[color.ink]\nlight = 3"}, "themes/mine/tokens.toml:2:1 T102"),
    "a reference to a table": ({"tokens.toml": '[type]\nsize = "{color}"'}, "themes/mine/tokens.toml:2:1 T104"),
    "a title in no typeface": ({"tokens.toml": '[cover]\ntitle = "emoji"'}, "themes/mine/tokens.toml:2:1 T102"),
    "a family that ends its rule": ({"tokens.toml": "[font.serif]\nfamily = 'a\"; } b {'"}, "themes/mine/tokens.toml:2:1 T102"),
    "a fall-back that is a number": ({"tokens.toml": "[font.serif]\nfallback = 3"}, "themes/mine/tokens.toml:2:1 T102"),
    "deep tables of a face": ({"tokens.toml": "[font.x]\n" + ".".join("a" * 1 for _ in range(500)) + " = 1"}, "themes/mine/tokens.toml:1:1 T102"),
    "50,000 brackets in TOML": ({"tokens.toml": "a = " + "[" * 50_000}, "themes/mine/tokens.toml:1:37 T102"),
    "50,000 brackets in theme.toml": ({"theme.toml": "title = " + "[" * 50_000}, "themes/mine/theme.toml:1:41 T102"),
    "50,000 brackets in a sheet": ({"css/web.css": "a " + "{" * 50_000}, "themes/mine/css/web.css:1:1 T102"),
    "50,000 brackets in a template": ({"templates/web/book.html.j2": in_block("{{ " + "(" * 50_000 + "1" + ")" * 50_000 + " }}")}, "themes/mine/templates/web/book.html.j2:1:1 T102"),
    "a hundred loops in one another": ({"templates/web/book.html.j2": in_block("{% for a in 'x' %}" * 100 + "{% endfor %}" * 100)}, "themes/mine/templates/web/book.html.j2:1:1 T102"),
    "a parent that is a list": ({"theme.toml": 'extends = ["a"]'}, "themes/mine/theme.toml:1:1 T102"),
    "a parent without a name": ({"theme.toml": 'extends = ""'}, "themes/mine/theme.toml:1:1 T101"),
    "a parent elsewhere": ({"theme.toml": 'extends = "../../mine"'}, "themes/mine/theme.toml:1:1 T101"),
    "a division by nothing": ({"templates/web/book.html.j2": in_block("{{ 1 / 0 }}")}, "themes/mine/templates/web/book.html.j2:3:1 T102"),
    "a text and a number": ({"templates/web/book.html.j2": in_block("\n{{ about.title + 1 }}")}, "themes/mine/templates/web/book.html.j2:4:1 T102"),
    "a sum of chapters": ({"templates/web/book.html.j2": in_block("{{ items | sum }}")}, "themes/mine/templates/web/book.html.j2:3:1 T102"),
    "a lead of a text": ({"css/web.css": '\na { margin: {{ lead("x") }} }'}, "themes/mine/css/web.css:2:1 T102"),
    "a word that the press does not have": ({"templates/web/book.html.j2": in_block('{{ say("nonsense") }}')}, "themes/mine/templates/web/book.html.j2:3:1 T102"),
    "a macro of the base, called wrongly": ({"templates/web/book.html.j2": in_block("{{ blocks.contents(3) }}")}, "themes/mine/templates/web/book.html.j2:3:1 T102"),
    "a macro that calls itself": ({"templates/web/book.html.j2": in_block("{% macro m() %}{{ m() }}{% endmacro %}\n{{ m() }}")}, "themes/mine/templates/web/book.html.j2:3:1 T102"),
    "a template that includes itself": ({"templates/web/book.html.j2": in_block('{% include "_a.j2" %}'), "templates/_a.j2": '{% include "_a.j2" %}'}, "themes/mine/templates/_a.j2:1:1 T102"),
    "a template that extends itself": ({"templates/web/book.html.j2": '{% extends "mine:web/book.html.j2" %}'}, "themes/mine/templates/web/book.html.j2:1:1 T102"),
    "a table of tokens, printed": ({"css/web.css": "a { {{ t.color }} }"}, "themes/mine/css/web.css:1:1 T102"),
    "the end of the sheet's element": ({"css/web.css": "a { }\n</style><script>x</script>"}, "themes/mine/css/web.css:2:1 T120"),
    "no policy": ({"templates/web/book.html.j2": "<html>" + "".join(f"{{% block {name} %}}{{% endblock %}}" for name in BLOCKS)}, "themes/mine/templates/web/book.html.j2:1:1 T141"),
    "a picture from elsewhere": ({"templates/web/book.html.j2": in_block('<img src="https://example.org/x.png" alt="">')}, "themes/mine/templates/web/book.html.j2:3:1 T143"),
    "a frame": ({"templates/web/book.html.j2": in_block('<iframe srcdoc="x"></iframe>')}, "themes/mine/templates/web/book.html.j2:3:1 T143"),
    "an address that runs": ({"templates/web/book.html.j2": in_block('<a href="java\nscript:x()">a</a>')}, "themes/mine/templates/web/book.html.j2:3:1 T143"),
    "another page to go to": ({"templates/web/book.html.j2": in_block('<meta http-equiv="refresh" content="0; url=https://example.org/">')}, "themes/mine/templates/web/book.html.j2:3:1 T143"),
}  # fmt: skip


@pytest.fixture
def no_collector() -> Iterator[None]:
    """Collect nothing: in the depth of a recursion there is no room for Hypothesis, which counts the time of the collector."""
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("no_collector")
@pytest.mark.parametrize(("files", "told"), WRONG.values(), ids=list(WRONG))
def test_every_error_in_a_theme_is_one_message_at_its_file(
    files: dict[str, str | bytes], told: str, book: Path
) -> None:
    lay(book, files)
    problem = refused(book)
    assert f"{problem.place} {problem.code}" == told, problem


@pytest.mark.parametrize(
    ("path", "text", "edition", "code"),
    [
        ("templates/web/download.html.j2", "{{ 1 / 0 }}", "html", "T102"),
        ("templates/web/download.html.j2", "<p>No head.</p>", "html", "T141"),
        ("templates/cover.svg.j2", '{% extends "base:cover.svg.j2" %}{% block ornament %}{{ 1 / 0 }}{% endblock %}', "html", "T102"),
        ("templates/cover.svg.j2", '{% extends "base:cover.svg.j2" %}{% block ornament %}<rect{% endblock %}', "html", "T136"),
        ("templates/cover.svg.j2", '{% extends "base:cover.svg.j2" %}{% block ornament %}<image href="/etc/passwd"/>{% endblock %}', "epub", "T139"),
        ("templates/cover.svg.j2", '{% extends "base:cover.svg.j2" %}{% block ornament %}<rect style="fill: url(file:///etc/passwd)"/>{% endblock %}', "epub", "T139"),
        ("templates/cover.svg.j2", '{% extends "base:cover.svg.j2" %}{% block ornament %}<g id="a"><use href="#a"/></g>{% endblock %}', "epub", "T139"),
        ("templates/epub/chapter.xhtml.j2", '{% extends "base:epub/chapter.xhtml.j2" %}{% block chapter_end %}<p>&nbsp;{% endblock %}', "epub", "T136"),
        ("templates/epub/toc.ncx.j2", "{{ points | sum }}", "epub", "T102"),
        ("css/epub.css", "{{ 1 / 0 }}", "epub", "T102"),
    ],
)  # fmt: skip
def test_an_error_in_a_theme_is_found_in_every_edition_on_the_cover_and_on_the_download_page(
    path: str, text: str, edition: str, code: str, book: Path
) -> None:
    lay(book, {path: text})
    problem = refused(book, edition=edition)
    assert (problem.code, problem.place.path) == (code, f"themes/mine/{path}")


def test_copies_of_copies_on_a_cover_are_counted(book: Path) -> None:
    copies = "".join(f'<g id="a{n}"><use href="#a{n + 1}"/><use href="#a{n + 1}"/></g>' for n in range(40))
    drawing = f'{{% extends "base:cover.svg.j2" %}}{{% block ornament %}}{copies}<rect id="a40"/>{{% endblock %}}'
    lay(book, {"templates/cover.svg.j2": drawing})
    assert "copies counted" in refused(book).message


def test_a_theme_of_a_book_cannot_be_the_root_of_all(book: Path) -> None:
    lay(book, name="base")
    lay(book)
    assert refused(book).code == "T137"


def test_what_breaks_a_layout_is_the_themes_fault_and_what_breaks_our_own_keeps_its_traceback(
    book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def make(*_: object) -> None:
        raise ZeroDivisionError("a page without room")

    monkeypatch.setitem(sys.modules, "book.editions.html", SimpleNamespace(make=make))
    lay(book)
    problem = refused(book)
    assert (problem.code, problem.place.path) == ("T140", "themes/mine/theme.toml")
    assert "ZeroDivisionError: a page without room" in problem.message
    with pytest.raises(ZeroDivisionError):
        maker(EDITIONS["html"])(read(), EDITIONS["html"], theme.load("folio"))


# Scripts.


def test_a_script_of_a_theme_is_reported_and_does_not_run(book: Path) -> None:
    text = '<script>document.title = "EVIL"</script>\n<p onclick="x()">Words.</p>'
    lay(book, {"templates/web/book.html.j2": in_block(text), "templates/web/book.js.j2": 'alert("EVIL")'})
    assert press.build(book, book / "out", editions=("html",), be_strict=True).status == 1
    result = press.build(book, book / "out", editions=("html",))
    page = (book / "out/book.html").read_text()
    told = [f"{one.place} {one.code}" for one in result.report.problems if one.code == "T142"]
    assert told == [
        "themes/mine/templates/web/book.js.j2:1:1 T142",
        *(f"themes/mine/templates/web/book.html.j2:{line}:1 T142" for line in (3, 4)),
    ]
    assert 'alert("EVIL")' not in page
    found = re.search(r"Content-Security-Policy\" content=\"([^\"]*)\"", page)
    assert found
    assert "script-src &#39;sha256-" in found[1]
    assert "unsafe-inline" not in found[1].partition("style-src")[0]


def test_a_script_of_a_theme_is_taken_out_of_the_epub(book: Path) -> None:
    import zipfile

    text = '{% extends "base:epub/title.xhtml.j2" %}{% block imprint %}{{ super() }}<script>x()</script><div onclick="x()"></div>{% endblock %}'
    lay(book, {"templates/epub/title.xhtml.j2": text})
    result = press.build(book, book / "out", editions=("epub",))
    assert {one.code for one in result.report.problems} >= {"T142"}
    with zipfile.ZipFile(book / "out/book.epub") as epub:
        page = epub.read("EPUB/title.xhtml").decode()
    assert "<script" not in page
    assert "onclick" not in page
    assert "imprint" in page


def test_a_page_of_handbound_itself_begins_as_other_pages_must(book: Path) -> None:
    (book / "handbound.toml").write_text('title = "B"\nslug = "b"\n')
    result = press.build(book, book / "out", editions=("html",))
    assert result.status == 0
    for name in ("b.html", "index.html"):
        begins = foreign_scripts.BEGINS.match((book / "out" / name).read_text())
        assert begins
        assert begins[1].replace("&#39;", "'").startswith("default-src 'none'; connect-src 'none'; ")
    assert "script-src" not in policy()


OWN_WORDS = {
    "after the opener": (
        "chapter_opener",
        "{{ super() }}<p>Read this\n with a friend.</p>",
        "3:1",
        "Read this with a friend.",
    ),
    "at the end": ("chapter_end", "<p>The end.</p>", "3:1", "The end."),
    "before the body": ("chapter_body", "<em>Hi</em> {{ super() }}", "3:1", "Hi"),
}


@pytest.mark.parametrize("case", OWN_WORDS)
def test_words_of_a_theme_in_a_chapter_are_reported_at_the_template(case: str, book: Path, tmp_path: Path) -> None:
    block, text, place, words = OWN_WORDS[case]
    lay(book, {"templates/web/book.html.j2": in_block(text, f"{block} scoped")})
    result = press.build(book, tmp_path / "out", editions=["html", "epub"])
    told = [line for problem in result.report.problems for line in lines(problem)]
    message, fix = told
    assert message == (
        f"themes/mine/templates/web/book.html.j2:{place}: P001 the html edition is not made: the theme prints '{words}' "
        "inside a chapter, which reads like words of the author"
    )
    assert fix == '    fix: put them into <span class="hb-added">…</span>'
    assert [work.edition for work in result.report.works] == ["epub"]


def test_words_that_a_theme_leaves_out_are_not_called_a_bug_before_its_own_are_tried(
    book: Path, tmp_path: Path
) -> None:
    lay(book, {"templates/web/book.html.j2": in_block("", "chapter_body scoped")})
    result = press.build(book, tmp_path / "out", editions=["html", "epub"])
    (problem,) = (one for one in result.report.problems if one.code == "P001")
    assert "the book has" in problem.message
    assert problem.fix.startswith("build it with --theme folio; if that fails too, this is a bug in Handbound")


@pytest.mark.needs_pango
def test_marked_words_of_a_theme_may_stand_in_the_chapters_of_every_edition(book: Path, tmp_path: Path) -> None:
    templates = {}
    for template in ("web/book.html.j2", "epub/chapter.xhtml.j2", "pdf/screen.html.j2"):
        scoped = "" if template.startswith("epub") else " scoped"
        text = '{{ super() }}<p><span class="hb-added">Read this with a friend.</span></p>'
        templates[f"templates/{template}"] = in_block(text, f"chapter_opener{scoped}").replace(
            "web/book.html.j2", template
        )
    lay(book, templates)
    result = press.build(book, tmp_path / "out", editions=["html", "epub", "pdf"])
    assert {problem.code for problem in result.report.problems} <= {"E201"}
    assert len(result.report.works) == 3
    assert "Read this with a friend." in (tmp_path / "out" / "book.html").read_text("utf-8")
