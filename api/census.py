"""What is written down in a document: every selection once, fragments not followed."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
)

from models.rules.errors import ErrorCode, InvalidInput

_NAMES_SHOWN = 5


@dataclass(slots=True)
class Census:
    """Counts over the whole document, whichever operation will run."""

    aliases: int = 0
    directives: int = 0
    introspects: bool = False
    operations: list[OperationDefinitionNode] = field(default_factory=list)
    fragments: dict[str, FragmentDefinitionNode] = field(default_factory=dict)
    # The names that each fragment spreads.
    spreads: dict[str, set[str]] = field(default_factory=dict)


def take_census(document: DocumentNode) -> Census:
    """Count what is written; definitions of types are left to validation, which refuses them."""
    census = Census()
    for definition in document.definitions:
        if isinstance(definition, OperationDefinitionNode):
            census.operations.append(definition)
            for variable in definition.variable_definitions or ():
                census.directives += len(variable.directives or ())
            _count(census, definition)
        elif isinstance(definition, FragmentDefinitionNode):
            name = definition.name.value
            census.fragments[name] = definition
            census.spreads[name] = _count(census, definition)
    return census


def fragments_inside_out(census: Census) -> list[FragmentDefinitionNode]:
    """The fragments, each after those that it spreads.

    Raises InvalidInput (VALIDATION_FAILED) when one spreads itself, directly or not.
    """
    try:
        order = list(TopologicalSorter(census.spreads).static_order())
    except CycleError as cycle:
        names = [name[:40] for name in reversed(cycle.args[1])]
        shown = names if len(names) <= _NAMES_SHOWN else [*names[:_NAMES_SHOWN], "…"]
        raise InvalidInput(
            f"A fragment spreads itself: {' → '.join(shown)}.", ErrorCode.VALIDATION_FAILED
        ) from cycle
    return [census.fragments[name] for name in order if name in census.fragments]


def _count(
    census: Census, definition: OperationDefinitionNode | FragmentDefinitionNode
) -> set[str]:
    """Add the selections of one definition to the counts; the fragments that it spreads."""
    spreads: set[str] = set()
    census.directives += len(definition.directives or ())
    for node in _selections(definition):
        census.directives += len(node.directives or ())
        if isinstance(node, FieldNode):
            census.aliases += node.alias is not None
            census.introspects |= node.name.value in {"__schema", "__type"}
        elif isinstance(node, FragmentSpreadNode):
            spreads.add(node.name.value)
    return spreads


def _selections(
    definition: OperationDefinitionNode | FragmentDefinitionNode,
) -> Iterator[SelectionNode]:
    # A stack of its own: no document is too deep for it.
    pending = [definition.selection_set]
    while pending:
        for node in pending.pop().selections:
            yield node
            if isinstance(node, FieldNode | InlineFragmentNode) and node.selection_set:
                pending.append(node.selection_set)
