"""A plugin: which tests are skipped, and whether they may be. It imports nothing of the press, so that tests of it start quickly."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest

from tests import needs


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--sample`` and ``--no-skips``."""
    parser.addoption(
        "--sample",
        type=int,
        metavar="N",
        help="of each test marked torture run every Nth case; none of a test of fewer",
    )
    parser.addoption("--no-skips", action="store_true", help="fail when a test is skipped that should run here")


def pytest_configure(config: pytest.Config) -> None:
    """Make the markers of tests/needs.py known, and refuse a wrong HANDBOUND_REQUIRED at once."""
    for name, need in needs.NEEDS.items():
        config.addinivalue_line("markers", f"{name}: skipped where it is missing ({need.missing})")
    try:
        needs.required()
    except ValueError as fault:
        raise pytest.UsageError(str(fault)) from fault


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """With ``--sample N``, leave out all but every Nth case of each test marked torture."""
    every = config.getoption("--sample")
    if not every:
        return
    counted: Counter[str] = Counter()
    left_out = []
    for item in items:
        if item.get_closest_marker("torture"):
            name = item.nodeid.partition("[")[0]
            counted[name] += 1
            if counted[name] % every:
                left_out.append(item)
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a test whose marker names something that this machine does not have."""
    for marker in item.iter_markers():
        if marker.name in needs.NEEDS and (reason := needs.missing(marker.name)):
            pytest.skip(reason)


def _requiring(name: str) -> Callable[[], None]:
    @pytest.fixture(scope="session", name=name)
    def require() -> None:
        if reason := needs.missing(name):
            pytest.skip(reason)

    return require


# The fixtures of tests/needs.py: for a fixture that needs something. A test has the marker of the same name.
needs_pango = _requiring("needs_pango")
needs_epubcheck = _requiring("needs_epubcheck")
needs_chromium = _requiring("needs_chromium")
needs_poppler = _requiring("needs_poppler")
needs_corpora = _requiring("needs_corpora")


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """With ``--no-skips``, name the tests that were skipped and must not be."""
    if config.getoption("--no-skips") and (skipped := _forbidden_skips(config)):
        terminalreporter.section("skipped, and must run here (--no-skips)", red=True, bold=True)
        for line in skipped:
            terminalreporter.write_line(line)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """With ``--no-skips``, fail a run in which a test was skipped that must run here."""
    if (
        session.config.getoption("--no-skips")
        and session.exitstatus == pytest.ExitCode.OK
        and _forbidden_skips(session.config)
    ):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _forbidden_skips(config: pytest.Config) -> list[str]:
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    skipped = reporter.stats.get("skipped", []) if reporter else []
    reasons = [(report.nodeid, report.longrepr[2].removeprefix("Skipped: ")) for report in skipped]
    return [f"{test}: {reason}" for test, reason in reasons if not needs.allowed(reason)]
