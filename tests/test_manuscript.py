"""Chapter files: the cases of `tests/manuscript/*.md` (its README says how to add one), names and links, and laws."""

from __future__ import annotations

import contextlib
import json
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from book import settings as settings_module
from book import sites
from book.model import FrontMatter, Manuscript
from book.notation import NotationError, Spot, read_json, read_toml, read_yaml
from book.problems import ManuscriptError, Problem, Severity, lines, worst
from book.safe_open import Folders, Refusal, decoded, open_file
from book.settings import Limits, Settings, SidebarEntry, parse
from book.sidebar import order
from book.sidebar.way import paths
from book.source import manuscript
from book.source.controls import cleaned
from book.source.manuscript import _taken_apart, gather, read
from tests.loops import some

CASES = Path(__file__).parent / "manuscript"
CASE = re.compile(
    r"^## (?P<name>.+?)\n```file\n(?P<file>.*?)^```\n```read\n(?P<read>.*?)^```$", re.MULTILINE | re.DOTALL
)
ESCAPE = re.compile(r"\\(?:x[0-9a-f]{2}|u[0-9a-f]{4}|[trn\\])")


def cases() -> Iterator[pytest.ParameterSet]:
    for path in sorted(CASES.glob("*.md")):
        for found in CASE.finditer(path.read_text("utf-8")):
            yield pytest.param(path, found, id=f"{path.stem}: {found['name']}")


def bytes_of(text: str) -> bytes:
    """Return the bytes of the file that a case shows."""
    return ESCAPE.sub(lambda found: found[0].encode().decode("unicode_escape"), text).encode("utf-8", "surrogateescape")


def shown(manuscript: Manuscript | None, problems: tuple[Problem, ...]) -> str:
    told = []
    if manuscript:
        for name in FrontMatter.__struct_fields__:
            value = getattr(manuscript.front, name)
            if name not in {"places", "values"} and value != getattr(FrontMatter(), name):
                told.append(f"{name}: {dict(value) if name == 'titles' else value!r}")
        odd = {key: value for key, value in manuscript.front.values.items() if not isinstance(value, str)}
        told += [f"values: {odd}"] if odd else []
        told += [f"{key} at {place.line}:{place.column}" for key, place in manuscript.front.places.items()]
        told.append(f"text from line {manuscript.first_line}: {manuscript.text[:40]!r}")
    told += [
        f"{problem.severity} {line}" if at == 0 else line
        for problem in problems
        for at, line in enumerate(lines(problem))
    ]
    return "".join(f"{line}\n" for line in told)


@pytest.mark.parametrize(("path", "case"), list(cases()))
def test_a_chapter_is_read_as_the_case_says(
    path: Path, case: re.Match[str], tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    (tmp_path / "chapter.md").write_bytes(bytes_of(case["file"]))
    now = shown(*read(tmp_path, "chapter.md", Settings()))
    if request.config.getoption("--golden"):
        text = path.read_text("utf-8")
        new = case[0].removesuffix(f"{case['read']}```") + f"{now}```"
        path.write_text(text.replace(case[0], new), "utf-8", newline="")
    else:
        assert now == case["read"]


def test_every_case_is_found() -> None:
    for path in some(CASES.glob("*.md")):
        names = re.findall(r"^## (.+)$", path.read_text("utf-8"), re.MULTILINE)
        assert [found["name"] for found in CASE.finditer(path.read_text("utf-8"))] == names


# The folder ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def book(tmp_path: Path) -> Path:
    root = tmp_path / "book"
    root.mkdir()
    (root / "a.md").write_text("---\ntitle: A\n---\nText.\n")
    (tmp_path / "secret.md").write_text("secret\n")
    return root


def found(root: Path, wanted: Settings | None = None) -> tuple[list[str], list[str]]:
    manuscripts, problems = gather(root, wanted or Settings())
    return [one.path for one in manuscripts if one.sound], [f"{problem.place} {problem.code}" for problem in problems]


def test_a_chapter_that_is_a_symlink_out_of_the_book_is_left_out_with_a_warning(book: Path) -> None:
    (book / "b.md").symlink_to(book.parent / "secret.md")
    assert found(book) == (["a.md"], ["b.md:1:1 M104"])


def test_a_folder_that_is_a_symlink_out_of_the_book_is_left_out_with_a_warning(book: Path) -> None:
    (book / "d").symlink_to("/etc")
    assert found(book) == (["a.md"], ["d:1:1 M104"])


def test_a_symlink_within_the_book_is_followed_but_no_file_stands_twice(book: Path) -> None:
    (book / "_shared").mkdir()
    (book / "_shared" / "s.md").write_text("Shared.\n")
    (book / "b.md").symlink_to("_shared/s.md")
    (book / "copy.md").symlink_to("a.md")
    (book / "c").mkdir()
    (book / "c" / "round").symlink_to("../c")
    (book / "c" / "home").symlink_to("..")
    (book / "lost.md").symlink_to("nowhere.md")
    (book / "self.md").symlink_to("self.md")
    assert found(book) == (["a.md", "b.md"], ["copy.md:1:1 M109", "lost.md:1:1 M105", "self.md:1:1 M105"])


def test_a_named_pipe_is_not_a_chapter_and_does_not_block_the_build(book: Path) -> None:
    os.mkfifo(book / "b.md")
    assert found(book) == (["a.md"], ["b.md:1:1 M105"])


def test_file_names_are_text(book: Path) -> None:
    (book / "b\nc.md").write_text("x")
    Path(os.fsdecode(bytes(book) + b"/c\xff.md")).write_text("x")
    (book / "--version.md").write_text("x")
    (book / "CON.md").write_text("x")
    assert found(book) == (["--version.md", "CON.md", "a.md"], ["b\\nc.md:1:1 M103", "c\\udcff.md:1:1 M103"])


def test_sizes_and_numbers_are_bounded(book: Path) -> None:
    (book / "b.md").write_text("x" * 146)  # five chapters have 145
    (book / "c.md").write_text("---\ntitle: 0123456789\n---\nx\n")
    (book / "d").mkdir()
    (book / "d" / "e.md").write_text("x\n")
    small = Settings(limits=Limits(chapter_bytes=29, front_matter_bytes=10, nesting=1))
    assert found(book, small)[1] == ["b.md:1:1 M106", "c.md:2:1 M106"]
    assert found(book, Settings(limits=Limits(chapters=2)))[1] == ["c.md:1:1 M108"]
    (book / "d" / "f").mkdir()
    assert found(book, Settings(limits=Limits(nesting=1)))[1] == ["d/f:1:1 M119"]


def test_a_file_that_the_settings_list_is_a_chapter_with_any_name(book: Path) -> None:
    (book / "_x").mkdir()
    (book / "_x" / "b.md").write_text("x")
    (book / "LICENSE.md").write_text("x")
    listed = parse('sidebar = ["./_x/b.md", { part = "P", chapters = ["LICENSE.md", "../secret.md", "/etc/passwd"] }]')
    assert found(book, listed)[0] == ["LICENSE.md", "_x/b.md", "a.md"]
    assert isinstance(listed.sidebar and listed.sidebar[0], SidebarEntry)


def test_a_draft_is_left_out_and_a_folder_of_drafts_has_no_chapters(book: Path) -> None:
    (book / "a.md").write_text("---\npublished: no\n---\nText.\n")
    assert found(book) == ([], [".:1:1 M102", "a.md:2:12 M123"])


def test_what_is_passed_over_is_named_and_counted_in_one_line(book: Path) -> None:
    for name in (
        "build/deploy.md",
        "dist/ship.md",
        "themes/mine/theme.toml",
        "themes/mine/README.md",
        "themes/first.md",
    ):
        (book / name).parent.mkdir(parents=True, exist_ok=True)
        (book / name).write_text("x")
    for name in (
        "CONTRIBUTING.md",
        "analysis.qmd",
        "guide/build/b.md",
        ".github/x.md",
        "node_modules/y/README.md",
        "LICENSE.md",
    ):
        (book / name).parent.mkdir(parents=True, exist_ok=True)
        (book / name).write_text("x")
    manuscripts, problems = gather(book, Settings())
    assert [one.path for one in manuscripts] == ["a.md", "guide/build/b.md"]
    left, aside = sorted((problem for problem in problems), key=lambda problem: problem.code)
    names = "'CONTRIBUTING.md', 'analysis.qmd', 'build/deploy.md', 'dist/ship.md', 'themes/first.md'"
    assert (left.code, left.severity, left.message.startswith("5 files are left out")) == (
        "M130",
        Severity.WARNING,
        True,
    )
    assert left.message.endswith(names)
    assert (aside.code, aside.severity) == ("M131", Severity.NOTE)
    assert aside.message.endswith("'.github/x.md', 'LICENSE.md', 'node_modules/y/README.md'")


def test_what_the_settings_exclude_is_left_out_without_a_word(book: Path) -> None:
    for name in ("CONTRIBUTING.md", "old/deep/b.md", "c-draft.md"):
        (book / name).parent.mkdir(parents=True, exist_ok=True)
        (book / name).write_text('---\ntitle: "a\n')
    chosen = parse('exclude = ["CONTRIBUTING.md", "old/", "*-draft.md"]')
    assert found(book, chosen) == (["a.md"], [])


def test_a_folder_of_chapters_may_be_called_themes_as_long_as_it_holds_no_theme(book: Path) -> None:
    (book / "themes").mkdir()
    (book / "themes" / "first.md").write_text("x")
    assert found(book)[0] == ["a.md", "themes/first.md"]


def broken(book: Path, *more: str) -> tuple[int, set[str]]:
    """Return the worst severity and the problems if `b.md` and `bad-name.md` cannot be read."""
    (book / "b.md").write_text("---\ntitle: a\ntitle: b\n---\n" + "".join(more))
    (book / "c.md").write_text("# C\n")
    (book / "d\x1b.md").write_text("x")
    chosen = settings_module.read(book)
    site, _ = sites.recognise(book)
    manuscripts, faults = gather(book, chosen, sites.scope(site, chosen))
    sidebar, problems = order(book, chosen, manuscripts, faults, site)
    assert {"a.md", "c.md"} >= set(paths(sidebar.entries)), "what cannot be read has no entry"
    files = ("b.md", "d", "handbound.toml")
    return worst(problems), {problem.code for problem in problems if problem.place.path.startswith(files)}


def test_a_chapter_that_cannot_be_read_refuses_its_book(book: Path) -> None:
    assert broken(book) == (Severity.ERROR, {"M114", "M103"})


@pytest.mark.parametrize("name", ["handbound.toml", "SUMMARY.md", "mkdocs.yml"])
def test_the_faults_of_a_file_that_is_not_in_the_book_refuse_nothing(book: Path, name: str) -> None:
    text = {"handbound.toml": 'sidebar = ["a.md", "c.md"]', "SUMMARY.md": "- [A](a.md)\n- [C](c.md)\n"}
    (book / name).write_text(text.get(name, "docs_dir: .\nnav: [a.md, c.md]\n"))
    assert broken(book) == (Severity.WARNING, {"O108"})


def test_a_draft_may_be_as_wrong_as_it_likes(book: Path) -> None:
    (book / "b.md").write_text("---\ntitle: a\ntitle: b\ndraft: true\n---\n")
    (book / "c.md").write_text("---\ntitle: [1]\ndate: [2]\ndraft: true\n---\n\x1b")
    assert found(book) == (["a.md"], ["b.md:4:1 M123", "c.md:4:8 M123"])


def test_a_folder_that_cannot_be_read_is_left_out_with_a_warning(book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (book / "closed").mkdir()
    scandir = os.scandir

    def scan(path: str) -> Iterator[os.DirEntry[str]]:
        if str(path).endswith("closed"):
            raise PermissionError(13, "Permission denied", path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", scan)
    assert found(book) == (["a.md"], ["closed:1:1 M132"])


@pytest.mark.parametrize("name", ["nowhere", "a.md", "a\0b"])
def test_a_book_path_that_is_not_a_folder_stops_the_build(book: Path, name: str) -> None:
    with pytest.raises(ManuscriptError, match="cannot be read"):
        gather(book / name, Settings())


# Other files -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("missing.png", "missing"), ("a.md/x.png", "missing"), ("../secret.md", "outside"), ("..%2fsecret.md", "outside"),
        ("%2e%2e/secret.md", "outside"), ("/etc/passwd", "outside"), ("x/../../secret.md", "outside"),
        ("out.png", "symlink-outside"), ("etc/passwd", "symlink-outside"), ("d", "not-a-file"), ("pipe", "not-a-file"),
        ("zero", "symlink-outside"), ("big.png", "too-big"), ("a%00.png", "bad-name"),
        ("..%5csecret.md", "bad-name"), ("", "bad-name"), ("x" * 5000, "bad-name"), ("\ud800", "bad-name"), ("loop", "unreadable"),
    ],
)  # fmt: skip
def test_a_file_that_may_not_be_opened_is_refused_with_the_reason(book: Path, name: str, reason: str) -> None:
    (book / "out.png").symlink_to(book.parent / "secret.md")
    (book / "etc").symlink_to("/etc")
    (book / "zero").symlink_to("/dev/zero")
    (book / "loop").symlink_to("loop")
    (book / "d").mkdir()
    os.mkfifo(book / "pipe")
    (book / "big.png").write_bytes(b"x" * 101)
    refusal = open_file(book, decoded(name) or name, limit=100)
    assert isinstance(refusal, Refusal)
    assert refusal.reason == reason
    assert refusal.detail.isprintable()
    assert open_file(book, decoded(name) or name, limit=100, folders=Folders(book)) == refusal


def test_a_file_is_opened_by_the_name_that_a_link_gives_it(book: Path) -> None:
    (book / "ä b").mkdir()
    (book / "ä b" / "100%.png").write_bytes(b"x" * 100)
    (book / "in.png").symlink_to("ä b/100%.png")
    for name in ("%C3%A4%20b/100%25.png", "ä b/100%.png", "./ä b/../in.png"):
        assert open_file(book, decoded(name) or "", limit=100) == b"x" * 100
        assert open_file(book, decoded(name) or "", limit=100, folders=Folders(book)) == b"x" * 100


def test_a_folder_whose_place_is_known_leads_no_file_out_of_the_book(book: Path) -> None:
    (book / "d").mkdir()
    (book / "d" / "a.md").write_bytes(b"a")
    folders = Folders(book)
    assert open_file(book, "d/a.md", limit=100, folders=folders) == b"a"
    (book / "d" / "a.md").unlink()
    (book / "d" / "a.md").symlink_to(book.parent / "secret.md")
    refusal = open_file(book, "d/a.md", limit=100, folders=folders)
    assert isinstance(refusal, Refusal)
    assert refusal.reason == "symlink-outside"
    (book / "c.md").write_bytes(b"c")
    (book / "d" / "b.md").symlink_to("../c.md")
    assert open_file(book, "d/b.md", limit=100, folders=folders) == b"c"


# Laws ------------------------------------------------------------------------------------------------------------------

PIECES = st.sampled_from([
    "---\n", "+++\n", "...\n", "{", "}", "\n", "\r", "\r\n", "title: ", "sidebar: ", "#TODO", "a", ": ", "[", "]", "&a ", "*a", "<<: ",
    "!!str ", "'", '"', "\\", "|\n", ">\n", "- ", "  ", "\t", "é", "😀", "\u2028", "\x85", "\x00", "\ufeff", "1", "=", ",", "yes",
])  # fmt: skip
MESSES = st.one_of(st.binary(), st.lists(PIECES, max_size=25).map(lambda pieces: "".join(pieces).encode()))


@given(MESSES)
@settings(max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_file_whatever_its_bytes_stops_a_build(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.md").write_bytes(data)
    manuscript, problems = read(tmp_path, "a.md", Settings())
    assert (manuscript is None) == any(problem.severity is Severity.ERROR for problem in problems)
    rows = data.decode("utf-8-sig", "replace").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for problem in problems:
        assert 1 <= problem.place.line <= len(rows)
        assert 1 <= problem.place.column <= len(rows[problem.place.line - 1]) + 1
    if manuscript and all(problem.code != "M122" for problem in problems) and "\ufffd" not in manuscript.text:
        assert "\n".join(rows[manuscript.first_line - 1 :]) == manuscript.text


@given(st.text())
def test_the_text_after_front_matter_is_unchanged(text: str) -> None:
    plain, _ = cleaned(text.replace("\r", ""))
    for block, first in (("---\ntitle: A\n---\n", 4), ("+++\ntitle = 'A'\n+++\n", 4), ('{"title": "A"}\n', 2)):
        manuscript, _ = _taken_apart(block + plain, "a.md", Settings(), 0)
        assert (manuscript.text, manuscript.first_line, manuscript.front.title) == (plain, first, "A")


@given(
    st.recursive(
        st.none() | st.text() | st.integers() | st.booleans(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_json_is_read_as_json_reads_it_but_for_numbers_and_truths(value: object) -> None:
    text = json.dumps(value)

    def words(item: object) -> object:
        if isinstance(item, dict):
            return {key: words(inner) for key, inner in item.items()}
        if isinstance(item, list):
            return [words(inner) for inner in item]
        return item if item is None or isinstance(item, str) else json.dumps(item)

    assert read_json(text, depth=50).plain == words(json.loads(text))


@pytest.mark.parametrize("reader", [read_yaml, read_toml, read_json])
@pytest.mark.parametrize(
    "bomb",
    [
        "[" * 50_000,
        "a: " * 9_000,
        "a = " + "[" * 40_000,
        "{" * 20_000,
        '{"a":' * 9_000,
        "a" * 60_000,
        "a." * 20_000 + "b = 1",
        "a = " + "9" * 5000,
    ],
)
def test_a_bomb_is_a_fault_or_nothing(reader: Callable[[str], Spot], bomb: str) -> None:
    with contextlib.suppress(NotationError):
        reader(bomb)


@pytest.mark.parametrize("code", ["utf-16-le", "utf-16-be", "utf-32-le"])
def test_plain_letters_in_utf_16_without_a_mark_are_no_text_though_each_byte_of_them_is_utf_8(code: str) -> None:
    data = "# One\n\nText.\n".encode(code)
    assert data.decode("utf-8")
    read, (problem,) = manuscript.parse(data, "a.md", Settings())
    assert read is None
    assert (problem.code, problem.severity) == ("M107", Severity.ERROR)
    assert "UTF-16 without a mark, or no text" in problem.message


def test_a_zero_byte_in_a_text_is_told_and_the_text_is_read() -> None:
    read, problems = manuscript.parse(b"# One\n\nTe\0xt.\n", "a.md", Settings())
    assert read is not None
    assert read.text == "# One\n\nTe\ufffdxt.\n"
    assert [(problem.code, str(problem.place)) for problem in problems] == [("M122", "a.md:3:3")]
