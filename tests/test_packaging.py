"""Packaging: a wheel of this checkout builds a book on its own, and contains themes, fonts and licences."""

from __future__ import annotations

import ast
import email
import json
import os
import re
import subprocess
import sys
import sysconfig
import tomllib
import venv
import zipfile
from collections.abc import Iterator
from importlib.metadata import Distribution, distribution, packages_distributions
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.loops import some
from tests.making import cut_letters
from tests.sources import SOURCES, nodes

CHAPTER = """---
title: A wheel that travels
sidebar: 1
---

It carries "all" it needs.

## And a section

With a list:

- one
- two
"""


@pytest.fixture(scope="session")
def wheel(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built by the back end that pyproject.toml names, without a network."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=root,
        check=True,
        capture_output=True,
    )
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="session")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an empty environment with the wheel in it.

    The libraries it depends on are lent by the environment of the tests: a path file adds their folder behind the wheel's own, and
    path files of that folder (the editable checkout) are not followed.
    """
    folder = tmp_path_factory.mktemp("elsewhere") / "environment with a space"
    venv.create(folder, with_pip=False, symlinks=True)
    site = Path(sysconfig.get_path("purelib", vars={"base": str(folder), "platbase": str(folder)}))
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    lent = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    (site / "lent.pth").write_text("\n".join(sorted(lent)) + "\n", encoding="utf-8")
    return folder / "bin" / "python"


def names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_the_wheel_is_marked_as_typed(wheel: Path) -> None:
    assert "book/py.typed" in names(wheel)


def test_every_family_of_faces_travels_with_its_licence(wheel: Path, root: Path) -> None:
    sources = tomllib.loads((root / "themes/_fonts/sources.toml").read_text(encoding="utf-8"))
    for family in some(sources["family"]):
        folder = f"book/themes/_fonts/{family['folder']}"
        assert f"{folder}/OFL.txt" in names(wheel)
        assert {f"{folder}/{file}" for file in family["sha256"]} <= names(wheel)
    licences = {name for name in names(wheel) if ".dist-info/licenses/" in name}
    assert len(licences) == 1 + len(sources["family"])


def test_every_file_of_every_theme_travels(wheel: Path, root: Path) -> None:
    tracked = {
        f"book/{path.relative_to(root).as_posix()}"
        for path in (root / "themes").rglob("*")
        if path.is_file()
        and "__pycache__" not in path.parts
        and not (path.parent.name == "_fonts" and path.suffix == ".py")
    }
    assert tracked <= names(wheel)


def test_every_file_of_the_manual_travels(wheel: Path, root: Path) -> None:
    files = {path.relative_to(root).as_posix() for path in (root / "book/manual").rglob("*") if path.is_file()}
    assert {name for name in files if "__pycache__" not in name} <= names(wheel)
    assert "book/manual/tutorial/ten-minutes.md" in names(wheel)


def test_nothing_else_travels(wheel: Path) -> None:
    assert {name.split("/")[0].split("-")[0] for name in names(wheel)} == {"book", "handbound"}
    scripts = [name for name in names(wheel) if name.startswith("book/themes/") and name.endswith(".py")]
    assert scripts == []


def test_the_wheel_brings_the_command_book(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (entry_points,) = (name for name in archive.namelist() if name.endswith("entry_points.txt"))
        assert "book = book.cli:main" in archive.read(entry_points).decode()


def test_the_faces_are_those_that_sources_toml_records(root: Path) -> None:
    from hashlib import sha256

    fonts = root / "themes/_fonts"
    sources = tomllib.loads((fonts / "sources.toml").read_text(encoding="utf-8"))
    recorded = {
        f"{family['folder']}/{file}": digest
        for family in sources["family"]
        for file, digest in family["sha256"].items()
    }
    found = {
        path.relative_to(fonts).as_posix(): sha256(path.read_bytes()).hexdigest() for path in fonts.glob("*/*.ttf")
    }
    assert found == recorded


def test_every_library_that_is_imported_is_declared(root: Path) -> None:
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    said = [*project["dependencies"], *(line for extra in project["optional-dependencies"].values() for line in extra)]
    declared = {canonicalize_name(Requirement(line).name) for line in said}
    brings = packages_distributions()
    missing = {}
    for path in SOURCES:
        for node in nodes(path):
            if not isinstance(node, ast.Import | ast.ImportFrom):
                continue
            modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
                modules = [node.module]
            for top in {module.split(".")[0] for module in modules} - set(sys.stdlib_module_names) - {"book"}:
                if not {canonicalize_name(name) for name in brings.get(top, [top])} & declared:
                    missing[f"{path.relative_to(root)}:{node.lineno}"] = top
    assert not missing


def test_the_wheel_builds_a_book_from_another_folder(python: Path, tmp_path: Path, pango: bool) -> None:
    book = tmp_path / "my book"
    book.mkdir()
    (book / "handbound.toml").write_text('title = "Tiny"\nlanguage = "en"\nauthors = ["A. Uthor"]\n', encoding="utf-8")
    (book / "01-wheel.md").write_text(CHAPTER, encoding="utf-8")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "COVERAGE"))} | {
        "CI": ""
    }

    where = subprocess.run(
        [python, "-c", "import book; print(book.__file__)"],
        cwd=tmp_path,
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )
    assert Path(where.stdout.strip()).is_relative_to(python.parent.parent)

    editions = ["epub", "html", *(["pdf"] if pango else [])]
    cut_letters(book, tmp_path / "out", ("epub", "html"))
    words = [word for edition in editions for word in ("-e", edition)]
    built = subprocess.run(
        [python, "-m", "book", "build", "my book", "-o", "out", *words],
        cwd=tmp_path,
        env=environment,
        check=False,
        capture_output=True,
        text=True,
    )
    assert built.returncode == 0, built.stderr
    works = json.loads((tmp_path / "out/report.json").read_text(encoding="utf-8"))["works"]
    assert {work["edition"] for work in works} == set(editions)
    with zipfile.ZipFile(tmp_path / "out/tiny.epub") as epub:
        assert epub.namelist()[0] == "mimetype"
    assert "“all”" in (tmp_path / "out/tiny.html").read_text(encoding="utf-8")
    if "pdf" in editions:
        assert (tmp_path / "out/tiny.pdf").read_bytes().startswith(b"%PDF-")
        fonts = set(re.findall(rb"/FontName ?/[A-Z]{6}\+([A-Za-z-]+)", uncompressed(tmp_path / "out/tiny.pdf")))
        assert fonts
        assert all(name.startswith(b"Handbound") for name in fonts), fonts


def test_the_long_description_has_no_link_that_an_index_cannot_follow(wheel: Path) -> None:
    """A package index shows the text without the checkout, so links lead to addresses or to headings of the page itself."""
    import pypandoc
    from lxml import html

    with zipfile.ZipFile(wheel) as archive:
        (metadata,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        message = email.message_from_bytes(archive.read(metadata))
    assert message["Description-Content-Type"] == "text/markdown"
    page = html.fromstring(pypandoc.convert_text(message.get_payload(decode=True), "html", format="gfm"))
    addresses = page.xpath("//@href | //@src")
    assert addresses
    headings = {f"#{identifier}" for identifier in page.xpath("//@id")}
    assert [address for address in addresses if address not in headings and not address.startswith("https://")] == []


# Licences ------------------------------------------------------------------------------------------------------------


def _closure(requirement: Requirement, known: dict[str, Distribution]) -> None:
    """Add the installed distributions that *requirement* brings to *known*."""
    name = canonicalize_name(requirement.name)
    if name in known:
        return
    known[name] = found = distribution(name)
    for line in found.requires or ():
        wanted = Requirement(line)
        extras = requirement.extras or {""}
        if wanted.marker is None or any(wanted.marker.evaluate({"extra": extra}) for extra in extras):
            _closure(wanted, known)


def test_every_library_that_asks_to_pass_on_its_source_is_named_in_the_readme(root: Path) -> None:
    known: dict[str, Distribution] = {}
    _closure(Requirement("handbound[check]"), known)
    asking = {"pandoc"}  # a program inside pypandoc_binary, whose metadata speak of its Python alone
    for name, found in known.items():
        said = [
            *found.metadata.get_all("License-Expression", []),
            *found.metadata.get_all("License", []),
            *found.metadata.get_all("Classifier", []),
        ]
        if re.search(r"\b[AL]?GPL|\bMPL|General Public|Mozilla", " ".join(said)):
            asking.add(name)
    assert asking >= {"pandoc", "ebooklib", "pyphen", "pikepdf"}
    licences = (root / "README.md").read_text(encoding="utf-8").partition("\n## Licences\n")[2]
    assert {name for name in asking if f"**{name}**" not in licences.lower()} == set()


# The lock ------------------------------------------------------------------------------------------------------------


def pins(path: Path) -> list[tuple[Requirement, str]]:
    """Return the requirements of a lock file, each with the text below it: hashes, and the packages that require it."""
    text = "".join(
        line for line in path.read_text(encoding="utf-8").splitlines(keepends=True) if not line.startswith("#")
    )
    entries = [entry.partition("\\\n") for entry in re.split(r"^(?=\w)", text, flags=re.MULTILINE) if entry.strip()]
    assert entries, f"{path} locks nothing"
    return [(Requirement(line), rest) for line, _, rest in entries]


def declared(root: Path, group: str) -> list[Requirement]:
    """Return what pyproject.toml asks for in the lock of *group*: the project, its extra `check`, and the group."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))

    def of(name: str) -> Iterator[str]:
        for entry in project["dependency-groups"][name]:
            yield from [entry] if isinstance(entry, str) else of(entry["include-group"])

    lines = [*project["project"]["dependencies"], *project["project"]["optional-dependencies"]["check"], *of(group)]
    return [Requirement(line) for line in lines]


LOCKS = ("bench", "lint", "nox", "tests", "types")


def test_every_lock_belongs_to_a_session(root: Path) -> None:
    assert sorted(path.stem for path in (root / "requirements").iterdir()) == list(LOCKS)
    named = re.search(r"^LOCKS = \((.*)\)$", (root / "noxfile.py").read_text(encoding="utf-8"), re.MULTILINE)
    assert named
    assert sorted(re.findall(r'"(\w+)"', named[1])) == list(LOCKS)


@pytest.mark.parametrize("group", LOCKS)
def test_the_lock_agrees_with_what_pyproject_asks_for(root: Path, group: str) -> None:
    """If this fails, run `nox -s lock`."""
    locked = pins(root / f"requirements/{group}.txt")
    wanted = declared(root, group)
    for requirement in some(wanted):
        name = canonicalize_name(requirement.name)
        versions = [pin.specifier for pin, _ in locked if canonicalize_name(pin.name) == name]
        assert versions, f"{requirement} is not locked: nox -s lock"
        for version in versions:
            (exact,) = version
            assert requirement.specifier.contains(exact.version), f"{requirement}, but {exact} is locked: nox -s lock"
    direct = {canonicalize_name(pin.name) for pin, rest in locked if "handbound (pyproject.toml" in rest}
    assert direct == {canonicalize_name(requirement.name) for requirement in wanted}, "nox -s lock"
    (floor,) = Requirement(f"python{project_of(root)['requires-python']}").specifier
    header = (root / f"requirements/{group}.txt").read_text(encoding="utf-8").splitlines()[1]
    assert (header.strip("# "), floor.operator) == ("nox -s lock", ">=")


@pytest.mark.parametrize("group", LOCKS)
def test_every_locked_version_is_exact_and_has_a_hash(root: Path, group: str) -> None:
    for pin, rest in some(pins(root / f"requirements/{group}.txt")):
        assert [specifier.operator for specifier in pin.specifier] == ["=="], pin
        assert re.search(r"--hash=sha256:[0-9a-f]{64}\b", rest), pin
        assert pin.url is None


def test_all_locks_agree_on_a_version(root: Path) -> None:
    versions: dict[tuple[str, str], set[str]] = {}
    for group in LOCKS:
        for pin, _ in pins(root / f"requirements/{group}.txt"):
            versions.setdefault((canonicalize_name(pin.name), str(pin.marker or "")), set()).add(str(pin.specifier))
    assert {name: found for name, found in versions.items() if len(found) > 1} == {}


# Pythons -------------------------------------------------------------------------------------------------------------


def project_of(root: Path) -> dict[str, Any]:
    project: dict[str, Any] = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return project


def test_the_pythons_that_are_named_are_those_that_are_tested(root: Path) -> None:
    workflow = yaml.safe_load((root / ".github/workflows/checks.yml").read_text(encoding="utf-8"))
    (job,) = workflow["jobs"].values()
    tested = job["strategy"]["matrix"]["python"]
    assert any(step.get("run") == ".ci/run" for step in job["steps"])
    prefix = "Programming Language :: Python :: "
    named = [line.removeprefix(prefix) for line in project_of(root)["classifiers"] if line.startswith(prefix)]
    assert tested == [version for version in named if "." in version]
    assert project_of(root)["requires-python"] == f">={tested[0]}"


def uncompressed(path: Path) -> bytes:
    import io

    import pikepdf

    out = io.BytesIO()
    with pikepdf.open(path) as pdf:
        pdf.save(
            out,
            stream_decode_level=pikepdf.StreamDecodeLevel.generalized,
            object_stream_mode=pikepdf.ObjectStreamMode.disable,
        )
    return out.getvalue()
