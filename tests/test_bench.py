"""The bench holds our steps against the same work done raw; what it times is asserted nowhere."""

from pathlib import Path

from bench.batch import Batch
from bench.focus import write_focus
from bench.sqlite import SqliteStand

ROWS = 2000


def test_both_sides_come_to_the_same_rows(tmp_path: Path) -> None:
    source = tmp_path / "focus.csv"
    write_focus(source, rows=ROWS, seed=1)
    figures = Batch(SqliteStand(tmp_path), source).measure(rounds=1)
    assert {figure.step for figure in figures} == {"import", "generation", "export"}
    for figure in figures:
        ours, limit = figure.contents
        assert ours == limit
        assert figure.rows == ROWS
    of_charges = [figure.contents[0].rows for figure in figures if figure.step != "generation"]
    assert set(of_charges) == {ROWS}


def test_the_invented_file_is_the_same_for_a_seed(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_focus(tmp_path / name, rows=100, seed=7)
    write_focus(tmp_path / "other", rows=100, seed=8)
    one, two, other = ((tmp_path / name).read_bytes() for name in ("one", "two", "other"))
    assert one == two != other
