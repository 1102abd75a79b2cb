"""The structure of the package is what its README says: rooms, imports, sizes."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

import pytest

from tests.loops import some
from tests.sources import PACKAGE, SOURCES, nodes

LINES_OF_A_FILE, LINES_OF_A_FUNCTION = 450, 60


@pytest.fixture(scope="module")
def readme(root: Path) -> str:
    return (root / "book" / "README.md").read_text("utf-8")


def test_the_readme_names_the_layers_of_the_import_contract(root: Path, readme: str) -> None:
    tools = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["tool"]
    contract = next(one for one in tools["importlinter"]["contracts"] if one["id"] == "one-way")
    layers = [re.sub(r"book\.", "", layer).split(" : ") for layer in contract["layers"] if "__main__" not in layer]
    diagram = re.search(r"^cli -> .*?(?=^```)", readme, re.DOTALL | re.MULTILINE)
    assert diagram
    shown = [layer.split(" | ") for layer in " ".join(diagram[0].split()).split(" -> ")]
    assert [sorted(layer) for layer in shown] == [sorted(layer) for layer in layers]


def test_the_readme_describes_each_file_and_folder(root: Path, readme: str) -> None:
    rooms = {
        path.name
        for path in (root / "book").iterdir()
        if (path.suffix == ".py" and not path.name.startswith("__")) or (path / "__init__.py").is_file()
    }
    named = set(re.findall(r"`([a-z_]+)(?:\.py|/)`", readme))
    assert {name for name in some(rooms) if name.removesuffix(".py") not in named} == set()


@pytest.mark.parametrize("room", ["editions", "paged", "proof", "view"])
def test_no_room_after_assembling_parses_a_body(room: str) -> None:
    parsers = {
        f"{path.name}:{node.lineno}"
        for path in some(path for path in SOURCES if room in path.relative_to(PACKAGE).parts)
        for node in nodes(path)
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(("Body.of", "parse_html"))
    }
    assert parsers == set()


def test_no_file_has_more_lines_than_a_reader_keeps_in_mind() -> None:
    ours = [*SOURCES, *some(Path(__file__).parent.rglob("*.py"))]
    lengths = {path: len(path.read_text("utf-8").splitlines()) for path in some(ours)}
    assert {path.name: length for path, length in lengths.items() if length > LINES_OF_A_FILE} == {}


def test_no_function_has_more_lines_than_a_screen() -> None:
    long = {
        f"{path.name}:{node.lineno} {node.name}": length
        for path in some(SOURCES)
        for node in nodes(path)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        if (length := _code_lines(node)) > LINES_OF_A_FUNCTION
    }
    assert long == {}


def _code_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Return how many lines *function* has without its docstring."""
    first = function.body[0]
    docstring = (
        isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str)
    )
    lines = (function.end_lineno or 0) - function.lineno + 1
    return lines - ((first.end_lineno or 0) - first.lineno + 1 if docstring else 0)


def test_the_docstring_of_a_function_does_not_count_as_its_code() -> None:
    function = ast.parse('def f():\n    """Say.\n\n    More.\n    """\n    return 1\n').body[0]
    assert isinstance(function, ast.FunctionDef)
    assert _code_lines(function) == 2
