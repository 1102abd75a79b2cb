"""Settings, front matter and navigation files damaged by chance or on purpose: reported at a place of the file; never a traceback."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from hypothesis import strategies as st

from book import press, settings, sidebar, sites
from book.characters import NOT_TEXT
from book.problems import Problem, SettingsError, lines
from book.settings import Settings
from book.sidebar.way import paths
from book.source import front_matter_keys, manuscript
from tests.fuzzing import Fuzz, mutated

pytestmark = pytest.mark.fuzz

VALUES = [
    '"x"', "''", '"""x\ny"""', "true", "-1", "0", "1_000", "0x" + "f" * 30, "9" * 500, "1e999", "nan", "[]", "{}", "[[1]]", '["a", 2]',
    "{a=1}", "2026-02-31", "2026-01-31", "0001-01-01", "10:00:00", '"a\\u0000b"', '"\\u202E"', '"' + "a" * 12_000 + '"', '"../x.md"',
    '"javascript:alert(1)"', '"C:\\\\x"', '{ part = "P", chapters = ["a.md"] }', "[" * 40 + "]" * 40,
]  # fmt: skip
KEYS = [
    *(name for name in Settings.__struct_fields__ if name not in settings.SPECIAL),
    *("print.trim", "print.signature", "links.site_url", "links.routes", "quotes.outer", "limits.nesting", "edition", "titel"),
]  # fmt: skip
SETTINGS = [
    (
        'title = "T"\nlanguage = "de"\nauthors = ["A", "B"]\ndate = 2026-01-31\neditions = ["epub"]\nsidebar = ["a.md", { part = "P", '
        'chapters = ["b.md"] }]\n[links]\nsite_url = "https://example.org"\nroutes = { "/a" = "a.md" }\n[limits]\nnesting = 64\n'
        '[[edition]]\nversion = "1"\ndate = "2025"\n[[edition]]\nversion = "2"\n[components]\nX = "drop"\n'
    ),
    *(f"{key} = {value}\n" for key in KEYS for value in VALUES),
]
TOML = [
    "[", "]", "[[", "]]", "{", "}", "=", ".", ",", '"', "'", '"""', "'''", "\\", "\n", "\r", "\t", "#", "\0", "\x1b", "\u2028", "\ufeff",
    "é", "😀", " ", "a.b", "title = ", "[links]\n", "[[edition]]\n", *VALUES[:8],
]  # fmt: skip


def placed(problems: Iterable[Problem], name: str, text: str) -> None:
    """Assert that every problem at the file *name* has a place in its *text*, and prints as two lines."""
    rows = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for problem in problems:  # may be empty: sound input has no problems
        assert all(line.isprintable() for line in lines(problem)), problem
        if problem.place.path == name:
            assert 1 <= problem.place.line <= len(rows), problem
            assert 1 <= problem.place.column <= len(rows[problem.place.line - 1]) + 1, problem


def test_no_settings_end_in_a_traceback(fuzz: Fuzz) -> None:
    def read(text: str) -> None:
        try:
            settings.parse(text)
        except SettingsError as error:
            placed(error.problems, settings.FILE, text)
            raise

    assert fuzz(mutated(SETTINGS, TOML), read)


def test_what_the_settings_take_makes_a_book(fuzz: Fuzz) -> None:
    """Every accepted value works in all later stages."""

    def read(text: str) -> None:
        with tempfile.TemporaryDirectory() as folder:
            book = Path(folder)
            (book / settings.FILE).write_text(text, "utf-8", errors="surrogatepass")
            (book / "a.md").write_text('# A\n\n[b](b.md#x) [c](/c) "Quotes".\n')
            (book / "b.md").write_text("# B\n\n## X\n")
            placed(press.read(book).problems, settings.FILE, text)

    assert fuzz(mutated(SETTINGS, TOML, most=3), read, cpu=30)


FRONT = [
    "title: A\nsidebar: 3\nlang: de\ndiscussion: [one, two]\nauthors: [{name: A}]\n",
    *(
        f"{key}: {value}\n"
        for key in front_matter_keys.KEYS
        for value in (
            "x",
            "1",
            "true",
            "[a, [b]]",
            "{a: b}",
            "2026-02-31",
            "~",
            "|\n  x\n  y",
            "1e999",
            "0x1F",
            "!!int 3",
            "'#'",
        )
    ),
]
MESSES = [
    ": ", "- ", "? ", "[", "]", "{", "}", "&a ", "*a", "<<: ", "!!str ", "!x ", "|\n ", ">\n ", "'", '"', "#", "%", "@", "`", "\t", "\n",
    "\r", "---\n", "+++\n", "...\n", "\0", "\x85", "\u2028", "\ufeff", "é", "😀", "title: ", "sidebar: ", "draft: true\n", "=", " ",
]  # fmt: skip


@pytest.mark.parametrize("fence", ["---", "+++", "{"])
def test_no_front_matter_ends_in_a_traceback(fuzz: Fuzz, fence: str) -> None:
    def read(block: str) -> None:
        text = f"{fence}\n{block}{'}' if fence == '{' else fence}\nText.\n"
        _, problems = manuscript.parse(text.encode("utf-8", "surrogatepass"), "a.md", Settings())
        placed(problems, "a.md", text)

    assert fuzz(mutated([text.replace(": ", " = ") if fence == "+++" else text for text in FRONT], MESSES), read)


NAVS = {
    "SUMMARY.md": "# Summary\n\n[P](a.md)\n\n## Part\n\n- [A](a.md)\n  - [B](<b c.md> 'x')\n- [D]()\n\n---\n\n[Z](z.md#x)\n",
    "mkdocs.yml": "site_name: x\ntheme: {language: de}\ndocs_dir: .\nnav:\n  - A: a.md\n  - S:\n    - b c.md\n    - z/\n  - &x y\n  - *x\n",
    "book.toml": '[book]\ntitle = "T"\nauthors = ["A"]\nsrc = "."\nlanguage = "de"\n',
    "book.json": '{"title": "T", "root": ".", "author": ["A"], "structure": {"summary": "SUMMARY.md"}}',
    ".gitbook.yaml": "root: ./\nstructure:\n  summary: SUMMARY.md\n",
    "src/navs/x.json": '[{"name": "G", "links": [{"order": "1", "name": "A", "to": "/a", "children": [{"to": "/b"}]}]}]',
    "_config.yml": "collections:\n  notes: {output: true}\n",
}
SIGNS = [
    *MESSES, "[x](", ")", "](", "<", ">", "(", "<!--", "```\n", "  " * 9 + "- [q](a.md)\n", "nav: ", "!ENV [A, b]", "!!python/name:os.system ",
    '"', "\\", "null", "1", "../", "/", "https://x.example", "%2e%2e/", "a.md", '{"to": "/a"},', "[" * 30,
]  # fmt: skip


@pytest.mark.parametrize("name", NAVS)
def test_no_nav_file_ends_in_a_traceback(fuzz: Fuzz, name: str, tmp_path: Path) -> None:
    for path in ("a.md", "b c.md", "z/index.md", "contents/a.md", "contents/b.md", "_notes/n.md"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("# X\n")
    if name in {"book.toml", "book.json", ".gitbook.yaml"}:
        (tmp_path / "SUMMARY.md").write_text(NAVS["SUMMARY.md"])
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)

    def read(text: str) -> None:
        (tmp_path / name).write_bytes(text.encode("utf-8", "surrogatepass"))
        site, unused = sites.recognise(tmp_path)
        chosen = settings.over(Settings(), **site.about) if site else Settings()
        manuscripts, faults = manuscript.gather(tmp_path, chosen, sites.scope(site, chosen))
        order, problems = sidebar.order(tmp_path, chosen, manuscripts, faults, site)
        problems = (*unused, *problems)
        assert not NOT_TEXT.search(chosen.title or "")
        assert len(set(paths(order.entries))) == len(paths(order.entries)) <= len(manuscripts)
        placed(problems, name, text)

    assert fuzz(mutated([NAVS[name]], SIGNS), read)


def test_no_bytes_at_all_end_in_a_traceback(fuzz: Fuzz, tmp_path: Path) -> None:
    readers: dict[str, Callable[[], object]] = {
        settings.FILE: lambda: settings.read(tmp_path),
        "a.md": lambda: manuscript.gather(tmp_path, Settings()),
        "mkdocs.yml": lambda: sites.recognise(tmp_path),
    }

    def read(value: tuple[str, bytes]) -> None:
        name, data = value
        for other in readers:
            (tmp_path / other).write_bytes(data if other == name else b"")
        readers[name]()

    assert fuzz(st.tuples(st.sampled_from(sorted(readers)), st.binary(max_size=200)), read)
