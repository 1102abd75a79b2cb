"""What in a run no rule may touch, known by its look: addresses, paths, options, arrows."""

from __future__ import annotations

import re
from dataclasses import replace

from book.runs import OBJECT, Run

HINT = re.compile(r"//|www\.|mailto:|@|/[\w./-]|-[A-Za-z>-]|<-", re.I)
MARK = "\"'“”„‟«»‘’‚‛‹›「」『』"
# Possessive repeats and what must not stand before keep every branch linear.
PROTECTED = re.compile(
    rf"""
      (?:https?://|www\.|mailto:)[^\s<>"”]*[^\s<>"”'’.,:;!?)\]…]   # an address, without the stop after it
    | (?<![\w.+-])[\w.+-]++@[\w-]++(?:\.[\w-]++)++                # a mail address
    | (?<![\w.])\.{{0,3}}/[\w./-]*[\w/-]                           # a path
    | (?:(?<!\S)|(?<=[\s(\[][{MARK}(\[|])|(?<=\A[{MARK}(\[])|(?<=\w/))--?[A-Za-z][\w-]*   # an option
    | <-++>? | (?<!-)-++>                                          # an arrow
    """,
    re.X | re.I,
)


def protected(run: Run) -> Run:
    """Return *run* with its addresses, paths, options and arrows guarded."""
    if not HINT.search(run.guarded):
        return run
    guarded = PROTECTED.sub(lambda found: OBJECT * len(found[0]), run.guarded)
    return run if guarded == run.guarded else replace(run, guarded=guarded)
