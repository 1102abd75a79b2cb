"""Chapters of every construct, mixed and mutated: none is refused or ends in a traceback, and every word of the tree is printed."""

from __future__ import annotations

import pytest
from hypothesis import strategies as st

from book.assemble import compose
from book.markdown import reader
from book.model import FrontMatter, Manuscript
from book.problems import Severity
from book.proof.words import printed
from book.settings import Settings
from tests.fuzzing import Fuzz, mutated

PIECES = (
    "# T[^1]", "Setext\n===", "para one\n---", '```js title="x"\ncode [^1]\n```', "```\nopen", "~~~ {note} x\n\ty\n~~~",
    "> [!NOTE] T[^2]\n> q", "> [!tip]", "- a\n\n      code\n- [x] b[^1]", "1. x\n   - y",
    "| a | b |\n|---|---|\n| `x|y` | z[^1] | more |", "[^1]: note [^2] [^1]", "[^2]: two[^3]\n\n    - l", "[^3]: x [^2]",
    "[l]: http://a.example", "[w][l] [g][gone] [^gone]", "<td>x</td>", "<table><tr><td>\n\n*m*\n\n</td></tr></table>", "<li>x",
    "<details><summary>S[^1]</summary>\n\nt\n\n</details>", '<Foo a="b">\n\nc\n\n</Foo>', "z<td>e <b>f", "<!-- open",
    "<!-- c --> t", "<h1>H</h1>", "![p[^1]](x.png)", "[a[^1] `b`](https://e.example)", "::: note\nx\n:::", ":::tip[T]\ny\n:::",
    "::: {.c #i k=v}", "\\newpage", "{{< x >}} {% y %} {: .z}", "Term[^1]\n: def", "**b *c** d*", "1\ufe0f\u20e3 \ue000 x",
    "中文\n字 a", "&#x92; &#0; &eacute;", "***", "---\nkey: v\n---", '<div class="footnote">x</div>', "[x](#c){.noteref}",
    "::: {.callout .callout-zzz}\nx\n:::", "\ttab\tcode", "a\tb `c\td`", "<svg><text>q</text></svg>", "$$x^2$$ $a$",
    "<p align=center>x", "<script>\nx", "</div></p></td>", "H~2~O <sub>a <kbd>", "# ", "## ![](y.png)",
    '<img src=x.png alt="a[^1]">', "> ```\n> x", "- ```\n  y",
)  # fmt: skip
WORDS = (
    "`",
    "*",
    "[",
    "]",
    "<",
    ">",
    "|",
    "{",
    "}",
    "\\",
    "&",
    ":",
    "!",
    "^",
    "\n",
    "\n\n",
    "  ",
    "[^1]",
    "```",
    ":::",
    "<!--",
)


def chapters() -> st.SearchStrategy[str]:
    """Return chapters of one to eight pieces, some of them mutated."""
    sound = st.lists(st.sampled_from(PIECES), min_size=1, max_size=8).map("\n\n".join)
    return sound | mutated(["\n\n".join(PIECES[start : start + 6]) for start in range(0, len(PIECES), 6)], WORDS)


def set_and_told(text: str) -> None:
    """Turn *text* into a page, which must have every word of its tree."""
    settings = Settings()
    source = Manuscript(path="a.md", text=text, first_line=1, front=FrontMatter())
    blocks, problems = reader.tree(reader.prepare(source, settings), settings, None)
    if blocks is None:  # a mutation may nest deeper than any book
        assert [problem.code for problem in problems] == ["G105"], problems
        return
    draft, more = reader.parse(source, blocks, reader.Words(), settings)
    assert not [problem for problem in (*problems, *more) if problem.severity is Severity.ERROR]
    (chapter,) = compose.compose((draft,), {}, settings.limits)[0]
    want, have = chapter.wording, printed(chapter.body.root)
    assert f" {want.running}".endswith(f" {have.running}".rstrip())
    assert have.notes == want.notes


@pytest.mark.fuzz
def test_no_harmless_chapter_is_refused_and_no_word_of_it_lost(fuzz: Fuzz) -> None:
    fuzz(chapters(), set_and_told, cpu=30, mebibytes=4096)
