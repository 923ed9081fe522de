"""The command line: one module a command.

A command's module imports what is heavy inside its function, so that `--help` answers at once.
"""

import typer

from jobs.commands.backup import backup
from jobs.commands.demo import demo
from jobs.commands.doctor import doctor
from jobs.commands.facts import demo_facts
from jobs.commands.generate import generate
from jobs.commands.imports import import_files
from jobs.commands.jobs import jobs
from jobs.commands.migrate import migrate
from jobs.commands.register import register
from jobs.commands.restore import restore
from jobs.commands.serve import serve
from jobs.commands.token import token
from jobs.commands.verify import verify
from jobs.commands.verify_files import verify_files
from jobs.commands.worker import worker
from jobs.commands.year import demo_year

app = typer.Typer(
    name="jobs", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False
)

for command in (
    *(backup, demo, demo_facts, demo_year, doctor, generate, jobs, migrate),
    *(register, restore, serve, token, verify, verify_files, worker),
):
    app.command()(command)
app.command("import")(import_files)
