"""Where files are made, and what they are called."""

import pytest

from models.rules.artefacts import artefact_folder, part_key, part_name, run_of, zip_key


def test_every_run_has_places_of_its_own_below_the_folder_of_its_owner() -> None:
    places = {
        place
        for owner in ("exp_1", "exp_12", "dlv_1")
        for run in (1, 2, 12)
        for place in (part_key(owner, run, 1, "csv"), part_key(owner, run, 2, "csv"),
                      zip_key(owner, run))
    }  # fmt: skip
    assert len(places) == 27
    assert part_key("exp_12", 3, 4, "csv") == "exports/exp_12/run-3-part-4.csv"
    assert zip_key("dlv_9", 1) == "deliveries/dlv_9/run-1.zip"
    assert artefact_folder("dlv_9") == "deliveries/dlv_9"


@pytest.mark.parametrize("run", [1, 9, 10, 123])
def test_run_is_read_back_from_its_places(run: int) -> None:
    assert run_of(part_key("exp_7", run, 2, "parquet")) == run_of(zip_key("exp_7", run)) == run


@pytest.mark.parametrize("key", ["exports/exp_7/run-x.zip", "exports/exp_7/notes.txt", "run-1", ""])
def test_what_is_no_place_of_a_run_has_run_0(key: str) -> None:
    assert run_of(key) == 0


def test_parts_are_named_in_the_order_in_which_they_are_sorted() -> None:
    names = [part_name("bills-exp_7", number, "csv") for number in (1, 2, 10, 1000)]
    assert names[0] == "bills-exp_7-part-0001.csv"
    assert names == sorted(names)


def test_owner_of_another_kind_has_no_folder() -> None:
    with pytest.raises(KeyError):
        artefact_folder("bil_1")
