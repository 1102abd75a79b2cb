"""Tests that need something this machine lacks are skipped with one wording, and in CI never unnoticed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import conftest, needs

pytest_plugins = ["pytester"]

TESTS = """
import pytest

@pytest.mark.needs_chromium
def test_with_a_marker(): ...

@pytest.fixture(scope="module")
def built(needs_poppler): ...

def test_with_a_fixture(built): ...

def test_with_nothing(): ...
"""
OTHER = """
import pytest

def test_that_skips_itself():
    pytest.skip("not today")
"""


@pytest.fixture
def bare(pytester: pytest.Pytester, root: object, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A folder of tests on a machine without programs."""
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv("PYTHONPATH", str(root))
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # a run starts in a third of the time
    for name in ("CHROMIUM", "HANDBOUND_REQUIRED"):
        monkeypatch.delenv(name, raising=False)
    pytester.makeini("[pytest]\naddopts = -p tests.skipping --strict-markers -rs\n")
    return pytester


def test_everything_that_is_missing_is_reported_in_the_same_form(bare: pytest.Pytester) -> None:
    bare.makepyfile(TESTS)
    done = bare.runpytest_subprocess("--no-skips")
    done.assert_outcomes(passed=1, skipped=2)
    done.stdout.fnmatch_lines_random(
        [f"SKIPPED*{needs.NEEDS[name].missing}" for name in ("needs_chromium", "needs_poppler")]
    )
    assert done.ret == 0, "what ./bootstrap does not install may be missing"


def test_what_is_required_here_fails_the_run_when_it_is_missing(
    bare: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HANDBOUND_REQUIRED", "poppler")
    bare.makepyfile(TESTS)
    done = bare.runpytest_subprocess("--no-skips")
    assert done.ret == 1
    done.stdout.fnmatch_lines(["*skipped, and must run here*", "*::test_with_a_fixture: no poppler*"])
    assert "test_with_a_marker: " not in done.stdout.str()
    assert bare.runpytest_subprocess().ret == 0, "without --no-skips nobody minds"


@pytest.mark.parametrize("workers", [(), ("-p", "xdist", "-n", "1")], ids=["alone", "with workers"])
def test_a_test_that_skips_itself_fails_the_run(bare: pytest.Pytester, workers: tuple[str, ...]) -> None:
    bare.makepyfile(OTHER)
    done = bare.runpytest_subprocess("--no-skips", *workers)
    assert done.ret == 1
    done.stdout.fnmatch_lines(["*::test_that_skips_itself: not today"])


def test_a_wrong_name_of_a_need_is_refused(bare: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HANDBOUND_REQUIRED", "popler")
    bare.makepyfile(TESTS)
    done = bare.runpytest_subprocess()
    assert done.ret == pytest.ExitCode.USAGE_ERROR
    assert "needs_popler" in done.stderr.str()


def test_what_bootstrap_installs_is_required_everywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HANDBOUND_REQUIRED", raising=False)
    assert needs.required() == {"needs_pango", "needs_epubcheck", "needs_dask"}
    assert not needs.allowed(needs.NEEDS["needs_pango"].missing)
    assert needs.allowed(needs.NEEDS["needs_corpora"].missing)


def test_a_sample_of_the_tests_that_take_minutes_is_run(bare: pytest.Pytester) -> None:
    bare.makepyfile("""
        import pytest

        @pytest.mark.torture
        @pytest.mark.parametrize("number", range(7))
        def test_of_many(number): assert number in (2, 5)

        @pytest.mark.torture
        def test_of_one(): assert False

        def test_of_every_run(): ...
    """)
    done = bare.runpytest_subprocess(
        "--sample", "3", "-W", "ignore::pytest.PytestUnknownMarkWarning", "-o", "markers=torture: x"
    )
    done.assert_outcomes(passed=3, deselected=6)


def test_each_file_of_tests_that_starts_early_exists(root: Path) -> None:
    files = {path.stem.removeprefix("test_") for path in (root / "tests").rglob("test_*.py")}
    assert [name for name in conftest.LONGEST if name not in {*files, "browser"}] == []
    assert len(set(conftest.LONGEST)) == len(conftest.LONGEST) > 10
