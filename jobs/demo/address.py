"""Where the demo listens, and whether it answers there."""

import http.client
import socket
from contextlib import closing

from models.rules.errors import InvalidInput

_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104 - not bound to


def free_port(host: str, port: int) -> int:
    """`port`, or one that the system picks when it is 0; raises InvalidInput when it is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family) as tried:
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            tried.bind((host, port))
            return int(tried.getsockname()[1])
    except OSError as taken:
        raise InvalidInput(
            f"Port {port} on {host} cannot be used ({taken.strerror}); "
            "choose another with --port, or 0 for any that is free."
        ) from taken


def local_host(host: str) -> str:
    """The host under which a server that listens on `host` is reached from this machine."""
    return _EVERYWHERE.get(host, host)


def url_of(host: str, port: int) -> str:
    """The address to open in a browser on this machine."""
    name = local_host(host)
    return f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}"


def is_healthy(host: str, port: int) -> bool:
    """Whether the API there says that it is well."""
    with closing(http.client.HTTPConnection(local_host(host), port, timeout=5)) as connection:
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == http.HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False
