"""The documents are true: they name every command and session, their links lead to files, and their examples run."""

from __future__ import annotations

import argparse
import ast
import os
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

from book import cli, grammar, settings
from book.catalogue import EDITIONS
from tests.loops import some

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = sorted(
    path
    for path in [
        *ROOT.glob("*.md"),
        *ROOT.glob("book/**/*.md"),
        *ROOT.glob("themes/**/*.md"),
        *ROOT.glob("tests/README.md"),
    ]
    if ".nox" not in path.parts and "manual" not in path.parts  # tests/test_manual.py builds that book
)
FENCE = re.compile(r"^```(?P<language>\w*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)


def document(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def book(*words: str, folder: Path = ROOT) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"CI": "", "COLUMNS": "100"}
    return subprocess.run(
        [sys.executable, "-m", "book", *words], cwd=folder, env=environment, check=False, capture_output=True, text=True
    )


def commands() -> tuple[str, ...]:
    """Return the names of the commands."""
    (choice,) = (action for action in grammar.parser()._actions if isinstance(action, argparse._SubParsersAction))
    return tuple(choice.choices)


def sessions() -> list[str]:
    """Return the names of the nox sessions, with their docstrings proved to be there."""
    found = []
    for node in some(ast.parse(document("noxfile.py")).body):
        if isinstance(node, ast.FunctionDef) and any("nox.session" in ast.unparse(one) for one in node.decorator_list):
            assert ast.get_docstring(node), f"session {node.name} says nothing of itself"
            found.append(node.name)
    return [*found, *EDITIONS]


def test_every_command_stands_in_the_readme_and_has_help_with_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    readme = document("README.md")
    for command in some(commands()):
        assert f"book {command}" in readme
        with pytest.raises(SystemExit) as ended:
            cli.main([command, "--help"])
        assert ended.value.code == 0
        said = capsys.readouterr().out
        assert re.search(rf"^ +book {command}\b", said, re.MULTILINE), f"no example in book {command} --help"


def test_the_readme_names_no_command_that_is_not_there() -> None:
    named = set(re.findall(r"(?:`|\$ )book ([a-z]+)", document("README.md")))
    assert named <= set(commands())


def test_every_session_stands_in_contributing() -> None:
    text = document("CONTRIBUTING.md")
    for session in some(sessions()):
        assert f"`{session}`" in text


def test_every_edition_stands_in_the_readme() -> None:
    rows = [f"| `{one.name}` | `{one.path('my-book')}` | {one.help} |" for one in EDITIONS.values()]
    assert "\n".join(rows) in document("README.md")


def test_the_command_prints_the_version_of_the_project() -> None:
    version = tomllib.loads(document("pyproject.toml"))["project"]["version"]
    assert version in book("--version").stdout


def test_the_changelog_has_a_place_for_what_comes_next() -> None:
    assert "\n## [Unreleased]\n" in document("CHANGELOG.md")


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_link_between_documents_leads_to_a_file(path: Path) -> None:
    text = FENCE.sub("", path.read_text(encoding="utf-8"))
    targets = re.findall(r"(?<!!)\[[^\]]+\]\((?![a-z]+:|#)([^)#\s]+)", re.sub(r"`[^`]*`", "", text))
    assert [target for target in targets if not (path.parent / target).exists()] == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_folder_and_file_that_a_document_names_is_there(path: Path) -> None:
    named = re.findall(r"`((?:book|themes|tests|content|\.github|\.ci)/[\w./-]*)`", path.read_text(encoding="utf-8"))
    assert [name for name in named if not (ROOT / name).exists()] == []


@pytest.mark.parametrize("name", ["checks", "editions"])
def test_a_workflow_is_yaml_and_pins_what_it_uses(name: str) -> None:
    workflow = yaml.safe_load(document(f".github/workflows/{name}.yml"))
    used = [step["uses"] for job in workflow["jobs"].values() for step in job["steps"] if "uses" in step]
    assert used
    assert all(re.fullmatch(r"[\w-]+/[\w-]+@v\d+", name) for name in used)


def test_no_file_of_the_ground_names_the_host_of_a_package_index() -> None:
    locks = [path.relative_to(ROOT).as_posix() for path in ROOT.glob("requirements/*")]
    workflows = [path.relative_to(ROOT).as_posix() for path in ROOT.glob(".github/workflows/*")]
    assert locks
    assert workflows
    for name in ("bootstrap", "noxfile.py", "pyproject.toml", ".ci/run", "themes/_fonts/merge.py", *locks, *workflows):
        assert not re.search(r"pypi\.org|pythonhosted|npmjs|deb\.debian", document(name)), name


def examples(folder: Path) -> Path:
    """Write the files in the README's example below *folder*, and return the book's folder."""
    for name, _, text in re.findall(
        r"`(my-book/[\w.-]+)`:\n\n```(toml|markdown)\n(.*?)^```$", document("README.md"), re.MULTILINE | re.DOTALL
    ):
        file = folder / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return folder / "my-book"


def test_the_problem_in_the_readme_is_reported_word_for_word(tmp_path: Path) -> None:
    chapter = examples(tmp_path) / "01-the-bench.md"
    chapter.write_text(
        chapter.read_text(encoding="utf-8").replace("02-the-glue.md#when-it-sets", "02-the-glu.md"), encoding="utf-8"
    )
    *lines, _ = book("lint", "my-book", folder=tmp_path).stdout.splitlines()
    assert len(lines) == 2
    assert "```\n{}\n{}\n```".format(*lines) in document("README.md")


def test_the_example_of_the_readme_builds_a_book(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], pango: bool
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CI", "")
    readme = document("README.md")
    examples(tmp_path)
    assert settings.read(tmp_path / "my-book").title
    lines = [
        line
        for found in FENCE.finditer(readme)
        if found["language"] == "console"
        for line in found["text"].splitlines()
    ]
    ran = [shlex.split(line.removeprefix("$ ")) for line in lines if line.startswith("$ book ")]
    assert ran
    for words in ran:
        status, said = cli.main(words[1:]), capsys.readouterr().err
        # 1: something would change; 3: the PDF editions are missing.
        assert status == (1 if "--diff" in words else 3 if words[1] == "build" and not pango else 0), said
        assert "warning" not in said
    assert {path.name for path in (tmp_path / "my-editions").iterdir()} >= {"index.html", "report.json"}
    assert list((tmp_path / "my-editions").glob("*.epub"))
