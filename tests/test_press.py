"""The pipeline: the cases of `tests/books/*.md` (their README says how to add one), reports, determinism, and old or new but never between."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from book import press
from book.problems import BookError, Problem, Severity, lines, worst

BOOKS = Path(__file__).parent / "books"
CASE = re.compile(r"^## (?P<name>.+?)\n(?:(?!^## ).*\n)*?````files\n(?P<files>(?:.*\n)*?)````\n(?P<rest>(?:(?!^## ).*\n?)*)", re.MULTILINE)
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


def picture(kind: str, width: int, height: int) -> bytes:
    from PIL import Image

    out = io.BytesIO()
    Image.new("RGB", (width, height), (143, 52, 20)).save(out, kind.upper())
    return out.getvalue()


def lay_out(root: Path, files: str) -> Path:
    """Write the files of a case below *root*/book, and the secrets beside it; return the book."""
    book = root / "book"
    book.mkdir(parents=True)
    (root / "secret.md").write_text("CANARY\n", "utf-8")
    (root / "secret.png").write_bytes(picture("png", 2, 2))
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
            path.write_bytes(picture(kind, width, height))
        else:
            path.write_bytes(bytes_of(text))
    return book


def told(problems: tuple[Problem, ...]) -> str:
    return "".join(
        f"{problem.severity} {line}\n" if at == 0 else f"{line}\n" for problem in problems for at, line in enumerate(lines(problem))
    )


def shown(book: Path) -> dict[str, str]:
    """Return what is said of *book*, and its pages."""
    try:
        proofread = press.read(book)
    except BookError as error:
        return {"told": f"exit {error.status}\n{told(error.problems)}", "page": ""}
    pages = [f"=== {chapter.slug}: {chapter.heading}\n{chapter.body.strip(chr(10))}\n" for chapter in proofread.book.spine]
    pages += [f"=== {asset.name} ({asset.media_type}, {asset.width} × {asset.height})\n" for asset in proofread.book.assets]
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
    for path in BOOKS.glob("*.md"):
        if path.stem != "README":
            text = path.read_text("utf-8")
            names = [found["name"] for found in CASE.finditer(text)]
            assert names == re.findall(r"^## (.+)\n+(?:[^`#\n].*\n+)*````files", text, re.MULTILINE)
            assert len(set(names)) == len(names)
