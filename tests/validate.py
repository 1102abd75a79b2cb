"""Runs the external validators on finished editions, each started once for all files: `nox -s validate -- FOLDER …` installs and runs them.

    nox -s validate                         builds tests/everything in every theme, and hands over these and build/
    nox -s validate -- build more/book.pdf  hands over what is there

Prints one table, a row a file and a column a validator, and below it the findings. What is known, with its reason, stands in
brackets, is listed last and fails nothing. A validator that is not there is said loudly ("NOT RUN"), and with --strict it
fails the run as a finding does.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Literal

from msgspec import Struct

if not __package__:  # started as a file: the checkout is not on the path
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))


from tests.validators import Found, NotRun, Tools, ace, epubcheck, pdfdetach, pdffonts, pdfua, qpdf, tagged, vnu
from tests.validators_in_browser import axe, page

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


class Validator(Struct, frozen=True, kw_only=True):
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


class Outcome(Struct, frozen=True, kw_only=True):
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
