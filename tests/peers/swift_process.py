"""OpenStack Swift with its S3 API in one process: `python -m tests.peers.swift_process FOLDER`.

A proxy, and an account, a container and an object server of one device each, on free ports of
loopback; objects are kept in memory, the rest below FOLDER. Says its URL, serves until it is ended.
"""

import eventlet

eventlet.monkey_patch()

import logging  # noqa: E402
import sys  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any  # noqa: E402

from eventlet import wsgi  # noqa: E402
from swift.account.server import AccountController  # noqa: E402
from swift.common import utils  # noqa: E402
from swift.common.ring import RingBuilder  # noqa: E402
from swift.common.storage_policy import reload_storage_policies  # noqa: E402
from swift.common.wsgi import loadapp  # noqa: E402
from swift.container.server import ContainerController  # noqa: E402
from swift.obj.mem_server import ObjectController  # noqa: E402

SWIFT_CONF = """
[swift-hash]
swift_hash_path_suffix = tests
[storage-policy:0]
name = only
default = yes
"""
PROXY_CONF = """
[DEFAULT]
swift_dir = {folder}
[pipeline:main]
pipeline = catch_errors listing_formats s3api tempauth slo proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:listing_formats]
use = egg:swift#listing_formats
[filter:slo]
use = egg:swift#slo
[filter:s3api]
use = egg:swift#s3api
location = eu-north-7
auth_pipeline_check = false
[filter:tempauth]
use = egg:swift#tempauth
user_test_tester = testing-secret .admin
user_other_tester = another-secret .admin
"""


def main(folder: Path) -> None:
    (folder / "swift.conf").write_text(SWIFT_CONF)
    utils.set_swift_dir(str(folder))
    utils.validate_hash_conf()
    reload_storage_policies()
    (folder / "sda1").mkdir()
    conf = {"devices": str(folder), "swift_dir": str(folder), "mount_check": "false"}
    for name, server in (
        ("account", AccountController),
        ("container", ContainerController),
        ("object", ObjectController),
    ):
        _save_ring(folder, name, _serve(server(conf)))
    path = folder / "proxy-server.conf"
    path.write_text(PROXY_CONF.format(folder=folder))
    port = _serve(loadapp(str(path)))
    sys.stdout.write(f"http://127.0.0.1:{port}\n")
    sys.stdout.flush()
    eventlet.hubs.trampoline(sys.stdin.fileno(), read=True)


def _serve(app: Any) -> int:
    listener = eventlet.listen(("127.0.0.1", 0))
    quiet = logging.getLogger("quiet")
    quiet.addHandler(logging.NullHandler())
    quiet.propagate = False
    eventlet.spawn(wsgi.server, listener, app, quiet, log_output=False)
    return int(listener.getsockname()[1])


def _save_ring(folder: Path, name: str, port: int) -> None:
    builder = RingBuilder(0, 1, 0)
    device = {"id": 0, "region": 1, "zone": 1, "ip": "127.0.0.1", "port": port}
    builder.add_dev(device | {"device": "sda1", "weight": 1})
    builder.rebalance()
    builder.get_ring().save(str(folder / f"{name}.ring.gz"))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
