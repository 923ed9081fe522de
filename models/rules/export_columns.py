"""Which columns a file has: all of its view's, or those that were chosen (R40).

The last column of a view adds up to the bill and is what control sums are of (I14). It is always
selected, so that a file is checked whatever was chosen, and cut off where it was not.
"""

from collections import Counter
from collections.abc import Sequence

from models.rules.errors import ErrorCode, InvalidInput
from models.rules.exports import Column, ExportFormat, ExportView, file_columns
from models.rules.focus_export import FOCUS_COLUMNS

_SHOWN = 60


def all_columns(view: ExportView, file_format: ExportFormat) -> tuple[Column, ...]:
    """Every column that such a file can have, the control amount last.

    Raises InvalidInput for a FOCUS file of anything but details: its rows are charges.
    """
    if file_format is not ExportFormat.FOCUS_CSV:
        return file_columns(view)
    if view is not ExportView.DETAILS:
        raise InvalidInput("A FOCUS file has a row for each charge: ask for DETAILS.")
    return FOCUS_COLUMNS


def control_column(view: ExportView, file_format: ExportFormat) -> Column:
    """The column whose amounts add up to the bill; raises as `all_columns` does."""
    return all_columns(view, file_format)[-1]


def chosen_columns(
    view: ExportView, file_format: ExportFormat, names: Sequence[str] | None
) -> tuple[Column, ...]:
    """The columns of the file, in the order of `names`; all of them for None.

    Raises InvalidInput: INVALID_COLUMN for no column at all, for one that stands there twice, for
    one that there is not, and for any choice in a FOCUS file, whose columns are fixed; and as
    `all_columns` does.
    """
    columns = {column.name: column for column in all_columns(view, file_format)}
    if names is None:
        return tuple(columns.values())
    if file_format is ExportFormat.FOCUS_CSV:
        raise _refused("The columns of a FOCUS file are fixed: leave the choice out.")
    if not names:
        raise _refused("Choose one column at least, or leave the choice out for all.")
    unknown = [name for name in names if name not in columns]
    if unknown:
        raise _refused(f"There is no column {_list(unknown)}; there are {', '.join(columns)}.")
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise _refused(f"A column can be chosen once: {_list(twice)}.")
    return tuple(columns[name] for name in names)


def selected_columns(columns: Sequence[Column], control: Column) -> tuple[Column, ...]:
    """What rows are read with: the columns of the file, then the control amount if not last."""
    return (*columns,) if columns[-1] == control else (*columns, control)


def without_last_cells(lines: list[str]) -> list[str]:
    """The lines without their last cells, which are amounts and so hold no comma.

    What is left is never an empty line, which readers of CSV do not take for a row.
    """
    return [line[: line.rfind(",")] or '""' for line in lines]


def _list(names: Sequence[str]) -> str:
    """Names from outside as a message may quote them: a few, short, control characters spelled."""
    return ", ".join(repr(name[:_SHOWN]) for name in names[:5])


def _refused(message: str) -> InvalidInput:
    return InvalidInput(message, ErrorCode.INVALID_COLUMN, path=("columns",))
