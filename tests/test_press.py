"""The pipeline: the cases of `tests/books/*.md` (their README says how to add one), reports, determinism, and old or new but never between."""

from __future__ import annotations

import ast
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from book import press
from book.problems import BookError, Problem, Severity, lines, worst
from tests.hostile.judge import editions, leaks
from tests.loops import some
from tests.making import cut_letters, picture, published
from tests.sources import PACKAGE, SOURCES, nodes

BOOKS = Path(__file__).parent / "books"
CASE = re.compile(
    r"^## (?P<name>.+?)\n(?:(?!^## ).*\n)*?````files\n(?P<files>(?:.*\n)*?)````\n(?P<rest>(?:(?!^## ).*\n?)*)",
    re.MULTILINE,
)
BLOCK = re.compile(r"^````(?P<kind>told|page)\n(?P<text>(?:.*\n)*?)````$", re.MULTILINE)
ESCAPE = re.compile(r"\\(?:x[0-9a-f]{2}|u[0-9a-f]{4}|[trn\\])")


def cases() -> Iterator[pytest.ParameterSet]:
    for path in sorted(BOOKS.glob("*.md")):
        if path.stem != "README":
            for found in CASE.finditer(path.read_text("utf-8")):
                yield pytest.param(path, found["name"], id=f"{path.stem}: {found['name']}")


def bytes_of(text: str) -> bytes:
    """Return the bytes of the file that a case shows."""
    shown = ESCAPE.sub(lambda found: found[0].encode().decode("unicode_escape"), text)
    return shown.encode("utf-8", "surrogateescape")


def lay_out(root: Path, files: str) -> Path:
    """Write the files of a case below *root*/book, and the secrets beside it; return the book."""
    book = root / "book"
    book.mkdir(parents=True)
    (root / "secret.md").write_text("CANARY\n", "utf-8")
    (root / "secret.png").write_bytes(picture())
    (root / "secret.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg"/>', "utf-8")
    for piece in re.split(r"^=== ", files, flags=re.MULTILINE)[1:]:
        head, _, text = piece.partition("\n")
        name, _, made = head.partition(" <- ")
        path = book / bytes_of(name.strip()).decode("utf-8", "surrogateescape")
        path.parent.mkdir(parents=True, exist_ok=True)
        kind, *rest = made.split()[:2] or [""]
        if kind == "link":
            path.symlink_to(rest[0])
        elif kind == "zero":
            path.write_bytes(bytes(int(rest[0])))
        elif kind == "pipe":
            os.mkfifo(path)
        elif kind == "folder":
            path.mkdir()
        elif kind:
            width, height = map(int, rest[0].split("x"))
            path.write_bytes(picture(kind.upper(), (width, height), colour=(143, 52, 20)))
        else:
            path.write_bytes(bytes_of(text))
    return book


def told(problems: tuple[Problem, ...]) -> str:
    return "".join(
        f"{problem.severity} {line}\n" if at == 0 else f"{line}\n"
        for problem in problems
        for at, line in enumerate(lines(problem))
    )


def shown(book: Path) -> dict[str, str]:
    """Return the messages about *book*, and its pages."""
    try:
        proofread = press.read(book)
    except BookError as error:
        return {"told": f"exit {error.status}\n{told(error.problems)}", "page": ""}
    pages = [
        f"=== {chapter.slug}: {chapter.heading}\n{str(chapter.body).strip(chr(10))}\n"
        for chapter in proofread.book.spine
    ]
    pages += [
        f"=== {asset.name} ({asset.media_type}, {asset.width} × {asset.height})\n" for asset in proofread.book.assets
    ]
    status = 1 if worst(proofread.problems) is Severity.ERROR else 0
    return {"told": f"exit {status}\n{told(proofread.problems)}", "page": "".join(pages)}


@pytest.mark.parametrize(("path", "name"), list(cases()))
def test_a_book_is_read_as_the_case_says(path: Path, name: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    text = path.read_text("utf-8")
    case = next(found for found in CASE.finditer(text) if found["name"] == name)
    now = shown(lay_out(tmp_path, case["files"]))
    assert str(tmp_path) not in "".join(now.values()), "a place or a page names a folder of this machine"
    wanted = {found["kind"]: found["text"] for found in BLOCK.finditer(case["rest"])}
    assert "told" in wanted
    if request.config.getoption("--golden"):
        rest = BLOCK.sub(lambda found: f"````{found['kind']}\n{now[found['kind']]}````", case["rest"])
        path.write_text(text.replace(case[0], case[0].removesuffix(case["rest"]) + rest), "utf-8", newline="")
    else:
        assert {kind: now[kind] for kind in wanted} == wanted


def test_every_case_of_a_book_has_a_name_of_its_own_and_is_found() -> None:
    for path in some(BOOKS.glob("*.md")):
        if path.stem != "README":
            text = path.read_text("utf-8")
            names = [found["name"] for found in CASE.finditer(text)]
            assert names == re.findall(r"^## (.+)\n+(?:[^`#\n].*\n+)*````files", text, re.MULTILINE)
            assert len(set(names)) == len(names)


# Whole builds.

TINY = """
=== handbound.toml
title = "Tiny"
=== a.md
---
title: One
sidebar: 1
---
Hello [two](b.md), "friend"[^1]. ![A plate](x.png)

[^1]: A note.
=== b.md
---
title: Two
sidebar: 2
---
| a | b |
|---|---|
| 1 | 2 |
=== x.png <- png 3x2
"""
PUBLISHED = ["index.html", "report.json", "tiny.html"]


def start(
    book: Path, out: Path, *words: str, cwd: Path | None = None, umask: int = -1, **variables: str
) -> subprocess.Popen[str]:
    """Start a build in a process of its own."""
    environment = {**os.environ, "CI": "", **variables}
    command = [sys.executable, "-m", "book", "build", str(book), "-o", str(out), *words]
    return subprocess.Popen(
        command, env=environment, cwd=cwd, umask=umask, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def whole(out: Path) -> None:
    """Assert that *out* contains one consistent set: the report and the page name the existing files."""
    report = json.loads((out / "report.json").read_bytes())
    page = (out / "index.html").read_text("utf-8")
    for work in some(report["works"]):
        assert hashlib.sha256((out / work["path"]).read_bytes()).hexdigest() == work["sha256"]
        assert work["sha256"] in page


def test_two_builds_in_different_surroundings_give_the_same_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = lay_out(tmp_path / "one", TINY)
    two = tmp_path / "another place, deeper" / "book"
    two.mkdir(parents=True)
    for path in sorted(one.iterdir(), reverse=True):  # another order of directory entries, and of times
        (two / path.name).write_bytes(path.read_bytes())
    epoch = "1767225600"
    first = {"PYTHONHASHSEED": "1", "TZ": "Pacific/Kiritimati", "LANG": "C", "LC_ALL": "C", "SOURCE_DATE_EPOCH": epoch}
    second = {
        "PYTHONHASHSEED": "2",
        "TZ": "America/St_Johns",
        "LANG": "de_DE.UTF-8",
        "LC_ALL": "C.UTF-8",
        "HOME": str(tmp_path),
        "USER": "other",
    }
    words = ("-e", "epub", "-e", "pdf", "-e", "html")

    def ended(run: subprocess.Popen[str]) -> None:
        _, said = run.communicate(timeout=300)
        assert run.returncode in (0, 3), said

    # Most of the time goes into cutting typefaces: three of them are cut in both surroundings.
    cut = Path(".cache", "fonts")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", epoch)
    cut_letters(one, tmp_path / "out one", ("epub", "html", "pdf"))
    for face in sorted((tmp_path / "out one" / cut).iterdir())[::3][:3]:
        face.unlink()
    shutil.copytree(tmp_path / "out one" / cut, tmp_path / "out two" / cut)
    ended(start(one, tmp_path / "out one", *words, cwd=tmp_path, umask=0o022, **first))
    faces = sorted((tmp_path / "out one" / cut).iterdir())
    assert len(faces) > 6
    ended(start(two, tmp_path / "out two", *words, cwd=two, umask=0o077, SOURCE_DATE_EPOCH=epoch, **second))
    for face in faces:
        assert face.read_bytes() == (tmp_path / "out two" / cut / face.name).read_bytes()
    made, again = published(tmp_path / "out one"), published(tmp_path / "out two")
    assert set(made) >= {"index.html", "report.json", "tiny.epub", "tiny.html"}
    assert {name: hashlib.sha256(data).hexdigest() for name, data in made.items()} == {
        name: hashlib.sha256(data).hexdigest() for name, data in again.items()
    }
    assert b"January 1, 2026" in made["index.html"], "SOURCE_DATE_EPOCH is the date"
    for name, data in made.items():
        assert str(tmp_path).encode() not in data, f"{name} names a folder of this machine"


@pytest.fixture(scope="session")
def fonts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache with the font subsets of the tiny book."""
    home = tmp_path_factory.mktemp("fonts")
    assert press.build(lay_out(home, TINY), home / "out", editions=["html"]).status == 0
    return home / "out" / ".cache"


def test_two_builds_at_once_both_finish_and_leave_one_consistent_set(tmp_path: Path, fonts: Path) -> None:
    out = tmp_path / "out"
    shutil.copytree(fonts, out / ".cache")
    books = [lay_out(tmp_path / name, TINY.replace("Hello", f"Hello {name}")) for name in ("one", "two")]
    runs = [start(book, out, "-e", "html", "-q") for book in books]
    for run in some(runs):
        _, said = run.communicate(timeout=300)
        assert (run.returncode, said) == (0, "")
    assert sorted(published(out)) == PUBLISHED
    whole(out)


def test_a_full_disk_is_one_message_and_the_earlier_set_stays(tmp_path: Path, fonts: Path) -> None:
    book, out = lay_out(tmp_path, TINY), tmp_path / "out"
    shutil.copytree(fonts, out / ".cache")
    assert press.build(book, out, editions=["html"]).status == 0
    before = published(out)
    (book / "a.md").write_text((book / "a.md").read_text("utf-8").replace("friend", "fried"), "utf-8")
    code = "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (65536, 65536)); from book.cli import main; sys.exit(main(sys.argv[1:]))"
    command = [sys.executable, "-c", code, "build", str(book), "-o", str(out), "-e", "html"]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 1, done.stderr
    last = done.stderr.splitlines()[-2:]
    assert "W101 cannot write here: File too large" in last[0]
    assert last[1] == "    fix: free some disk space, or choose another folder with -o"
    assert published(out) == before
    assert not list(out.rglob(".new-*"))


DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda _: b"",
    "cut": lambda data: data[:-7],
    "one bit": lambda data: data[:40] + bytes([data[40] ^ 1]) + data[41:],
    "another file": lambda _: b"{}" * 99,
}


@pytest.mark.parametrize("how", DAMAGE)
def test_a_damaged_cache_is_noticed_and_made_again(how: str, tmp_path: Path, fonts: Path) -> None:
    book, out = lay_out(tmp_path, TINY), tmp_path / "out"
    shutil.copytree(fonts, out / ".cache")
    assert press.build(book, out, editions=["html"]).status == 0
    before = published(out)
    for path in (out / ".cache").rglob("*"):
        if path.is_file() and path.parent.name != "fonts":
            path.write_bytes(DAMAGE[how](path.read_bytes()))
    assert press.build(book, out, editions=["html"]).status == 0
    assert published(out) == before


@pytest.mark.parametrize(
    ("path", "name"),
    [case for case in cases() if str(case.id).startswith(("hostile", "rawhtml", "plates"))][::6],
)
def test_a_hostile_book_is_refused_or_made_harmless_in_every_edition(
    path: Path, name: str, tmp_path: Path, fonts: Path, *, pango: bool
) -> None:
    case = next(found for found in CASE.finditer(path.read_text("utf-8")) if found["name"] == name)
    book, out = lay_out(tmp_path, case["files"]), tmp_path / "out"
    shutil.copytree(fonts, out / ".cache")
    wanted = re.search(r"^````told\nexit (\d)$", case["rest"], re.MULTILINE)
    assert wanted
    try:
        status = press.build(book, out, editions=["html", "epub", *["pdf"] * pango]).status
    except BookError as error:
        status = error.status
    assert status == int(wanted[1])
    made = editions(out)
    assert len(made) == (3 + pango if status == 0 else 0)
    assert list(leaks(out, ["CANARY"], [], b"CANARY")) == []


# The laws of the house.

WRITING = frozenset("write_text write_bytes mkstemp NamedTemporaryFile TemporaryFile SpooledTemporaryFile".split())


def calls(path: Path) -> Iterator[tuple[str, ast.Call]]:
    for found in nodes(path):
        if isinstance(found, ast.Call):
            name = found.func.attr if isinstance(found.func, ast.Attribute) else getattr(found.func, "id", "")
            yield name, found


def test_only_the_write_function_opens_a_file_for_writing() -> None:
    found = []
    for path in SOURCES:
        for name, call in calls(path):
            modes = [
                str(word.value)
                for word in [*call.args, *(more.value for more in call.keywords if more.arg == "mode")]
                if isinstance(word, ast.Constant)
            ]
            opens = name in ("open", "fdopen", "ZipFile") and any(
                re.fullmatch(r"[rwxabt]*[wxa+][rwxabt+]*", mode) for mode in modes
            )
            if opens or name in WRITING:
                found.append(f"{path.relative_to(PACKAGE)}: {ast.unparse(call)}")
    assert (
        sorted(found)
        == [
            "editions/packed.py: zipfile.ZipFile(out, 'w')",  # into memory
            "seal/files.py: os.fdopen(descriptor, 'wb')",
            "seal/files.py: tempfile.mkstemp(prefix=NEW, dir=path.parent)",
            "serve/builder.py: os.fdopen(os.dup(1), 'w', encoding='utf-8')",  # standard output, to the preview
            "streams.py: open(descriptor, 'wb', 0 if through else -1, closefd=False)",  # standard output, which never ends a build
            "workers.py: os.fdopen(os.dup(1), 'wb')",  # standard output, to the process that asked
            "workers.py: tempfile.TemporaryFile()",  # what a process says before it dies
        ]
    )


def test_only_book_fetch_uses_the_network() -> None:
    forbidden = {
        "socket",
        "ssl",
        "http",
        "ftplib",
        "smtplib",
        "telnetlib",
        "requests",
        "httpx",
        "aiohttp",
        "urllib3",
        "asyncio",
    }
    for path in SOURCES:
        if path == PACKAGE / "fetching" / "download.py":  # `book fetch` alone
            continue
        # `book serve` listens on the loopback interface, and talks to the process that it started.
        allowed = {"asyncio", "socket"} if path.parent == PACKAGE / "serve" else set()
        for found in some(nodes(path)):
            names = []
            if isinstance(found, ast.Import):
                names = [one.name for one in found.names]
            elif isinstance(found, ast.ImportFrom):
                names = [f"{found.module}.{one.name}" for one in found.names]
            assert not {name.split(".")[0] for name in names} & forbidden - allowed, path
            assert not any(name.startswith("urllib.request") for name in names), path


def test_theme_and_words_are_apart() -> None:
    # No style sheet in Python, no page of HTML either: a rule "x { a: b; }", or a tag with an element round it.
    for path in SOURCES:
        docstrings = {
            id(node.body[0].value)
            for node in nodes(path)
            if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef))
            and node.body
            and isinstance(node.body[0], ast.Expr)
        }
        patterns = {  # what reads a page is no page
            id(word)
            for node in nodes(path)
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ("re.compile", "regex")
            for word in ast.walk(node.args[0])
        }
        for found in some(nodes(path)):
            if (
                isinstance(found, ast.Constant)
                and isinstance(found.value, str)
                and id(found) not in docstrings | patterns
            ):
                assert not re.search(r"\{\s*[a-z-]+\s*:\s*[^{}]+;\s*\}|<(?:html|body|head|h1)\b", found.value), (
                    f"{path}: {found.value[:80]}"
                )
    for path in some(sorted((PACKAGE.parent / "themes").rglob("*.py"))):
        assert path.parent.name == "_fonts", "no Python in themes"


KEEPS_GOING = {
    "press.py",  # a cache that holds trees which no pandoc made
    "batch.py",  # what one book does not survive is told of that book, with its traceback
    "printing.py",  # what one edition does not survive is told of that edition, with its traceback
    "calls.py",  # passes it on to there
    "workers.py",  # the same
    "theme/fonts.py",  # a damaged face is its theme's
    "serve/builder.py",  # the preview goes on with the next save
    "building.py",  # so does --watch, after the traceback
    "watching.py",  # passes it on to the thread that waits
    "editions/__init__.py",  # says that a foreign theme may be why
}


def test_no_error_is_swallowed_and_no_hash_of_a_process_gets_into_an_edition() -> None:
    for path in SOURCES:
        for found in some(nodes(path)):
            if isinstance(found, ast.ExceptHandler):
                name = ast.unparse(found.type) if found.type else "everything"
                reraises = any(isinstance(inner, ast.Raise) and inner.exc is None for inner in ast.walk(found))
                if path.relative_to(PACKAGE).as_posix() not in KEEPS_GOING:
                    assert name not in ("Exception", "everything"), f"{path}:{found.lineno}"
                assert name != "BaseException" or reraises, f"{path}:{found.lineno}"
        # A class may say what hash its values have; only dictionaries ask for it.
        allowed = {
            found.body[-1].lineno
            for found in nodes(path)
            if isinstance(found, ast.FunctionDef) and found.name == "__hash__"
        }
        assert not [
            call
            for name, call in calls(path)
            if name in ("hash", "uuid4", "uuid1", "now", "today", "utcnow")
            and call.lineno not in allowed
            # `book fetch` writes down the day on which it fetched; no build asks for the time.
            and (name, path) != ("now", PACKAGE / "fetching" / "__init__.py")
        ], path


def test_every_code_of_a_problem_has_one_meaning() -> None:
    seen: dict[str, str] = {}
    for path in SOURCES:
        for name, call in calls(path):  # may be empty: a module without problems
            if name == "Kind" and call.args and isinstance(call.args[0], ast.Constant):
                code = str(call.args[0].value)
                assert re.fullmatch(r"[A-Z]\d{3}", code)
                assert code not in seen, f"{code} is in {seen[code]} and in {path.name}"
                seen[code] = path.name
    assert len(seen) > 50
