"""What the catalogue of shapes gives out under which name."""

import re

from models.reads.engine.shapes import Word
from models.reads.roots import NODES, SHAPES
from models.rules.ids import IdPrefix

# Ids of these stand in what is said about imports and the inbox; the schema has no such types.
ELSEWHERE = {IdPrefix.IMPORT, IdPrefix.INBOX_FILE}


def kinds() -> dict[str, list[str]]:
    """The types whose ids begin with the same letters."""
    found: dict[str, list[str]] = {}
    for shape in SHAPES.values():
        source = shape.fields.get("id")
        if isinstance(source, Word) and (named := re.match(r"'([a-z]+)_'", source.sql)):
            found.setdefault(named[1], []).append(shape.type_name)
    return found


def test_each_kind_of_public_id_is_of_one_type() -> None:
    assert {kind: types for kind, types in kinds().items() if len(types) > 1} == {}
    assert set(kinds()) == set(IdPrefix) - ELSEWHERE
    assert {kind: root.shape.type_name for kind, root in NODES.items()}.items() <= {
        kind: types[0] for kind, types in kinds().items()
    }.items()
