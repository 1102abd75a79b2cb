"""The command `book`: reads its words, calls the press, prints and exits. The only place that does so."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, ClassVar, NoReturn

from book import surroundings

if TYPE_CHECKING:
    from book.model import Report
    from book.problems import Problem
    from book.steps import Timing

STATUS = """exit status:
  0  sound, possibly with warnings
  1  the book has errors; nothing is published, existing editions are unchanged
  2  usage or configuration error
  3  published in part: an external tool is missing, or an edition could not be made"""

OUT = Path("build")
PUBLISHED = "published"
"""What the press says when the new set stands: :data:`book.press.PUBLISHED`."""
FOLDED = 10
"""Warnings of one code that are told one by one; of more, the first ones, and how many there are."""

EXAMPLES = {
    "build": """examples:
  book build                          build the book in content/ into build/
  book build handbook -o out -e epub  build one edition of another book
  book build --check --strict         check everything, accept no warnings""",
    "check": """examples:
  book check                          check the editions in build/, with EPUBCheck
  book check handbook -o out --strict""",
    "lint": """examples:
  book lint                           check the book without building it
  book lint handbook -v               also show notes""",
    "fix": """examples:
  book fix                           fix every chapter of the book in content/
  book fix 02-users.md 03-ship.md    fix these chapters only
  book fix --diff handbook           show what would change
  book fix --check content/*.md      list the files that would change, for a commit hook""",
    "order": """examples:
  book order                          print the reading order and where it comes from
  book order ../handbook""",
    "themes": """examples:
  book themes                         list the themes that --theme accepts""",
    "clean": """examples:
  book clean                          remove the cache in build/, keep the editions
  book clean --all                    remove every file that book build wrote and nobody has changed since""",
}


def main(words: Sequence[str] | None = None) -> int:
    """Run the command with *words* (those of the process when None) and return the exit status."""
    surroundings.tidy()
    _listen_for_the_end()
    from book.problems import BookError  # noqa: PLC0415 - --help must be quick

    try:
        options = parser().parse_args(words)
        status: int = options.run(options)
    except BookError as error:
        _tell(error.problems, verbose=True)
        return error.status
    except ImportError as error:
        from book import packages  # noqa: PLC0415 - as above

        if (unmet := packages.missing(error)) is None:
            raise
        _tell(unmet.problems, verbose=True)
        return unmet.status
    except _Stopped as stop:
        stands = "the new editions are in place" if _Line.last == PUBLISHED else "existing editions are unchanged"
        print(f"\ninterrupted; {stands}", file=sys.stderr)
        return stop.status
    except BrokenPipeError:
        # The reader of our words went away: no fault of the book.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return status


def parser() -> argparse.ArgumentParser:
    """Return the grammar of the command line."""
    from book.catalogue import EDITIONS  # noqa: PLC0415 - `book --version` must be quick

    wide = max(map(len, EDITIONS))
    editions = "\n".join(f"  {name:{wide}}  {edition.help}" for name, edition in EDITIONS.items())
    top = argparse.ArgumentParser(
        prog="book",
        description="Turn a folder of Markdown chapters into EPUB, PDF and single-page HTML editions, and check each of them.",
        epilog=STATUS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action=_Version, nargs=0, help="print the version and exit")
    commands = top.add_subparsers(metavar="COMMAND", required=True, dest="command")

    def command(
        name: str, run: Callable[[argparse.Namespace], int], about: str, *, book: bool = True, more: str = ""
    ) -> argparse.ArgumentParser:
        one = commands.add_parser(
            name, help=about, description=about[:1].upper() + about[1:] + ".", epilog=f"{EXAMPLES[name]}\n\n{more}{STATUS}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )  # fmt: skip
        if book:
            one.add_argument(
                "book",
                nargs="?",
                default="content",
                type=Path,
                metavar="BOOK",
                help="folder of the book (default: content)",
            )
        one.set_defaults(run=run)
        return one

    def output(one: argparse.ArgumentParser) -> None:
        one.add_argument("-o", "--out", type=Path, metavar="OUT", help=f"output folder (default: {OUT})")

    def telling(one: argparse.ArgumentParser) -> None:
        one.add_argument("--strict", action="store_true", help="treat warnings as errors")
        one.add_argument("-v", "--verbose", action="store_true", help="also show notes, and every warning of a kind")

    def look(one: argparse.ArgumentParser) -> None:
        one.add_argument("--theme", metavar="NAME", help="use this theme instead of the book's own")

    about = "build the editions and publish them together"
    build = command("build", _build, about, more=f"editions:\n{editions}\n\n")
    output(build)
    build.add_argument(
        "-e",
        "--edition",
        action="append",
        default=[],
        type=_edition,
        metavar="EDITION",
        help=f"only this one: {', '.join(EDITIONS)}; repeatable",
    )
    build.add_argument("--steps", action=_Steps, nargs=0, help="list the steps of a build and stop")
    build.add_argument("--check", action="store_true", help="also run external validators")
    telling(build)
    look(build)
    check = command("check", _check, "re-open the built editions and check them with every validator")
    output(check)
    telling(check)
    look(check)
    lint = command("lint", _lint, "check a book without building it")
    telling(lint)
    fix = command(
        "fix", _fix, "apply the house style to your files, changing only the characters that must change", book=False
    )
    fix.add_argument(
        "files",
        nargs="*",
        default=[Path("content")],
        type=Path,
        metavar="FILE",
        help="chapter, or folder of chapters (default: content)",
    )
    only = fix.add_mutually_exclusive_group()
    only.add_argument(
        "--diff",
        action="store_true",
        help="print a unified diff and write nothing; exit with 1 if anything would change",
    )
    only.add_argument(
        "--check",
        action="store_true",
        help="print the names of the files that would change and write nothing; exit with 1 if there are any",
    )
    fix.add_argument("-v", "--verbose", action="store_true", help="also list what cannot be fixed in place")
    command("order", _order, "print the reading order, and where each position comes from")
    command("themes", _themes, "list the themes")
    clean = command("clean", _clean, "remove the files that book build left in the output folder", book=False)
    output(clean)
    clean.add_argument("--all", action="store_true", help="also remove the editions")
    return top


class _Version(argparse.Action):
    def __call__(self, *_: object) -> NoReturn:
        from importlib.metadata import version  # noqa: PLC0415 - slow

        print(f"book (Handbound) {version('handbound')}")
        raise SystemExit(0)


class _Steps(argparse.Action):
    def __call__(self, *_: object) -> NoReturn:
        from book.press import STEPS  # noqa: PLC0415 - slow

        for step in STEPS:
            print(f"{step.name:10} {step.about}{' (optional)' if step.optional else ''}")
        raise SystemExit(0)


def _edition(name: str) -> str:
    """Return *name* when it is that of an edition; argparse tells the rest."""
    from book.catalogue import EDITIONS  # noqa: PLC0415 - --help must be quick
    from book.problems import nearest, printable  # noqa: PLC0415

    if name not in EDITIONS:
        near = nearest(name, EDITIONS)
        fix = f"did you mean {near}?" if near else f"the editions are: {', '.join(EDITIONS)}"
        raise argparse.ArgumentTypeError(f"there is no edition {printable(name)!r}; {fix}")
    return name


# The commands.


def _build(options: argparse.Namespace) -> int:
    from book import press  # noqa: PLC0415 - --help must be quick

    _book_there(options.book)
    out = _out(options)
    timings: list[Timing] = []
    with _Line() as line:
        result = press.build(
            options.book,
            out,
            editions=options.edition,
            theme_name=options.theme,
            be_strict=options.strict,
            validators=options.check,
            must_run=options.strict or bool(os.environ.get("CI")),
            progress=line.say,
            timed=timings.append,
        )
    published = result.status != 1
    if options.verbose:
        for timing in timings:
            print(f"{timing.step:10} {timing.wall:7.2f} s, {timing.cpu:7.2f} s of CPU  {timing.about}", file=sys.stderr)
        for trace in result.traces:
            print(trace, end="", file=sys.stderr)
    _tell((*result.report.problems, *result.missing), verbose=options.verbose)
    _sum_up(result.report, out, published=published)
    _say_last(result.report, published=published)
    return result.status


def _check(options: argparse.Namespace) -> int:
    from book import press  # noqa: PLC0415
    from book.problems import Severity  # noqa: PLC0415

    _book_there(options.book)
    with _Line() as line:
        result = press.check(
            options.book,
            _out(options),
            theme_name=options.theme,
            must_run=options.strict or bool(os.environ.get("CI")),
            progress=line.say,
        )
    for check in result.report.checks:
        print(
            f"{check.status:8} {check.name}{' ' + check.version if check.version else ''}  {check.work}  {check.detail}".rstrip()
        )
    problems = [problem for problem in result.report.problems if problem.severity is Severity.ERROR or options.verbose]
    _tell(problems, verbose=options.verbose)
    if result.status:
        errors = [problem for problem in problems if problem.severity is Severity.ERROR]
        print(f"not sound: {_count(len(errors), 'error')}; the last is {_pointed(errors[-1])}", file=sys.stderr)
    return result.status


def _lint(options: argparse.Namespace) -> int:
    from book import press  # noqa: PLC0415
    from book.problems import Severity, strict, worst  # noqa: PLC0415

    _book_there(options.book)
    with _Line() as line:
        proofread = press.read(options.book, dated=False, progress=line.say)
    problems = strict(proofread.problems) if options.strict else proofread.problems
    _tell(problems, verbose=options.verbose)
    counts = ", ".join(
        _count(sum(1 for problem in problems if problem.severity is severity), str(severity))
        for severity in reversed(Severity)
    )
    print(
        f"{_count(len(proofread.book.spine), 'chapter')}: {counts}; {_count(len(proofread.changes), 'change')} in house style"
    )
    return 1 if worst(problems) is Severity.ERROR else 0


def _fix(options: argparse.Namespace) -> int:
    from book import fix  # noqa: PLC0415
    from book.problems import Severity, worst  # noqa: PLC0415

    with _Line() as line:
        files = fix.fix(options.files, progress=line.say)
    problems = [problem for one in files for problem in one.problems]
    shows = options.diff or options.check
    changed = []
    for one in files:
        if one.changed and not shows and (fault := fix.write(one)):
            problems.append(fault)
        elif one.changed:
            changed.append(one)
            print(fix.difference(one) if options.diff else one.path, end="" if options.diff else "\n")
    _tell(problems, verbose=options.verbose)
    if not shows:
        left = sum(1 for problem in problems if problem.code == fix.NOT_HERE.code)
        edits = sum(one.edits for one in changed)
        fixed = f"{len(changed)} fixed in {_count(edits, 'place')}" if changed else "nothing to fix"
        more = f", {left} not fixed here{'' if options.verbose else ' (see them with -v)'}" if left else ""
        print(f"{_count(len(files), 'chapter')}, {fixed}{more}")
    faulty = worst(problems) is Severity.ERROR
    return 1 if faulty or (shows and changed) else 0


def _order(options: argparse.Namespace) -> int:
    from book import settings, sidebar  # noqa: PLC0415
    from book.problems import Severity, worst  # noqa: PLC0415
    from book.source import manuscript  # noqa: PLC0415

    _book_there(options.book)
    chosen = settings.read(options.book)
    manuscripts, problems = manuscript.gather(options.book, chosen)
    order, problems = sidebar.order(options.book, chosen, manuscripts, problems)
    _tell(problems, verbose=True)
    for line in sidebar.tree(order, manuscripts):
        print(line)
    return 1 if worst(problems) is Severity.ERROR else 0


def _themes(options: argparse.Namespace) -> int:
    from book import theme  # noqa: PLC0415
    from book.problems import ThemeError, printable  # noqa: PLC0415

    status = 0
    for name in theme.known(options.book):
        if name != theme.BASE:
            try:
                look = theme.load(name, options.book)
            except ThemeError as error:
                _tell(error.problems, verbose=True)
                status = error.status
                continue
            print(f"{name:12} {printable(look.title)}: {printable(look.description)}")
    return status


def _clean(options: argparse.Namespace) -> int:
    from book import cache, seal  # noqa: PLC0415

    _tell(seal.clean(_out(options), cache.STAGES, everything=options.all), verbose=True)
    return 0


def _out(options: argparse.Namespace) -> Path:
    """Return the output folder.

    Whoever names a folder may name a link to one. But `build` beside a stranger's book is not named by anybody.
    """
    if options.out is None and OUT.is_symlink():
        from book.problems import Place, PublishError  # noqa: PLC0415
        from book.seal import NOT_A_FOLDER  # noqa: PLC0415

        fix = f"remove it, or name the folder that it leads to: -o {OUT}"
        raise PublishError(NOT_A_FOLDER.at(Place(path=str(OUT)), "the output folder is a link", fix=fix))
    out: Path = options.out or OUT
    return out


def _book_there(folder: Path) -> None:
    """Stop with one line when there is no such folder."""
    if not folder.is_dir():
        from book.problems import Place, SettingsError  # noqa: PLC0415
        from book.settings import NO_BOOK  # noqa: PLC0415

        what = "is a file, not a folder" if folder.exists() else "is not there"
        fix = "name the folder that holds the chapters: book build FOLDER"
        raise SettingsError(NO_BOOK.at(Place(path=str(folder)), f"the book's folder {what}", fix=fix))


# Printing.


def _tell(problems: Iterable[Problem], *, verbose: bool) -> None:
    """Print *problems* to stderr: the notes only when asked, many warnings of one kind as one, the errors last."""
    from book.problems import Severity, lines  # noqa: PLC0415

    told = sorted(
        (problem for problem in problems if problem.severity is not Severity.NOTE or verbose),
        key=lambda problem: problem.severity is Severity.ERROR,
    )
    seen: dict[str, list[Problem]] = {}
    for problem in told:
        if problem.severity is Severity.WARNING:
            seen.setdefault(problem.code, []).append(problem)
    for problem in told:
        same = seen.get(problem.code, []) if problem.severity is Severity.WARNING and not verbose else []
        if len(same) <= FOLDED or problem is same[0]:
            for number, line in enumerate(lines(problem)):
                print(_coloured(line, problem.severity, first=number == 0), file=sys.stderr)
        if len(same) > FOLDED and problem is same[0]:
            print(f"    {problem.code} × {len(same)}, first at {problem.place}; -v shows all", file=sys.stderr)


def _coloured(line: str, severity: object, *, first: bool) -> str:
    """Return *line* with its place set off, on a terminal that wants colour (https://no-color.org)."""
    if os.environ.get("NO_COLOR") or not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        return line
    if not first:
        return f"\x1b[2m{line}\x1b[0m"
    colour = {"error": "31", "warning": "33"}.get(str(severity), "36")
    place, _, rest = line.partition(": ")
    return f"\x1b[1m{place}:\x1b[0m \x1b[{colour}m{rest[:4]}\x1b[0m{rest[4:]}"


def _sum_up(report: Report, out: Path, *, published: bool) -> None:
    """Print what stands where now; nothing when nothing was published."""
    from book.problems import Severity, printable  # noqa: PLC0415

    if not published:
        return
    names = [*(work.path for work in report.works), *(one.path for one in report.unmade)]
    wide = max((len(str(out / path)) for path in names), default=0)
    for work in report.works:
        pages = f"  {work.pages} pages" if work.pages else ""
        print(f"{out / work.path!s:{wide}}  {work.bytes / 1000:8,.0f} kB{pages}")
    for one in report.unmade:
        print(f"{out / one.path!s:{wide}}  not made: {printable(one.reason)}")
    checks = {
        status: sum(1 for check in report.checks if check.status == status)
        for status in ("passed", "failed", "not run")
    }
    told = ", ".join(f"{count} {status}" for status, count in checks.items() if count)
    warnings = sum(1 for problem in report.problems if problem.severity is Severity.WARNING)
    print(
        f"{_count(len(report.chapters), 'chapter')}, {_count(len(report.changes), 'change')}, {_count(warnings, 'warning')}; checks: {told}",
        flush=True,
    )


def _say_last(report: Report, *, published: bool) -> None:
    """Print what stopped the book, or which of its editions: the last line of all."""
    from book.problems import Severity  # noqa: PLC0415

    errors = [problem for problem in report.problems if problem.severity is Severity.ERROR]
    if not errors:
        return
    warnings = sum(1 for problem in report.problems if problem.severity is Severity.WARNING)
    if published:
        names = ", ".join(dict.fromkeys(one.edition for one in report.unmade))
        print(f"published without {names}; the last error is {_pointed(errors[-1])}", file=sys.stderr)
    else:
        counts = f"{_count(len(errors), 'error')}, {_count(warnings, 'warning')}"
        print(f"not published: {counts}; the last error is {_pointed(errors[-1])}", file=sys.stderr)


def _pointed(problem: Problem) -> str:
    """Return where *problem* is and which it is, for the end of a line."""
    return f"{problem.code} at {problem.place}"


def _count(number: int, word: str) -> str:
    """Return a number with its word, plural where it must be.

    >>> _count(1, "chapter"), _count(2, "chapter")
    ('1 chapter', '2 chapters')
    """
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


class _Line:
    """One line on a terminal that says what is being done; silent elsewhere."""

    last: ClassVar[str] = ""
    """What was said last, shown or not."""

    def __init__(self) -> None:
        self.shown = sys.stderr.isatty() and os.environ.get("TERM") != "dumb"

    def __enter__(self) -> _Line:  # noqa: PYI034
        return self

    def __exit__(self, *_: object) -> None:
        if self.shown:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)

    def say(self, what: str) -> None:
        """Show *what* instead of what was shown before."""
        _Line.last = what
        if self.shown:
            print(f"\r\x1b[K{what} …", end="", file=sys.stderr, flush=True)


class _Stopped(BaseException):
    """A signal asked the run to end; on its way up everything that is being made is thrown away."""

    def __init__(self, number: int) -> None:
        self.status = 128 + number
        super().__init__(number)


def _listen_for_the_end() -> None:
    """End on SIGTERM and SIGINT with one line."""

    def end(number: int, _: FrameType | None) -> NoReturn:
        raise _Stopped(number)

    for number in (signal.SIGTERM, signal.SIGINT):
        try:
            signal.signal(number, end)
        except ValueError:  # not the main thread: whoever called us listens
            return


if __name__ == "__main__":
    raise SystemExit(main())
