"""`book fix`: the cases of `tests/fix/*.md` (their README says how to add one), the laws, the command and its faults."""

from __future__ import annotations

import os
import re
import shlex
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import yaml
from hypothesis import strategies as st

from book import fix
from book.cli import main
from book.fix import source_edits
from book.markdown import pandoc
from book.problems import Severity

ROOT = Path(__file__).resolve().parent.parent
CASES = Path(__file__).parent / "fix"
CASE = re.compile(r"^## (?P<name>.+?)\n(?P<rest>(?:(?!^## ).*\n?)*)", re.MULTILINE)
BLOCK = re.compile(r"^````(?P<kind>before|after|told|settings)\n(?P<text>(?:.*\n)*?)````$", re.MULTILINE)
ESCAPE = re.compile(r"\\(?:x[0-9a-f]{2}|u[0-9a-f]{4}|[trn\\])")
LEAST = 'title = "Book"\nlanguage = "en"\n'


def cases() -> Iterator[pytest.ParameterSet]:
    for path in sorted(CASES.glob("*.md")):
        if path.stem != "README":
            for found in CASE.finditer(path.read_text("utf-8")):
                blocks = {block["kind"]: block["text"] for block in BLOCK.finditer(found["rest"])}
                yield pytest.param(blocks, id=f"{path.stem}: {found['name']}")


def shown(text: str) -> bytes:
    """Return the bytes of the file in a case: escapes decoded, without the line end before the last fence."""
    text = text.removesuffix("\\\n") if text.endswith("\\\n") and not text.endswith("\\\\\n") else text
    return ESCAPE.sub(lambda found: found[0].encode().decode("unicode_escape"), text).encode()


def lay_out(folder: Path, data: bytes, settings: str = LEAST) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "handbound.toml").write_text(settings if "language" in settings else LEAST + settings, "utf-8")
    chapter = folder / "a.md"
    chapter.write_bytes(data)
    return chapter


def fixed(chapter: Path) -> fix.Fixed:
    (one,) = fix.fix([chapter])
    assert not [problem for problem in one.problems if problem.severity is Severity.ERROR]
    return one


@pytest.mark.parametrize("blocks", list(cases()))
def test_a_chapter_is_fixed_at_its_changed_characters_alone(tmp_path: Path, blocks: dict[str, str]) -> None:
    before, wanted = shown(blocks["before"]), shown(blocks.get("after", blocks["before"]))
    chapter = lay_out(tmp_path, before, blocks.get("settings", LEAST))
    one = fixed(chapter)
    assert one.after.decode() == wanted.decode()
    told = [
        f"{note.place.line}:{note.place.column} {note.message.removeprefix('not fixed here: ')}"
        for note in one.problems
    ]
    assert told == blocks.get("told", "").splitlines()
    chapter.write_bytes(one.after)
    assert fixed(chapter).after == one.after


PIECES = st.sampled_from(
    [
        '"',
        "'",
        "...",
        "--",
        "---",
        "  ",
        " ",
        "\n",
        "\n\n",
        "\t",
        "\r\n",
        "a",
        "It's",
        "10-20",
        "5 kg",
        "- ",
        "> ",
        "# ",
        "*",
        "**",
        "_",
        "`x's`",
        "[a](http://github.com/a?utm_source=b)",
        "http://github.com/x",
        "[it's]",
        "[it's]: http://github.com/y",
        "&quot;",
        '\\"',
        "<b>",
        "</b>",
        "<!-- handbound: off -->",
        "<!-- handbound: on -->",
        "<!-- handbound: as-typed -->",
        "```\n",
        "|",
        "[^1]",
        "[^1]: ",
        "Mr. ",
        "“",
        "”",
        "’",
        "«",
        "é",
        "漢",
        "😀",
        "\ufeff",
        "\xa0",
        "{{< x",
        " >}}",
        "![it's](a.png \"b's\")",
        "---\n",
        "title: ",
        "\\",
    ]
)
SIGNS = re.compile("[\"'“”„‘’‚«»‹›′″.…\\-–— \xa0\u202f\t\ufffc`]+")
ADDRESS = re.compile(r"https?://\S+")


@pytest.fixture(scope="session")
def chapter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return lay_out(tmp_path_factory.mktemp("laws"), b"")


@hypothesis.settings(max_examples=30, suppress_health_check=[hypothesis.HealthCheck.too_slow])
@hypothesis.given(st.lists(PIECES, max_size=60).map("".join))
def test_the_letters_and_line_ends_of_any_chapter_stay_and_a_second_run_changes_nothing(
    chapter: Path, text: str
) -> None:
    chapter.write_bytes(text.encode())
    (one,) = fix.fix([chapter])
    after = one.after.decode()
    if any(problem.severity is Severity.ERROR for problem in one.problems):
        assert not one.changed
        return
    assert re.findall(r"\r\n|\r|\n", after) == re.findall(r"\r\n|\r|\n", text)
    assert after.startswith("\ufeff") == text.startswith("\ufeff")
    assert after.count("\t") == text.count("\t")
    assert SIGNS.sub("", ADDRESS.sub("", after)) == SIGNS.sub("", ADDRESS.sub("", text))
    chapter.write_bytes(one.after)
    (again,) = fix.fix([chapter])
    assert again.after == one.after


@hypothesis.settings(max_examples=25, suppress_health_check=[hypothesis.HealthCheck.too_slow])
@hypothesis.given(st.text(st.characters(exclude_categories=["Cs"]), max_size=300))
def test_no_text_is_too_strange(chapter: Path, text: str) -> None:
    chapter.write_bytes(text.encode())
    (one,) = fix.fix([chapter])
    assert one.changed or one.before == one.after


LINES = st.text(st.sampled_from("ab\r\n\t\ufeff\v\u2028"), max_size=30)


@hypothesis.given(LINES)
def test_a_text_taken_apart_and_put_together_is_the_same(text: str) -> None:
    apart = source_edits.taken_apart(text)
    assert apart.with_edits(()) == text
    assert len(apart.lines) == len(apart.ends)


@hypothesis.given(LINES, st.data())
def test_only_the_spans_of_the_edits_differ(text: str, data: st.DataObject) -> None:
    apart = source_edits.taken_apart(text)
    edits = []
    for number, line in enumerate(apart.lines, 1):
        if line and data.draw(st.booleans()):
            start = data.draw(st.integers(0, len(line) - 1))
            edits.append(
                source_edits.Edit(line=number, start=start, end=data.draw(st.integers(start + 1, len(line))), new="X")
            )
    after = source_edits.taken_apart(apart.with_edits(edits))
    assert (after.mark, after.ends) == (apart.mark, apart.ends)
    by_line = {edit.line: edit for edit in edits}
    for number, (old, new) in enumerate(zip(apart.lines, after.lines, strict=True), 1):
        edit = by_line.get(number)
        assert new == (old[: edit.start] + "X" + old[edit.end :] if edit else old)


# The command.


def test_fix_writes_its_changes_and_counts_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    chapter = lay_out(tmp_path, b"It's Mr.\nX: it's\n")
    assert main(["fix", str(chapter)]) == 0
    assert chapter.read_text("utf-8") == "It’s Mr.\nX: it’s\n"
    assert capsys.readouterr() == (
        f"{chapter}\n1 chapter, 1 fixed in 2 places, 1 not fixed here (see them with -v)\n",
        "",
    )
    assert main(["fix", "-v", str(chapter)]) == 0
    said = capsys.readouterr()
    assert said.out == "1 chapter, nothing to fix, 1 not fixed here\n"
    assert said.err == f"{chapter}:1:9: C101 not fixed here: '\\n', printed as '\\u00a0' (space) [note]\n"


def test_diff_and_check_write_nothing_and_report_by_their_status(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    chapter = lay_out(tmp_path, b"one\r\nIt's\r\nlast's")
    assert main(["fix", "--check", str(chapter)]) == 1
    assert capsys.readouterr() == (f"{chapter}\n", "")
    assert main(["fix", "--diff", str(chapter)]) == 1
    diff = capsys.readouterr().out
    name = str(chapter).lstrip("/")
    assert diff == (
        f"--- a/{name}\n+++ b/{name}\n@@ -1,3 +1,3 @@\n one\r\n-It's\r\n-last's\n\\ No newline at end of file\n"
        "+It’s\r\n+last’s\n\\ No newline at end of file\n"
    )
    assert chapter.read_bytes() == b"one\r\nIt's\r\nlast's"
    chapter.write_text("It’s\n", "utf-8")
    assert main(["fix", "--check", str(chapter)]) == 0
    assert main(["fix", "--diff", str(chapter)]) == 0
    assert capsys.readouterr() == ("", "")


def test_the_diff_is_one_that_git_applies(tmp_path: Path) -> None:
    chapter = lay_out(tmp_path / "book", b"\xef\xbb\xbfone\r\nIt's\r\n\r\nlast's")
    said = subprocess.run(
        [sys.executable, "-m", "book", "fix", "--diff", "book"], cwd=tmp_path, capture_output=True, check=False
    )
    assert said.returncode == 1
    subprocess.run(["git", "apply", "-"], cwd=tmp_path, input=said.stdout, check=True)
    assert chapter.read_bytes() == "\ufeffone\r\nIt’s\r\n\r\nlast’s".encode()


def test_a_folder_is_all_its_chapters_in_reading_order(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    lay_out(tmp_path / "content", b"---\nsidebar: 2\n---\nIt's")
    (tmp_path / "content" / "b.md").write_text("---\nsidebar: 1\n---\nIt's http://example.org/a", "utf-8")
    (tmp_path / "content" / "c.md").write_text("---\nsidebar: 3\n---\nhttps://example.org/b", "utf-8")
    (tmp_path / "content" / "notes.txt").write_text("It's", "utf-8")
    monkeypatch.chdir(tmp_path)
    assert main(["fix", "--check"]) == 1
    assert capsys.readouterr().out == "content/b.md\ncontent/a.md\n"
    # A single file knows what its book knows: the host speaks https in another chapter.
    assert main(["fix", "content/b.md"]) == 0
    assert (tmp_path / "content" / "b.md").read_text("utf-8").endswith("It’s https://example.org/a")


def test_a_file_outside_every_book_is_fixed_alone(tmp_path: Path) -> None:
    chapter = tmp_path / "a.md"
    chapter.write_text("It's http://example.org/a\n", "utf-8")
    (tmp_path / "b.markdown").write_text("https://example.org/", "utf-8")
    (tmp_path / "broken.md").write_bytes(b"\xff")
    assert main(["fix", str(chapter)]) == 0
    assert chapter.read_text("utf-8") == "It’s https://example.org/a\n"


def test_the_mode_of_a_file_stays_and_a_link_to_it_stays_a_link(tmp_path: Path) -> None:
    chapter = lay_out(tmp_path, b"It's")
    chapter.chmod(0o640)
    link = tmp_path / "b.md"
    link.symlink_to("a.md")
    assert main(["fix", str(link)]) == 0
    assert link.is_symlink()
    assert chapter.read_text("utf-8") == "It’s"
    assert stat.S_IMODE(chapter.stat().st_mode) == 0o640
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.md", "b.md", "handbound.toml"]


def test_a_file_that_changed_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    chapter = lay_out(tmp_path, b"It's")
    (one,) = fix.fix([chapter])
    chapter.write_bytes(b"It's mine")
    fault = fix.write(one)
    assert fault is not None
    assert (fault.code, fault.message) == ("C103", "the file has changed since it was read; it is left as it is")
    assert chapter.read_bytes() == b"It's mine"


def test_a_file_that_cannot_be_written_is_unchanged_and_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chapter = lay_out(tmp_path, b"It's")
    (one,) = fix.fix([chapter])

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    fault = fix.write(one)
    assert fault is not None
    assert fault.message == "the file cannot be written: No space left on device; it is unchanged"
    assert chapter.read_bytes() == b"It's"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.md", "handbound.toml"]


@pytest.mark.parametrize(
    ("make", "status", "said"),
    [
        ("nothing", 2, "{}:1:1: C104 no such file or folder [error]\n    fix: name a chapter, or a folder of chapters\n"),
        ("text", 1, "{}:1:1: C104 this is not a Markdown file [error]\n    fix: name a file that ends in .md, .markdown, .mdx\n"),
        ("latin", 1, "{}:2:3: M107 the file is not UTF-8: the byte 0xe9 cannot be read [error]\n    fix: save the file as UTF-8 text\n"),
        ("outside", 1, "{}:1:1: M104 'a.md' is a symlink that points outside the book [error]\n    fix: replace it with a copy, or remove it\n"),
        ("front", 1, "{}:1:1: M117 the front matter that starts with --- is never closed [error]\n    fix: write a line --- after its last key\n"),
    ],
)  # fmt: skip
def test_a_problem_that_cannot_be_fixed_is_one_message(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], make: str, status: int, said: str
) -> None:
    chapter = lay_out(tmp_path / "book", b"one\nIt\xe9's" if make == "latin" else b"---\ntitle: It's\n")
    if make == "text":
        chapter = chapter.rename(chapter.with_suffix(".txt"))
    elif make in ("nothing", "outside"):
        chapter.unlink()
    if make == "outside":
        (tmp_path / "secret.md").write_text("It's", "utf-8")
        chapter.symlink_to("../secret.md")
    before = chapter.read_bytes() if chapter.exists() else b""
    assert main(["fix", str(chapter)]) == status
    assert capsys.readouterr().err == said.format(chapter)
    assert (chapter.read_bytes() if chapter.exists() else b"") == before


def test_a_fault_in_one_file_does_not_keep_the_others_from_being_fixed(tmp_path: Path) -> None:
    chapter = lay_out(tmp_path, b"It's")
    (tmp_path / "b.md").write_bytes(b"\xff")
    assert main(["fix", str(tmp_path / "b.md"), str(chapter)]) == 1
    assert chapter.read_text("utf-8") == "It’s"


def test_many_chapters_are_fixed_side_by_side_as_if_each_were_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lay_out(tmp_path, b"It's [one](http://example.org/).\n")
    texts = {f"c{number:03}.md": f'It\'s "{number}" -- (c) http://example.org/{number}.\n' for number in range(70)}
    texts |= {
        "d.md": "Its $5-$6, and 'so'.\n",
        "e.md": f"{'> ' * 200}It's deep.\n",
        "f.md": "<!-- it's --> \n",
        "g.md": "",
    }
    texts |= {"h.md": "[It's](https://example.org/h)\n", "i.md": "```\nIt's\n```\n\nIt's.[^1]\n\n[^1]: It's.\n"}
    for name, text in texts.items():
        (tmp_path / name).write_text(text, "utf-8")
    run, runs = pandoc._ran, list[str]()

    def counted(words: tuple[str, ...], *more: Any) -> Any:
        runs.append(words[0])
        return run(words, *more)

    monkeypatch.setattr(pandoc, "_ran", counted)
    together = fix.fix([tmp_path])
    assert len(runs) < len(together) / 2
    files = [tmp_path / name for name in ("a.md", *texts)]
    alone = [one for file in files for one in fix.fix([file])]
    assert {one.real: (one.after, one.edits) for one in together} == {one.real: (one.after, one.edits) for one in alone}
    assert [[problem.code for problem in one.problems] for one in together] == [
        [problem.code for problem in one.problems] for one in alone
    ]
    assert sum(one.changed for one in together) > 70


def test_settings_that_are_wrong_are_a_fault_of_usage(tmp_path: Path) -> None:
    assert main(["fix", str(lay_out(tmp_path, b"It's", 'titel = "x"'))]) == 2
    with pytest.raises(SystemExit) as stopped:
        main(["fix", "--diff", "--check", str(tmp_path)])
    assert stopped.value.code == 2


@pytest.mark.parametrize(
    "hook",
    [
        hook
        for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
        if hook["entry"].startswith("book fix")
    ],
    ids=lambda hook: hook["id"],
)
def test_the_entry_of_a_hook_runs_on_the_files_it_is_given(tmp_path: Path, hook: dict[str, str]) -> None:
    chapter = lay_out(tmp_path, b"It's")
    words = shlex.split(hook["entry"])
    assert words.pop(0) == "book"
    said = subprocess.run(
        [sys.executable, "-m", "book", *words, "a.md"], cwd=tmp_path, check=False, capture_output=True, text=True
    )
    if hook["id"] == "book-fix":  # pre-commit itself stops a commit whose files a hook has changed
        assert (said.returncode, chapter.read_text("utf-8")) == (0, "It’s")
    else:
        assert (said.returncode, said.stdout, chapter.read_text("utf-8")) == (1, "a.md\n", "It's")


def test_every_handbook_is_fixed_once(corpora: Path, tmp_path: Path) -> None:
    chapter = lay_out(tmp_path, (next(corpora.glob("seed/*.md"))).read_bytes())
    one = fixed(chapter)
    assert not one.problems
    text = one.after.decode()
    assert "misconception of ‘fullstack’." in text
    assert "the question ‘what is the most ambitious thing we can hope to achieve in the next 3 months?’, and" in text
    assert "(https://incident.io)" in text
    assert "google.com/url" not in text
    assert not re.search("[\"']", text)
    chapter.write_bytes(one.after)
    assert not fixed(chapter).changed
