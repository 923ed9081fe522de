"""What is wrong with a document or its variables is told by place and kind, never by its value."""

from typing import Any

import pytest
from graphql import GraphQLError, get_variable_values, parse, validate
from graphql.language import OperationDefinitionNode

from api.failures import visible
from api.limits import Limits, parse_document
from api.schema import build_schema
from models.rules.errors import InvalidInput

SCHEMA = build_schema()._schema
CANARY = "Li Lei <li@lei.test>"
MUTATION = """mutation Do($input: RegisterCustomersInput!) {
  registerCustomers(input: $input) { userErrors { code } } }"""
CUSTOMER = {"account": "c-1", "name": CANARY}


def told(error: GraphQLError) -> str:
    """What a client is told; never the value."""
    message = str(visible(error)["message"])
    assert "lei" not in message.casefold()
    return message


def of_variables(customer: Any) -> str:
    """What is said of a customer that was sent as a variable."""
    [operation] = parse(MUTATION).definitions
    assert isinstance(operation, OperationDefinitionNode)
    sent = {"input": {"partnerId": "prt_1", "customers": [customer]}}
    found = get_variable_values(SCHEMA, operation.variable_definitions or (), sent)
    assert isinstance(found, list)
    return told(found[0]).removeprefix("Variable '$input' has invalid value at .customers[0]")


def of_document(customer: str) -> str:
    """What is said of one that stands in the document."""
    query = f'mutation {{ registerCustomers(input: {{ partnerId: "prt_1", customers: {customer} }})'
    [error] = validate(SCHEMA, parse(query + " { userErrors { code } } }"))
    return told(error)


@pytest.mark.parametrize(
    ("customer", "message"),
    [
        (CUSTOMER | {"name": [CANARY]}, ".name: String cannot represent a non string value."),
        (
            CUSTOMER | {"association": CANARY},
            ".association: This value does not exist in 'Association' enum.",
        ),
        (
            CUSTOMER | {"association": {"is": CANARY}},
            ".association: Enum 'Association' cannot represent non-string value.",
        ),
        (
            CUSTOMER | {"more": 1},
            ": Expected value of type 'CustomerInput' not to include unknown field 'more'.",
        ),
        (
            {"name": CANARY},
            ": Expected value of type 'CustomerInput' to include required field 'account'.",
        ),
        (CANARY, ": Expected value of type 'CustomerInput' to be an object."),
    ],
)  # fmt: skip
def test_value_of_a_variable_is_not_repeated(customer: Any, message: str) -> None:
    assert of_variables(customer) == message


@pytest.mark.parametrize(
    ("customer", "message"),
    [
        (f'{{ account: "c", name: ["{CANARY}"] }}', "String cannot represent a non string value."),
        (
            f'{{ name: "{CANARY}" }}',
            "Expected value of type 'CustomerInput' to include required field 'account'.",
        ),
        (f'"{CANARY}"', "Expected value of type 'CustomerInput' to be an object."),
    ],
)
def test_value_in_a_document_is_not_repeated(customer: str, message: str) -> None:
    assert of_document(customer) == message


@pytest.mark.parametrize(
    ("query", "message"),
    [
        (f'{{ a(b: "{CANARY}" "{CANARY}") }}', "Syntax Error: Expected Name, found String."),
        (f'{{ a(b: """{CANARY}""" c) "{CANARY}" }}', "Syntax Error: Expected ':', found ')'."),
        ("{ a } b", "Syntax Error: Unexpected Name 'b'."),
    ],
)
def test_text_in_a_broken_document_is_not_repeated(query: str, message: str) -> None:
    with pytest.raises(InvalidInput) as broken:
        parse_document(query, Limits())
    assert broken.value.message.partition(" (line")[0] == message
