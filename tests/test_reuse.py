"""What other repositories use: the action, the container and the hooks for pre-commit."""

from __future__ import annotations

import json
import os
import re
import shlex
import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from book import cli, grammar
from tests.loops import some
from tests.making import write_files

ROOT = Path(__file__).resolve().parent.parent
MATCHER = ".github/problems.json"
"""How GitHub recognises a problem in the log of the action."""


def read(name: str) -> Any:
    return yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))


def steps(tmp_path: Path, folder: Path, **inputs: str) -> subprocess.CompletedProcess[str]:
    """Run the last step of the action in *folder*, with a press whose Python prints its words."""
    press = tmp_path / "action"
    python = (
        write_files(press, {".venv/bin/python": '#!/bin/sh\nfor word; do printf "%s|" "$word"; done\necho\nexit 3\n'})
        / ".venv/bin/python"
    )
    python.chmod(python.stat().st_mode | stat.S_IXUSR)
    action = read("action.yml")
    (step,) = (step for step in action["runs"]["steps"] if step.get("id") == "build")
    given = {name: entry["default"] for name, entry in action["inputs"].items()} | inputs
    values = {name: given[re.fullmatch(r"\$\{\{ inputs\.(\w+) \}\}", text)[1]] for name, text in step["env"].items()}  # type: ignore[index]
    environment = os.environ | values | {"GITHUB_ACTION_PATH": str(press), "GITHUB_OUTPUT": str(tmp_path / "output")}
    return subprocess.run(
        ["bash", "-e", "-c", step["run"]], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def test_the_action_builds_the_book_that_it_is_given(tmp_path: Path) -> None:
    done = steps(tmp_path, tmp_path, book="my docs", editions="epub,html", options="--check --strict")
    assert done.stdout.splitlines() == [
        f"::add-matcher::{tmp_path}/action/{MATCHER}",
        "-m|book|build|my docs|-o|public|--check|--strict|-e|epub,html|",
        "::remove-matcher owner=handbound::",
    ]
    assert done.returncode == 3
    assert (tmp_path / "output").read_text() == "status=3\n"


def test_the_action_without_inputs_builds_the_repository(tmp_path: Path) -> None:
    assert "\n-m|book|build|.|-o|public|\n" in steps(tmp_path, tmp_path).stdout


@pytest.mark.parametrize("folder", ["docs", "."])
def test_the_action_marks_the_line_of_a_problem_in_a_file_of_the_repository(
    folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (matcher,) = json.loads((ROOT / MATCHER).read_text("utf-8"))["problemMatcher"]
    (pattern,) = matcher["pattern"]
    write_files(tmp_path / folder, {"one.md": "# One\n\nSee [two](tow.md).\n", "two.md": "# Two\n\nWords.\n"})
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CI", "")
    assert cli.main(["build", folder, "-o", "public", "-e", "html"]) == 0
    told = capsys.readouterr().err.splitlines()
    (match,) = (match for line in told if (match := re.search(pattern["regexp"], line)) and match[4] == "R101")
    fields = {name: match[pattern[name]] for name in ("file", "line", "column", "severity")}
    place = str(Path(folder, "one.md"))
    assert fields == {"file": place, "line": "3", "column": "5", "severity": "warning"}
    assert (tmp_path / place).is_file()


def test_the_action_installs_the_press_outside_of_the_workspace() -> None:
    action = read("action.yml")
    assert action["runs"]["using"] == "composite"
    runs = [step["run"] for step in action["runs"]["steps"] if "run" in step]
    assert all("GITHUB_ACTION_PATH" in run for run in some(runs))
    assert all(re.fullmatch(r"[\w-]+/[\w-]+@v\d+", step["uses"]) for step in action["runs"]["steps"] if "uses" in step)
    assert all(step.get("shell") == "bash" for step in action["runs"]["steps"] if "run" in step)


def test_the_container_has_the_libraries_that_the_bootstrap_installs() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    (line,) = re.findall(r"libraries='(libpango-1\.0-0[^']*)'", (ROOT / "bootstrap").read_text(encoding="utf-8"))
    assert [name for name in some(line.split()) if name not in dockerfile] == []
    copied = re.findall(r"^COPY (?!--from)(\S+) ", dockerfile, re.MULTILINE)
    assert [name for name in some(copied) if not (ROOT / name).exists()] == []
    assert 'ENTRYPOINT ["book"]' in dockerfile


@pytest.mark.parametrize("hook", read(".pre-commit-hooks.yaml"), ids=lambda hook: hook["id"])
def test_a_hook_is_a_command_of_the_press(
    hook: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = shlex.split(hook["entry"])
    assert words[0] == "book"
    grammar.parser().parse_args(words[1:])
    book = write_files(
        tmp_path / "docs", {"handbound.toml": 'title = "T"\nlanguage = "en"\n', "a.md": '# A\n\n"Quoted."\n'}
    )
    arguments = [str(book)] if hook.get("pass_filenames") is False else [str(book / "a.md")]
    status = {"book-fix": 0, "book-fix-check": 1, "book-lint": 0}[hook["id"]]
    assert cli.main([*words[1:], *arguments]) == status
    assert ("“Quoted.”" in (book / "a.md").read_text("utf-8")) == (hook["id"] == "book-fix")
    assert capsys.readouterr().out
