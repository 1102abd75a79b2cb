"""The command `book`: reads the command line, calls the press, prints the result and exits."""

from __future__ import annotations

import argparse
import contextlib
import gc
import os
import shlex
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from book import streams, surroundings
from book.amounts import amount
from book.arguments import OUT, check_book, check_named, out_of
from book.grammar import as_words, parser
from book.progress import Line
from book.stopping import Stopped, listening_for_the_end
from book.terminal import (
    changed,
    notes,
    open_file,
    pointed,
    tally,
    tell,
)

if TYPE_CHECKING:
    from book import seal
    from book.problems import BookError

PUBLISHED = "published"
"""The progress message for which the new set is in place: :data:`book.press.PUBLISHED`."""


def main(words: Sequence[str] | None = None) -> int:
    """Run the command with *words* (the arguments of the process if None) and return the exit status."""
    if words is not None:
        with listening_for_the_end():
            return _heeding(words)
    gc.disable()  # most commands are at their end before it matters; the others look for cycles when nobody waits
    surroundings.read_names_as_utf8()
    streams.prepare()
    with listening_for_the_end(is_whole=True):
        status = _heeding(sys.argv[1:])
    if fault := streams.lost():
        hint = "free some disk space, or print elsewhere"
        print(f"book: the standard output cannot be written: {fault.strerror}; {hint}", file=sys.stderr)
        status = status or 2
    gc.freeze()  # Python looks through all objects once more before it ends
    return status


def _heeding(words: Sequence[str]) -> int:
    """Run the command, and say so if a signal ends it."""
    try:
        return _run(words)
    except Stopped as stop:
        stands = "the new editions are in place" if Line.last == PUBLISHED else "existing editions are unchanged"
        print(f"\ninterrupted; {stop.stands or stands}", file=sys.stderr)
        return stop.status


def _run(words: Sequence[str]) -> int:
    surroundings.tidy()
    from book.problems import BookError  # noqa: PLC0415 - --help must be quick

    options = argparse.Namespace()
    try:
        parser(next(iter(words), "")).parse_args(as_words(words), options)
        status = COMMANDS[options.command](options)
    except BookError as error:
        return _refuse(error, options, words)
    except ImportError as error:
        from book import packages  # noqa: PLC0415 - as above

        if (unmet := packages.missing(error)) is None:
            raise
        tell(unmet.problems, verbose=True)
        return unmet.status
    except BrokenPipeError:  # the end of a command without an end: whoever read its output went away
        streams.Stream.ends = False
        return 0
    except (OSError, MemoryError) as error:
        from book import refusals  # noqa: PLC0415 - as above

        if not refusals.is_refusal(error):
            raise
        if "-v" in words or "--verbose" in words:
            traceback.print_exc()
        return _refuse(BookError(refusals.refusal(error)), options, words)
    return status


def _refuse(error: BookError, options: argparse.Namespace, words: Sequence[str]) -> int:
    """Print the problems of *error*, which ended the command, and return its exit status."""
    from book import building  # noqa: PLC0415 - as below

    verbose = "-v" in words or "--verbose" in words
    return building.refuse(error, getattr(options, "book", None), events="--json" in words, verbose=verbose)


# The commands.


def _new(options: argparse.Namespace) -> int:
    from book import starting  # noqa: PLC0415

    authors = tuple(author for author in options.author if author.strip())
    for path in starting.new(options.folder, title=options.title.strip(), authors=authors, language=options.language):
        print(path)
    folder = shlex.quote(str(options.folder))
    print(f"\nsee it: book serve {folder}\nbuild it: book build {folder}")
    return 0


def _adopt(options: argparse.Namespace) -> int:
    from book import starting  # noqa: PLC0415

    check_book(options, options.book, may_be_file=False)
    if options.show:
        print(starting.adopted(options.book, options.sidebar), end="")
    else:
        print(starting.adopt(options.book, options.sidebar))
    return 0


def _fetch(options: argparse.Namespace) -> int:
    from book import fetching, whereabouts  # noqa: PLC0415
    from book.source.named import home_of  # noqa: PLC0415

    check_book(options, options.book)
    with Line() as line:
        fetched = fetching.fetch(
            options.book, system=options.sidebar, update=options.update, check=options.check, progress=line.say
        )
    home = home_of(options.book)
    for name in fetched.files:
        print(home / name)
    for name in fetched.removed:
        print(f"{home / name}  removed: the book does not show it")
    tell(whereabouts.shown(fetched.problems, options.book), verbose=options.verbose)
    counts = [f"{len(fetched.files)} fetched" if not options.check else "", f"{fetched.reused} already in the book"]
    counts += [f"{len(fetched.problems)} not in the book"] if fetched.problems else []
    total = len(fetched.files) + fetched.reused + len(fetched.problems)
    print(f"{amount(total, 'remote image')}: {', '.join(filter(None, counts))}")
    return 0 if fetched.complete else 1


def _build(options: argparse.Namespace) -> int:
    from book import building  # noqa: PLC0415 - --help must be quick

    return building.keep_building(options) if options.watch else building.build(options)


def _check(options: argparse.Namespace) -> int:
    from book import checking, manifest, whereabouts  # noqa: PLC0415
    from book.problems import Severity  # noqa: PLC0415

    check_book(options, options.book)
    out = out_of(options)
    with Line() as line:
        result = checking.check(
            options.book,
            out,
            theme_name=options.theme,
            must_run=options.strict or bool(os.environ.get("CI")),
            progress=line.say,
        )
    for check in result.report.checks:
        version = f" {check.version}" if check.version else ""
        print(f"{check.status:8} {check.name}{version}  {check.work}  {check.detail}".rstrip())
    summary = whereabouts.placed(manifest.Summary.of(result.report), options.book, out)
    problems = [problem for problem in summary.problems if problem.severity is Severity.ERROR or options.verbose]
    tell(problems, verbose=options.verbose)
    if result.status:
        errors = [problem for problem in problems if problem.severity is Severity.ERROR]
        print(f"not sound: {amount(len(errors), 'error')}; the last is {pointed(errors[-1])}", file=sys.stderr)
    return result.status


def _lint(options: argparse.Namespace) -> int:
    from book import lint, press, seal, whereabouts  # noqa: PLC0415
    from book.problems import Severity, strict, worst  # noqa: PLC0415

    if fault := lint.unknown((*options.only, *options.ignore)):
        print(f"book lint: {fault}", file=sys.stderr)
        return 2
    check_book(options, options.book)
    checks = lint.Choice(only=tuple(options.only), ignore=tuple(options.ignore), severity=Severity.WARNING)
    with Line() as line:
        choice = {"system": options.sidebar, "dated": False, "checks": checks, "progress": line.say}
        proofread = press.read_with(options.book, seal.cache_in(options.out or OUT), lambda: None, **choice)
    every = sorted((*proofread.problems, *press.foreseen(proofread)), key=lambda problem: problem.place.spot)
    problems = whereabouts.shown(strict(every) if options.strict else every, options.book)
    silent = [problem for problem in problems if not options.verbose and not lint.is_for_editors(problem)]
    tell([problem for problem in problems if problem not in silent], verbose=options.verbose, notes=True, to=sys.stdout)
    grades = {grade: [problem for problem in problems if problem.severity is grade] for grade in reversed(Severity)}
    counts = [f"{amount(len(alike), str(grade))}{tally(alike)}" for grade, alike in grades.items() if grade]
    counts.append(notes(len(grades[Severity.NOTE]), verbose=not silent))
    print(
        f"{amount(sum(not chapter.is_made for chapter in proofread.book.spine), 'chapter')}: {', '.join(counts)}; {changed(len(proofread.changes))}"
    )
    return 1 if worst(problems) is Severity.ERROR else 0


def _fix(options: argparse.Namespace) -> int:
    from book import fix  # noqa: PLC0415
    from book.problems import Severity, worst  # noqa: PLC0415

    check_named(options, options.files[0])
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
        fixed = f"{len(changed)} fixed in {amount(edits, 'place')}" if changed else "nothing to fix"
        more = f", {rest} not fixed here{'' if options.verbose else ' (see them with -v)'}" if rest else ""
        print(f"{amount(len(files), 'chapter')}, {fixed}{more}")
    return 1 if worst(problems) is Severity.ERROR or (shows and changed) else 0


def _order(options: argparse.Namespace) -> int:
    from book import press, sidebar, whereabouts  # noqa: PLC0415
    from book.problems import Severity, worst  # noqa: PLC0415

    check_book(options, options.book)
    read = press.reading_order(options.book, options.sidebar, files=options.toml)
    tell(whereabouts.shown(read.problems, options.book), verbose=False, notes=True)
    order, chapters = read.value.sidebar, read.value.manuscripts
    lines = sidebar.listing(order, chapters, read.settings) if options.toml else sidebar.tree(order, chapters)
    print(*lines, sep="\n")
    return 1 if worst(read.problems) is Severity.ERROR else 0


def _serve(options: argparse.Namespace) -> int:
    from book import serve  # noqa: PLC0415
    from book.serve import editor  # noqa: PLC0415

    check_book(options, options.book)
    streams.Stream.ends = True
    gc.enable()
    serve.serve(
        options.book,
        port=options.port,
        browser=options.open,
        theme=options.theme,
        system=options.sidebar,
        editor=editor.chosen(options.editor),
        say=lambda words: print(words, flush=True),
    )
    return 0


def _themes(options: argparse.Namespace) -> int:
    from book import theme, whereabouts  # noqa: PLC0415
    from book.problems import ThemeError, printable  # noqa: PLC0415

    if options.gallery:
        return _gallery(options)
    status = 0
    for name in theme.available(options.book):
        if name != theme.BASE:
            try:
                look = theme.load(name, options.book)
            except ThemeError as error:
                tell(whereabouts.shown(error.problems, options.book), verbose=True)
                status = error.status
                continue
            print(f"{name:12} {printable(look.title)}: {printable(look.description)}")
    return status


def _gallery(options: argparse.Namespace) -> int:
    from book import gallery  # noqa: PLC0415

    with Line() as line:
        shown = gallery.show(options.gallery, options.book if options.book.is_dir() else None, line.say)
    for reason in shown.missing:
        print(reason)
    print(shown.page)
    _show(options, shown.page)
    return 0


def _show(options: argparse.Namespace, page: Path) -> None:
    """Open *page* in the browser, if that is wanted."""
    if options.open and not open_file(page):
        print("no browser can be opened here: open this file in one")


def _clean(options: argparse.Namespace) -> int:
    from book import cache, seal  # noqa: PLC0415

    out, removed = out_of(options), False
    is_there = out.is_dir()
    for folder in (*seal.nested(out), out):
        cleaned = _clean_old(folder) if options.old else seal.clean(folder, cache.STAGES, everything=options.all)
        tell(cleaned.problems, verbose=True)
        for path in cleaned.editions:
            print(f"removed {path}")
        if cleaned.cached:
            print(f"removed the cache of {folder}: {amount(cleaned.cached, 'file')}, {cleaned.bytes / 1e6:,.1f} MB")
        if folder != out and options.all:
            with contextlib.suppress(OSError):  # it contains something else
                folder.rmdir()
        removed = removed or bool(cleaned.cached or cleaned.editions)
    if not removed:
        print(f"nothing to remove in {out}" if is_there else f"there is no folder {out}")
    return 0


def _clean_old(folder: Path) -> seal.Cleaned:
    """Remove what is old in *folder*; nothing was built there, or the report is damaged: nothing."""
    from book import seal, standing  # noqa: PLC0415
    from book.report import FILE  # noqa: PLC0415

    return standing.clean_old(folder) if (folder / FILE).exists() else seal.Cleaned()


def _manual(options: argparse.Namespace) -> int:
    from book import manual  # noqa: PLC0415
    from book.problems import printable  # noqa: PLC0415

    if options.write:
        manual.write(options.write)
        print(f"build it: book build {shlex.quote(str(options.write))}")
        return 0
    if not options.word:
        from book.manual import opening  # noqa: PLC0415 - with the whole press

        with Line() as line:
            page = opening.page(progress=line.say)
        print(page)
        _show(options, page)
        return 0
    if (text := manual.answer(word := " ".join(options.word))) is None:
        near = manual.suggestion(word)
        hint = f"did you mean {near}?" if near else f"the pages are: {', '.join(manual.pages())}"
        print(f"book manual: nothing about “{printable(word)}”; {hint}", file=sys.stderr)
        return 2
    print(text)
    return 0


COMMANDS: Mapping[str, Callable[[argparse.Namespace], int]] = {
    "new": _new,
    "adopt": _adopt,
    "fetch": _fetch,
    "build": _build,
    "check": _check,
    "lint": _lint,
    "fix": _fix,
    "order": _order,
    "serve": _serve,
    "themes": _themes,
    "clean": _clean,
    "manual": _manual,
}
"""The function of each command of :func:`book.grammar.parser`."""


if __name__ == "__main__":
    raise SystemExit(main())
