"""The command `book`: reads its words, calls the press, prints and exits."""

from __future__ import annotations

import argparse
import os
import re
import shlex
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, NoReturn

from book import surroundings
from book.terminal import Line, count, pointed, say_last, show_timings, sum_up, tell

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001 - argparse has no public name for it
    from book.steps import Timing

STATUS = """exit status:
  0  sound, possibly with warnings
  1  the book has errors; nothing is published, existing editions are unchanged
  2  usage or configuration error
  3  published in part: an external tool is missing, or an edition could not be made"""

OUT = Path("build")
PUBLISHED = "published"
"""What the press says when the new set stands: :data:`book.press.PUBLISHED`."""
EXAMPLES = {
    "new": """examples:
  book new handbook                   start a book in the folder handbook
  book new our-book --title "Our Book" --author "Ada Lovelace" --language en-GB""",
    "adopt": """examples:
  book adopt ../handbook              write ../handbook/handbound.toml
  book adopt --show ../handbook       print it and write nothing""",
    "build": """examples:
  book build                          build the book in content/ into build/
  book build handbook -o out -e epub  build one edition of another book
  book build --check --strict         check everything, accept no warnings""",
    "check": """examples:
  book check                          check the editions in build/, with EPUBCheck
  book check handbook -o out --strict""",
    "lint": """examples:
  book lint                           check the book without building it
  book lint handbook -v               also show notes
  book lint --only spelling           run one of an editor's checks
  book lint --ignore web-only         run all but one""",
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

CHECKS = """an editor's checks:
  placeholder     TODO, [image], lorem ipsum: what was to be replaced
  next-line       a last line that leads to the next page of a site
  twice           a paragraph that stands in the book twice
  cut-off         a sentence that breaks off, a bracket that is not closed
  web-only        "click here", "on this page": nothing on paper to click
  doubled-word    a word that is typed twice
  mixed-spelling  colour and color in one book
  spelling        words that are probably misspelt (de, en, es, fr, it, nl, pt)
  <!-- handbound: ignore twice --> in a paragraph, or above one, answers a check
  there; [lint] in handbound.toml has ignore = ["web-only"] and words = ["devops"]

"""


def main(words: Sequence[str] | None = None) -> int:
    """Run the command with *words* (those of the process when None) and return the exit status."""
    words = sys.argv[1:] if words is None else words
    surroundings.tidy()
    _listen_for_the_end()
    from book.problems import BookError  # noqa: PLC0415 - --help must be quick

    try:
        options = parser().parse_args(words)
        status: int = options.run(options)
    except BookError as error:
        tell(error.problems, verbose="-v" in words or "--verbose" in words, notes=True)
        return error.status
    except ImportError as error:
        from book import packages  # noqa: PLC0415 - as above

        if (unmet := packages.missing(error)) is None:
            raise
        tell(unmet.problems, verbose=True)
        return unmet.status
    except _Stopped as stop:
        stands = "the new editions are in place" if Line.last == PUBLISHED else "existing editions are unchanged"
        print(f"\ninterrupted; {stands}", file=sys.stderr)
        return stop.status
    except BrokenPipeError:
        # The reader of our words went away: no fault of the book.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return status


def parser() -> argparse.ArgumentParser:
    """Return the grammar of the command line."""
    top = argparse.ArgumentParser(
        prog="book",
        description="Turn a folder of Markdown chapters into EPUB, PDF and single-page HTML editions, and check each of them.",
        epilog=STATUS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action=_Version, nargs=0, help="print the version and exit")
    commands = top.add_subparsers(metavar="COMMAND", required=True, dest="command")
    _add_new(commands)
    adopt = _command(
        commands, "adopt", _adopt, "write a handbound.toml for chapters that are there, each line with its reason"
    )
    _add_book(adopt)
    adopt.add_argument("--show", action="store_true", help="print it and write nothing")
    _add_sidebar(adopt)
    _add_build(commands)
    check = _command(commands, "check", _check, "re-open the built editions and check them with every validator")
    _add_book(check)
    _add_out(check)
    _add_verbose(check)
    _add_theme(check)
    lint = _command(
        commands, "lint", _lint, "check a book without building it, and its words as an editor would", CHECKS
    )
    _add_book(lint)
    for word, about in (("only", "run only this one of an editor's checks"), ("ignore", "do not run this check")):
        lint.add_argument(f"--{word}", action="append", default=[], metavar="CHECK", help=f"{about}; repeatable")
    _add_verbose(lint)
    _add_sidebar(lint)
    _add_fix(commands)
    order = _command(commands, "order", _order, "print the reading order, and where each position comes from")
    _add_book(order)
    order.add_argument("--toml", action="store_true", help="print it as a list to paste into handbound.toml")
    _add_sidebar(order)
    _add_book(_command(commands, "themes", _themes, "list the themes"))
    clean = _command(commands, "clean", _clean, "remove the files that book build left in the output folder")
    _add_out(clean)
    clean.add_argument("--all", action="store_true", help="also remove the editions")
    return top


def _command(
    commands: Commands, name: str, run: Callable[[argparse.Namespace], int], about: str, more: str = ""
) -> argparse.ArgumentParser:
    """Return a command of the grammar, to which its words are added."""
    command = commands.add_parser(
        name,
        help=about,
        description=f"{about[:1].upper()}{about[1:]}.",
        epilog=f"{EXAMPLES[name]}\n\n{more}{STATUS}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.set_defaults(run=run)
    return command


def _add_book(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "book",
        nargs="?",
        default="content",
        type=Path,
        metavar="BOOK",
        help="folder of the book (default: content)",
    )


def _add_out(command: argparse.ArgumentParser) -> None:
    command.add_argument("-o", "--out", type=Path, metavar="OUT", help=f"output folder (default: {OUT})")


def _add_verbose(command: argparse.ArgumentParser) -> None:
    command.add_argument("--strict", action="store_true", help="treat warnings as errors")
    command.add_argument("-v", "--verbose", action="store_true", help="also show notes, and every warning of a kind")


def _add_theme(command: argparse.ArgumentParser) -> None:
    command.add_argument("--theme", metavar="NAME", help="use this theme instead of the book's own")


def _add_sidebar(command: argparse.ArgumentParser) -> None:
    help_ = "take the order from this site generator (mdbook, mkdocs, hugo …), or from file names (natural)"
    command.add_argument("--sidebar", default="", metavar="NAME", help=help_)


def _add_new(commands: Commands) -> None:
    new = _command(commands, "new", _new, "start a book that builds at once")
    new.add_argument("folder", type=Path, metavar="FOLDER", help="a folder that is not there yet, or empty")
    new.add_argument("--title", default="", help="title of the book (default: the name of the folder)")
    new.add_argument("--author", action="append", default=[], metavar="NAME", help="an author; repeatable")
    new.add_argument(
        "--language", default="en", metavar="TAG", help="language of the book, such as en-GB or de (default: en)"
    )


def _add_build(commands: Commands) -> None:
    from book.catalogue import EDITIONS  # noqa: PLC0415 - `book --version` must be quick

    wide = max(map(len, EDITIONS))
    editions = "\n".join(f"  {name:{wide}}  {edition.help}" for name, edition in EDITIONS.items())
    about = "build the editions and publish them together"
    build = _command(commands, "build", _build, about, more=f"editions:\n{editions}\n\n")
    _add_book(build)
    _add_out(build)
    build.add_argument(
        "-e",
        "--edition",
        action="append",
        default=[],
        type=_edition,
        metavar="EDITION",
        help=f"only this one: {', '.join(EDITIONS)}; repeatable",
    )
    build.add_argument("--steps", action=_Steps, nargs=0, help="list the steps of a build and exit")
    build.add_argument("--check", action="store_true", help="also run external validators")
    _add_verbose(build)
    _add_theme(build)
    _add_sidebar(build)


def _add_fix(commands: Commands) -> None:
    about = "apply the house style to your files, changing only the characters that must change"
    fix = _command(commands, "fix", _fix, about)
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


def _new(options: argparse.Namespace) -> int:
    from book import starting  # noqa: PLC0415

    if not re.fullmatch(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8})*", options.language):
        print(f"book new: {options.language!r} is no language tag; write one such as en-GB or de", file=sys.stderr)
        return 2
    authors = tuple(author for author in options.author if author.strip())
    for path in starting.new(options.folder, title=options.title.strip(), authors=authors, language=options.language):
        print(path)
    print(f"\nbuild it: book build {shlex.quote(str(options.folder))}")
    return 0


def _adopt(options: argparse.Namespace) -> int:
    from book import starting  # noqa: PLC0415

    _book_there(options.book)
    if options.show:
        print(starting.adopted(options.book, options.sidebar), end="")
    else:
        print(starting.adopt(options.book, options.sidebar))
    return 0


def _build(options: argparse.Namespace) -> int:
    from book import press  # noqa: PLC0415 - --help must be quick

    _book_there(options.book)
    out = _out(options)
    timings: list[Timing] = []
    with Line() as line:
        result = press.build(
            options.book,
            out,
            editions=options.edition,
            theme_name=options.theme,
            system=options.sidebar,
            be_strict=options.strict,
            validators=options.check,
            must_run=options.strict or bool(os.environ.get("CI")),
            progress=line.say,
            timed=timings.append,
        )
    published = result.status != 1
    if options.verbose:
        show_timings(timings)
        for trace in result.traces:
            print(trace, end="", file=sys.stderr)
    tell((*result.report.problems, *result.missing), verbose=options.verbose)
    sum_up(result.report, out, published=published)
    say_last(result.report, published=published)
    return result.status


def _check(options: argparse.Namespace) -> int:
    from book import checking  # noqa: PLC0415
    from book.problems import Severity  # noqa: PLC0415

    _book_there(options.book)
    with Line() as line:
        result = checking.check(
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
    tell(problems, verbose=options.verbose)
    if result.status:
        errors = [problem for problem in problems if problem.severity is Severity.ERROR]
        print(f"not sound: {count(len(errors), 'error')}; the last is {pointed(errors[-1])}", file=sys.stderr)
    return result.status


def _lint(options: argparse.Namespace) -> int:
    from book import lint, press  # noqa: PLC0415
    from book.problems import Severity, strict, worst  # noqa: PLC0415

    if fault := lint.unknown((*options.only, *options.ignore)):
        print(f"book lint: {fault}", file=sys.stderr)
        return 2
    _book_there(options.book)
    checks = lint.Choice(only=tuple(options.only), ignore=tuple(options.ignore), severity=Severity.WARNING)
    with Line() as line:
        proofread = press.read(options.book, system=options.sidebar, dated=False, checks=checks, progress=line.say)
    problems = strict(proofread.problems) if options.strict else proofread.problems
    tell(problems, verbose=options.verbose)
    counts = ", ".join(
        count(sum(1 for problem in problems if problem.severity is severity), str(severity))
        for severity in reversed(Severity)
    )
    print(
        f"{count(len(proofread.book.spine), 'chapter')}: {counts}; {count(len(proofread.changes), 'change')} in house style"
    )
    return 1 if worst(problems) is Severity.ERROR else 0


def _fix(options: argparse.Namespace) -> int:
    from book import fix  # noqa: PLC0415
    from book.problems import Severity, worst  # noqa: PLC0415

    with Line() as line:
        files = fix.fix(options.files, progress=line.say)
    problems = [problem for file in files for problem in file.problems]
    shows = options.diff or options.check
    changed = []
    for file in files:
        if file.changed and not shows and (fault := fix.write(file)):
            problems.append(fault)
        elif file.changed:
            changed.append(file)
            print(fix.difference(file) if options.diff else file.path, end="" if options.diff else "\n")
    tell(problems, verbose=options.verbose)
    if not shows:
        rest = sum(1 for problem in problems if problem.code == fix.NOT_HERE.code)
        edits = sum(file.edits for file in changed)
        fixed = f"{len(changed)} fixed in {count(edits, 'place')}" if changed else "nothing to fix"
        more = f", {rest} not fixed here{'' if options.verbose else ' (see them with -v)'}" if rest else ""
        print(f"{count(len(files), 'chapter')}, {fixed}{more}")
    faulty = worst(problems) is Severity.ERROR
    return 1 if faulty or (shows and changed) else 0


def _order(options: argparse.Namespace) -> int:
    from book import press, sidebar  # noqa: PLC0415
    from book.problems import Severity, worst  # noqa: PLC0415

    _book_there(options.book)
    read = press.reading_order(options.book, options.sidebar)
    tell(read.problems, verbose=False, notes=True)
    show = sidebar.listing if options.toml else sidebar.tree
    for line in show(read.value.sidebar, read.value.manuscripts):
        print(line)
    return 1 if worst(read.problems) is Severity.ERROR else 0


def _themes(options: argparse.Namespace) -> int:
    from book import theme  # noqa: PLC0415
    from book.problems import ThemeError, printable  # noqa: PLC0415

    status = 0
    for name in theme.available(options.book):
        if name != theme.BASE:
            try:
                look = theme.load(name, options.book)
            except ThemeError as error:
                tell(error.problems, verbose=True)
                status = error.status
                continue
            print(f"{name:12} {printable(look.title)}: {printable(look.description)}")
    return status


def _clean(options: argparse.Namespace) -> int:
    from book import cache, seal  # noqa: PLC0415

    tell(seal.clean(_out(options), cache.STAGES, everything=options.all), verbose=True)
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
