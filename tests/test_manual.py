"""The manual is complete and true: every key, command, code and construct is in it, and its examples give what it shows."""

from __future__ import annotations

import ast
import contextlib
import io
import json
import re
import shlex
import textwrap
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from msgspec import Struct

from book import cli, dialects, grammar, labels, lint, manual, press, settings
from book.manual import commands_page, markdown_page, problems_page, report_page, settings_page, sources
from book.markdown import pandoc
from book.problems import BookError, Severity, lines
from book.source import front_matter, front_matter_keys
from tests.loops import some
from tests.making import write_files
from tests.sources import SOURCES, nodes
from tests.test_codes import LETTERS, declared

GOLDEN = Path(__file__).parent / "manual" / "constructs.md"
EVERY_DIALECT = [
    "mkdocs",
    "myst",
    "hugo",
    "quarto",
    "jekyll",
    "gitbook",
    "vitepress",
    "mkdocstrings",
    "docsify",
    "mdbook",
]
BLOCK = re.compile(
    r"^(?P<mark>`{3,})(?P<language>\w*)(?: title=\"(?P<title>[^\"]+)\")?\n(?P<text>.*?)^(?P=mark)$", re.M | re.S
)


@pytest.fixture(scope="session")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The manual as a book."""
    folder = tmp_path_factory.mktemp("manual") / "book"
    manual.write(folder)
    return folder


@pytest.fixture(scope="session")
def report(source: Path) -> dict[str, Any]:
    """The report of the HTML edition of the manual."""
    out = source.parent / "out"
    assert press.build(source, out, editions=("html",)).status == 0
    table: dict[str, Any] = json.loads((out / "report.json").read_text(encoding="utf-8"))
    return table


def text_of(page: str) -> str:
    return manual.GENERATED[f"reference/{page}.md"]()


# The book itself.


def test_the_manual_builds_without_a_problem(report: dict[str, Any]) -> None:
    assert [problem for problem in report["problems"] if problem["severity"] != "note"] == []
    assert {check["status"] for check in some(report["checks"])} == {"passed"}


def test_every_page_of_the_manual_is_in_its_order_and_none_is_missing(source: Path, report: dict[str, Any]) -> None:
    files = {path.relative_to(source).as_posix() for path in source.rglob("*.md")}
    chapters = [
        chapter["path"] for chapter in report["chapters"] if chapter["path"] != "references.md"
    ]  # the list of works
    assert set(chapters) == files
    assert [path for path in some(chapters) if f'"{path}"' not in (source / "handbound.toml").read_text("utf-8")] == []


def test_the_manual_is_written_only_where_it_differs(source: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in some(source.rglob("*")) if path.is_file()}
    manual.write(source)
    assert {path: path.stat().st_mtime_ns for path in before} == before


# Settings and front matter.


def test_every_key_of_the_settings_has_a_text_and_an_example() -> None:
    page = text_of("settings")
    for key in some(list(settings_page.dotted_keys())):
        name = key.rpartition(".")[2]
        assert f"`{name}`" in page or f"`[{name}]`" in page or f"`[[{name}]]`" in page
        assert manual.entry(key), key


def test_the_complete_file_is_sound_and_sets_every_key() -> None:
    complete = settings.parse((manual.FOLDER / settings_page.EXAMPLE).read_text(encoding="utf-8"))
    present = {re.sub(r"\.\d+", "", key) for key in complete.places}
    assert {key for key in settings_page.dotted_keys() if key not in present} == set()


def test_every_label_and_every_key_of_front_matter_is_listed() -> None:
    page, settings_text = text_of("front-matter"), text_of("settings")
    assert [key for key in front_matter_keys.KEYS if f"`{key}`" not in page] == []
    assert [role for role in front_matter_keys.ROLES if f"`{role}`" not in page] == []
    assert [key for key in labels.english() if f"| `{key}` |" not in settings_text] == []


@pytest.mark.parametrize("name", front_matter_keys.KEYS)
def test_the_example_of_each_key_of_front_matter_is_read_without_a_problem(name: str) -> None:
    key = front_matter_keys.KEYS[name]
    front, _, problems = front_matter.taken_off(f"---\n{key.example}\n---\n", "a.md", 1000)
    assert (list(front.places), problems) == ([name, *(place for place in front.places if place != name)], [])
    entry = settings_page.front_matter_entry([name])
    assert textwrap.indent(key.example, "    ") in entry
    assert f"; default: {key.default}." in entry


# Commands.


def test_every_command_and_option_is_listed_with_its_help() -> None:
    page = text_of("commands")
    for name, command in some(list(commands_page.commands().items())):
        section = commands_page.section(name)
        assert section in page
        for action in some(command._actions):
            assert action.help, (name, action.dest)
            assert [
                option
                for option in action.option_strings
                if option not in ("-h", "--help") and f"`{option}" not in section
            ] == []
    assert set(commands_page.commands()) == set(cli.COMMANDS)


def test_every_exit_status_is_listed() -> None:
    statuses = re.findall(r"^  (\d)  ", grammar.STATUS, re.MULTILINE)
    assert [status for status in some(statuses) if f"| `{status}` |" not in text_of("commands")] == []


# Problems.


def test_every_code_is_listed_with_a_message_and_a_fix() -> None:
    examples, page = problems_page.examples(), text_of("problems")
    codes = {code for code, _ in declared()}
    assert set(sources.kinds()) == codes
    assert set(examples) <= codes
    assert {room: title for room, (title, _) in problems_page.ROOMS.items()}.keys() == LETTERS.keys()
    assert [code for code in sources.kinds() if f"\n### {code}\n" not in page] == []
    assert sorted(codes - set(examples)) == [], "each needs an example in problems.toml"


def lint_lines(folder: Path) -> list[str]:
    """Return what `book lint` reports about the book in *folder*, two lines for each problem."""
    try:
        checks = lint.Choice(only=(), ignore=("spelling",), severity=Severity.WARNING)
        problems = press.read(folder, dated=False, checks=checks).problems
    except BookError as error:
        problems = error.problems
    return ["\n".join(lines(problem)) for problem in problems]


def command_lines(command: str) -> list[str]:
    """Return what *command* prints, without the words for severity, each line with the one below it."""
    output = [re.sub(r" \[(?:error|warning|note)\]$", "", line) for line in ran(command).splitlines()]
    return [
        "\n".join(filter(None, pair)) if pair[1].startswith("    ") else pair[0]
        for pair in zip(output, [*output[1:], ""], strict=True)
    ]


def is_provoked(example: problems_page.Example) -> bool:
    """Return whether files or a command cause the problem; otherwise the lines are only an example of what is printed."""
    return bool(example.files or example.links or example.command)


@pytest.mark.parametrize("room", problems_page.ROOMS)
def test_an_example_of_a_problem_prints_what_the_manual_shows(
    room: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, pango: bool
) -> None:
    monkeypatch.setenv("CI", "")
    examples = {code: example for code, example in problems_page.examples().items() if code.startswith(room)}
    possible = {code for code, example in examples.items() if pango or "-e pdf" not in example.command}
    shown = {code: examples[code].printed.strip() for code in possible if is_provoked(examples[code])}
    now = {}
    for code in shown:
        example, book = examples[code], tmp_path / code / "book"
        write_files(book, {path: text.encode(example.encoding) for path, text in example.files.items()})
        for path, target in example.links.items():
            (book / path).parent.mkdir(parents=True, exist_ok=True)
            (book / path).symlink_to(target)
        monkeypatch.chdir(book)
        found = command_lines(example.command) if example.command else lint_lines(book)
        now[code] = next((one for one in found if f": {code} " in one), "\n".join(found))
    assert now == shown


def words_of_the_code() -> Iterator[re.Pattern[str]]:
    """Yield each text with a blank in the package, as a pattern in which anything may stand for what is filled in; no docstring."""
    for path in SOURCES:
        docstrings = {node.value for node in nodes(path) if isinstance(node, ast.Expr)}
        for node in nodes(path):
            if isinstance(node, ast.JoinedStr):
                parts = [str(part.value) if isinstance(part, ast.Constant) else None for part in node.values]
            elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in docstrings:
                parts = [node.value]
            else:
                continue
            if len(re.findall(r"[a-z]{2,}", " ".join(filter(None, parts)))) >= 2:
                pattern = "".join(".*" if part is None else re.escape(part) for part in parts)
                yield re.compile(re.sub(r"\\{\d?\\}", ".*", pattern), re.DOTALL)


FOREIGN = {"G104": "pandoc", "P101": "expat", "P141": "qpdf", "P201": "EPUBCheck", "P202": "EPUBCheck"}
"""Problems whose message is that of another program."""


def test_a_message_that_no_test_provokes_is_worded_as_the_code_words_it() -> None:
    known = tuple(words_of_the_code())
    strange = {}
    for code, example in some(problems_page.examples().items()):
        if is_provoked(example):
            continue
        head, _, fix = example.printed.strip().partition("\n    fix: ")
        place, mark, message = head.partition(f": {code} ")
        assert mark, code
        assert re.fullmatch(r"[^\n]+:\d+:\d+", place), code
        # A message may begin with a name: "<a href> 'b.xhtml': there is no …", "EPUBCheck stopped …".
        texts = [
            (fix,) if fix else (),
            () if code in FOREIGN else (message, message.partition(": ")[2], message.partition(" ")[2]),
        ]
        wrong = [text[0] for text in texts if text and not any(one.fullmatch(part) for one in known for part in text)]
        if wrong:
            strange[code] = wrong
    assert strange == {}


# Markdown.


def test_every_extension_and_dialect_is_shown_by_a_construct() -> None:
    covered = {name for construct in markdown_page.constructs() for name in construct.covers}
    read = set(re.split(r"[-+]", re.sub(r"-\w+", "", pandoc.READER_MATH))) - {"sourcepos"}
    modules = {function.__module__.rpartition(".")[2] for _, function in (*dialects.BEFORE, *dialects.AFTER)}
    assert sorted((read | modules) - covered) == []


def test_every_construct_becomes_what_is_recorded(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """`--golden` writes the file anew; read it then."""
    parts: list[str] = []
    for live, names in ((True, []), (False, EVERY_DIALECT), (False, ["logseq"])):
        chosen = [
            construct
            for construct in markdown_page.constructs()
            if construct.live is live and ("logseq" in construct.covers) is (names == ["logseq"])
        ]
        files = {f"{number:02}.md": f"# {one.name}\n\n{one.source}\n" for number, one in enumerate(chosen, 1)}
        known = f"dialects = {json.dumps(names)}\n"
        files["handbound.toml"] = f'language = "en"\nmath = true\nbibliography = ["works.bib"]\n{known}'
        files |= {"works.bib": (manual.FOLDER / "works.bib").read_text("utf-8"), "images/loop.svg": "<svg/>"}
        book = tmp_path / str(len(parts)) / "book"
        write_files(book, files)
        read = press.read(book, dated=False).book
        bodies = {chapter.source.path: str(chapter.body).strip() for chapter in read.spine if chapter.source.path}
        parts += [
            f"## {one.name}\n\n```html\n{bodies[f'{number:02}.md']}\n```\n"
            for number, one in enumerate(some(chosen), 1)
        ]
    now = "\n".join(["# What each construct of the manual becomes\n", *parts])
    if request.config.getoption("--golden"):
        GOLDEN.write_text(now, encoding="utf-8")
    assert GOLDEN.read_text(encoding="utf-8") == now


# The report.


def test_the_keys_of_the_report_are_those_that_the_manual_lists(report: dict[str, Any]) -> None:
    assert set(report) == set(report_page.LISTS)
    for name, (_, keys) in report_page.LISTS.items():
        items = report[name] if isinstance(report[name], list) else [report[name]]
        used = {key for item in items for key in item}
        used |= {
            f"pages.{key}" for page in (report[name].get("pages", []) if name == "page_map" else []) for key in page
        }
        optional = {"reason", "fix", "pages.label", "pages.place", "pages.letters", "pages.title", "pages.begins"}
        assert used <= set(keys)
        assert (set(keys) - optional <= used) or not items


# The examples in the pages that people write.


class Block(Struct, frozen=True):
    """A block of code of a page."""

    language: str
    title: str
    text: str


TYPED = sorted(path for path in manual.FOLDER.rglob("*.md"))


def blocks(path: Path) -> list[Block]:
    return [Block(one["language"], one["title"] or "", one["text"]) for one in BLOCK.finditer(path.read_text("utf-8"))]


WITH_CODE = [path for path in TYPED if blocks(path)]


def runs(text: str) -> Iterator[tuple[str, str]]:
    """Yield each command of a console block, with the output that it shows."""
    yield from re.findall(r"^\$ (.+)\n((?:(?!\$ ).*\n)*)", text, re.MULTILINE)


def matches(shown: str, output: str) -> bool:
    """Return whether *output* is what is *shown*: an ellipsis alone in a line stands for lines, in a line for words."""
    pattern = re.escape(shown.rstrip("\n")).replace("…\\\n", "…\n")
    pattern = re.sub(r"^…\n", r"(?:.*\n)*?", pattern, flags=re.MULTILINE)
    pattern = re.sub(r"^…\Z", r"(?s:.*)", pattern, flags=re.MULTILINE)
    return re.fullmatch(pattern.replace(r"\ …", "(?: .*)?").replace("…", ".*"), output.rstrip("\n")) is not None


def ran(words: str) -> str:
    """Return what a command prints."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        cli.main(shlex.split(words)[1:])
    return out.getvalue()


@pytest.mark.parametrize("path", WITH_CODE, ids=lambda path: path.stem)
def test_the_examples_of_a_page_do_what_the_page_states(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CI", "")
    for block in blocks(path):  # may be empty: a page without examples
        if block.title:
            write_files(tmp_path, {block.title: block.text})
        commands = runs(block.text) if block.language == "console" else ()
        for command, shown in commands:  # may be empty: a block without commands
            assert command.startswith("book ")
            output = ran(command)
            assert matches(shown, output), f"{command}\n{output}"


@pytest.mark.parametrize("path", WITH_CODE, ids=lambda path: path.stem)
def test_what_a_page_shows_but_does_not_run_is_sound(path: Path) -> None:
    tokens = tomllib.loads((settings_root() / "base/tokens.toml").read_text(encoding="utf-8"))
    for block in blocks(path):  # may be empty: a page without examples
        if block.language == "python":
            ast.parse(block.text)
        elif block.language == "yaml":
            assert yaml.safe_load(block.text)
        elif block.language == "toml" and not block.title:
            table = tomllib.loads(block.text)
            if not table.keys() & tokens.keys():
                settings.parse(block.text)
        elif block.language == "sh":
            for line in block.text.splitlines():
                words = shlex.split(line, comments=True)
                if words[:1] == ["book"]:
                    grammar.parser().parse_args(words[1:])


def settings_root() -> Path:
    from book.theme.files import house

    return house()


def test_the_table_of_house_style_shows_what_a_build_makes(tmp_path: Path) -> None:
    text = (manual.FOLDER / "explanation/house-style.md").read_text(encoding="utf-8")
    rows = [[cell.strip() for cell in row.split("|")[1:-1]] for row in re.findall(r"^\| `.*$", text, re.MULTILINE)]
    for column, language in enumerate(("en", "de", "fr"), 1):
        body = "\n\n".join(row[0].strip("`") for row in some(rows))
        book = write_files(
            tmp_path / language, {"handbound.toml": f'language = "{language}"\n', "a.md": f"# A\n\n{body}\n"}
        )
        (chapter,) = press.read(book, dated=False).book.spine
        set_ = [" ".join(words.split()) for words in re.findall(r"<p[^>]*>(.*?)</p>", str(chapter.body))]
        assert set_ == [row[column] for row in rows]
