"""Documents: parsed, measured, validated and planned once, then kept."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from sys import getsizeof
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    ListValueNode,
    Node,
    ObjectValueNode,
    OperationDefinitionNode,
    OperationType,
    VariableNode,
    Visitor,
    get_operation_ast,
    get_variable_values,
    validate,
    visit,
)
from graphql.execution.values import VariableValues

from api.bounded import Bounded
from api.limits import Limits, measure, parse_document
from api.never_null import Wanting, name_of, null_errors, wanting

# Longer documents are one-offs of explorers; keeping them would only cost memory.
KEPT_DOCUMENT_CHARACTERS = 8_000
KEPT_DOCUMENTS_BYTES = 8_000_000
# A parsed document takes so much for each word and punctuation mark in it.
TOKEN_BYTES = 650
# The same bytes ask for the same thing: what they mean is found out once.
KEPT_REQUEST_BYTES = 10_000
KEPT_REQUESTS_BYTES = 2_000_000
# JSON as Python has it takes so many times its text, at worst: `[[],[],[]]`.
JSON_GROWS = 30
KEPT_SIZES = 20
KEPT_SIZE_CHARACTERS = 300


@dataclass(frozen=True, slots=True)
class Prepared:
    """A valid document and what follows from its text alone.

    `costs` are those of its operations, each by the values of the variables that say how long its
    pages are: `page_variables`, by the operation's name. `wanting` are the variables that must not
    be null, by the same.
    """

    text: str
    document: DocumentNode
    fragments: Mapping[str, FragmentDefinitionNode]
    shaping: frozenset[str]
    wanting: Mapping[str | None, Wanting]
    page_variables: dict[str | None, frozenset[str]] = field(default_factory=dict)
    costs: dict[str, int] = field(default_factory=dict)
    requests: set[bytes] = field(default_factory=set)  # those that are kept with it

    def cost(self, name: str | None, variables: Mapping[str, Any]) -> int | None:
        """What an operation costs, in fields of objects; None before it was measured."""
        names = self.page_variables.get(name)
        return None if names is None else self.costs.get(_size_key(name, names, variables))

    def keep_cost(
        self, name: str | None, names: frozenset[str], variables: Mapping[str, Any], cost: int
    ) -> None:
        """Remember what an operation costs with pages as long as these."""
        self.page_variables[name] = names
        key = _size_key(name, names, variables)
        if len(self.costs) < KEPT_SIZES and len(key) <= KEPT_SIZE_CHARACTERS:
            self.costs[key] = cost


def _size_key(name: str | None, names: frozenset[str], variables: Mapping[str, Any]) -> str:
    # One that is left out has its default, and null has not.
    return repr((name, [(key, variables[key]) for key in sorted(names) if key in variables]))


@dataclass(frozen=True)
class Operation:
    """One operation of a document with its variables, as sent and as coerced.

    `cost` is in fields of objects.
    """

    prepared: Prepared
    node: OperationDefinitionNode
    inputs: Mapping[str, Any]
    values: VariableValues
    cost: int

    @cached_property
    def is_query(self) -> bool:
        """Whether it only reads."""
        return self.node.operation is OperationType.QUERY

    @property
    def is_subscription(self) -> bool:
        """Whether it is answered again and again."""
        return self.node.operation is OperationType.SUBSCRIPTION

    @cached_property
    def kind(self) -> str:
        """`query`, `mutation` or `subscription`."""
        return self.node.operation.value

    @cached_property
    def name(self) -> str | None:
        """Its name, where it has one."""
        return name_of(self.node)

    @cached_property
    def shape(self) -> tuple[Any, ...]:
        """What of document and variables a plan depends on."""
        shaping = self.prepared.shaping
        return (
            self.prepared.text,
            self.name,
            *(
                (key, repr(value) if key in shaping else value is None)
                for key, value in self.values.coerced.items()
            ),
        )

    @cached_property
    def identity(self) -> tuple[str, str | None, str]:
        """What of document and variables an answer depends on."""
        return (self.prepared.text, self.name, repr(self.values.coerced))


class InvalidDocument(Exception):
    """The document or its variables do not fit the schema."""

    def __init__(self, errors: list[GraphQLError]) -> None:
        super().__init__(f"{len(errors)} errors")
        self.errors = errors


class Documents:
    """The document cache of one schema."""

    def __init__(self, schema: GraphQLSchema, limits: Limits) -> None:
        self.schema = schema
        self.hides = not limits.introspection  # what is in the schema: nothing is suggested
        self._limits = limits
        self._kept: Bounded[str, Prepared] = Bounded(KEPT_DOCUMENTS_BYTES, self._forget_requests)
        self._asked: Bounded[bytes, Operation] = Bounded(KEPT_REQUESTS_BYTES, _forget_request)

    @property
    def kept_bytes(self) -> int:
        """What the documents and requests that are kept take, roughly."""
        return self._kept.held + self._asked.held

    def asked(self, sent: bytes) -> "Operation | None":
        """The query that these bytes asked for before, if that is kept."""
        operation = self._asked.get(sent)
        if operation is not None:
            self._kept.get(operation.prepared.text)  # used again, so not the next to be forgotten
        return operation

    def keep_asked(self, sent: bytes, operation: "Operation") -> None:
        """Remember that these bytes ask for a query; as long as its document is kept."""
        prepared = operation.prepared
        is_kept = self._kept.get(prepared.text) is prepared
        if operation.is_query and len(sent) <= KEPT_REQUEST_BYTES and is_kept:
            prepared.requests.add(sent)
            variables = len(repr(operation.inputs)) * JSON_GROWS
            self._asked.put_bytes(sent, operation, taking=len(sent) + variables)

    def is_known(self, text: str, name: str | None, variables: Mapping[str, Any]) -> bool:
        """Whether `operation` will be quick: the document is kept, its cost was found before."""
        prepared = self._kept.get(text)
        return prepared is not None and prepared.cost(name, variables) is not None

    def operation(self, text: str, name: str | None, variables: Mapping[str, Any]) -> Operation:
        """The operation to run, within limits and valid.

        Raises BillingError for limits and syntax, InvalidDocument for the rest.
        """
        return self.keep(self.read(self.known(text), text, name, variables))

    def known(self, text: str) -> Prepared | None:
        """The document, if it is kept."""
        return self._kept.get(text)

    def read(
        self, prepared: Prepared | None, text: str, name: str | None, variables: Mapping[str, Any]
    ) -> Operation:
        """As `operation`, for the document that is `known`, in any thread: nothing is kept."""
        cost = prepared.cost(name, variables) if prepared else None
        if prepared is None or cost is None:
            document = prepared.document if prepared else parse_document(text, self._limits)
            size = measure(document, name, variables, self.schema, self._limits)
            prepared, cost = prepared or self._validate(text, document), size.cost
            prepared.keep_cost(name, size.page_variables, variables, cost)
        node = get_operation_ast(prepared.document, name)
        assert node is not None
        values = get_variable_values(
            self.schema, node.variable_definitions or (), dict(variables), 5, self.hides
        )
        if isinstance(values, list):
            raise InvalidDocument(values)
        if nulls := null_errors(prepared.wanting[name_of(node)], values.coerced):
            raise InvalidDocument(nulls)
        return Operation(prepared, node, variables, values, cost)

    def keep(self, operation: Operation) -> Operation:
        """Keep the document of an operation that was read."""
        self._keep(operation.prepared)
        return operation

    def require_valid(self, text: str) -> None:
        """Raise InvalidDocument, or InvalidInput (SYNTAX_ERROR), unless the document fits."""
        self._keep(self._validate(text, parse_document(text, self._limits)))

    def _keep(self, prepared: Prepared) -> None:
        text = prepared.text
        if len(text) <= KEPT_DOCUMENT_CHARACTERS and self._kept.get(text) is None:
            taken = getsizeof(text) + _tokens(prepared.document) * TOKEN_BYTES
            self._kept.put_bytes(text, prepared, taking=taken)

    def _validate(self, text: str, document: DocumentNode) -> Prepared:
        errors = validate(self.schema, document, max_errors=5, hide_suggestions=self.hides)
        if errors:
            raise InvalidDocument(errors)
        fragments = {
            node.name.value: node
            for node in document.definitions
            if isinstance(node, FragmentDefinitionNode)
        }
        never_null = wanting(self.schema, document)
        return Prepared(text, document, fragments, shaping_variables(document), never_null)

    def _forget_requests(self, _text: str, prepared: Prepared) -> None:
        for sent in list(prepared.requests):
            self._asked.drop(sent)


def _forget_request(sent: bytes, operation: Operation) -> None:
    operation.prepared.requests.discard(sent)


def _tokens(document: DocumentNode) -> int:
    count, token = 0, document.loc.start_token if document.loc else None
    while token is not None:
        count, token = count + 1, token.next
    return count


class _Shaping(Visitor):
    """Finds variables whose value, not only whose absence, changes the statement."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def enter_variable(self, node: VariableNode, *where: Any) -> None:
        """In a directive, inside a list or object, or the id of `node`."""
        kinds = [ancestor for ancestor in where[-1] if isinstance(ancestor, Node)]
        holders = (ListValueNode, ObjectValueNode)
        is_nested = any(isinstance(kind, holders) for kind in kinds)
        is_directive = any(kind.kind == "directive" for kind in kinds)
        fields = [kind for kind in kinds if isinstance(kind, FieldNode)]
        if is_nested or is_directive or (fields and fields[-1].name.value == "node"):
            self.names.add(node.name.value)


def shaping_variables(document: DocumentNode) -> frozenset[str]:
    """Names of the variables that a plan depends on by value."""
    found = _Shaping()
    visit(document, found)
    return frozenset(found.names)
