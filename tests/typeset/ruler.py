"""Measures the house style against edited texts; run by `nox -s typeset`.

Texts whose typography is right are typed straight, read and set as a build does, and compared with the original mark by
mark. The sample beside this file is small and in the public domain; `-- FOLDER` measures the texts of a folder instead:
JSON files with `id`, `lang`, `group` and `docs`, each with `blocks` of Markdown (its first value, and `q` last in a block quote).
"""

from __future__ import annotations

import json
import re
import sys
import time
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from msgspec import Struct, field

if not __package__:  # started as a file: the checkout is not on the path
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
import book
from tests.typeset.glyphs import CLOSES, MARKS, ROLES, right, straighten, swap

SAMPLE = Path(__file__).resolve().parent / "sample"
INVISIBLE = str.maketrans(dict.fromkeys("\u200a\u2009\u2060\u200b\ufeff\u00ad\u202f", "") | {"\xa0": " "})
TELLING = frozenset({"Q101", "Q102", "Q103"})
"""The codes of doubts about marks."""
CODE = re.compile(r"(`+)(?!`).+?(?<!`)\1(?!`)", re.DOTALL)
PICTURE = re.compile(r"!\[[^\]]*\]\([^)\n]*\)")
ADDRESS = re.compile(r"\]\([^)\n]*\)|<[^<>\n]*>")
MARKUP = re.compile(r"\\([^\w\s])|\*+|(?<!\w)_+|_+(?!\w)|[\[\]]")
BOX = re.compile(r"(?:^|(?<=\n))[ \t>]*(?:[-*+][ \t]+|\d{1,9}[.)][ \t]+|#{1,6}[ \t]+)?")
"""The marks of quotes, lists and headings before the words of a line."""
VARIANTS = ("straight", "swapped", "curly", "ranges")
AROUND = 40


class Text(Struct, frozen=True):
    """One edited text."""

    name: str
    language: str
    """BCP 47."""
    group: str
    chapters: tuple[str, ...]
    """Markdown, with the marks of the edition."""
    wrong: int = 0
    """For a text of the sample: how many of its marks were wrong when it was measured last."""


class Score(Struct):
    """How many marks were compared, and which of them are wrong."""

    marks: int = 0
    wrong: int = 0
    silent: int = 0
    """Wrong marks without a reported doubt."""
    ranges: int = 0
    missed: int = 0
    """Ranges that kept their hyphen."""
    hyphens: int = 0
    """Hyphens between digits that are not ranges."""
    joined: int = 0
    """Of these, those that became ranges."""
    seconds: float = 0.0
    places: list[str] = field(default_factory=list)

    def __add__(self, other: Score) -> Score:
        """Return both together."""
        return Score(
            marks=self.marks + other.marks,
            wrong=self.wrong + other.wrong,
            silent=self.silent + other.silent,
            ranges=self.ranges + other.ranges,
            missed=self.missed + other.missed,
            hyphens=self.hyphens + other.hyphens,
            joined=self.joined + other.joined,
            seconds=self.seconds + other.seconds,
            places=self.places + other.places,
        )

    def rate(self, count: int) -> float:
        """Return *count* per 10,000 marks."""
        return 10_000 * count / self.marks if self.marks else 0.0


def sample() -> Iterator[Text]:
    """Yield the texts of the sample, which `sample/sources.toml` lists."""
    sources = tomllib.loads((SAMPLE / "sources.toml").read_text("utf-8"))
    for name, source in sources.items():
        markdown = (SAMPLE / f"{name}.md").read_text("utf-8")
        yield Text(name, source["language"], source["group"], (markdown,), source["wrong"])


def folder(path: Path) -> Iterator[Text]:
    """Yield the texts of a folder of JSON files."""
    for file in sorted(path.glob("*.json")):
        given = json.loads(file.read_text("utf-8"))
        chapters = tuple(_markdown(chapter["blocks"]) for chapter in given["docs"])
        yield Text(given["id"], given["lang"], given["group"], chapters)


def _markdown(blocks: Iterable[Sequence[str]]) -> str:
    pieces: list[str] = []
    before = None
    for markdown, *_, kind in blocks:
        pieces += ["\n>\n" if before == kind == "q" else "\n\n" if pieces else "", markdown]
        before = kind
    return "".join(pieces) + "\n"


def measure(text: Text, variant: str) -> Score | None:
    """Return the score of one *text*; None where the *variant* says nothing about it."""
    family = text.language.partition("-")[0]
    chapters = text.chapters
    if variant == "swapped":
        if text.group != "novels":
            return None
        chapters = tuple(_swapped(chapter) for chapter in chapters)
    if variant == "ranges" and family != "en":
        return None
    edition = [paragraphs(chapter) for chapter in chapters]
    typed = [
        paragraphs(chapter if variant == "curly" else straighten(chapter, family, dashes=variant == "ranges"))
        for chapter in chapters
    ]
    whole = [paragraph for chapter in typed for paragraph in chapter]
    follows = [each for chapter in typed for each in follow(chapter)]
    clock = time.process_time()
    done = book.typeset([words for words, _ in whole], text.language, follows=follows)
    score = Score(seconds=time.process_time() - clock)
    told: dict[int, set[int]] = {}
    for index, doubt in done.doubts:
        if doubt.kind.code in TELLING:
            before = whole[index][0][: doubt.start]
            told.setdefault(index, set()).add(sum(glyph in MARKS for glyph in before))
    wanted = [words for chapter in edition for words, _ in chapter]
    for index, (right_words, words) in enumerate(zip(wanted, done.paragraphs, strict=True)):
        _compare(score, text, right_words.translate(INVISIBLE), words.translate(INVISIBLE), told.get(index, set()))
        if variant == "ranges":
            _compare_ranges(score, right_words, words)
    return score


def paragraphs(chapter: str) -> list[tuple[str, str]]:
    """Return the paragraphs of a chapter without their markup, each with the marks that made it one of a box."""
    found = []
    for paragraph in re.split(r"\n[ \t>]*\n", chapter):
        box = BOX.match(paragraph)
        words = MARKUP.sub(r"\1", ADDRESS.sub("]", PICTURE.sub("", CODE.sub("\ufffc", BOX.sub("", paragraph)))))
        if words.strip():
            found.append((words.strip(), box[0].strip() if box else ""))
    return found


def follow(chapter: Sequence[tuple[str, str]]) -> Iterator[bool]:
    """Yield for each paragraph of a chapter whether it stands straight after the one before, in the same box."""
    before = None
    for _, box in chapter:
        yield before == box and box in ("", ">")
        before = box


def _swapped(chapter: str) -> str:
    """Return a chapter with its levels swapped, without the paragraphs that leave it in doubt what closes."""
    return "\n\n".join(done for block in chapter.split("\n\n") if (done := swap(block)) is not None)


def _compare(score: Score, text: Text, wanted: str, done: str, told: set[int]) -> None:
    """Compare the marks of one paragraph, which the letters between them keep in step."""
    family = text.language.partition("-")[0]
    spots = [(at, glyph) for at, glyph in enumerate(wanted) if glyph in MARKS]
    marks = [glyph for glyph in done if glyph in MARKS]
    if any(glyph == '"' or (glyph == "'" and family == "en") for _, glyph in spots):
        return  # the edition itself left marks straight here
    if len(spots) != len(marks):
        marks += ["?"] * (len(spots) - len(marks))
    for number, ((at, glyph), mark) in enumerate(zip(spots, marks, strict=False)):
        before, after = wanted[at - 1 : at], wanted[at + 1 : at + 2]
        if before.isspace() and after.isspace() and not (family == "fr" and glyph in "«»"):
            continue  # nobody can say what it is
        if not at and family != "en" and ROLES[family].get(glyph) == (CLOSES,):
            continue  # a closer repeated at the start of a paragraph
        score.marks += 1
        if not right(glyph, mark, family):
            score.wrong += 1
            score.silent += number not in told
            around = wanted[max(0, at - AROUND) : at] + f"[{glyph} is {mark}]" + wanted[at + 1 : at + AROUND]
            score.places.append(f"{text.name}: {around}")


def _compare_ranges(score: Score, wanted: str, done: str) -> None:
    """Compare the hyphens and en dashes between digits."""
    pairs = zip(_between_digits(wanted), _between_digits(done), strict=False)
    for edition, ours in pairs:
        if edition == "–":
            score.ranges += 1
            score.missed += ours != "–"
        else:
            score.hyphens += 1
            score.joined += ours != "-"


def _between_digits(text: str) -> Iterator[str]:
    for at, sign in enumerate(text):
        if sign in "-–" and text[at - 1 : at].isdecimal() and text[at + 1 : at + 2].isdecimal():
            yield sign


def _job(job: tuple[Text, str]) -> tuple[Text, str, Score | None]:
    text, variant = job
    return text, variant, measure(text, variant)


def table(texts: Iterable[Text], variants: Sequence[str], *, show: bool) -> Iterator[str]:
    """Yield the lines of the table: for each variant the groups of texts."""
    jobs = [(text, variant) for variant in variants for text in texts]
    with ProcessPoolExecutor(max_workers=2) as pool:
        results = [(text, variant, score) for text, variant, score in pool.map(_job, jobs) if score is not None]
    for variant in variants:
        groups: dict[str, Score] = {}
        counts: Counter[str] = Counter()
        for text, which, score in results:
            if which == variant:
                names = (text.group, *(("all English",) if text.language.startswith("en") else ()))
                for name in names:
                    groups[name] = groups.get(name, Score()) + score
                    counts[name] += 1
        yield f"\n{variant:24}{'texts':>7}{'marks':>9}{'wrong':>8}{'of 10,000':>11}{'in silence':>12}"
        for name, score in sorted(groups.items()):
            rate, silent = score.rate(score.wrong), score.rate(score.silent)
            yield f"  {name:22}{counts[name]:7}{score.marks:9}{score.wrong:8}{rate:11.1f}{silent:12.1f}"
        whole = sum((score for _, which, score in results if which == variant), Score())
        if variant == "ranges":
            yield f"  ranges missed: {whole.missed} of {whole.ranges}; hyphens joined: {whole.joined} of {whole.hyphens}"
        if show:
            yield from (f"    {place}" for place in whole.places)


def main(words: Sequence[str]) -> int:
    """Print the table of the sample, or of a folder of texts; with ``--show``, also every wrong mark."""
    folders = [Path(word) for word in words if not word.startswith("-")]
    texts = [text for path in folders for text in folder(path)] if folders else list(sample())
    for line in table(texts, VARIANTS, show="--show" in words):
        sys.stdout.write(f"{line}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
