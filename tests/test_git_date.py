"""The date of a build is never the current time, and no program that a book's repository names is run to find it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from book import press
from book.source import git_date
from tests.making import write_files

WHEN = "2021-05-06T07:08:09Z"
SECONDS = int(datetime.fromisoformat(WHEN).timestamp())
LATER = "2022-01-01T00:00:00Z"


@pytest.fixture(autouse=True)
def no_epoch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)


def git(folder: Path, *words: str, when: str = WHEN, **more: str) -> bytes:
    who = {
        f"GIT_{role}_{part}": f"{role.lower()}@example.org"
        for role in ("AUTHOR", "COMMITTER")
        for part in ("NAME", "EMAIL")
    }
    env = {
        **os.environ,
        **who,
        "GIT_COMMITTER_DATE": when,
        "GIT_AUTHOR_DATE": when,
        "GIT_CONFIG_GLOBAL": "/dev/null",
        **more,
    }
    return subprocess.run(["git", *words], cwd=folder, env=env, check=True, capture_output=True).stdout


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with a book in a folder, committed at WHEN, and another file, committed later."""
    home = tmp_path / "home"
    (home / "book").mkdir(parents=True)
    (home / "book" / "a.md").write_text("# A\n")
    (home / "other").write_text("x")
    git(home, "init", "-q", "-b", "main")
    git(home, "add", "book")
    git(home, "commit", "-q", "-m", "the book")
    git(home, "add", "other")
    git(home, "commit", "-q", "-m", "not the book", when=LATER)
    return home


@pytest.mark.parametrize(
    ("epoch", "date", "expected"),
    [
        ("1700000000", "2020-01-01", "2023-11-14T22:13:20"),
        (None, "2020-02-29", "2020-02-29T00:00:00"),
        ("", "2020-02-29", "2020-02-29T00:00:00"),
        ("soon", "2020-02-29", "2020-02-29T00:00:00"),
        ("-5", "2020-02-29", "2020-02-29T00:00:00"),
        ("99999999999999999999", "2020-02-29", "2020-02-29T00:00:00"),
        ("0", None, "1980-01-01T00:00:00"),
        (None, None, "1980-01-01T00:00:00"),
        (None, "2020-13-45", "1980-01-01T00:00:00"),
    ],
)
def test_the_date_is_that_of_the_source_and_never_now(
    epoch: str | None, date: str | None, expected: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if epoch is not None:
        monkeypatch.setenv("SOURCE_DATE_EPOCH", epoch)
    assert git_date.moment(tmp_path, date) == datetime.fromisoformat(expected).replace(tzinfo=UTC)
    fault = git_date.wrong_epoch()
    assert (fault is not None) == (epoch in ("soon", "-5", "99999999999999999999"))
    assert fault is None or (fault.code, str(fault.place)) == ("S123", "SOURCE_DATE_EPOCH:1:1")


def test_an_epoch_that_is_no_time_is_told_in_the_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "today\x1b[31m")
    book = write_files(tmp_path, {"handbound.toml": 'title = "Tiny"\n', "a.md": "# One\n\nText.\n"})
    told = [problem for problem in press.read(book).problems if problem.code == "S123"]
    assert [problem.message.split(" is ")[0] for problem in told] == ["'today\\x1b[31m'"]


def later(home: Path) -> int:
    return int(git(home, "log", "-1", "--format=%ct"))


def test_the_date_is_that_of_the_last_commit_of_the_book(repository: Path) -> None:
    assert git_date.moment(repository / "book", None) == datetime.fromisoformat(WHEN)
    assert git_date.committed(repository) == later(repository) > SECONDS


def test_a_folder_that_is_not_a_repository_has_no_date(tmp_path: Path) -> None:
    assert git_date.committed(tmp_path) == 0
    (tmp_path / ".git").mkdir()
    assert git_date.committed(tmp_path) == 0


def test_what_is_not_committed_has_no_date(repository: Path) -> None:
    (repository / "new").mkdir()
    assert git_date.committed(repository / "new") == 0


def packed(home: Path) -> Path:
    git(home, "pack-refs", "--all")
    git(home, "gc", "-q", "--aggressive")
    assert not (home / ".git/refs/heads/main").exists()
    return home


def detached(home: Path) -> Path:
    git(home, "checkout", "-q", "--detach", "HEAD~1")
    return home


def worktree(home: Path) -> Path:
    git(home, "worktree", "add", "-q", "-b", "side", "../side", "HEAD")
    assert (home.parent / "side/.git").is_file()
    return home.parent / "side"


def shallow(home: Path) -> Path:
    git(home, "commit", "-q", "--allow-empty", "-m", "more", when="2023-01-01T00:00:00Z")
    git(home.parent, "clone", "-q", "--depth=1", f"file://{home}", "shallow")
    return home.parent / "shallow"


def borrowing(home: Path) -> Path:
    git(home.parent, "clone", "-q", "--shared", str(home), "borrowing")
    return home.parent / "borrowing"


def submodule(home: Path) -> Path:
    outer = home.parent / "outer"
    outer.mkdir()
    git(outer, "init", "-q")
    git(outer, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(home), "inner")
    assert (outer / "inner/.git").is_file()
    return outer / "inner"


def wide(home: Path) -> Path:
    other = home.parent / "wide"
    (other / "book").mkdir(parents=True)
    (other / "book" / "a.md").write_text("# A\n")
    git(other, "init", "-q", "--object-format=sha256")
    git(other, "add", "book")
    git(other, "commit", "-q", "-m", "the book")
    return other


@pytest.mark.parametrize("kind", [packed, detached, worktree, shallow, borrowing, submodule, wide])
def test_every_kind_of_checkout_has_the_date_that_git_gives(kind: Callable[[Path], Path], repository: Path) -> None:
    home = kind(repository)
    for folder in (home, home / "book"):
        told = int(git(folder, "log", "-1", "--format=%ct", "--", "."))
        assert git_date.committed(folder) == told > 0


def test_a_book_reached_by_a_link_has_the_date_of_the_real_one(repository: Path) -> None:
    link = repository.parent / "link"
    link.symlink_to(repository / "book")
    assert git_date.committed(link) == SECONDS


def test_no_other_repository_of_the_machine_can_be_named(repository: Path) -> None:
    stranger = repository.parent / "stranger" / "book"
    stranger.mkdir(parents=True)
    (stranger / "a.md").write_text("# A\n")
    (stranger.parent / ".git").write_text(f"gitdir: {repository}/.git\n")
    assert git_date.committed(stranger) == 0
    (stranger.parent / ".git").unlink()
    (stranger.parent / ".git").symlink_to(repository / ".git")
    assert git_date.committed(stranger) == 0


# Programs that a stranger's repository names are never run.


@pytest.fixture
def canary(tmp_path: Path) -> Path:
    """A program that leaves a trace where it is run."""
    program = tmp_path / "run.sh"
    program.write_text(f'#!/bin/sh\ntouch "{tmp_path}/RAN"\ncat >/dev/null 2>&1\nexit 1\n')
    program.chmod(0o755)
    return program


def sign(home: Path) -> None:
    """Give the last commit a signature."""
    commit = git(home, "cat-file", "commit", "HEAD").decode()
    head, _, words = commit.partition("\n\n")
    signed = f"{head}\ngpgsig -----BEGIN PGP SIGNATURE-----\n \n x\n -----END PGP SIGNATURE-----\n\n{words}"
    made = subprocess.run(
        ["git", "hash-object", "-t", "commit", "-w", "--stdin"],
        cwd=home,
        input=signed.encode(),
        check=True,
        capture_output=True,
    )
    git(home, "update-ref", "HEAD", made.stdout.decode().strip())


CONFIGS = {
    "the program that checks signatures": "[log]\n\tshowSignature = true\n[gpg]\n\tprogram = {program}\n",
    "the watcher of files": "[core]\n\tfsmonitor = {program}\n",
    "the pager": "[core]\n\tpager = {program}\n[pager]\n\tlog = {program}\n",
    "hooks": "[core]\n\thooksPath = {folder}\n",
    "ssh": '[core]\n\tsshCommand = {program}\n\trepositoryformatversion = 1\n[remote "origin"]\n\turl = ssh://x/y\n\tpromisor = true\n',
    "a remote that is a program": '[core]\n\trepositoryformatversion = 1\n[extensions]\n\tpartialClone = origin\n[remote "origin"]\n\turl = ext::{program}\n\tpromisor = true\n[protocol "ext"]\n\tallow = always\n',
    "a filter": '[filter "x"]\n\tsmudge = {program}\n\tclean = {program}\n[diff]\n\texternal = {program}\n[diff "x"]\n\ttextconv = {program}\n',
    "a shell alias": "[alias]\n\tlog = !{program}\n",
    "another file of settings": "[include]\n\tpath = {folder}/more\n",
}  # fmt: skip


@pytest.mark.parametrize("config", CONFIGS.values(), ids=list(CONFIGS))
def test_no_program_that_the_repository_names_is_run(config: str, repository: Path, canary: Path) -> None:
    sign(repository)
    folder = canary.parent
    (folder / "more").write_text(f"[log]\n\tshowSignature = true\n[gpg]\n\tprogram = {canary}\n")
    for hook in ("post-checkout", "pre-auto-gc", "reference-transaction"):
        (folder / hook).write_bytes(canary.read_bytes())
        (folder / hook).chmod(0o755)
    (repository / ".gitattributes").write_text("* filter=x diff=x\n")
    with (repository / ".git/config").open("a") as file:
        file.write(config.format(program=canary, folder=folder))
    if "promisor" in config:
        # What is missing would be fetched.
        tree = git(repository, "rev-parse", "HEAD:book", GIT_NO_LAZY_FETCH="1").decode().strip()
        (repository / ".git/objects" / tree[:2] / tree[2:]).unlink()
    told = git_date.committed(repository / "book")
    assert told == (0 if "promisor" in config else SECONDS)
    press.read(repository / "book", dated=True)
    assert not (folder / "RAN").exists()


def test_the_canary_sings_where_git_reads_those_settings(repository: Path, canary: Path) -> None:
    sign(repository)
    with (repository / ".git/config").open("a") as file:
        file.write(CONFIGS["the program that checks signatures"].format(program=canary))
    git(repository, "log", "-1", "--format=%ct")
    assert (canary.parent / "RAN").exists()


def test_no_git_of_the_current_folder_is_run(repository: Path, canary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (repository / "book" / "git").write_bytes(canary.read_bytes())
    (repository / "book" / "git").chmod(0o755)
    monkeypatch.chdir(repository / "book")
    for first in ("", ".", str(repository / "book")):
        monkeypatch.setenv("PATH", f"{first}{os.pathsep}{os.environ['PATH']}")
        assert git_date.committed(repository / "book") == SECONDS
    assert not (canary.parent / "RAN").exists()


def test_the_repository_around_us_is_not_that_of_the_environment(
    repository: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "nowhere"))
    assert git_date.committed(repository / "book") == SECONDS


def test_to_lint_a_book_and_to_show_its_order_need_no_git(repository: Path, canary: Path) -> None:
    programs = canary.parent / "programs"
    programs.mkdir()
    (programs / "git").write_bytes(canary.read_bytes())
    (programs / "git").chmod(0o755)
    env = {**os.environ, "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"}
    for command in ("lint", "order"):
        done = subprocess.run(
            [sys.executable, "-m", "book", command, str(repository / "book")], env=env, check=False, capture_output=True
        )
        assert done.returncode == 0, done.stderr
    assert not (canary.parent / "RAN").exists()
    subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys; from book.source import git_date; git_date.committed(__import__('pathlib').Path(sys.argv[1]))",
            str(repository / "book"),
        ],
        env=env,
        check=True,
    )
    assert (canary.parent / "RAN").exists()
