"""The files of `deploy/` name commands, settings, services and figures that there are.

No container engine runs in a test: what is held here is that nothing in them is out of date.
"""

import re
from pathlib import Path
from typing import Any

import yaml
from prometheus_client.metrics import MetricWrapperBase
from typer.testing import CliRunner

import api.metrics
import jobs.worker_metrics
from jobs.commands import app
from jobs.metrics import families
from models.adapters.metrics import NUDGES_MISSED
from models.adapters.settings import Settings
from models.reads.metrics import Standing

ROOT = Path(__file__).parents[1]
DEPLOY = ROOT / "deploy"
CONTAINERFILE = (DEPLOY / "Containerfile").read_text()
# Read by the compose file itself.
OWN_VARIABLES = {"BILLS_HOST"}


def services() -> dict[str, dict[str, Any]]:
    composed: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    return composed["services"]  # type: ignore[no-any-return]


def ours() -> dict[str, dict[str, Any]]:
    return {name: each for name, each in services().items() if each["image"] == "partner-bills"}


def test_two_apis_and_two_workers_wait_for_the_schema() -> None:
    commands = sorted(each["command"][0] for each in ours().values())
    assert commands == ["migrate", "serve", "serve", "worker", "worker"]
    for name, each in ours().items():
        wanted = {"postgres": "service_healthy"}
        if name != "migrate":
            wanted = {"migrate": "service_completed_successfully"}
        assert {k: v["condition"] for k, v in each["depends_on"].items()} == wanted
        assert each["read_only"] and each["tmpfs"] == ["/tmp"] and each["cap_drop"] == ["ALL"]


def test_commands_take_the_options_that_they_are_given() -> None:
    entry = [line for line in CONTAINERFILE.splitlines() if line.startswith("CMD ")]
    given = [each["command"] for each in ours().values()]
    given += [yaml.safe_load(line.removeprefix("CMD ")) for line in entry]
    for command, *options in given:
        helped = CliRunner().invoke(app, [command, "--help"], env={"COLUMNS": "200"})
        assert helped.exit_code == 0
        for option in (each for each in options if each.startswith("--")):
            assert option in helped.stdout, (command, option)


def test_settings_that_are_named_exist() -> None:
    fields = {f"BILLS_{name.upper()}" for name in Settings.model_fields}
    for path in DEPLOY.iterdir():
        if path.is_file():
            named = set(re.findall(r"\bBILLS_[A-Z_]+\b", path.read_text()))
            assert named - fields - OWN_VARIABLES == set(), path.name


def test_production_takes_the_example_once_it_is_filled_in() -> None:
    lines = (DEPLOY / "example.env").read_text().splitlines()
    named = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    given = {
        name.removeprefix("BILLS_").lower(): value or "x" * 40
        for name, value in named.items()
        if name.startswith("BILLS_") and name not in OWN_VARIABLES
    }
    assert Settings(
        **{
            **given,
            "vendor_country": "DE",
            "production": True,
            "public_url": "https://bills.example",
        }
    )


def test_image_copies_what_is_there_and_is_not_the_newest_of_anything() -> None:
    for source in re.findall(r"^COPY (?!--from)(\S+) ", CONTAINERFILE, re.MULTILINE):
        assert (ROOT / source).exists()
    ignored = (DEPLOY / "Containerfile.dockerignore").read_text()
    for source in ("api", "jobs", "models", "requirements.lock"):
        assert f"!{source}\n" in ignored
    images = re.findall(r"^FROM (\S+)", CONTAINERFILE, re.MULTILINE)
    images += [each["image"] for name, each in services().items() if name not in ours()]
    assert all(re.search(r":\d", image) for image in images), images
    assert re.search(r"^USER 10001:10001$", CONTAINERFILE, re.MULTILINE)


def test_prometheus_asks_every_process_and_alerts_on_figures_that_exist() -> None:
    scraped = yaml.safe_load((DEPLOY / "prometheus.yaml").read_text())
    [config] = scraped["scrape_configs"][0]["static_configs"]
    ports = {"serve": 8000, "worker": 9000}
    wanted = {
        f"{name}:{ports[each['command'][0]]}"
        for name, each in ours().items()
        if each["command"][0] in ports
    }
    assert set(config["targets"]) == wanted
    own = (*vars(api.metrics).values(), *vars(jobs.worker_metrics).values(), NUDGES_MISSED)
    collected = [m for each in own if isinstance(each, MetricWrapperBase) for m in each.collect()]
    names = {m.name for m in (*collected, *families(Standing()))}
    [group] = yaml.safe_load((DEPLOY / "alerts.yaml").read_text())["groups"]
    for rule in group["rules"]:
        for name in re.findall(r"\bbills_\w+", rule["expr"]):
            assert name.removesuffix("_total") in names, name


def test_balancer_asks_the_apis_that_are_composed() -> None:
    config = (DEPLOY / "haproxy.cfg").read_text()
    apis = {name for name, each in ours().items() if each["command"][0] == "serve"}
    assert set(re.findall(r"^    server \S+ (\S+):8000$", config, re.MULTILINE)) == apis
    assert "option httpchk GET /readyz" in config
