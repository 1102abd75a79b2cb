"""Generates a handbook of any size for measurements: every kind of block, with different words in each chapter.

The same size and seed give the same bytes, on every machine. The sentences are those of content/, in another order each time.
"""

from __future__ import annotations

import random
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
CONTENT = ROOT / "content"

SETTINGS = 'title = "A made handbook"\nlanguage = "en-GB"\nauthors = ["Nobody"]\ndate = "2026-01-01"\n'
CODE = {
    "python": 'def {name}(values: list[int]) -> int:\n    """Return {what}."""\n    return sum(value for value in values if value > {number})\n\n\nprint({name}([1, 2, {number}]))',
    "sql": "SELECT {name}.id, count(*) AS total\nFROM {name}\nWHERE {name}.day > '2026-01-{number:02}'  -- {what}\nGROUP BY 1;",
    "json": '{{\n  "{name}": {number},\n  "about": "{what}",\n  "on": true\n}}',
    "sh": '# {what}\ncurl -s https://example.org/{name} | grep -c "{number}"',
}
EVERY = {"table": 2, "list": 1, "code": 2, "notes": 2, "quote": 3, "callout": 3, "figure": 5, "tasks": 4}
"""How often each block occurs: once in this many chapters."""


def sentences() -> list[str]:
    """Return plain sentences of the handbook in content/, none with half of a quotation."""
    result: list[str] = []
    for chapter in sorted(CONTENT.glob("*.md")):
        for block in re.sub(r"```.*?```", "", chapter.read_text("utf-8"), flags=re.DOTALL).split("\n\n"):
            if re.match(r"[A-Z\"']", block) and not re.search(r"[\[\]<>{}|$*_`\\]", block):
                result += re.findall(r"[A-Z][^.!?]{30,200}[.!?](?=\s|$)", block.replace("\n", " "))
    return [sentence for sentence in result if sentence.count('"') % 2 == 0]


def plain_word(words: list[str], start: int) -> int:
    """Return the number of a word of a sentence that has no marks of a quotation and stands in none: the first from *start* on, or else before it.

    >>> plain_word(['He', 'says', '"not', 'now"', 'there,', 'and'], 2)
    4
    """
    numbers: list[int] = [*range(start, len(words)), *range(start - 1, -1, -1)]
    for number in numbers:
        is_inside = " ".join(words[:number]).count('"') % 2
        if not is_inside and re.fullmatch(r"[\w-]+[,;:]?", words[number]):
            return number
    return start


class _Writer:
    """Writes the chapters one after the other."""

    def __init__(self, chapters: int, words: int, seed: int) -> None:
        self.chapters = chapters
        self.each = words // chapters - 45  # the last block of a chapter goes on beyond it
        self.random = random.Random(seed)  # noqa: S311 - the same book each time
        self.said = sentences()
        self.figures = sorted((CONTENT / "images").glob("*.svg"))

    def text(self, count: int) -> list[str]:
        """Return *count* sentences."""
        return [self.random.choice(self.said) for _ in range(count)]

    def short(self, most: int = 6) -> str:
        """Return a few words without punctuation."""
        words = re.findall(r"[A-Za-z]+", self.random.choice(self.said))
        return " ".join(words[: self.random.randint(2, most)])

    def paragraph(self, number: int) -> str:
        """Return a paragraph with marks and links in it."""
        said = self.text(self.random.randint(2, 5))
        kind, at = self.random.randrange(6), self.random.randrange(len(said))
        words = said[at].split(" ")
        middle = plain_word(words, self.random.randrange(1, len(words) - 1))
        word = words[middle].strip(",;:")
        other = self.random.randrange(1, self.chapters + 1)
        words[middle] = {
            0: f"*{word}*",
            1: f"**{word}**",
            2: f"`{word}`",
            3: f"[{word}](https://example.org/{number}/{middle}?page={at})",
            4: f"[{word}]({name(other)})",
            5: f'"{word}"',
        }[kind]
        said[at] = " ".join(words)
        return " ".join(said)

    def block(self, kind: str, number: int) -> str:
        """Return a block that is not a paragraph."""
        match kind:
            case "table":
                rows = [f"| {self.short(3)} | {self.random.randrange(1000)} | {self.short(5)} |" for _ in range(5)]
                return "\n".join(["| Name | Count | What |", "|:-----|------:|------|", *rows])
            case "list":
                return "\n".join(
                    f"{mark} {line}" for mark, line in zip(("-", "-", "  -", "-"), self.text(4), strict=True)
                )
            case "code":
                language = self.random.choice(list(CODE))
                code = CODE[language].format(name=f"run_{number}", what=self.short(), number=self.random.randrange(28))
                return f"```{language}\n{code}\n```"
            case "notes":
                calls = [self.text(1)[0] + f"[^{number}-{index}]" for index in range(2)]
                notes = [f"[^{number}-{index}]: {' '.join(self.text(2))}" for index in range(2)]
                return "\n\n".join([" ".join(calls), *notes])
            case "quote":
                return "\n".join(f"> {line}" for line in self.text(2))
            case "callout":
                return "> [!NOTE]\n" + "\n".join(f"> {line}" for line in self.text(2))
            case "figure":
                figure = self.random.choice(self.figures)
                return f"![{self.text(1)[0]}](images/{figure.name})"
            case _:
                return "\n".join(f"- [{mark}] {line}" for mark, line in zip("x x", self.text(3), strict=True))

    def chapter(self, number: int) -> Iterator[str]:
        """Yield the blocks of a chapter."""
        yield f"# {self.short()} {number}"
        kinds = [kind for kind, every in EVERY.items() if number % every == 0]
        count, paragraphs = 0, 0
        while count < self.each or kinds:
            if paragraphs % 4 == 3:
                yield f"{'##' if paragraphs % 8 == 3 else '###'} {self.short()}"
            block = self.block(kinds.pop(), number) if kinds and paragraphs % 2 else self.paragraph(number)
            paragraphs += 1
            count += len(block.split())
            yield block


def name(number: int) -> str:
    """Return the file name of a chapter."""
    return f"{number:04}.md"


def make(folder: Path, chapters: int, words: int, seed: int = 2026) -> Path:
    """Write a book of about *words* words into the new folder *folder*, another for each *seed*; return it."""
    (folder / "images").mkdir(parents=True)
    (folder / "handbound.toml").write_text(SETTINGS, "utf-8")
    writer = _Writer(chapters, words, seed)
    for figure in writer.figures:
        shutil.copy(figure, folder / "images" / figure.name)
    for number in range(1, chapters + 1):
        (folder / name(number)).write_text("\n\n".join(writer.chapter(number)) + "\n", "utf-8")
    return folder
