"""Grants move by their table, and every action has one answer in every state (R41, R42)."""

import itertools

import pytest

from models.rules.errors import Conflict, ErrorCode
from models.rules.principals import Principal, Role
from models.rules.storage_actions import available_storage_actions
from models.rules.storage_grants import GrantVerb, grant_move, require_agreed
from models.rules.storage_guards import StorageAction, StorageFacts, require_possible
from models.rules.storage_keys import key_hint
from models.rules.storage_states import GrantStatus

REQUESTED, AGREED, WITHDRAWN = GrantStatus
ADMIN = Principal("ada", Role.PARTNER_ADMIN, 1)
SALES = Principal("sam", Role.SALES_OPS)
VENDORS = {StorageAction.ALLOW, StorageAction.REVOKE}


@pytest.mark.parametrize(
    ("status", "request_", "agree", "withdraw"),
    [
        (None, REQUESTED, ErrorCode.GRANT_MISSING, ErrorCode.GRANT_MISSING),
        (REQUESTED, ErrorCode.INVALID_STATE, AGREED, WITHDRAWN),
        (AGREED, ErrorCode.INVALID_STATE, ErrorCode.INVALID_STATE, WITHDRAWN),
        (WITHDRAWN, REQUESTED, ErrorCode.GRANT_MISSING, ErrorCode.GRANT_MISSING),
    ],
)
def test_grant_moves_by_its_table(
    status: GrantStatus | None, request_: object, agree: object, withdraw: object
) -> None:
    for verb, expected in zip(GrantVerb, (request_, agree, withdraw), strict=True):
        try:
            answer: object = grant_move(status, verb)
        except Conflict as refused:
            answer = refused.code
        assert answer == expected


@pytest.mark.parametrize("status", [None, *GrantStatus])
def test_only_an_agreed_grant_will_do(status: GrantStatus | None) -> None:
    if status is AGREED:
        require_agreed(status)
        return
    with pytest.raises(Conflict) as refused:
        require_agreed(status)
    assert refused.value.code is ErrorCode.GRANT_MISSING


def possible(principal: Principal, *facts: object) -> dict[str, str | None]:
    actions = available_storage_actions(principal, StorageFacts(*facts))  # type: ignore[arg-type]
    return {each.action: each.refusal and each.refusal.code.value for each in actions}


def test_buttons_of_an_administrator_from_first_to_last() -> None:
    allowed = [
        {action for action, reason in possible(ADMIN, *facts).items() if reason is None}
        for facts in (
            (False,),
            (True,),
            (True, REQUESTED),
            (True, AGREED),
            (True, AGREED, True),
            (True, WITHDRAWN),
            (False, AGREED),
        )
    ]
    assert allowed == [
        set(),
        {"REQUEST_GRANT"},
        {"AGREE_TO_GRANT", "WITHDRAW_GRANT"},
        {"WITHDRAW_GRANT", "ENABLE"},
        {"WITHDRAW_GRANT", "CHANGE_BUCKET", "UPDATE", "DISABLE"},
        {"REQUEST_GRANT"},
        {"WITHDRAW_GRANT"},
    ]


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ((False, None), "STORAGE_NOT_ELIGIBLE"),
        ((False, AGREED), "STORAGE_NOT_ELIGIBLE"),
        ((True, None), "GRANT_MISSING"),
        ((True, REQUESTED), "GRANT_MISSING"),
        ((True, WITHDRAWN), "GRANT_MISSING"),
        ((True, AGREED), None),
        ((True, AGREED, True), "INVALID_STATE"),
    ],
)
def test_enabling_says_what_is_missing_first(facts: tuple[object, ...], reason: str | None) -> None:
    assert possible(ADMIN, *facts)["ENABLE"] == reason


@pytest.mark.parametrize("role", list(Role))
def test_roles_have_the_buttons_that_are_theirs(role: Role) -> None:
    who = Principal("x", role)
    for is_eligible, grant, is_enabled in itertools.product(
        (False, True), (None, *GrantStatus), (False, True)
    ):
        facts = StorageFacts(is_eligible, grant, is_enabled)
        for each in available_storage_actions(who, facts):
            is_theirs = role is (Role.SALES_OPS if each.action in VENDORS else Role.PARTNER_ADMIN)
            if not is_theirs:
                assert each.refusal is not None
                assert each.refusal.code is ErrorCode.FORBIDDEN
            elif each.refusal is None:
                require_possible(each.action, facts)
            else:
                with pytest.raises(Conflict) as refused:
                    require_possible(each.action, facts)
                assert refused.value.code is each.refusal.code


@pytest.mark.parametrize(
    ("key", "hint"),
    [
        ("AKIAIOSFODNN7EXAMPLE", "…MPLE"),
        ("minioadmin", "…in"),
        ("abcd", "…d"),
        ("abc", "…"),
        ("", "…"),
    ],
)
def test_hint_shows_a_quarter_and_four_characters_at_most(key: str, hint: str) -> None:
    assert key_hint(key) == hint
