"""What the invented vendor and its marketplace sell, with prices in US dollars."""

from dataclasses import dataclass
from decimal import Decimal

VENDOR = "Altura Cloud"


@dataclass(frozen=True, slots=True)
class Product:
    """One price: `price` per `unit` in USD, `daily` the usual quantity of one customer a day.

    A subscription has the unit `Months` and no daily quantity.
    """

    service: str
    category: str
    sku: str
    unit: str
    price: Decimal
    daily: Decimal = Decimal(1)
    publisher: str = VENDOR
    has_region: bool = True


def _metered(service: str, category: str, sku: str, unit: str, *price_and_daily: str) -> Product:
    price, daily = map(Decimal, price_and_daily)
    return Product(service, category, sku, unit, price, daily)


COMPUTE = _metered("Elastic Compute Service", "Compute", "ECS-S6", "Hours", "0.0462", "48")

METERED = (
    COMPUTE,
    _metered("Container Engine", "Compute", "CCE-VCPU", "vCPU-Hours", "0.01347", "96"),
    _metered("Function Compute", "Compute", "FC-GBS", "GB-Seconds", "0.0000166667", "90000"),
    _metered("Object Storage", "Storage", "OBS-STD", "GB-Months", "0.0231", "22.5"),
    _metered("Block Storage", "Storage", "EVS-SSD", "GB-Months", "0.1085", "8.25"),
    _metered("Relational Database", "Databases", "RDS-PG", "Hours", "0.1170", "24"),
    _metered("In-Memory Cache", "Databases", "DCS-8G", "Hours", "0.0713", "24"),
    _metered("Load Balancing", "Networking", "ELB-LCU", "LCU-Hours", "0.008", "61.5"),
    _metered("Message Queue", "Integration", "MQ-REQ", "Requests", "0.0000004", "1850000"),
    _metered(
        "Model Inference", "AI and Machine Learning", "AI-TOK", "Tokens", "0.0000001375", "9300000"
    ),
    _metered("Log Service", "Management and Governance", "LTS-ING", "GB", "0.0525", "31.2"),
    Product(
        "Content Delivery",
        "Networking",
        "CDN-OUT",
        "GB",
        Decimal("0.0415"),
        Decimal("64.3"),
        has_region=False,
    ),
    Product(
        "Hardened Linux Image",
        "Compute",
        "MKT-HLI",
        "Hours",
        Decimal("0.0185"),
        Decimal(48),
        publisher="Ironwood Software",
    ),
    Product(
        "Web Firewall Pro",
        "Security",
        "MKT-WFP",
        "Requests",
        Decimal("0.0000006"),
        Decimal(1200000),
        publisher="Palisade Security",
        has_region=False,
    ),
)


def _monthly(service: str, category: str, sku: str, price: str, publisher: str = VENDOR) -> Product:
    return Product(
        service,
        category,
        sku,
        "Months",
        Decimal(price),
        publisher=publisher,
        has_region=publisher == VENDOR and category != "Other",
    )


SUBSCRIPTIONS = (
    _monthly("Elastic Compute Service", "Compute", "ECS-C7-M", "128.40"),
    _monthly("Relational Database", "Databases", "RDS-HA-M", "214.95"),
    _monthly("Virtual Private Network", "Networking", "VPN-100-M", "43.20"),
    _monthly("Support Plan", "Other", "SUP-BUS-M", "100"),
    _monthly("Kanban Board Business", "Developer Tools", "MKT-KBB-M", "36.5", "Tidewater Apps"),
)

ANNUAL_HOST = Product("Dedicated Host", "Compute", "DEH-X1-Y", "Months", Decimal("1850"))

REGIONS: dict[str, str] = {
    "ap-east-1": "Hong Kong",
    "ap-northeast-1": "Tokyo",
    "ap-southeast-1": "Singapore",
    "cn-east-3": "Shanghai",
    "cn-north-4": "Beijing",
    "eu-central-1": "Frankfurt",
    "eu-west-2": "London",
}
