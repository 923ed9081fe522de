from models.adapters.text_search import finder_of


def test_finder_finds_all_needles_overlapping_and_twice_given() -> None:
    find = finder_of([b"acme", b"acmetrading", b"trading", b"absent", b"acme", "张伟".encode()])
    assert find("vmacmetrading张伟".encode()) == {0, 1, 2, 4, 5}
    assert find(b"") == set()


def test_finder_without_needles_finds_nothing() -> None:
    assert finder_of([])(b"anything") == set()
