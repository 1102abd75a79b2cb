"""The date of a build, and that of a book's last commit, without trusting the book's repository.

A repository's ``config`` can name programs: to check signatures, to watch files, to page, to fetch missing objects. A
stranger's book has its own, so git never reads it. We read HEAD and the refs ourselves, as plain files, and ask
git in an empty repository of our own that borrows nothing but the objects.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

from msgspec import Struct

from book import surroundings
from book.patterns import regex
from book.problems import Kind, Problem, Severity, Subject, printable
from book.safe_open import inside, open_file
from book.seal import EPOCH, digest, scratch, write

WRONG_EPOCH = Kind("S123", Severity.WARNING, "a SOURCE_DATE_EPOCH that is not a time")
VARIABLE = "SOURCE_DATE_EPOCH"
LAST = 2**36
"""Seconds since 1970 of a day in the year 4147."""
NO_DATE = datetime.fromtimestamp(EPOCH, UTC)
"""The date of a book that has none."""
SECONDS = 10
SMALL = 4096
"""Most bytes of a file with one line: ``.git`` of a linked worktree, ``HEAD``, a ref."""
LARGE = 32_000_000
"""Most bytes of a file with a line for each ref or commit: ``packed-refs``, ``shallow``."""
FOLLOWED = 5
"""Most symbolic refs that are followed, as in git."""

COMMIT = regex(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
REF = regex(r"refs/(?!.*\.\.)[^\x00-\x20\x7f~^:?*\[\\]+")


class _Repository(Struct, frozen=True, kw_only=True):
    """The folders of a repository."""

    tree: str
    """The working tree."""
    own: Path
    """The folder of this working tree alone: ``.git``, or ``.git/worktrees/<name>`` of another tree."""
    common: Path
    """The folder that all working trees share."""


def moment(folder: Path, date: str | None) -> datetime:
    """Return the date of the build, never "now", so that two builds of one source are the same bytes.

    Args:
        folder: the book.
        date: the date in the settings, ``YYYY-MM-DD``.

    Returns:
        SOURCE_DATE_EPOCH if it is set, else *date*, else the last commit that touched *folder*, else 1980-01-01; in
        UTC. Source: reproducible-builds.org, SOURCE_DATE_EPOCH. git runs only if neither of the first two is set.
    """
    return without_git(date) or datetime.fromtimestamp(max(committed(folder), EPOCH), UTC)


def without_git(date: str | None) -> datetime | None:
    """Return the date that the environment or the settings give; None if only git knows one."""
    epoch = os.environ.get(VARIABLE, "")
    if _is_time(epoch):
        return datetime.fromtimestamp(max(int(epoch), EPOCH), UTC)
    if date:
        with contextlib.suppress(ValueError):
            return datetime.fromisoformat(date).replace(tzinfo=UTC)
    return None


def wrong_epoch() -> Problem | None:
    """Return the problem of a SOURCE_DATE_EPOCH that is set and no time; None if there is none."""
    epoch = os.environ.get(VARIABLE, "")
    if not epoch or _is_time(epoch):
        return None
    message = f"'{printable(epoch, 40)}' is not a number of seconds since 1970; the date of the settings or of the last commit is used"
    return WRONG_EPOCH.at(
        Subject(name=VARIABLE), message, fix="write a number such as 1767225600, or remove the variable"
    )


def _is_time(epoch: str) -> bool:
    return epoch.isascii() and epoch.isdigit() and len(epoch) < 12 and int(epoch) < LAST


def state(folder: Path) -> str:
    """Return a text that changes whenever the date of the last commit can change. It does not run git."""
    repository = _repository(os.path.realpath(folder))
    if repository is None:
        return ""
    edge = open_file(repository.common, "shallow", limit=LARGE)
    return f"{_head(repository)} {digest(edge) if isinstance(edge, bytes) else ''}"


def committed(folder: Path) -> int:
    """Return the time of the last commit that touched *folder*, in seconds since the epoch; 0 if there is none.

    No program of the repository is run, and nothing is fetched.
    """
    git = shutil.which("git", path=surroundings.safe(os.environ).get("PATH", os.defpath))
    real = os.path.realpath(folder)
    repository = _repository(real)
    commit = _head(repository) if repository else None
    if not (git and repository and commit):
        return 0
    with scratch.folder() as home:
        _link_objects(home, repository, commit)
        command = [
            git, "--no-pager", "--literal-pathspecs", "log", "-1", "--format=%ct", "--no-show-signature", "--no-mailmap",
            commit, "--", os.path.relpath(real, repository.tree),
        ]  # fmt: skip
        try:
            result = subprocess.run(  # noqa: S603 - git, found on absolute paths alone; fixed words
                command,
                cwd=home,
                env=_environment(home, repository),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=SECONDS,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired):
            return 0
    output = result.stdout.decode("ascii", "replace").strip()
    return int(output) if re.fullmatch(r"[0-9]{1,11}", output) else 0


def _link_objects(home: Path, repository: _Repository, commit: str) -> None:
    """Create in *home* a bare repository with a HEAD, but without settings or objects of its own."""
    for name in ("objects", "refs"):
        (home / name).mkdir()
    sha256 = len(commit) == 64
    settings = "[core]\n\trepositoryformatversion = 1\n\tbare = true\n"
    settings += "[extensions]\n\tobjectFormat = sha256\n" if sha256 else ""
    write(home / "config", settings.encode(), durable=False)
    write(home / "HEAD", f"{commit}\n".encode(), durable=False)
    # The boundary of a shallow clone: without this list git would miss the parents of these commits.
    edge = open_file(repository.common, "shallow", limit=LARGE)
    if isinstance(edge, bytes):
        commits = [line for line in edge.decode("ascii", "replace").split() if COMMIT.fullmatch(line)]
        write(home / "shallow", "".join(f"{line}\n" for line in commits).encode(), durable=False)


def _environment(home: Path, repository: _Repository) -> dict[str, str]:
    """Return the environment for git, without variables that name a program, a server or another repository."""
    variables = {
        name: value for name, value in surroundings.safe(os.environ).items() if not name.startswith(("GIT_", "SSH_"))
    }
    return {
        **variables,
        "LC_ALL": "C",
        "GIT_DIR": str(home),
        "GIT_OBJECT_DIRECTORY": str(repository.common / "objects"),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_SYSTEM": os.devnull,
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_COUNT": "0",
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_ALLOW_PROTOCOL": "none",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_PAGER": "",
    }


def _repository(folder: str) -> _Repository | None:
    """Return the repository whose working tree holds *folder*, as git finds it: the nearest above."""
    for tree in (Path(folder), *Path(folder).parents):
        own = _git_folder(tree)
        if own is None:
            continue
        common = _shared(own)
        if common and os.path.isdir(common / "objects") and isinstance(open_file(own, "HEAD", limit=SMALL), bytes):  # noqa: PTH112 - no path of a stranger raises here
            return _Repository(tree=str(tree), own=own, common=common)
    return None


def _git_folder(tree: Path) -> Path | None:
    """Return the folder that ``.git`` of the working *tree* is or points to.

    A file may point only to the folder that git made for this tree: the folder of a linked worktree points back, and that of
    a submodule is inside the repository of a parent tree. Otherwise a book could name any repository on the machine.
    """
    at = tree / ".git"
    if os.path.isdir(at):  # noqa: PTH112 - no path of a stranger raises here
        real = os.path.realpath(at)
        return Path(real) if inside(real, str(tree)) else None
    pointer = open_file(tree, ".git", limit=SMALL)
    if not isinstance(pointer, bytes) or not pointer.startswith(b"gitdir: "):
        return None
    target = os.fsdecode(pointer[len(b"gitdir: ") :].rstrip(b"\r\n"))
    if not target or "\0" in target:
        return None
    own = Path(os.path.realpath(tree / target))
    if not os.path.isdir(own):  # noqa: PTH112 - no path of a stranger raises here
        return None
    back = open_file(own, "gitdir", limit=SMALL)
    if isinstance(back, bytes):
        returns = os.fsdecode(back.rstrip(b"\r\n"))
        return own if "\0" not in returns and os.path.realpath(own / returns) == str(at) else None
    around = (str(parent / ".git" / "modules") for parent in tree.parents)
    return own if any(inside(str(own), os.path.realpath(modules)) for modules in around) else None


def _shared(own: Path) -> Path | None:
    """Return the folder with the objects of the repository folder *own*; for a linked worktree that of the first tree."""
    pointer = open_file(own, "commondir", limit=SMALL)
    if not isinstance(pointer, bytes):
        return own
    common = os.path.realpath(own / os.fsdecode(pointer.rstrip(b"\r\n").replace(b"\0", b"")))
    return Path(common) if inside(str(own), f"{common}/worktrees") else None


def _head(repository: _Repository) -> str | None:
    """Return the commit that is checked out."""
    line = _first_line(repository.own, "HEAD")
    for _ in range(FOLLOWED):
        if COMMIT.fullmatch(line):
            return line
        name = line.removeprefix("ref:").strip()
        if not REF.fullmatch(name):
            return None
        line = (
            _first_line(repository.own, name)
            or _first_line(repository.common, name)
            or _packed_ref(repository.common, name)
        )
    return None


def _first_line(home: Path, name: str) -> str:
    data = open_file(home, name, limit=SMALL)
    return os.fsdecode(data).strip() if isinstance(data, bytes) else ""


def _packed_ref(common: Path, name: str) -> str:
    """Return the commit that ``packed-refs`` has for the ref *name*."""
    data = open_file(common, "packed-refs", limit=LARGE)
    match = (
        re.search(rb"^([0-9a-f]+) " + re.escape(os.fsencode(name)) + rb"\r?$", data, re.M)
        if isinstance(data, bytes)
        else None
    )
    return match[1].decode("ascii") if match else ""
