"""Refusals as the schema shows them, and errors as GraphQL wants them."""

from typing import Any

import strawberry

from api.enums import ErrorCode
from api.metrics import count_error, count_user_error
from models.rules.errors import BillingError, InvalidArgument


@strawberry.type(description="Why a mutation was refused; nothing was changed.")
class UserError:
    """A refusal that the user can do something about."""

    code: ErrorCode = strawberry.field(description="The stable reason, for machines.")
    message: str = strawberry.field(description="What was wrong, where, and what to do.")
    path: list[str] = strawberry.field(description="The input field it is about; may be empty.")


def user_error(refused: BillingError) -> UserError:
    """A refusal as a UserError."""
    count_user_error(refused.code)
    return UserError(code=refused.code, message=refused.message, path=list(refused.path))


def error_body(code: ErrorCode, message: str) -> dict[str, Any]:
    """An answer that is nothing but one error."""
    count_error(code)
    return {"errors": [{"message": message, "extensions": {"code": code.value}}]}


def refusal_body(refused: BillingError) -> dict[str, Any]:
    """An answer that is nothing but a refusal; one about a field's argument says which field."""
    body = error_body(refused.code, refused.message)
    if isinstance(refused, InvalidArgument):
        body["errors"][0]["path"] = list(refused.path)
    return body
