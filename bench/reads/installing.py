"""Peers, installed on demand: from `bench/peers` into `bench/.peers`, by their lock files."""

import json
import os
import re
import shutil
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

SOURCES = Path(__file__).parent.parent / "peers"
INSTALLED = Path(__file__).parent.parent / ".peers"
_LOCKS = ("package-lock.json", "requirements.lock")


def installed(name: str) -> Path:
    """The folder where a peer is ready to run, its sources in it as they are now."""
    source, folder = SOURCES / name, INSTALLED / name
    folder.mkdir(parents=True, exist_ok=True)
    for file in source.iterdir():
        if file.is_file():
            shutil.copy(file, folder)
    lock = _lock(source)
    mark, locked = folder / ".installed", sha256(lock.read_bytes()).hexdigest()
    if not mark.exists() or mark.read_text() != locked:
        print(f"Installing {name} …")
        (_install_node if lock.suffix == ".json" else _install_python)(folder)
        mark.write_text(locked)
    return folder


def node(folder: Path) -> Path:
    """Node from its npm package, or the machine's where there is none for it."""
    [*found] = folder.glob("node_modules/node-*/bin/node")
    there = shutil.which("node")
    if not found and there is None:
        raise SystemExit("The peers in JavaScript need Node 22 or newer.")
    return found[0] if found else Path(str(there))


def versions(name: str) -> dict[str, str]:
    """The packages that a peer names itself, with their versions."""
    source = SOURCES / name
    if _lock(source).suffix == ".json":
        package = json.loads((source / "package.json").read_text())
        node_versions = set(package["optionalDependencies"].values())
        return {**package["dependencies"], "node": ", ".join(node_versions)}
    pinned = dict(re.findall(r"^([\w-]+)==([\w.]+)", _lock(source).read_text(), re.MULTILINE))
    named = {name, "strawberry-graphql", "graphql-core", "asyncpg", "starlette", "uvicorn"}
    return {package: version for package, version in pinned.items() if package in named}


def _lock(source: Path) -> Path:
    return next(source / name for name in _LOCKS if (source / name).exists())


def _install_node(folder: Path) -> None:
    npm = shutil.which("npm")
    if npm is None:
        raise SystemExit("The peers in JavaScript need npm.")
    _call(npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", at=folder)


def _install_python(folder: Path) -> None:
    beside = Path(sys.executable).with_name("uv")
    uv = str(beside) if beside.exists() else shutil.which("uv")
    if uv is None:
        raise SystemExit("The peers in Python are installed with uv, which is not there.")
    environment = folder / "venv"
    _call(uv, "venv", "-q", "--allow-existing", "--python", sys.executable, environment, at=folder)
    lock = folder / "requirements.lock"
    python = environment / "bin" / "python"
    _call(uv, "pip", "install", "-q", "--python", python, "--require-hashes", "-r", lock, at=folder)


def _call(*command: str | Path, at: Path) -> None:
    done = subprocess.run([str(part) for part in command], cwd=at, env=os.environ, check=False)
    if done.returncode:
        raise SystemExit(f"{Path(command[0]).name} has failed in {at}; see above.")
