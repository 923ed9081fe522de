"""What can be wrong around the database: settings, folders, disk, time zones, files, queue."""

import os
import secrets
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfoNotFoundError

from redis.asyncio import Redis
from redis.exceptions import RedisError

from jobs.doctor_findings import Finding, ill, well
from models.adapters.connections import sqlite_path
from models.adapters.file_places import open_files
from models.adapters.production import DEVELOPMENT_SECRET, refusals
from models.adapters.settings import Settings
from models.rules.errors import BillingError
from models.rules.months import billing_zone

OLDEST_SQLITE = (3, 35, 0)
# A worker makes files of some hundred megabytes beside their place.
LEAST_FREE_BYTES = 1 << 30
DEFAULT_ZONE = "Asia/Shanghai"
_LOCAL = frozenset({"127.0.0.1", "localhost", "::1"})
_PROBE = b"This file may be removed.\n"
_FILES_REMEDY = (
    "correct BILLS_FILES_URL, BILLS_FILES_ACCESS_KEY_ID and BILLS_FILES_SECRET_ACCESS_KEY, or make"
    " the bucket or folder ready to be written"
)


def settings_finding(settings: Settings) -> Finding:
    """What production would still refuse, or what was switched on in it."""
    if not settings.production:
        unsafe = [text.removeprefix("production ") for text in refusals(settings)]
        remedy = "; it ".join(["set BILLS_PRODUCTION=true before others see it", *unsafe])
        return Finding("settings", True, "for trying out", remedy)
    switched = {"GraphiQL": settings.has_graphiql, "introspection": settings.has_introspection}
    on = " and ".join(name for name, is_on in switched.items() if is_on)
    closed = "" if settings.metrics_token.get_secret_value() else "; /metrics is closed"
    remedy = "set BILLS_METRICS_TOKEN, where Prometheus is to read it" if closed else ""
    return Finding("settings", True, f"for production{on and f', with {on}'}{closed}", remedy)


def secret_finding(settings: Settings) -> Finding:
    """Whether anyone could sign in as anyone."""
    if settings.secret.get_secret_value() != DEVELOPMENT_SECRET:
        return well("secret", "your own")
    is_local = urlsplit(settings.public_url).hostname in _LOCAL
    remedy = "set BILLS_SECRET and BILLS_PRODUCTION=true before others see it"
    return Finding("secret", is_local, "the development default", remedy)


def folder_finding(folder: Path) -> Finding:
    """Whether the data folder can be written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as failure:
        return ill("files", f"{failure.strerror}", "correct BILLS_DATA_DIR")
    if not os.access(folder, os.W_OK):
        return ill("files", "cannot be written", "give this user the folder")
    return well("files", "can be written")


def disk_finding(settings: Settings) -> Finding:
    """Whether there is room where the database, our files and files in the making are."""
    places = [settings.data_dir]
    if settings.database.startswith("sqlite:"):
        places.append(Path(sqlite_path(settings.database)).parent)
    if isinstance(settings.files_place, Path):
        places.append(settings.files_place)
    free, place = min((_free(place), place) for place in places)
    what = f"{free / 2**30:.1f} GiB free"
    if free < LEAST_FREE_BYTES:
        return ill("disk", what, f"make room, or a larger disk, at {place}")
    return well("disk", what)


def _free(place: Path) -> int:
    while not place.exists() and place != place.parent:
        place = place.parent
    return shutil.disk_usage(place).free


def zone_data_finding() -> Finding:
    """Whether this Python knows time zones at all."""
    try:
        billing_zone(DEFAULT_ZONE)
    except (BillingError, ZoneInfoNotFoundError):
        return ill("time zones", f"{DEFAULT_ZONE} is not known", "install the package tzdata")
    return well("time zones", "are known")


def files_finding(settings: Settings) -> Finding:
    """Keep a small file, and read it, in the store of our own files; blocks."""
    key = f"doctor/probe-{secrets.token_hex(8)}.txt"
    try:
        files = open_files(settings)
        with closing(files.create(key)) as file:
            file.write(_PROBE)
            file.commit()
        is_well = b"".join(files.read(key, 0, len(_PROBE))) == _PROBE
        files.remove(key)
    except OSError as failure:
        return ill("file store", f"{failure.strerror}", _FILES_REMEDY)
    except BillingError as failure:
        return ill("file store", failure.message, _FILES_REMEDY)
    if not is_well:
        return ill("file store", "gives back something else", _FILES_REMEDY)
    return well("file store", "keeps what it is given")


async def queue_finding(url: str) -> Finding:
    """Whether the queue answers, where there is one."""
    if not url:
        return well("queue", "none is set; workers find jobs by themselves in seconds")
    client = Redis.from_url(url, socket_timeout=2, socket_connect_timeout=2)
    try:
        await client.ping()
    except (RedisError, OSError) as outage:
        remedy = "start it, or correct BILLS_REDIS_URL; nothing is lost meanwhile"
        return ill("queue", f"does not answer ({type(outage).__name__})", remedy)
    finally:
        await client.aclose()
    return well("queue", "answers")


def sqlite_finding() -> Finding:
    """Whether SQLite is new enough."""
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        remedy = "use a Python built with SQLite 3.35 or later"
        return ill("sqlite", sqlite3.sqlite_version, remedy)
    return well("sqlite", sqlite3.sqlite_version)
