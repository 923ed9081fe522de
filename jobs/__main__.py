"""`python -m jobs COMMAND`: everything that runs outside a request."""

import sys

from tortoise.exceptions import OperationalError

from jobs.commands import app
from models.rules.errors import BillingError

if __name__ == "__main__":
    try:
        app(prog_name="jobs")
    except BillingError as refused:
        sys.exit(f"{refused.code}: {refused.message}")
    except ValueError as refused:
        from models.adapters.settings import problems

        if not (lines := problems(refused)):
            raise
        sys.exit("\n".join(lines))
    except OperationalError as failure:
        if "no such table" not in str(failure) and "does not exist" not in str(failure):
            raise
        sys.exit("The database has no tables yet, or older ones: run `migrate`.")
