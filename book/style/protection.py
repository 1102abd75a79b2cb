"""Text that no rule may change, recognised by its form: addresses, paths, options, arrows, tags of a site's templates."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from operator import itemgetter

from msgspec.structs import replace

from book.patterns import regex
from book.style.languages import marks_of
from book.style.runs import OBJECT, Run

HINT = regex(
    r"//|w(?i:ww\.)|W(?i:ww\.)|m(?i:ailto:)|M(?i:ailto:)|@|/(?<!\w/)[\w./-]|-(?<![^\W_]-)[A-Za-z|-]|->|<-|\{[{%:]|!!!|\?\?\?|===|\+[-=]"
)
"""Something in every text in which anything is protected. Each way begins with one letter: the others are skipped fast.

A slash or a hyphen after a letter begins no path and no option.
"""
MARK = "\"'“”„‟«»‘’‚‛‹›「」『』"
NAME = r"--(?-i:[A-Z][a-z]*\.?[ ][A-Z])"
"""Attribution of a quotation: ``--Thomas Paine``."""
# Possessive quantifiers and lookbehinds keep every branch linear.
PROTECTED = regex(
    rf"""
      -++8<-++[^\n]*+                                               # an include of MkDocs
    | (?:https?://|www\.|mailto:)[^\s<>"“”„«»‘’‚‹›「」『』]*[^\s<>"“”„«»‘’‚‹›「」『』'.,:;!?)\]…]   # an address, without the stop after it
    | (?<![\w.+-])[\w.+-]++@[\w-]++(?:\.[\w-]++)++                # a mail address
    | (?<![\w."'”’»“‘)\]])\.{{0,3}}/[\w./-]*[\w/-]                  # a path
    | (?:(?<!\S)|(?<=[\s(\[][(\[|])|(?<=\A[(\[])|(?<=\w/))(?!{NAME})--?[A-Za-z][\w-]*   # an option
    | (?:(?<=[\s(\[][{MARK}])|(?<=\A[{MARK}]))--?[A-Za-z][\w-]*+(?<!-)(?=[{MARK}](?!\w)|[=|])   # the same in marks, and nothing else
    | <-++>? | (?<!-)-++>                                          # an arrow
    | \{{\{{(?:[^{{}}]|\}}(?!\}})|\{{(?!\{{))*+\}}\}}                    # a tag of Hugo, Liquid or mdBook
    | \{{%(?:[^%{{]|%(?!\}})|\{{(?!%))*+%\}}                          # a tag of Liquid
    | (?<=\|)[ ]*+:?-++:?[ ]*+(?=\|)                             # dashes between bars, in what is almost a table
    | (?:\A|(?<=\n))\+(?:[-=:]{{2,}}+\+)++[ ]*+(?:\n[|+][^\n]*+)*+   # a table drawn as a grid that could not be read
    | \{{:[^{{}}\n]*+\}}                                             # attributes of kramdown
    | (?:\A|(?<=\n))(?:!!!|\?\?\?\+?|===[+!]?)[ ][^"\n]*"[^"\n]*"(?=\n|\Z)   # a box or tab of MkDocs
    """,
    re.X | re.I,
)

# Tags around code, although Markdown does not show that it is code.
CODE = r"code-toggle|highlight|tab|mermaid|math|chem|plantuml"
SHORTCODE = regex(rf"\{{\{{<\s*({CODE})\b(?:[^>\n]|>(?!\}}\}}))*+>\}}\}}|\{{%-?\s*(highlight)\b[^%\n]*+%\}}")
SPOT_LINE = regex(r"\d+")


def without_code(runs: Sequence[Run], text: str) -> Sequence[Run]:
    """Return *runs* of the chapter *text* with the lines protected that a site's templates treat as code."""
    lines = _code_lines(text) if "{{<" in text or "{%" in text else ()
    return [_guarded(run, lines) if run.starts and not run.key else run for run in runs] if lines else runs


def _code_lines(text: str) -> tuple[tuple[int, int], ...]:
    """Return the first and last line of each stretch of such code."""
    stretches: list[tuple[int, int]] = []
    end = 0
    unclosed: set[str | None] = set()
    for tag in SHORTCODE.finditer(text):
        name = tag[1]
        if tag.start() < end or name in unclosed:
            continue
        close = rf"\{{\{{<\s*/\s*{name}\s*>\}}\}}" if name else r"\{%-?\s*endhighlight\s*-?%\}"
        closed = re.compile(close).search(text, tag.end())
        if closed is None:
            unclosed.add(name)
        else:
            end = closed.end()
            first = text.count("\n", 0, tag.start()) + 1
            stretches.append((first, first + text.count("\n", tag.start(), end)))
    return tuple(stretches)


def _guarded(run: Run, lines: tuple[tuple[int, int], ...]) -> Run:
    letters = list(run.guarded)
    borders = zip(run.starts, (*run.starts[1:], len(run.text)), run.spots, strict=True)
    for start, end, spot in borders:
        number = SPOT_LINE.match(spot)
        line = int(number[0]) if number else 0
        at = bisect_right(lines, line, key=itemgetter(0)) - 1
        if at >= 0 and line <= lines[at][1]:
            letters[start:end] = OBJECT * (end - start)
    guarded = "".join(letters)
    return run if guarded == run.guarded else replace(run, guarded=guarded)


def without_foreign_marks(run: Run, language: str) -> Run:
    """Return *run* with the quotation marks protected that *language*, which is only guessed, does not use."""
    own = {glyph for pair in marks_of(language) for mark in pair for glyph in mark} | set("\"'’")
    foreign = {mark for mark in MARK if mark not in own and mark in run.guarded}
    if not foreign:
        return run
    # The closing marks of German are the opening marks of English.
    foreign |= {"“", "”"} if foreign & set("„‟") else set()
    foreign |= {"‘"} if foreign & set("‚‛") else set()
    guarded = "".join(OBJECT if letter in foreign else letter for letter in run.guarded)
    return replace(run, guarded=guarded)


def protected(run: Run) -> Run:
    """Return *run* with its addresses, paths, options and arrows protected."""
    if not HINT.search(run.guarded):
        return run
    guarded = PROTECTED.sub(lambda match: OBJECT * len(match[0]), run.guarded)
    return run if guarded == run.guarded else replace(run, guarded=guarded)
