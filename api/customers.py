"""Customers in the schema."""

import strawberry

from api.enums import Association
from api.node import Node
from api.planned import field


@strawberry.type(description="An end customer of a partner.")
class Customer(Node):
    """A customer."""

    account: str = field("The customer's account id with the vendor.")
    association: Association = field("Whether the customer is billed to the partner.")
    name: str = field("The customer's name; masked for vendor roles.")
    mobile: str | None = field("The mobile number, if registered; masked for vendor roles.")
    email: str | None = field("The e-mail address, if registered; masked for vendor roles.")
    export_token: str = field("What stands for this customer in exported files.")
