"""`verify-files`: proves that delivered files are what they say, with nothing but themselves."""

import json
import sys
from time import perf_counter
from typing import TYPE_CHECKING, Annotated

import typer

from jobs.commands.status import verifying

if TYPE_CHECKING:
    from models.reads.verified_files import VerifiedFiles


def verify_files(
    place: Annotated[
        str,
        typer.Argument(
            metavar="FOLDER|FILE|URL",
            help="Such as ./downloads, or s3://bucket/prefix?region=eu-central-1, cos://…, obs://…,"
            " minio://host:9000/bucket/prefix.",
        ),
    ],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object, for machines.")] = False,
    key_id: Annotated[
        str, typer.Option(metavar="NAME", help="The variable that holds the access key id.")
    ] = "BILLS_FILES_ACCESS_KEY_ID",
    secret: Annotated[
        str, typer.Option(metavar="NAME", help="The variable that holds the secret access key.")
    ] = "BILLS_FILES_SECRET_ACCESS_KEY",  # noqa: S107
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress.")] = False,
) -> None:
    """Check exports and deliveries by their manifests: hashes, rows, sums, and what is missing.

    Needs no database. The exit code is 1 when anything is wrong. Credentials of a bucket are read
    from the environment, never from the command line.
    """
    import os

    from models.adapters.shelf_places import open_shelf
    from models.reads.verified_files import verify_files as verify_all
    from models.rules.buckets import Credentials

    words = [os.environ.get(name, "") for name in (key_id, secret)]
    shelf = open_shelf(place, Credentials(*words) if all(words) else None)
    start = perf_counter()
    with verifying(_counts, quiet=quiet or as_json) as progress:
        done = verify_all(shelf, progress=progress)
    if as_json:
        sys.stdout.write(json.dumps(_said(done), indent=1) + "\n")
    else:
        _show(done, perf_counter() - start)
    if not done.is_well:
        raise typer.Exit(1)


def _show(done: "VerifiedFiles", seconds: float) -> None:
    for finding in done.findings:
        mark = "" if finding.is_wrong else "note: "
        typer.echo(f"{mark}{finding.place}: {finding.message}", err=finding.is_wrong)
    wrong = sum(finding.is_wrong for finding in done.findings)
    speed = f"{round(done.rows / max(seconds, 1e-9)):,} rows/s"
    found = f"{wrong:,} things are wrong" if wrong > 1 else "one thing is wrong"
    typer.echo(f"{_counts(done)}, {speed}: {found if wrong else 'all is as it should be'}.")


def _said(done: "VerifiedFiles") -> dict[str, object]:
    return {
        "isWell": done.is_well,
        "files": done.files,
        "parts": done.parts,
        "rows": done.rows,
        "bytes": done.size,
        "findings": [
            {
                "code": finding.code,
                "isWrong": finding.is_wrong,
                "place": finding.place,
                "message": finding.message,
            }
            for finding in done.findings
        ],
    }


def _counts(done: "VerifiedFiles") -> str:
    return f"{done.files:,} files, {done.parts:,} parts, {done.rows:,} rows"
