import json
import shlex
from pathlib import Path

from jobs.demo.announcement import Facts, lines_about, write_announcement

FACTS: Facts = {
    "tokens": {"AUDITOR": "a.u.d", "PARTNER_FINANCE": "f.i.n"},
    "partners": [{"id": "prt_1", "name": "云岭"}],
    "queries": {"first": "# It's a comment\nquery { viewer { role } }\n", "second": "{ x }"},
}


def test_announcement_signs_in_the_role_that_can_do_most(tmp_path: Path) -> None:
    lines = list(lines_about(tmp_path, "http://here", FACTS))
    assert "GraphiQL   http://here/graphiql#token=f.i.n" in lines


def test_announcement_offers_a_command_that_a_shell_understands(tmp_path: Path) -> None:
    [line] = [line for line in lines_about(tmp_path, "http://here", FACTS) if "curl" in line]
    words = shlex.split(line)
    assert words[:3] == ["curl", "-s", "http://here/graphql"]
    assert "Authorization: Bearer f.i.n" in words
    assert json.loads(words[-1]) == {"query": FACTS["queries"]["first"]}


def test_announcement_file_is_replaced_in_one_step(tmp_path: Path) -> None:
    path = tmp_path / "demo.json"
    path.write_text("old")
    write_announcement(path, "http://here", FACTS)
    assert json.loads(path.read_text("utf-8")) == {
        "url": "http://here",
        "graphql": "http://here/graphql",
        **FACTS,
    }
    assert list(tmp_path.iterdir()) == [path]
