"""Shared by all tests: real handbooks, golden files, and guards against network access and unexpected log lines."""

from __future__ import annotations

import contextlib
import functools
import gc
import hashlib
import importlib
import inspect
import ipaddress
import logging
import os
import pickle
import shutil
import signal
import socket
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any, NoReturn

import brotli
import hypothesis
import pytest

from book import inputs, press, surroundings
from book.markdown import pandoc
from book.proof import epubcheck
from book.settings import Limits
from book.theme import fonts
from book.theme.fonts import Face
from book.view import cover
from tests import needs
from tests.fuzzing import Fuzz, from_environment
from tests.kept_pandoc import KeptPandoc

pytest_plugins = ["tests.skipping", "tests.once", "tests.differences"]

gc.disable()  # until all tests are collected: they stay

ROOT = Path(__file__).resolve().parent.parent
SPACES = (
    "\N{EN SPACE}\N{EM SPACE}\N{THIN SPACE}\N{NARROW NO-BREAK SPACE}\N{ZERO WIDTH NON-JOINER}\N{VARIATION SELECTOR-15}"
)
LETTERS = "‐–—‘’“”‚„…•−→↩↵☐☒✓′″€─│└├čİňřšťůžαγλοπςόΩвлосếệ"
COMMON = frozenset((*range(0x20, 0x7F), *range(0xA0, 0x100), *map(ord, SPACES + LETTERS)))
"""Code points that most test books use; see :class:`Subsets`."""
IN_MEMORY, ROOM = Path("/dev/shm"), 4 << 30  # noqa: S108 - pytest makes a folder there that is the user's own
"""Where the folders of tests are if there is as much room, in bytes: builds write so many small files that a disk takes an eighth of the time."""
FAST = 4
"""Quality of Brotli that takes a tenth of the time of the best for nearly its size."""
KEPT = 30 * 86_400
"""Seconds after which a result is made again; see :class:`Results`."""

LONGEST = tuple(
    "browser press segments hostile cover_sheet incremental workers in_parallel manual standing batch files_known math_on_paper fit remembered "
    "content_model fit_memory turned_pages cli_ends cli_watch preview reader fuzz_settings fuzz_themes theme_limits makeup pdf_parts style "
    "marks kills handout bulk themes whereabouts fix packaging scripts limits paper gallery spelled long_things docs even_lines filling "
    "patterns validate own_theme editions needs foreign_themes bad_listings links title_and_words manual_command sidebar seal "
    "fuzz_outputs page_map pdf_size code_rooms verdicts sites manifest".split()
)
"""The files of tests that take more than three seconds of processor time, longest first: they start first, in this order.

All those of the folder ``browser`` come first.
"""

# Deadlines measure the machine, not the code; and CI must not depend on luck.
hypothesis.settings.register_profile("press", deadline=None, derandomize=bool(os.environ.get("CI")))
hypothesis.settings.load_profile("press")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--golden``."""
    parser.addoption("--golden", action="store_true", help="write the golden files anew; then read the diff")


def pytest_configure() -> None:
    """Write tests into memory if there is room, and listen to who ends this run."""
    if os.access(IN_MEMORY, os.W_OK) and shutil.disk_usage(IN_MEMORY).free > ROOM:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(IN_MEMORY))
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _end)  # else a build in this process would take them as meant for itself


def _end(number: int, _: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt(signal.Signals(number).name)


@pytest.hookimpl(tryfirst=True)
def pytest_collection(session: pytest.Session) -> None:
    """Let each worker of a whole run begin with other files: in a new checkout each compiles some, and not all of them each."""
    number, count = os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:], os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")
    if int(count) > 1 and session.config.args == session.config.getini("testpaths"):
        files = sorted((ROOT / "tests").glob("test_*.py"))
        first = len(files) * int(number) // int(count)
        for path in (*files[first:], *files[:first]):
            with contextlib.suppress(Exception):  # pytest imports it again, and tells
                importlib.import_module(f"tests.{path.stem}")


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return ROOT


class Results:
    """Expensive results that depend only on their input, kept on disk for all workers and for later runs."""

    def __init__(self, folder: Path) -> None:
        """Keep results in *folder*, and remove old ones there: nobody asks for those of an earlier version again."""
        self.folder = folder
        limit = time.time() - KEPT
        for path in folder.iterdir():
            with contextlib.suppress(FileNotFoundError):  # another worker was faster
                if path.stat().st_mtime < limit:
                    path.unlink()

    def get(self, maker: ModuleType, source: bytes, make: Callable[[], bytes]) -> bytes:
        """Return the result of the input *source*; what *make* returns if it is not there, and that is kept unless it is empty.

        Args:
            maker: the module whose code makes the result; like the installed packages, it is part of the input.
            source: the rest of the input.
            make: makes the result.
        """
        path = self.folder / hashlib.sha256(_code(maker) + source).hexdigest()
        with contextlib.suppress(FileNotFoundError):
            return path.read_bytes()
        if data := make():
            part = path.with_suffix(f".{os.getpid()}")
            part.write_bytes(data)
            part.replace(path)
        return data


@functools.cache
def _code(maker: ModuleType) -> bytes:
    """Return the digest of a module, of Python and of the installed packages."""
    packages = {file.name for folder in sys.path for file in Path(folder).glob("*.dist-info")}
    words = repr((sys.version, sorted(packages), inspect.getsource(maker)))
    return hashlib.sha256(words.encode()).digest()


@pytest.fixture(scope="session")
def results(pytestconfig: pytest.Config) -> Results:
    """Return the results that the workers of this run share with each other and with earlier runs."""
    return Results(pytestconfig.cache.mkdir("results"))


class Subsets:
    """Subsets of fonts, each made once: most of the time of a small build would go into them.

    All common letters are in every subset, so that books with different words share them, and they are compressed as fast as can be;
    but for :func:`exact_letters`.
    """

    def __init__(self, results: Results) -> None:
        self.results, self.subset, self.exact = results, fonts._cut, False

    def __call__(self, face: Face, needed: frozenset[int]) -> bytes:
        """Return a subset of *face* with at least the code points *needed*."""
        if not self.exact:
            needed |= COMMON & fonts.covered(face)
        # By what is in the file: tests write faces of their own, damaged ones too.
        source = face.path.read_bytes() + repr((self.exact, sorted(needed))).encode()
        return self.results.get(fonts, source, lambda: self._cut(face, needed))

    def _cut(self, face: Face, needed: frozenset[int]) -> bytes:
        if self.exact:
            return self.subset(face, needed)
        compress = brotli.compress
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(brotli, "compress", functools.partial(compress, quality=FAST))
            return self.subset(face, needed)


@pytest.fixture(scope="session", autouse=True)
def subsets(results: Results) -> Iterator[Subsets]:
    """Make each subset of a font once."""
    subsets = Subsets(results)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fonts, "_cut", subsets)
        yield subsets


@pytest.fixture(scope="session", autouse=True)
def no_wait_for_the_disk() -> Iterator[None]:
    """Do not wait until files are on the disk: no test needs them after a power cut."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda _: None)
        yield


@pytest.fixture(scope="session", autouse=True)
def machine_once() -> Iterator[None]:
    """Take the state of this machine and of the program once, unless a test changes where they are: it takes a tenth of a small build."""
    look = inputs.machine

    def places() -> tuple[object, ...]:
        variables = {
            name: value for name, value in os.environ.items() if name in {"PATH", "HOME"} or inputs._matters(name)
        }
        named = (surroundings.HOME, surroundings.THEMES, inputs.LIBRARY_FOLDERS, sys.executable)
        return (*named, tuple(sys.path), variables)

    def fresh() -> inputs.State:
        inputs.installation.cache_clear()
        return look()

    usual, state = places(), look()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(inputs, "machine", lambda: dict(state) if places() == usual else fresh())
        yield


@pytest.fixture(scope="session", autouse=True)
def collector_left_alone() -> Iterator[None]:
    """Do not set objects aside in a build: a run has set a million aside itself, and to count them takes as long as an eighth of a small build."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(press, "settled", contextlib.nullcontext)
        yield


@pytest.fixture(scope="session", autouse=True)
def epubcheck_once(results: Results) -> Iterator[None]:
    """Run EPUBCheck once on each EPUB: many tests check a set with the same one."""
    run = epubcheck._report

    def report(command: list[str], epub: Path, scratch: Path) -> tuple[bytes, str]:
        complaint = ""

        def make() -> bytes:
            nonlocal complaint
            data, complaint = run(command, epub, scratch)
            return data

        source = epub.read_bytes() if epub.is_file() else b""
        return results.get(epubcheck, repr((command, epub.name)).encode() + source, make), complaint

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(epubcheck, "_report", report)
        yield


@pytest.fixture
def contented_epubcheck(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let EPUBCheck pass every EPUB without looking at it, for tests of what happens around a check: a run takes five seconds."""
    report = b'{"messages": [], "checker": {"checkerVersion": "0"}}'
    monkeypatch.setattr(epubcheck, "_command", list)
    monkeypatch.setattr(epubcheck, "_report", lambda *_: (report, ""))


@pytest.fixture(scope="session", autouse=True)
def pandoc_once(results: Results) -> Iterator[Callable[..., tuple[bytes, bytes]]]:
    """Ask pandoc each question once, and most of them in one process: to start it takes half as long as a small build.

    What it refuses, or is too slow for, is asked again.
    """
    run, kept = pandoc._ran, KeptPandoc()

    def asked(words: tuple[str, ...], data: bytes, limits: Limits) -> tuple[bytes, bytes]:
        answer = kept.answer(words, data, limits)
        return run(words, data, limits) if answer is None else (answer, b"")

    def ran(words: tuple[str, ...], data: bytes, limits: Limits) -> tuple[bytes, bytes]:
        question = repr((str(pandoc.door()[0]), words, limits.pandoc_mebibytes, limits.pandoc_seconds)).encode() + data
        answer = results.get(pandoc, question, lambda: pickle.dumps(asked(words, data, limits)))
        out, log = pickle.loads(answer)  # noqa: S301 - what this fixture has kept
        return out, log

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pandoc, "_ran", ran)
        yield run
    kept.end()


@pytest.fixture(scope="module")
def own_pandoc(pandoc_once: Callable[..., tuple[bytes, bytes]]) -> Iterator[None]:
    """Start a pandoc for each question, for modules that examine how Handbound asks it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pandoc, "_ran", pandoc_once)
        yield


@pytest.fixture(scope="session", autouse=True)
def covers_once(results: Results) -> Iterator[None]:
    """Render each cover once."""
    render = cover._rendered

    def rendered(drawing: str, width: int, fonts: list[str]) -> bytes:
        files = [(path, Path(path).stat().st_mtime_ns) for path in fonts]
        return results.get(cover, repr((drawing, width, files)).encode(), lambda: render(drawing, width, fonts))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cover, "_rendered", rendered)
        yield


@pytest.fixture
def one_date(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give all builds of a test one date, so that their bytes can be compared."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1767225600")


@pytest.fixture(scope="module")
def exact_letters(subsets: Subsets) -> Iterator[None]:
    """Subset fonts to the letters of each book, for modules that examine the fonts of an edition."""
    subsets.exact = True
    yield
    subsets.exact = False


@pytest.fixture(scope="session")
def pango() -> bool:
    """Whether PDFs can be made on this machine, for a test that takes another path if they cannot."""
    return not needs.missing("needs_pango")


@pytest.fixture(scope="session")
def corpora(needs_corpora: None) -> Path:
    """A folder of real handbooks, one per subfolder; the test is skipped if there is none."""
    return needs.corpora()


@pytest.fixture
def hangup_ends_programs() -> Iterator[None]:
    """The programs that a test starts hear that the terminal was closed, also where the tests were started by nohup."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the files of :data:`LONGEST` first, then those with the most tests; those of ``browser`` stay together."""
    # A file runs in one worker: a long file at the end would leave the other workers idle.
    tests = Counter(item.path for item in items)
    rank = {name: number for number, name in enumerate(LONGEST)}
    names = {path: "browser" if path.parent.name == "browser" else path.stem.removeprefix("test_") for path in tests}
    items.sort(key=lambda item: (rank.get(names[item.path], len(rank)), -tests[item.path], item.path))


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """Keep the collector of cycles away from the thousands of tests and modules, which stay until the end, and let it run less often."""
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
    gc.enable()


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[Path, str], None]:
    """Compare a text with a golden file: ``golden(path, text)``; with ``--golden`` the file is written instead."""

    def compare(path: Path, text: str) -> None:
        if request.config.getoption("--golden"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="")
            return
        assert path.exists(), f"{path} is not there; pytest --golden writes it"
        assert text == path.read_bytes().decode("utf-8")

    return compare


@pytest.fixture
def fuzz(request: pytest.FixtureRequest) -> Fuzz:
    """Try inputs until their time is up: ``fuzz(inputs, trial)``; see :mod:`tests.fuzzing`."""
    assert request.node.get_closest_marker("fuzz"), "without the marker, `-m fuzz` does not run this test"
    return from_environment()


class NetworkUsed(AssertionError):
    """A test tried to use the network."""


def _is_local(family: int, address: Any) -> bool:
    if family not in {socket.AF_INET, socket.AF_INET6}:
        return True
    host = address[0] if isinstance(address, tuple) else address
    try:
        return host in {"", "localhost"} or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Refuse connections and name look-ups beyond this machine, even if the code swallows the error."""
    tried: list[str] = []

    def refuse(address: object) -> None:
        tried.append(str(address))
        raise NetworkUsed(f"a test reached for {address!r}")

    for name in ("connect", "connect_ex"):
        genuine = getattr(socket.socket, name)

        def guarded(self: socket.socket, address: Any, genuine: Callable[..., Any] = genuine) -> Any:
            if not _is_local(self.family, address):
                refuse(address)
            return genuine(self, address)

        monkeypatch.setattr(socket.socket, name, guarded)
    look_up = socket.getaddrinfo

    def guarded_look_up(host: Any, *rest: Any, **named: Any) -> Any:
        if host is not None and not _is_local(socket.AF_INET, host.decode() if isinstance(host, bytes) else host):
            refuse(host)
        return look_up(host, *rest, **named)

    monkeypatch.setattr(socket, "getaddrinfo", guarded_look_up)
    yield
    assert not tried, f"something tried to reach {', '.join(tried)}"


class _Ear(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.heard: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.heard.append(f"{record.name}: {record.getMessage()}")


@pytest.fixture(autouse=True)
def no_stray_log_line(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test in which WeasyPrint, fontTools or EbookLib log a warning that did not become a problem."""
    ear, names = _Ear(), ("weasyprint", "fontTools", "ebooklib")
    for name in names:
        logging.getLogger(name).addHandler(ear)
    yield
    for name in names:
        logging.getLogger(name).removeHandler(ear)
    if not request.node.get_closest_marker("expects_log"):
        assert not ear.heard, "log lines that nobody expected:\n" + "\n".join(ear.heard)
