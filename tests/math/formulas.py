"""A book of formulas, built once in a run."""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import etree

from book import press
from book.body import Body
from book.html_names import MATH as MATHML
from book.problems import Severity
from tests.making import once, write_book

MATH = f"{{{MATHML}}}math"
ONE = r"""# Queues and $L = \lambda W$

A seat is $5–$6, a team $20,000; see $W_q$, and $`a < b`$. Here $f--g$ stays "as it is".[^1]

[^1]: A note with $\sqrt{x}$.

To be sure, ask $$n = \frac{z^2}{e^2}$$ people.

```math
\frac{a}{b}
```

- item $\alpha$
  $$\begin{pmatrix}a & b\\c & d\end{pmatrix}$$

> Quoted $q$.

| mean | law |
|------|-----|
| $\bar{x}$ | $E = mc^2$ |

## The rate $p^2$

By hand <math><mfrac><mi>u</mi><mrow><mi>v</mi><mo>+</mo><mn>1</mn></mrow></mfrac></math>, and $\overline{AB}$.
"""
TEXS = (
    r"L = \lambda W", "W_q", "a < b", "f--g", r"\sqrt{x}", r"n = \frac{z^2}{e^2}", r"\frac{a}{b}", r"\alpha",
    r"\begin{pmatrix}a & b\\c & d\end{pmatrix}", "q", r"\bar{x}", "E = mc^2", "p^2", "u/(v+1)", r"\overline{AB}",
)  # fmt: skip


LONG = " + ".join(f"a_{{{n}}}" for n in range(1, 30))
"""A formula wider than any line."""


def write(folder: Path, text: str, *, on: bool = True, more: str = "") -> Path:
    settings = f'title = "Formulas"\nlanguage = "en"\nmath = {"true" if on else "false"}\n{more}'
    return write_book(folder, {"01-one.md": text}, settings)


def written(factory: pytest.TempPathFactory, *, pango: bool) -> Path:
    """Return the folder of the book of :data:`ONE`, with its EPUB, PDF and HTML in ``out`` beside it; nobody may change them."""

    def build(home: Path) -> None:
        result = press.build(write(home / "book", ONE), home / "out", editions=["epub", "pdf", "html"])
        assert [problem.message for problem in result.report.problems if problem.severity is not Severity.NOTE] == []
        assert result.status == (0 if pango else 3)

    return once(factory, "formulas", build) / "book"


def maths(body: Body) -> list[etree._Element]:
    return list(body.iter(MATH))
