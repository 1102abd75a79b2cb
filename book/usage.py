"""What the command says about words that it does not know."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Collection, Sequence

from book.arguments import OUT

NO_COMMAND = "the following arguments are required: COMMAND"
"""What argparse says if there are no words at all."""
FIRST_STEPS = """to begin:
  book new my-book                start a book, with two chapters
  book serve my-book              show it in the browser while you write
  book build my-book --open       make all editions of it
  book --help                     all commands; book manual opens the manual"""

OTHER_OPTIONS = {
    **dict.fromkeys(("--format", "--formats", "--to", "-f", "-t"), "-e"),
    **dict.fromkeys(("--output", "--output-dir", "--dest", "-d"), "-o"),
    **dict.fromkeys(("--watch", "-w"), "book serve"),
    "--title": "title in handbound.toml",
}
"""Options of other programs -> what to write."""

OTHER_COMMANDS = {
    **dict.fromkeys(("init", "create", "start"), "to start a book: book new FOLDER"),
    **dict.fromkeys(("import", "migrate"), "for chapters that are there: book adopt FOLDER"),
    **dict.fromkeys(
        ("watch", "preview", "view", "show", "dev", "run", "live"), "to see the book while you write: book serve"
    ),
    **dict.fromkeys(("open", "browse"), "to build the book and open it: book build --open"),
    **dict.fromkeys(
        ("export", "make", "render", "compile", "convert", "publish", "print", "generate"),
        "to make the editions: book build",
    ),
    **dict.fromkeys(
        ("test", "validate", "verify", "proof"), "to check editions: book check; to check the text: book lint"
    ),
    **dict.fromkeys(
        ("format", "fmt", "spell", "spellcheck"), "book lint checks the text, book fix corrects its characters"
    ),
    **dict.fromkeys(("list", "ls", "toc", "chapters", "nav"), "for the chapters in their order: book order"),
    **dict.fromkeys(("theme", "gallery"), "for the themes: book themes"),
    **dict.fromkeys(
        ("config", "settings", "options"), "settings are in handbound.toml; for its keys: book manual settings"
    ),
    **dict.fromkeys(("rm", "remove", "delete"), "to remove editions: book clean --all -o FOLDER"),
    **dict.fromkeys(("upgrade", "update", "uninstall", "install"), 'see: book manual "update or remove"'),
    **dict.fromkeys(("undo", "revert"), 'see: book manual "undo"'),
    **dict.fromkeys(
        ("diff", "compare", "changes"),
        'for what a fix would change: book fix --diff; for what is new in a version: book manual "publish again"',
    ),
    **dict.fromkeys(("docs", "man", "guide"), "for the manual: book manual"),
}
"""Commands that people try -> what to write."""


def explained(message: str, commands: Collection[str], typed: Sequence[str] = (), options: Collection[str] = ()) -> str:
    """Return the *message* of argparse in our words, with what was probably meant.

    Args:
        message: the error.
        commands: the names of all commands.
        typed: the words of the command line.
        options: the long options of the command that is typed.

    >>> explained("argument COMMAND: invalid choice: 'biuld' (choose from 'new', 'build')", ["new", "build"])
    'there is no command “biuld”; did you mean build?'
    >>> explained("argument COMMAND: invalid choice: 'epub' (choose from 'new', 'build')", ["new", "build"], ["epub", "docs"])
    'there is no command “epub”; did you mean: book build docs -e epub'
    >>> explained("unrecognized arguments: --format pdf", ["new", "build"]), explained("unrecognized arguments: --pdf", ["new", "build"], ["build", "--pdf"])
    ('unrecognized arguments: --format pdf; write -e', 'unrecognized arguments: --pdf; did you mean: book build -e pdf')
    >>> explained("argument COMMAND: invalid choice: 'init' (choose from 'new', 'build')", ["new", "build"])
    'there is no command “init”; to start a book: book new FOLDER'
    >>> explained("argument COMMAND: invalid choice: 'pdf' (choose from 'new', 'build')", ["new", "build"], ["-e", "pdf", "build", "docs"])
    'options stand after the command; did you mean: book build -e pdf docs'
    >>> explained("unrecognized arguments: --formt pdf", ["build"], ["build", "--formt", "pdf"], ["--force", "--theme"])
    'unrecognized arguments: --formt pdf; write -e'
    >>> explained("unrecognized arguments: pdf", ["new", "build"], ["build", "docs", "-e", "epub", "pdf"])
    'unrecognized arguments: pdf; several editions are written with commas: -e epub,pdf'
    >>> explained("unrecognized arguments: --galery=x", ["themes"], ["themes", "--galery=x"], ["--help", "--gallery"])
    'unrecognized arguments: --galery=x; did you mean --gallery?'
    """
    from book.catalogue import EDITIONS  # noqa: PLC0415 - --help must be quick
    from book.problems import nearest, printable  # noqa: PLC0415 - as above

    if choice := re.search(r"argument COMMAND: invalid choice: '([^']*)'", message):
        if (
            typed[:1]
            and typed[0].startswith("-")
            and (command := next((word for word in typed if word in commands), ""))
        ):
            rest = list(typed)
            rest.remove(command)
            return f"options stand after the command; did you mean: {shlex.join(['book', command, *rest])}"
        near = nearest(choice[1], commands)
        meant = f"did you mean {near}?" if near else f"the commands are: {', '.join(commands)}"
        if set(choice[1].split(",")) <= set(EDITIONS):
            books = [shlex.quote(word) for word in typed[1:] if not word.startswith("-") and word not in EDITIONS]
            names = [choice[1], *(word for word in typed[1:] if word in EDITIONS)]
            meant = f"did you mean: {' '.join(['book build', *books])} -e {','.join(names)}"
        elif other := OTHER_COMMANDS.get(choice[1].lower()):
            meant = other
        elif os.path.isdir(choice[1]):  # noqa: PTH112 - no path of a user raises here
            meant = f"did you mean: book build {shlex.quote(choice[1])}"
        return f"there is no command “{printable(choice[1])}”; {meant}"
    if strange := re.match(r"unrecognized arguments: (.+)", message):
        words = strange[1].split()
        option = words[0].partition("=")[0]
        like = nearest(option, [*OTHER_OPTIONS, *options], 0.8) if option.startswith("--") else option
        if (other := OTHER_OPTIONS.get(option) or OTHER_OPTIONS.get(like or "")) and option not in options:
            return f"{message}; write {other}"
        if all(word.removeprefix("--") in EDITIONS for word in words):
            names = [*_named_editions(typed), *(word.removeprefix("--") for word in words)]
            if words[0].startswith("--"):
                return f"{message}; did you mean: book build -e {','.join(names)}"
            return f"{message}; several editions are written with commas: -e {','.join(names)}"
        if typed[:1] == ("clean",) and not option.startswith("-"):
            return f"{message}; the folder to clean is that of the editions, named with -o (default: {OUT})"
        if option.startswith("--") and (near := nearest(option, options)):
            return f"{message}; did you mean {near}?"
    return message


def _named_editions(typed: Sequence[str]) -> list[str]:
    """Return the editions that *typed* names with ``-e``.

    >>> _named_editions(["build", "-e", "epub", "-ehtml,pdf", "--edition=print"])
    ['epub', 'html', 'pdf', 'print']
    """
    values = re.findall(r"(?:^|\n)(?:-e|--edition(?=[=\n]))[=\n]?([^\n]+)", "\n".join(typed))
    return [name for value in values for name in value.split(",")]
