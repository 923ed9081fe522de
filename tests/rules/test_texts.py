"""What people write is kept as it is, or refused without being quoted."""

import pytest

from models.rules.errors import InvalidInput
from models.rules.texts import require_description, require_message


@pytest.mark.parametrize("text", ["x", " 为什么\r\n\t ", "é" * 10, "😀" * 10, "=1+1", "\x07bell"])
def test_message_is_taken(text: str) -> None:
    require_message(text, 10, "message")


@pytest.mark.parametrize("text", ["", " \t\r\n\u3000", "x" * 11, "a\x00", "\ud800", "\udfff"])
def test_message_that_says_nothing_or_cannot_be_kept_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        require_message(text, 10, "answers", "0")
    assert refused.value.path == ("answers", "0")
    assert text.strip() == "" or text not in refused.value.message


@pytest.mark.parametrize("text", ["x", "two\r\nlines\t", "€"])
def test_description_is_taken(text: str) -> None:
    require_description(text, 400, "description")


@pytest.mark.parametrize("text", ["", "x" * 401, "\x00", "a\x07", "a\x1b[0m", "a\x7f", "a\x85"])
def test_description_has_no_control_characters(text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        require_description(text, 400, "description")
    assert refused.value.path == ("description",)
