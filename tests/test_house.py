"""The house keeps its floors, its sizes, and its generated files."""

import ast
import asyncio
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parent.parent
SOURCES = [
    path
    for room in ("api", "jobs", "models")
    for path in sorted((ROOT / room).rglob("*.py"))
    if "migrations" not in path.parts and "static" not in path.parts
]
TESTS = sorted((ROOT / "tests").rglob("*.py"))


def _functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def _length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of a function from its `def`, its docstring left out."""
    body = node.body
    is_documented = ast.get_docstring(node) is not None
    start = body[0].end_lineno if is_documented else node.lineno - 1
    assert node.end_lineno is not None and start is not None
    return node.end_lineno - start


def test_imports_run_downwards_only() -> None:
    command = [Path(sys.executable).parent / "lint-imports", "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_files_fit_in_the_eye() -> None:
    lines = {path: len(path.read_text().splitlines()) for path in SOURCES}
    assert {str(path): n for path, n in lines.items() if n > 300} == {}
    assert median(n for n in lines.values() if n) <= 80
    assert {str(path) for path in TESTS if len(path.read_text().splitlines()) > 300} == set()


def test_functions_fit_in_the_eye() -> None:
    lengths = {
        f"{path.relative_to(ROOT)}:{node.name}": _length(node)
        for path in SOURCES
        for node in _functions(path)
    }
    assert {name: n for name, n in lengths.items() if n > 40} == {}
    assert median(lengths.values()) <= 8


# A GraphQL field's parameters are the schema's, where each has a name and a default.
SCHEMA_FIELDS = {"charges", "estimate_history", "bills", "products", "audit_trail"}


def test_functions_take_five_parameters_at_most() -> None:
    many = {
        f"{path.relative_to(ROOT)}:{node.name}"
        for path in SOURCES
        for node in _functions(path)
        if len([a for a in node.args.args + node.args.kwonlyargs if a.arg not in {"self", "cls"}])
        > 5
        and not (path.parent.name == "api" and node.name in SCHEMA_FIELDS)
    }
    assert many == set()


def test_rules_import_the_standard_library_only() -> None:
    allowed = sys.stdlib_module_names | {"models"}
    foreign = {
        f"{path.name}: {name}"
        for path in SOURCES
        if path.parent.name == "rules"
        for node in ast.walk(ast.parse(path.read_text()))
        for name in _imported(node)
        if name.partition(".")[0] not in allowed
    }
    assert foreign == set()


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module or ""] if isinstance(node, ast.ImportFrom) else []


def test_migrations_are_complete(tmp_path: Path) -> None:
    from tortoise.cli.cli import tortoise_cli_context
    from tortoise.config import TortoiseConfig
    from tortoise.migrations.autodetector import MigrationAutodetector

    from models.adapters.connections import tortoise_config

    config = tortoise_config(f"sqlite://{tmp_path / 'none.sqlite3'}", writers=1)

    async def changes() -> list[object]:
        async with tortoise_cli_context(TortoiseConfig.from_dict(config)) as context:
            assert context.apps is not None
            return list(await MigrationAutodetector(context.apps, config["apps"]).changes())

    assert asyncio.run(changes()) == []
