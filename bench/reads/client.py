"""Asking: one request at a time to check answers, or many by the process that makes the load."""

import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection, HTTPResponse, RemoteDisconnected

import orjson

from bench.reads.contenders import ROOT, SECRET, Running, free_port
from bench.reads.load import Order, Result
from bench.reads.questions import Call
from models.adapters.tokens import mint
from models.rules.principals import Principal, Role

START_SECONDS = 30


def token(partner: int) -> str:
    """A token for someone of a partner, for a day; the same the whole run."""
    now, day = datetime.now(UTC).replace(hour=0, minute=0, second=0), timedelta(days=2)
    principal = Principal("bench", Role.PARTNER_FINANCE, partner)
    return mint(principal, secret=SECRET, now=now, lifetime=day)


@dataclass(frozen=True, slots=True)
class Asked:
    """A call with the token of whoever makes it."""

    call: Call
    token: str
    headers: tuple[tuple[str, str], ...] = ()

    @property
    def all_headers(self) -> dict[str, str]:
        """All but those that every client sends by itself."""
        sent = {"Accept": "application/json", "Authorization": f"Bearer {self.token}"}
        if self.call.body:
            sent["Content-Type"] = "application/json"
        return sent | dict(self.headers)

    def text(self, port: int) -> str:
        """The whole HTTP request."""
        body = self.call.body.decode()
        headers = {"Host": f"127.0.0.1:{port}", **self.all_headers}
        if body:
            headers["Content-Length"] = str(len(self.call.body))
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        return f"{self.call.method} {self.call.path} HTTP/1.1\r\n{head}\r\n{body}"


class Client:
    """One connection, for checking."""

    def __init__(self, running: Running) -> None:
        self._running = running
        self.port = running.port
        self._connection = HTTPConnection("127.0.0.1", self.port, timeout=60)

    def wait(self) -> None:
        """Until the server listens; raises SystemExit when it does not."""
        until = time.monotonic() + START_SECONDS
        while True:
            self._running.require()
            try:
                self._connection.connect()
                return
            except OSError:
                if time.monotonic() > until:
                    raise SystemExit(f"{self._running.contender.title} does not start.") from None
                time.sleep(0.1)

    def ask(self, asked: Asked) -> tuple[HTTPResponse, bytes]:
        """The answer, and its body; on a new connection where the server has closed the old one."""
        try:
            return self._ask(asked)
        except (ConnectionError, RemoteDisconnected):
            self._connection.close()
            return self._ask(asked)

    def close(self) -> None:
        """Give the connection back."""
        self._connection.close()

    def _ask(self, asked: Asked) -> tuple[HTTPResponse, bytes]:
        call = asked.call
        self._connection.request(call.method, call.path, call.body or None, asked.all_headers)
        response = self._connection.getresponse()
        return response, response.read()


class Load:
    """The process that makes the load."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "bench.reads.load"]
        self._process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    def run(self, order: Order) -> Result:
        """Carry an order out; raises SystemExit when an answer was not as expected."""
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(orjson.dumps(asdict(order)) + b"\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit("The load has ended; what it says is above.")
        return Result(**orjson.loads(line))

    def ceiling(self, size: int, connections: int, seconds: float) -> Result:
        """What it reaches against a server that does nothing but answer with `size` bytes."""
        port = free_port()
        command = [sys.executable, "-m", "bench.reads.idle", str(port), str(size)]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as idle:
            assert idle.stdout
            idle.stdout.readline()  # it listens
            request = "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
            try:
                return self.run(Order(port, connections, seconds, 1, 0, [request], [size]))
            finally:
                idle.terminate()

    def stop(self) -> None:
        """End it."""
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait()
