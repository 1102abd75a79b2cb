"""Repeating gradients: only those that need few repetitions to fill their shape are kept."""

from __future__ import annotations

import math
import re

from book.html_names import SVG
from book.images.svg.findings import Findings
from book.images.svg.values import NUMBER
from book.images.svg.vocabulary import HREF, Element, local_name

SHORTEST_REPEATED = 1 / 50
"""Share of a shape: a shorter gradient is not repeated."""


def stop_endless(root: Element, findings: Findings) -> None:
    """Make a repeating gradient end with its last colour, unless few repetitions fill its shape.

    WeasyPrint writes out each repetition, so a gradient of a millionth of its shape would exhaust the memory.
    """
    for element in root.iter(f"{{{SVG}}}linearGradient", f"{{{SVG}}}radialGradient"):
        if element.get("spreadMethod", "pad") != "pad" and not _repeats_seldom(element):
            del element.attrib["spreadMethod"]
            findings.drop("a gradient that is repeated without end")


def _repeats_seldom(gradient: Element) -> bool:
    """Return whether *gradient* repeats at most about fifty times in any shape that it fills.

    This is known only for a linear gradient in units of the shape's box; all others depend on the position of the shape.
    """
    bound = gradient.get("gradientUnits", "objectBoundingBox") == "objectBoundingBox"
    if local_name(gradient) != "linearGradient" or not bound or gradient.get("gradientTransform") or gradient.get(HREF):
        return False
    ends = []
    for key, otherwise in (("x1", "0"), ("x2", "1"), ("y1", "0"), ("y2", "0")):
        match = re.fullmatch(rf"({NUMBER})(%?)", gradient.get(key, otherwise).strip())
        number = float(match[1]) / (100 if match[2] else 1) if match else math.inf
        if not 0 <= number <= 1:
            return False
        ends.append(number)
    steps = [abs(ends[0] - ends[1]), abs(ends[2] - ends[3])]
    return any(steps) and all(step == 0 or step >= SHORTEST_REPEATED for step in steps)
