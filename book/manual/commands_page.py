"""The page with every command, option and exit status, from the parser of the command line."""

from __future__ import annotations

import argparse
import functools
import re
from collections.abc import Iterator, Mapping
from textwrap import dedent

from book import grammar
from book.manual.markdown import fence, item, page, table

OPENING = """\
`book COMMAND --help` prints the same in the terminal. BOOK is the folder of the book (default: the current folder if it holds `handbound.toml`, or chapters and no folder `content`; else `content`), OUT the output folder
(default `build`). `python -m book` is the same command."""


@functools.cache
def commands() -> Mapping[str, argparse.ArgumentParser]:
    """Return the parser of each command."""
    (choice,) = (action for action in grammar.parser()._actions if isinstance(action, argparse._SubParsersAction))  # noqa: SLF001
    return dict(choice.choices)


def commands_page() -> str:
    """Return the page."""
    statuses = re.findall(r"^  (\d)  (.+)$", grammar.STATUS, re.MULTILINE)
    *_, several = grammar.STATUS.splitlines()
    return page(
        "Commands",
        OPENING,
        *(block for name, command in commands().items() for block in _command(name, command)),
        "## Exit status",
        table(("Status", "Meaning"), ((f"`{number}`", _sentence(meaning)) for number, meaning in statuses)),
        f"{_sentence(several.strip())} `book fix --check` and `--diff` exit with 1 if something would change.",
    )


def section(name: str) -> str:
    """Return the section about the command *name*."""
    return "\n\n".join(_command(name, commands()[name]))


def option(word: str) -> Iterator[str]:
    """Yield what each command says of the option *word*, such as ``--strict``; ``build`` comes first.

    >>> next(option("--strict")).splitlines()[:3]
    ['Of `book build`:', '', '`--strict`']
    """
    for name, command in sorted(commands().items(), key=lambda pair: pair[0] != "build"):
        for action in command._actions:  # noqa: SLF001 - as in _command
            if word in action.option_strings and not isinstance(action, argparse._HelpAction):  # noqa: SLF001
                yield f"Of `book {name}`:\n\n{item(_term(action), _sentence(action.help or ''))}"


def _command(name: str, command: argparse.ArgumentParser) -> Iterator[str]:
    """Yield the section of one command: what it does, its words, its examples, and what else its help says."""
    yield f"## book {name}"
    yield command.description or ""
    yield fence(" ".join(command.format_usage().removeprefix("usage: ").split()), "text")
    for action in command._actions:  # noqa: SLF001 - argparse has no public list of arguments
        if not isinstance(action, argparse._HelpAction):  # noqa: SLF001
            yield item(_term(action), _sentence(action.help or ""))
    examples, *rest = (grammar.EXAMPLES[name].removeprefix("examples:\n"), *_more(command))
    yield fence(dedent(examples), "text")
    for heading, body in zip(rest[::2], rest[1::2], strict=True):
        yield f"**{_sentence(heading).rstrip('.')}**"
        yield fence(dedent(body), "text")


def _more(command: argparse.ArgumentParser) -> Iterator[str]:
    """Yield heading and body of each further part of the help."""
    text = (command.epilog or "").replace(grammar.STATUS, "")
    for heading, body in re.findall(r"^(\S[^\n]*):\n((?:[ ]{2,}[^\n]*\n?|\n)+)", text, re.MULTILINE):
        if heading != "examples":
            yield heading
            yield body


def _term(action: argparse.Action) -> str:
    value = f" {action.metavar or action.dest.upper()}" if action.nargs != 0 and action.option_strings else ""
    if not action.option_strings:
        return f"`{action.metavar}`"
    return ", ".join(f"`{option}{value}`" for option in action.option_strings)


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}" + ("" if text.endswith((".", ")", "?")) else ".")
