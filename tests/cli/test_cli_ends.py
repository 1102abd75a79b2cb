"""The command line where a tool is missing, and at the end of a run: one message, and the earlier editions stay."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from book import cli
from book.markdown import pandoc
from book.stopping import Stopped, listening_for_the_end
from tests.cli.command_line import ANSWER, SOUND, outside
from tests.making import published, write_files


@pytest.fixture
def fake_pandoc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Path]]:
    """Replace pandoc by a shell script: ``fake_pandoc(script)`` returns its path."""

    def write(script: str) -> Path:
        path = tmp_path / "pandoc"
        path.write_text(f"#!/bin/sh\n{script}\n", "utf-8")
        path.chmod(0o755)
        monkeypatch.setenv("PYPANDOC_PANDOC", str(path))
        pandoc.door.cache_clear()
        return path

    yield write
    pandoc.door.cache_clear()


@pytest.fixture
def without(tmp_path: Path) -> Path:
    """A folder for PYTHONPATH that prevents libraries from loading Pango, as on a machine without it."""
    return write_files(
        tmp_path / "without",
        {
            "sitecustomize.py": "import sys\n"
            "class Refuse:\n"
            "    def find_spec(self, name, path=None, target=None):\n"
            "        if name == 'weasyprint':\n"
            "            raise OSError(\"cannot load library 'libpango-1.0-0'\")\n"
            "sys.meta_path.insert(0, Refuse())\n"
        },
    )


def test_without_pango_epub_and_html_are_published_and_one_message_names_the_package(
    sound: Path, out: Path, without: Path
) -> None:
    done = outside("build", str(sound), "-o", str(out), "-q", PYTHONPATH=str(without))
    assert done.returncode == 3, done.stderr
    assert len(done.stderr.splitlines()) == 2
    assert "X101" in done.stderr
    assert (
        "apt-get install -y --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0" in done.stderr
    )
    assert sorted(published(out)) == ["index.html", "report.json", "tiny.epub", "tiny.html"]
    page = published(out)["index.html"].decode()
    assert 'href="tiny.epub"' in page
    assert "tiny.pdf" not in page


def test_without_pango_a_pdf_alone_publishes_nothing(sound: Path, tmp_path: Path, without: Path) -> None:
    done = outside("build", str(sound), "-o", str(tmp_path / "out"), "-e", "pdf", "-q", PYTHONPATH=str(without))
    assert done.returncode == 3
    assert len(done.stderr.splitlines()) == 2
    assert "Traceback" not in done.stderr
    assert published(tmp_path / "out") == {}


@pytest.mark.parametrize(
    ("script", "said"), [("exit 1", "pandoc does not start"), ("echo pandoc 2.17.1.1", "pandoc 2.17.1.1 is too old")]
)
def test_a_pandoc_that_is_missing_or_too_old_is_status_3(
    script: str,
    said: str,
    sound: Path,
    tmp_path: Path,
    fake_pandoc: Callable[[str], Path],
    capsys: pytest.CaptureFixture[str],
) -> None:
    fake_pandoc(script)
    assert cli.main(["build", str(sound), "-o", str(tmp_path / "out")]) == 3
    message = capsys.readouterr().err
    assert said in message
    assert message.endswith("    fix: pip install pypandoc_binary\n")


@pytest.mark.usefixtures("hangup_ends_programs")
@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 143), (signal.SIGINT, 130), (signal.SIGHUP, 129)])
def test_an_interrupted_run_prints_one_message_and_leaves_the_earlier_editions(
    number: signal.Signals, status: int, sound: Path, out: Path, fake_pandoc: Callable[[str], Path]
) -> None:
    assert cli.main(["build", str(sound), "-o", str(out), "-e", "html"]) == 0
    before = published(out)
    hanging = fake_pandoc(f'{ANSWER}\ntouch "$0.begun"\nexec sleep 600')
    (sound / "a.md").write_text(SOUND["a.md"] + "New.\n", "utf-8")
    command = [sys.executable, "-m", "book", "build", str(sound), "-o", str(out), "-e", "html"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        while not Path(f"{hanging}.begun").exists():
            assert process.poll() is None, process.communicate()
            time.sleep(0.05)
        process.send_signal(number)
        _, said = process.communicate(timeout=300)
    assert process.returncode == status
    assert said.splitlines()[-1] == "interrupted; existing editions are unchanged"
    assert published(out) == before


def test_a_signal_is_not_lost_where_python_would_forget_its_exception() -> None:
    class Ended:
        def __del__(self) -> None:
            signal.raise_signal(signal.SIGINT)

    def run() -> None:
        with listening_for_the_end():
            Ended()
            time.sleep(60)

    before = signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        with pytest.raises(Stopped):
            run()
    finally:
        signal.signal(signal.SIGINT, before)


def test_a_caller_with_its_own_signal_handlers_still_receives_signals(
    sound: Path, fake_pandoc: Callable[[str], Path]
) -> None:
    fake_pandoc(f"{ANSWER}\nkill -TERM $PPID\nexec sleep 600")
    with pytest.raises(KeyboardInterrupt, match="SIGTERM"):  # the tests' own
        cli.main(["lint", str(sound)])


def test_after_a_command_signals_mean_what_they_meant_before(sound: Path) -> None:
    listeners = {number: signal.signal(number, signal.SIG_DFL) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        assert cli.main(["lint", str(sound)]) == 0
        assert {signal.getsignal(number) for number in listeners} == {signal.SIG_DFL}
    finally:
        for number, listener in listeners.items():
            signal.signal(number, listener)


def test_a_pandoc_that_hangs_is_ended_and_reported(
    sound: Path, fake_pandoc: Callable[[str], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    hanging = fake_pandoc(f'{ANSWER}\nsleep 60\ntouch "$0.ended"')
    (sound / "handbound.toml").write_text("[limits]\npandoc_seconds = 1\n", "utf-8")
    assert cli.main(["lint", str(sound)]) == 1
    assert not Path(f"{hanging}.ended").exists(), "nobody waited for it"
    message = capsys.readouterr().err
    assert "a.md:5:1: G102 pandoc took more than 1 s\n" in message or "titles:1:1: G102" in message


@pytest.mark.parametrize(
    ("script", "code"),
    [("echo garbage", "G104"), ("exit 251", "G103"), ("echo no >&2; exit 64", "G104"), ("kill -9 $$", "G104")],
)
def test_a_pandoc_that_fails_is_one_line_for_each_chapter(
    script: str, code: str, sound: Path, fake_pandoc: Callable[[str], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    fake_pandoc(f"{ANSWER}\n{script}")
    assert cli.main(["lint", str(sound)]) == 1
    assert code in capsys.readouterr().err


@pytest.mark.parametrize(
    ("package", "install", "edition", "made"),
    [
        ("weasyprint", "weasyprint", "pdf", True),
        ("segno", "segno", "handout", True),
        ("nh3", "nh3", "pdf", False),
        ("lxml", "lxml", "pdf", False),
        ("yaml", "PyYAML", "pdf", False),
    ],
)
def test_a_missing_package_is_one_message_and_other_editions_are_made(
    package: str, install: str, edition: str, made: bool, sound: Path, out: Path
) -> None:
    code = (
        f"import sys; sys.modules[{package!r}] = None; from book.cli import main; raise SystemExit(main(sys.argv[1:]))"
    )
    words = ("build", str(sound), "-o", str(out), "-e", "html", "-e", edition)
    if package == "segno":
        (sound / "linked.md").write_text("# Linked\n\n[A link](https://example.org/).\n")
    done = subprocess.run([sys.executable, "-c", code, *words], check=False, capture_output=True, text=True)
    assert done.returncode == 3, done.stderr
    assert "Traceback" not in done.stderr
    told = [line for line in done.stderr.splitlines() if " X111 " in line]
    assert len(told) == 1
    assert f"pip install {install}" in done.stderr
    assert bool(list(out.glob("*.html"))) is made
