"""The little of a bucket's credentials that may be shown."""

MOST_SHOWN = 4


def key_hint(access_key_id: str) -> str:
    """An ellipsis and the last characters of an access key id: 4, fewer of a short one."""
    shown = min(MOST_SHOWN, len(access_key_id) // 4)
    return "…" + access_key_id[len(access_key_id) - shown :]
