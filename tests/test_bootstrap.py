"""./bootstrap, tried with stubs for the programs of the system: each package manager, and no permission to install."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

# Answers as a Python would: new enough, can make environments, cannot load the libraries until the file `libraries` is there.
PYTHON = """#!/bin/sh
case "$1 $2" in
  "- "*) cat >/dev/null; [ -e "$HERE/libraries" ] ;;
  "-m venv") mkdir -p "$3/bin"; cp "$0" "$3/bin/python" ;;
  "-m pip") echo "pip $*" >>"$HERE/log"
    case "$*" in
      *--require-hashes*) [ -z "${REFUSE_LOCKED:-}" ] ;;
      *"[check]"*) [ -z "${REFUSE_CHECK:-}" ] ;;
    esac ;;
  "-m nox") shift 2; echo "nox $*" ;;
  *) exit 0 ;;
esac
"""
MANAGER = """#!/bin/sh
echo "$(basename "$0") $*" >>"$HERE/log"
case "$1 $2" in install*|-S*|add*|--non-interactive*) [ -z "${BROKEN:-}" ] && : >"$HERE/libraries" ;; esac
"""
NEEDED = ("sh", "env", "cat", "cksum", "cut", "cp", "mkdir", "mktemp", "rm", "tail", "dirname", "basename")


class Machine:
    """A folder that simulates a machine: its programs in `bin`, the checkout in `a folder`."""

    def __init__(self, folder: Path, bootstrap: Path, manager: str | None, user: int) -> None:
        self.folder, self.bin, self.checkout = folder, folder / "bin", folder / "a folder"
        self.bin.mkdir()
        self.checkout.mkdir()
        for name in NEEDED:
            found = shutil.which(name)
            assert found
            (self.bin / name).symlink_to(found)
        self.program("id", f"#!/bin/sh\necho {user}\n")
        self.program("python3", PYTHON)
        if manager:
            self.program(manager, MANAGER)
        if manager == "brew":
            self.program("brew", MANAGER + '[ "$1" = --prefix ] && echo /opt/brew; exit 0\n')
        shutil.copy(bootstrap, self.checkout / "bootstrap")
        (self.checkout / "pyproject.toml").write_text("[project]\n", encoding="utf-8")
        (self.checkout / "requirements").mkdir()
        (self.checkout / "requirements/nox.txt").write_text("nox==1\n", encoding="utf-8")

    def program(self, name: str, text: str) -> None:
        path = self.bin / name
        path.write_text(text, encoding="utf-8")
        path.chmod(0o755)

    def bootstrap(self, *words: str, broken: bool = False, **variables: str) -> subprocess.CompletedProcess[str]:
        environment = {"PATH": str(self.bin), "HERE": str(self.folder), "CI": "true", "BROKEN": "yes" if broken else ""}
        environment |= variables
        door = self.checkout / "bootstrap"
        return subprocess.run(
            [door, *words], cwd=self.folder, env=environment, check=False, capture_output=True, text=True
        )

    @property
    def log(self) -> list[str]:
        file = self.folder / "log"
        return file.read_text(encoding="utf-8").splitlines() if file.exists() else []


@pytest.fixture
def door(root: Path) -> Path:
    """The script."""
    return root / "bootstrap"


LINES = {
    "apt-get": "apt-get install -y --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0",
    "dnf": "dnf install -y pango harfbuzz",
    "zypper": "zypper --non-interactive install libpango-1_0-0 libharfbuzz-subset0",
    "pacman": "pacman -S --needed --noconfirm pango harfbuzz",
    "apk": "apk add pango so:libpangoft2-1.0.so.0 so:libharfbuzz-subset.so.0",
}


@pytest.mark.parametrize("manager", [*LINES, "brew"])
def test_root_gets_the_libraries_from_the_package_manager(tmp_path: Path, door: Path, manager: str) -> None:
    machine = Machine(tmp_path, door, manager, user=0)
    done = machine.bootstrap("-s", "tests")
    assert (done.returncode, done.stdout) == (0, "nox -s tests\n")
    assert LINES.get(manager, "brew install pango") in machine.log
    assert ("apt-get update -qq" in machine.log) == (manager == "apt-get")


@pytest.mark.parametrize("manager", LINES)
def test_without_the_right_to_install_one_line_shows_the_command(tmp_path: Path, door: Path, manager: str) -> None:
    machine = Machine(tmp_path, door, manager, user=1000)
    done = machine.bootstrap()
    assert done.returncode == 3
    assert done.stdout == "nox \n", "what can be made without the libraries is made"
    assert [line for line in done.stderr.splitlines() if "PDF" in line] == [
        f"bootstrap: EPUB and HTML can be made here, PDF cannot until you run: sudo {LINES[manager]}"
    ]
    assert not [line for line in machine.log if line.startswith(manager)]


def test_on_a_system_it_does_not_know_it_names_the_libraries(tmp_path: Path, door: Path) -> None:
    done = Machine(tmp_path, door, None, user=0).bootstrap()
    assert done.returncode == 3
    assert "install Pango, PangoFT2 and HarfBuzz-subset with this system's package manager" in done.stderr


def test_a_failing_package_manager_does_not_stop_the_installation(tmp_path: Path, door: Path) -> None:
    done = Machine(tmp_path, door, "apt-get", user=0).bootstrap(broken=True)
    assert done.returncode == 3
    assert done.stdout == "nox \n"


def test_the_second_time_it_is_quiet_and_installs_nothing(tmp_path: Path, door: Path) -> None:
    machine = Machine(tmp_path, door, "apt-get", user=0)
    machine.bootstrap()
    before = machine.log
    done = machine.bootstrap("-l")
    assert (done.returncode, done.stdout, done.stderr) == (0, "nox -l\n", "")
    assert machine.log == before


def test_a_new_dependency_is_installed(tmp_path: Path, door: Path) -> None:
    machine = Machine(tmp_path, door, "apt-get", user=0)
    machine.bootstrap()
    (machine.checkout / "pyproject.toml").write_text('[project]\ndependencies = ["ink"]\n', encoding="utf-8")
    before = len(machine.log)
    machine.bootstrap()
    assert [line.split()[0] for line in machine.log[before:]] == ["pip", "pip"]


def test_a_checkout_that_was_moved_gets_a_new_environment(tmp_path: Path, door: Path) -> None:
    machine = Machine(tmp_path, door, "apt-get", user=0)
    machine.bootstrap()
    machine.checkout = machine.checkout.rename(tmp_path / "elsewhere")
    done = machine.bootstrap()
    assert done.returncode == 0
    assert "making .venv" in done.stderr
    assert (
        (machine.checkout / ".venv/.bootstrap").read_text(encoding="utf-8").endswith(" " + str(machine.checkout) + "\n")
    )


def test_a_missing_python_is_one_message(tmp_path: Path, door: Path) -> None:
    machine = Machine(tmp_path, door, "apt-get", user=0)
    (machine.bin / "python3").unlink()
    done = machine.bootstrap()
    assert (done.returncode, done.stderr) == (
        3,
        "bootstrap: Python 3.11 or later is needed; install it and run ./bootstrap again\n",
    )


def installed(machine: Machine) -> list[str]:
    """Return the arguments of pip without the options that every call has."""
    calls = [line.split("--disable-pip-version-check ")[1] for line in machine.log if line.startswith("pip ")]
    assert calls
    return calls


LOCKED = ["--require-hashes -r requirements/nox.txt", "--no-deps --no-build-isolation --editable ."]
NEWEST = "--editable .[check] nox"


def test_the_locked_versions_are_installed_and_the_project_without_a_look_at_the_index(
    tmp_path: Path, door: Path
) -> None:
    machine = Machine(tmp_path, door, "apt-get", user=0)
    machine.bootstrap()
    assert installed(machine) == LOCKED


def test_new_locked_versions_are_installed(tmp_path: Path, door: Path) -> None:
    machine = Machine(tmp_path, door, "apt-get", user=0)
    machine.bootstrap()
    (machine.checkout / "requirements/nox.txt").write_text("nox==2\n", encoding="utf-8")
    machine.bootstrap()
    assert installed(machine) == [*LOCKED, *LOCKED]


def test_where_the_locked_versions_cannot_be_had_others_are_taken(tmp_path: Path, door: Path) -> None:
    machine = Machine(tmp_path, door, "apt-get", user=0)
    done = machine.bootstrap(CI="", REFUSE_LOCKED="yes")
    assert done.returncode == 0
    assert "bootstrap: the versions of requirements/nox.txt cannot be had here; taking others\n" in done.stderr
    assert installed(machine) == [LOCKED[0], NEWEST]


def test_where_java_cannot_be_had_everything_else_is_installed(tmp_path: Path, door: Path) -> None:
    machine = Machine(tmp_path, door, "apk", user=0)
    done = machine.bootstrap(CI="", REFUSE_LOCKED="yes", REFUSE_CHECK="yes")
    assert done.returncode == 0
    assert "bootstrap: EPUBCheck and its Java runtime cannot be had here" in done.stderr
    assert installed(machine) == [LOCKED[0], NEWEST, "--editable . nox"]


def test_in_ci_the_locked_versions_or_none(tmp_path: Path, door: Path) -> None:
    machine = Machine(tmp_path, door, "apt-get", user=0)
    done = machine.bootstrap(REFUSE_LOCKED="yes")
    assert (done.returncode, done.stdout) == (1, "")
    assert "HANDBOUND_UNLOCKED=1" in done.stderr
    assert installed(machine) == LOCKED[:1]


def test_a_variable_selects_the_newest_versions(tmp_path: Path, door: Path) -> None:
    machine = Machine(tmp_path, door, "apt-get", user=0)
    assert machine.bootstrap(HANDBOUND_UNLOCKED="1").returncode == 0
    assert installed(machine) == [NEWEST]
