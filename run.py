#!/usr/bin/env python3
"""Runs any command of the project in an environment of its own, which it makes on first use.

Needs Python 3.11 or newer and nothing else. The environment is `.venv` beside this file, or the
folder named by BILLS_VENV; it is filled from the hash-locked requirements.lock, and what checks or
measures adds requirements-dev.lock, which holds the same and more. Where there is npm, what shows
GraphiQL builds it as well. All of it is done again only when its sources change.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

REPO = Path(__file__).resolve().parent
LOCK = REPO / "requirements.lock"
DEV_LOCK = REPO / "requirements-dev.lock"
VENV = Path(os.environ.get("BILLS_VENV") or REPO / ".venv").absolute()
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")
PAGE = REPO / "graphiql"
PAGE_BUILT = REPO / "api" / "static" / "graphiql" / "index.html"
PAGE_MARK = REPO / "api" / "static" / ".tried"

COMMANDS = {
    "demo": "everything at once, with invented partners and a year of charges",
    "serve": "the API",
    "worker": "a worker: generation, exports, deliveries",
    "import": "take in FOCUS files",
    "register": "take in partners and customers from a file",
    "generate": "estimates and bills that are due",
    "verify": "prove that what is stored is what was billed",
    "verify-files": "prove that files of exports and deliveries are what they say",
    "jobs": "what was given up, and trying it again",
    "token": "mint a token for development",
    "migrate": "bring the database schema up to date",
    "backup": "copy the embedded store while it is written",
    "restore": "the embedded store from a backup",
    "doctor": "check settings, database, queue and files",
    "page": "build GraphiQL, where there is npm",
    "schema": "print schema.graphql",
    "bench": "measure",
    "abuse": "attack a server, and measure what happens",
    "faults": "break everything that can be broken, and see what holds",
    "test": "check the code and run the tests, on SQLite and on PostgreSQL",
}
HASHED = ("--require-hashes", "-r")
# Compiling is left to the first use, and the lock file leaves nothing to resolve.
PIP_OPTIONS = (
    *("-qq", "--disable-pip-version-check", "--no-warn-script-location"),
    *("--no-compile", "--no-deps"),
)
SHORT = ("--output-format", "concise")
WITH_TOOLS = {"test", "bench", "abuse", "faults"}
MODULES = {
    **{"schema": "api.schema", "bench": "bench"},
    **{"abuse": "bench.abuse", "faults": "tests.faults"},
}
# The demo builds the page itself, while it imports.
WITH_PAGE = {"serve", "test"}


def main(arguments: list[str]) -> int:
    """Prepare what the command needs, then become it."""
    if not arguments or arguments[0] in {"-h", "--help", "help"}:
        listed = "\n".join(f"  {name:13}{what}" for name, what in COMMANDS.items())
        print(f"usage: python3 run.py COMMAND [--help] …\n\n{listed}")
        return 0
    command, *rest = arguments
    if command == "page":
        return page(rest)
    building = threading.Thread(target=build_page)
    if command in WITH_PAGE:
        building.start()
    prepare(DEV_LOCK if command in WITH_TOOLS else LOCK)
    if command in WITH_PAGE:
        building.join()
    if command == "test":
        return test(rest)
    if command in MODULES:
        return become("-m", MODULES[command], *rest)
    return become("-m", "jobs", command, *rest)


@contextmanager
def alone(file: Path) -> Iterator[None]:
    """Hold `file`, so that two first starts side by side do not fill the same folder."""
    if os.name == "nt":
        yield
        return
    import fcntl  # noqa: PLC0415 - there is none on Windows

    with file.open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def prepare(lock: Path) -> None:
    """Make the environment, unless it holds what the lock file says."""
    mark = VENV / ".installed"
    with alone(LOCK):
        if mark.exists() and locked(lock) in mark.read_text().split():
            return
        say(f"Installing into {VENV} …")
        began = time.monotonic()
        if not install_with_uv(lock) and not install_with_pip(lock):
            sys.exit("run.py: the environment could not be made; see the messages above.")
        held = [lock] if lock is LOCK else [LOCK, lock]
        mark.write_text("\n".join(map(locked, held)))
        say(f"Installed in {time.monotonic() - began:.0f} s.")


def install_with_uv(lock: Path) -> bool:
    """The fast way: with the uv that is there, or with the one of the lock file."""
    uv = shutil.which("uv")
    if uv:
        made = call(uv, "venv", "-q", "--allow-existing", "--python", sys.executable, VENV)
    else:
        uv, made = str(BIN / "uv"), bring_uv()
    return made and call(uv, "pip", "install", "-q", "--python", PYTHON, *HASHED, lock)


def bring_uv() -> bool:
    """Make the environment with nothing but uv in it; copying pip into it as well takes longer."""
    base = [sys.executable, "-m", "pip", "--python", str(PYTHON)]
    made = call(sys.executable, "-m", "venv", "--without-pip", VENV)
    if not made:
        return False
    found = re.search(r"^uv==.*?(?=^\S|\Z)", DEV_LOCK.read_text(), re.MULTILINE | re.DOTALL)
    pinned = VENV / "uv.txt"
    pinned.write_text(found.group() if found else "")
    if call(*base, "install", *PIP_OPTIONS, *HASHED, pinned, hide_errors=True):
        return True
    return make_venv() and call(PYTHON, "-m", "pip", "install", *PIP_OPTIONS, *HASHED, pinned)


def install_with_pip(lock: Path) -> bool:
    """The slow way, which follows whatever pip is set up with on this machine."""
    say("uv cannot install here; pip does it, which takes longer.")
    return make_venv() and call(PYTHON, "-m", "pip", "install", *PIP_OPTIONS, *HASHED, lock)


def make_venv() -> bool:
    made = call(sys.executable, "-m", "venv", VENV)
    if not made:
        say("This Python cannot make virtual environments; on Debian, install python3-venv.")
    return made


def page(arguments: list[str]) -> int:
    """Build GraphiQL when its sources have changed."""
    parser = argparse.ArgumentParser(prog="run.py page", description=page.__doc__)
    parser.add_argument("--once", action="store_true", help="do not try again what has failed")
    return build_page(again=not parser.parse_args(arguments).once)


def build_page(*, again: bool = False) -> int:
    """Build GraphiQL when its sources have changed; without it the page comes from a CDN.

    What has failed is tried `again` only when asked: waiting for a network that is not there
    takes minutes.
    """
    npm = shutil.which("npm")
    if not npm or not PAGE.is_dir():
        return 0
    sources = [path for path in PAGE.iterdir() if path.is_file()]
    sources += [path for path in (PAGE / "src").rglob("*") if path.is_file()]
    wanted = digest(sorted(sources))
    with alone(PAGE / "package.json"):
        if is_marked(PAGE_MARK, wanted) and (PAGE_BUILT.exists() or not again):
            return 0
        say("Building GraphiQL …")
        is_built = npm_builds(npm)
        PAGE_MARK.parent.mkdir(exist_ok=True)
        PAGE_MARK.write_text(wanted)
    return 0 if is_built else 1


def npm_builds(npm: str) -> bool:
    for step in (("ci", "--no-audit", "--no-fund", "--ignore-scripts"), ("run", "build")):
        done = subprocess.run([npm, *step], cwd=PAGE, capture_output=True, text=True, check=False)
        if done.returncode:
            last = (done.stderr.strip() or "no message").splitlines()[-1]
            say(f"GraphiQL could not be built ({last}); the page comes from a CDN.")
            return False
    return True


def locked(lock: Path) -> str:
    """What the environment should hold, and for which Python: a system upgrade may change it."""
    return digest([lock], str(PYTHON.resolve()))


def digest(files: list[Path], *more: str) -> str:
    total = hashlib.sha256("\0".join(more).encode())
    for path in files:
        total.update(path.name.encode() + b"\0" + path.read_bytes())
    return total.hexdigest()


def is_marked(mark: Path, wanted: str) -> bool:
    return mark.exists() and mark.read_text() == wanted


def environment(**more: str) -> dict[str, str]:
    """The project is found wherever a command is started, and nothing of that place shadows it.

    Compiled modules go into the environment, even where Python is told to write none: without
    them every start takes three times as long.
    """
    path = os.pathsep.join(filter(None, [str(REPO), os.environ.get("PYTHONPATH")]))
    kept = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(VENV / "compiled")}
    return {**os.environ, **kept, "PYTHONPATH": path, "PYTHONSAFEPATH": "1", **more}


def become(*arguments: str) -> int:
    """Replace this process, so that signals reach the command itself."""
    command = [str(PYTHON), *arguments]
    if os.name != "nt":
        os.execve(PYTHON, command, environment())
    return subprocess.call(command, env=environment())


def test(arguments: list[str]) -> int:
    """Static checks and all tests on SQLite, then those that use a database on PostgreSQL.

    With arguments for pytest, the static checks are left out.
    """
    parser = argparse.ArgumentParser(
        prog="run.py test", description=test.__doc__, epilog="Everything else goes to pytest."
    )
    parser.add_argument("--database", choices=["sqlite", "postgres"], help="only this one")
    chosen, rest = parser.parse_known_args(arguments)
    databases = [chosen.database] if chosen.database else ["sqlite", "postgres"]
    failed = [] if rest else check()
    for database in databases:
        say(f"Tests on {database}:")
        command = [str(PYTHON), "-m", "pytest", *(rest or ["-q", *side_by_side()])]
        where = environment(BILLS_TEST_DATABASE=database)
        if subprocess.call(command, cwd=REPO, env=where):
            failed.append(f"tests on {database}")
    say(f"Failed: {', '.join(failed)}." if failed else "Everything passed.")
    return 1 if failed else 0


def side_by_side() -> list[str]:
    """Some more processes than processors, as tests wait; those of one file stay in order."""
    return ["--numprocesses", str((os.cpu_count() or 1) * 3 // 2), "--dist", "loadfile"]


def check() -> list[str]:
    """The names of the static checks that fail; what they say is printed."""
    checks = {
        "ruff check": ["ruff", "check", "--quiet", *SHORT],
        "ruff format": ["ruff", "format", "--check", "--quiet", *SHORT],
        "mypy": ["mypy", "--no-error-summary"],
        "import floors": ["lint-imports"],
    }
    running = {
        name: subprocess.Popen(
            [str(BIN / command[0]), *command[1:]],
            cwd=REPO,
            env=environment(),
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        for name, command in checks.items()
    }
    output = {name: process.communicate()[0] for name, process in running.items()}
    failed = [name for name, process in running.items() if process.returncode]
    for name in failed:
        print(f"--- {name}\n{output[name]}")
    say(f"Static checks: {len(checks) - len(failed)} of {len(checks)} passed.")
    return failed


def call(*command: str | Path, hide_errors: bool = False) -> bool:
    errors = subprocess.DEVNULL if hide_errors else None
    return subprocess.call([str(part) for part in command], stderr=errors) == 0


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    if sys.version_info < (3, 11):  # noqa: UP036 - this file is what an older Python would run
        sys.exit(f"run.py needs Python 3.11 or newer; this is {sys.version.split()[0]}.")
    sys.exit(main(sys.argv[1:]))
