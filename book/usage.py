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
    >>> explained("unrecognized arguments: pdf", ["new", "build"], ["build", "docs", "-e", "epub", "pdf"])
    'unrecognized arguments: pdf; several editions are written with commas: -e epub,pdf'
    >>> explained("unrecognized arguments: --galery=x", ["themes"], ["themes", "--galery=x"], ["--help", "--gallery"])
    'unrecognized arguments: --galery=x; did you mean --gallery?'
    """
    from book.catalogue import EDITIONS  # noqa: PLC0415 - --help must be quick
    from book.problems import nearest, printable  # noqa: PLC0415 - as above

    if choice := re.search(r"argument COMMAND: invalid choice: '([^']*)'", message):
        near = nearest(choice[1], commands)
        meant = f"did you mean {near}?" if near else f"the commands are: {', '.join(commands)}"
        if set(choice[1].split(",")) <= set(EDITIONS):
            books = [shlex.quote(word) for word in typed[1:] if not word.startswith("-") and word not in EDITIONS]
            names = [choice[1], *(word for word in typed[1:] if word in EDITIONS)]
            meant = f"did you mean: {' '.join(['book build', *books])} -e {','.join(names)}"
        elif os.path.isdir(choice[1]):  # noqa: PTH112 - no path of a user raises here
            meant = f"did you mean: book build {shlex.quote(choice[1])}"
        return f"there is no command “{printable(choice[1])}”; {meant}"
    if strange := re.match(r"unrecognized arguments: (.+)", message):
        words = strange[1].split()
        option = words[0].partition("=")[0]
        if option in OTHER_OPTIONS:
            return f"{message}; write {OTHER_OPTIONS[option]}"
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
