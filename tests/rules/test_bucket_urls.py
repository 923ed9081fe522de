"""Where buckets are called."""

from dataclasses import replace

import pytest

from models.rules.bucket_urls import bucket_url, location_body, object_key
from models.rules.buckets import BucketAddress, checked_address
from tests.rules.test_buckets import AWS, COS, MINIO, OBS


@pytest.mark.parametrize(
    ("address", "url", "has_name_in_host"),
    [
        (AWS, "https://acme-bills.s3.eu-central-1.amazonaws.com", True),
        (replace(AWS, bucket="a.b.c"), "https://s3.eu-central-1.amazonaws.com", False),
        (COS, "https://acme-1250000000.cos.ap-guangzhou.myqcloud.com", True),
        (OBS, "https://acme-bills.obs.cn-north-4.myhuaweicloud.com", True),
        (MINIO, "https://minio.example.com:9000", False),
    ],
)
def test_bucket_is_called_as_its_store_wants(
    address: BucketAddress, url: str, has_name_in_host: bool
) -> None:
    said = bucket_url(checked_address(address))
    assert (said.url, said.has_name_in_host) == (url, has_name_in_host)


def test_region_is_said_on_creation_where_the_endpoint_does_not() -> None:
    assert "<LocationConstraint>eu-central-1</LocationConstraint>" in location_body(AWS)
    assert "<LocationConstraint>cn-north-4</LocationConstraint>" in location_body(OBS)
    for address in (replace(AWS, region="us-east-1"), COS, MINIO):
        assert location_body(address) == ""


def test_key_is_below_the_prefix() -> None:
    assert object_key(AWS, "x.zip") == "bills/2026/x.zip"
    assert object_key(replace(AWS, prefix=""), "x.zip") == "x.zip"
    for key in ("", "../x", "/x", "a//b", ".x", "a\nb"):
        with pytest.raises(ValueError, match="no key of ours"):
            object_key(AWS, key)
