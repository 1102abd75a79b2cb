"""The command line: the commands, their arguments, their help and their examples."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn

from book import usage
from book.arguments import OUT, complete, path

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction["Parser"]  # noqa: SLF001 - argparse has no public name for it

STATUS = """exit status:
  0  success, possibly with warnings
  1  the book has errors; nothing is published, existing editions are unchanged
  2  usage or configuration error
  3  published in part: an external tool is missing, or an edition could not be made
  of several books, the worst: 2, then 1, then 3"""

START = """examples:
  book build docs -o editions -e html --open   the folder docs as one page, in the browser
  book build docs -o editions                  all editions of it
  book new my-book                             start a book
  book serve my-book                           show it while you write
  book manual                                  the manual, in the browser
  book COMMAND --help                          options and examples of a command"""
EXAMPLES = {
    "new": """examples:
  book new handbook                   start a book in the folder handbook
  book new our-book --title "Our Book" --author "Ada Lovelace" --language en-GB""",
    "adopt": """examples:
  book adopt ../handbook              write ../handbook/handbound.toml
  book adopt --show ../handbook       print it, but do not write it""",
    "fetch": """examples:
  book fetch                          bring the remote images of the book in content/ into it
  book fetch ../handbook --check      list the images that are not in the book, for a commit hook or CI
  book fetch --update                 fetch all of them again""",
    "build": """examples:
  book build                          build the book in content/ into build/
  book build handbook -o out -e epub  build one edition of another book
  book build books/* -o out           build many books side by side, into out/NAME
  book build --watch -e pdf           build one edition, and again after each save
  book build --check --strict         check everything, accept no warnings
  book build --explain                show what has changed since the last build""",
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
    "serve": """examples:
  book serve                          show the book in content/ in the browser; build again at every save
  book serve handbook --editor code   Alt-click on a paragraph opens its line in the editor
  book serve --no-open --port 8000    print the address only""",
    "themes": """examples:
  book themes                         list the themes that --theme accepts
  book themes handbook --gallery      write build/gallery/index.html: every theme, and those of the book, in pictures""",
    "manual": """examples:
  book manual                         open the manual in the browser; it is built at the first use
  book manual settings                print a page of it: settings, markdown, commands, problems …
  book manual trim                    print what it says about a key, a command or a code
  book manual page size               find the places about anything else
  book manual --write my-manual       write its chapters as a book, for all editions""",
    "clean": """examples:
  book clean                          remove the cache in build/, keep the editions
  book clean --old                    remove the editions that are not of the last set, such as those of an earlier title
  book clean --all                    remove every file that book build wrote and that has not changed since""",
}

CHECKS = """an editor's checks:
  placeholder     TODO, [image], lorem ipsum: placeholders left in the text
  next-line       a last line that points to the next page of the site
  twice           a paragraph that appears twice in the book
  cut-off         an unfinished sentence, a bracket that is never closed
  web-only        "click here", "on this page": nothing on paper to click
  doubled-word    a word that is typed twice
  mixed-spelling  colour and color in one book
  spelling        words that are probably misspelled (de, en, es, fr, it, nl, pt)
  <!-- handbound: ignore twice --> in a paragraph, or on the line above it,
  silences a check there; [lint] in handbound.toml has ignore = ["web-only"] and words = ["devops"]

"""


class Parser(argparse.ArgumentParser):
    """Says in its errors what was probably meant."""

    words: Sequence[str] = ()
    """The words of the command line."""
    latest: ClassVar[dict[str, Parser]] = {}
    """The last parser that was made of each command, by its program: `book build`."""

    def __init__(self, *args: Any, **values: Any) -> None:
        """Make a parser as argparse does."""
        super().__init__(*args, **values)
        Parser.latest[self.prog] = self

    def error(self, message: str) -> NoReturn:
        """Print *message* and exit with status 2."""
        if message == usage.NO_COMMAND:
            self.exit(2, f"{self.format_usage()}\n{usage.FIRST_STEPS}\n")
        own = Parser.latest.get(f"book {next(iter(Parser.words), '')}", self)
        options = re.findall(r"(?<![\w-])--[a-z][\w-]+", own.format_help())
        super().error(usage.explained(message, EXAMPLES, Parser.words, options))

    # argparse has three forms of it, by the type of the namespace; the command has one.
    def parse_args(self, args: Sequence[str] | None = None, namespace: Any = None) -> Any:  # type: ignore[override]
        """Return the arguments in *args*, with the default folder where no book is named."""
        Parser.words = tuple(args or ())
        return complete(super().parse_args(args, namespace))


def as_words(words: Sequence[str]) -> Sequence[str]:
    """Return the *words* of a command line; an option of another command after ``manual`` is a word to look up.

    >>> as_words(["manual", "--strict"]), as_words(["manual", "--no-open"])
    (('manual', '--', '--strict'), ['manual', '--no-open'])
    >>> as_words(["help"]), as_words(["help", "build"]), as_words(["version"])
    (('--help',), ('build', '--help'), ('--version',))
    """
    own = ("-h", "--help", "--no-open", "--write")
    match words:
        case ["manual", word] if word.startswith("-") and word.partition("=")[0] not in own:
            return ("manual", "--", word)
        case ["help", *command]:
            return (*command[:1], "--help")
        case ["version"]:
            return ("--version",)
    return words


def parser(word: str = "") -> argparse.ArgumentParser:
    """Return the parser of the command line; its result has the name of the command as ``command``.

    Args:
        word: the first word of the command line. If that is the name of a command, only that one is prepared, because it takes long
            to prepare all.
    """
    top = Parser(
        prog="book",
        description="Turn a folder of Markdown chapters into EPUB, PDF and single-page HTML editions, and check each of them.",
        epilog=f"{START}\n\n{STATUS}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action=_Version, nargs=0, help="print the version and exit")
    commands = top.add_subparsers(metavar="COMMAND", required=True, dest="command")
    for name, add in COMMANDS.items():
        if word == name or word not in COMMANDS:
            add(commands)
    return top


def _command(commands: Commands, name: str, about: str, more: str = "") -> argparse.ArgumentParser:
    """Return a new command of the parser, to which the caller adds arguments."""
    return commands.add_parser(
        name,
        help=about,
        description=f"{about[:1].upper()}{about[1:]}.",
        epilog=f"{EXAMPLES[name]}\n\n{more}{STATUS}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


DEFAULT_BOOK = "this folder if it is a book, else content"


def _add_book(command: argparse.ArgumentParser) -> None:
    help_ = f"folder of the book, or its only file (default: {DEFAULT_BOOK})"
    command.add_argument("book", nargs="?", type=path, metavar="BOOK", help=help_)


def _add_out(command: argparse.ArgumentParser, use: str = "") -> None:
    command.add_argument("-o", "--out", type=path, metavar="OUT", help=f"output folder{use} (default: {OUT})")


def _add_verbose(command: argparse.ArgumentParser) -> None:
    command.add_argument("--strict", action="store_true", help="treat warnings as errors")
    command.add_argument("-v", "--verbose", action="store_true", help="also show notes, and every warning of a kind")


def _add_theme(command: argparse.ArgumentParser) -> None:
    command.add_argument("--theme", metavar="NAME", help="use this theme instead of the book's own")


def _add_sidebar(command: argparse.ArgumentParser) -> None:
    help_ = "take the order from this site generator (mdbook, mkdocs, hugo …), or from file names (natural)"
    command.add_argument("--sidebar", default="", metavar="NAME", help=help_)


def _add_adopt(commands: Commands) -> None:
    adopt = _command(commands, "adopt", "write a handbound.toml for existing chapters, with the source of each line")
    _add_book(adopt)
    adopt.add_argument("--show", action="store_true", help="print the file, but do not write it")
    _add_sidebar(adopt)


def _add_check(commands: Commands) -> None:
    check = _command(commands, "check", "re-open the built editions and check them with every validator")
    _add_book(check)
    _add_out(check)
    _add_verbose(check)
    _add_theme(check)


def _add_lint(commands: Commands) -> None:
    lint = _command(commands, "lint", "check a book without building it, and report what an editor would mark", CHECKS)
    _add_book(lint)
    _add_out(lint, ", whose cache saves reading a chapter again")
    for word, about in (("only", "run only this check"), ("ignore", "do not run this check")):
        lint.add_argument(f"--{word}", action="append", default=[], metavar="CHECK", help=f"{about}; repeatable")
    _add_verbose(lint)
    _add_sidebar(lint)


def _add_order(commands: Commands) -> None:
    order = _command(commands, "order", "print the reading order, and where each position comes from")
    _add_book(order)
    order.add_argument("--toml", action="store_true", help="print the order as a list to paste into handbound.toml")
    _add_sidebar(order)


def _add_clean(commands: Commands) -> None:
    clean = _command(commands, "clean", "remove the cache in the output folder; with --all, the editions, too")
    _add_out(clean)
    which = clean.add_mutually_exclusive_group()
    which.add_argument("--all", action="store_true", help="also remove the editions")
    help_ = "remove only editions that are not of the set that was built last"
    which.add_argument("--old", action="store_true", help=help_)


def _add_themes(commands: Commands) -> None:
    themes = _command(commands, "themes", "list the themes, or show them on one page")
    _add_book(themes)
    help_ = "build a short book in every theme, those of BOOK included, and write FOLDER/index.html with pictures of all (default: build/gallery)"
    themes.add_argument("--gallery", nargs="?", type=path, const=Path("build/gallery"), metavar="FOLDER", help=help_)
    themes.add_argument("--open", action="store_true", help="open the page in the browser")


def _add_serve(commands: Commands) -> None:
    serve = _command(commands, "serve", "show the book in the browser, and build again at every save")
    _add_book(serve)
    serve.add_argument("--port", type=int, default=0, metavar="N", help="port on this machine (default: any free one)")
    serve.add_argument("--no-open", dest="open", action="store_false", help="do not open the browser")
    help_ = "command or address that opens a line: code, subl, vscode://file/ … (default: $HANDBOUND_EDITOR, $VISUAL, $EDITOR)"
    serve.add_argument("--editor", metavar="NAME", help=help_)
    _add_theme(serve)
    _add_sidebar(serve)


def _add_new(commands: Commands) -> None:
    new = _command(commands, "new", "start a book that builds at once")
    new.add_argument("folder", type=path, metavar="FOLDER", help="a new folder, or an empty one")
    new.add_argument("--title", default="", help="title of the book (default: the name of the folder)")
    new.add_argument("--author", action="append", default=[], metavar="NAME", help="an author; repeatable")
    new.add_argument(
        "--language",
        default="en",
        type=_tag,
        metavar="TAG",
        help="language of the book, such as en-GB or de (default: en)",
    )


EVENTS = """events of --json, one object per line on standard output:
  {"event": "progress", "text": …, "seconds": …, "number": …, "total": …}
                  what begins; number and total if there are several
  {"event": "problem", "code": …, "severity": "note" | "warning" | "error",
   "path": …, "line": …, "column": …, "message": …, "fix": …}
                  path: as printed, from the current folder or absolute
  {"event": "file", "path": …, "bytes": …, "pages": …}    pages: null for EPUB, HTML
  {"event": "not made", "path": …, "reason": …}
  {"event": "end", "status": …, "built": …, "open": …}
                  the last one; built: false if nothing was built; open: the file to
                  open first, or null
  Of several books, each of these has "book": …, its folder as named, and the last is
  {"event": "books", "status": …, "built": …, "unchanged": …, "in part": …,
   "not published": …}
                  status: the worst; then the number of books of each kind
  With --watch, these of each build are followed by
  {"event": "waiting"}
                  everything is built; nothing happens before the next save
  {"event": "changed", "paths": […]}
                  files of a book, or its folder, have changed: another build begins

"""

FETCHING = """what is fetched:
  images that chapters or `cover` name by an http or https address, each once,
  into images/remote/ in the folder of the book; handbound.lock records which
  file belongs to which address. Commit both: builds use the files, never the
  network. Private networks are never contacted; files that are not images, are
  too large or take too long are left out with a warning. The variables
  http_proxy, https_proxy and no_proxy apply. Exit status 1: an image is still
  missing.

"""


def _add_fetch(commands: Commands) -> None:
    fetch = _command(commands, "fetch", "bring remote images into the book, so that builds stay offline", FETCHING)
    _add_book(fetch)
    how = fetch.add_mutually_exclusive_group()
    how.add_argument("--check", action="store_true", help="fetch nothing; list the images that are not in the book")
    how.add_argument("--update", action="store_true", help="also fetch the images that are in the book already")
    fetch.add_argument("-v", "--verbose", action="store_true", help="show every warning of a kind")
    _add_sidebar(fetch)


def _add_build(commands: Commands) -> None:
    from book.catalogue import EDITIONS  # noqa: PLC0415 - `book --version` must be quick

    wide = max(map(len, EDITIONS))
    editions = "\n".join(f"  {name:{wide}}  {edition.help}" for name, edition in EDITIONS.items())
    about = "build the editions and publish them together"
    build = _command(commands, "build", about, more=f"editions:\n{editions}\n\n{EVENTS}")
    help_ = f"folder of the book, or its only file (default: {DEFAULT_BOOK}); of several, each is built into a folder of OUT that has its name"
    build.add_argument("books", nargs="*", type=path, metavar="BOOK", help=help_)
    _add_out(build)
    build.add_argument(
        "-e",
        "--edition",
        action="extend",
        default=[],
        type=_editions,
        metavar="EDITION",
        help=f"build only this edition: {', '.join(EDITIONS)}; repeatable, or with commas: epub,pdf",
    )
    help_ = "build again after each save, until Ctrl-C, in a process in which everything stays loaded"
    build.add_argument("--watch", action="store_true", help=help_)
    build.add_argument("--open", action="store_true", help="open the result in the browser")
    build.add_argument("--force", action="store_true", help="build even if nothing has changed")
    build.add_argument(
        "--explain",
        action="store_true",
        help="show what has changed, what came from the cache, and what was made again",
    )
    build.add_argument("--profile", action="store_true", help="show where the time went: steps, editions, chapters")
    build.add_argument(
        "--plain", action="store_true", help="lay out each paged edition as one document, without cached pages"
    )
    how = build.add_mutually_exclusive_group()
    how.add_argument("-q", "--quiet", action="store_true", help="print warnings and errors only")
    how.add_argument("--json", action="store_true", help="print events as JSON, one per line, for other programs")
    build.add_argument("--steps", action=_Steps, nargs=0, help="list the steps of a build and exit")
    build.add_argument("--check", action="store_true", help="also run external validators")
    _add_verbose(build)
    _add_theme(build)
    _add_sidebar(build)


def _add_manual(commands: Commands) -> None:
    manual = _command(commands, "manual", "open the manual in the browser, or print what it says about a word")
    help_ = "a page, a command, a key, the code of a problem, or any other word: it is searched for"
    manual.add_argument("word", nargs="*", metavar="WORD", help=help_)
    manual.add_argument("--no-open", dest="open", action="store_false", help="print where it lies, but do not open it")
    manual.add_argument("--write", type=path, metavar="FOLDER", help="write the chapters of the manual as a book")


def _add_fix(commands: Commands) -> None:
    about = "apply the house style to your files, changing only the characters that must change"
    fix = _command(commands, "fix", about)
    fix.add_argument(
        "files",
        nargs="*",
        type=path,
        metavar="FILE",
        help=f"chapter, or folder of chapters (default: {DEFAULT_BOOK})",
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


COMMANDS: Mapping[str, Callable[[Commands], None]] = {
    "new": _add_new,
    "adopt": _add_adopt,
    "fetch": _add_fetch,
    "build": _add_build,
    "check": _add_check,
    "lint": _add_lint,
    "fix": _add_fix,
    "order": _add_order,
    "serve": _add_serve,
    "themes": _add_themes,
    "clean": _add_clean,
    "manual": _add_manual,
}
"""The name of each command, and what prepares its arguments; in the order of the help."""


def _tag(text: str) -> str:
    """Return the language tag *text*; argparse reports the error otherwise."""
    if not re.fullmatch(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8})*", text):
        from book.problems import printable  # noqa: PLC0415 - as below

        raise argparse.ArgumentTypeError(f"{printable(text)!r} is no language tag; write one such as en-GB or de")
    return text


class _Version(argparse.Action):
    def __call__(self, *_: object) -> NoReturn:
        from book.packages import version  # noqa: PLC0415 - few runs need it

        print(f"book (Handbound) {version('handbound')}")
        raise SystemExit(0)


class _Steps(argparse.Action):
    def __call__(self, *_: object) -> NoReturn:
        from book.press import STEPS  # noqa: PLC0415 - slow

        for step in STEPS:
            print(f"{step.name:10} {step.about}{' (optional)' if step.optional else ''}")
        raise SystemExit(0)


def _editions(names: str) -> list[str]:
    """Return the editions in *names*, which commas separate; argparse reports the error otherwise."""
    from book.catalogue import EDITIONS, instead  # noqa: PLC0415 - --help must be quick
    from book.problems import printable  # noqa: PLC0415

    words = [name.strip() for name in names.split(",") if name.strip()]
    words = [name.lower() if name.lower() in EDITIONS else name for name in words]
    for name in words or [names]:
        if name not in EDITIONS:
            raise argparse.ArgumentTypeError(f"there is no edition {printable(name)!r}; {instead(name)}")
    return words
