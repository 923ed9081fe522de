"""BILLS_FILES_URL: which folder or bucket it names."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules.buckets import BucketAddress
from models.rules.errors import ErrorCode, InvalidInput
from models.rules.file_urls import parse_files_url
from models.rules.storage_states import StorageProvider as Provider


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("file:///srv/bills%20x", Path("/srv/bills x")),
        ("s3://acme/a/b?region=eu-central-1",
         BucketAddress(Provider.AWS_S3, None, "eu-central-1", "acme", "a/b")),
        ("s3://acme?endpoint=https://minio.example.com:9000/",
         BucketAddress(Provider.S3_COMPATIBLE, "https://minio.example.com:9000", "us-east-1",
                       "acme", "")),
        ("cos://acme-1250000000/a/?region=ap-guangzhou",
         BucketAddress(Provider.TENCENT_COS, None, "ap-guangzhou", "acme-1250000000", "a")),
        ("obs://acme?region=cn-north-4",
         BucketAddress(Provider.HUAWEI_OBS, None, "cn-north-4", "acme", "")),
        ("minio://minio.example.com:9000/acme/a/b",
         BucketAddress(Provider.S3_COMPATIBLE, "https://minio.example.com:9000", "us-east-1",
                       "acme", "a/b")),
        ("minio://127.0.0.1:9000/acme?tls=no&region=here",
         BucketAddress(Provider.S3_COMPATIBLE, "http://127.0.0.1:9000", "here", "acme", "")),
    ],
)  # fmt: skip
def test_url_names_a_place(url: str, place: Path | BucketAddress) -> None:
    assert parse_files_url(url) == place


@pytest.mark.parametrize(
    "url",
    ["", "/srv/files", "srv/files", "file://host/srv", "file:srv", "file:///srv?x=1", "gs://acme",
     "https://acme.s3.amazonaws.com", "s3://acme", "s3://?region=eu", "s3://ACME?region=eu",
     "s3://acme?region=eu&acl=public", "s3://acme?region", "s3://acme:99?region=eu",
     "s3://acme#x?region=eu", "cos://acme?region=ap-guangzhou", "minio://host:9000",
     "minio://host:9000/acme?tls=maybe", "minio://[::1/acme", "s3://acme/../x?region=eu"],
)  # fmt: skip
def test_url_that_names_none_is_refused(url: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_files_url(url)
    assert refused.value.code is ErrorCode.INVALID_BUCKET


@pytest.mark.parametrize("url", ["s3://AKIA:hush@acme?region=eu", "minio://hush@host/acme"])
def test_secret_in_a_url_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(InvalidInput, match="settings of their own") as refused:
        parse_files_url(url)
    assert "hush" not in refused.value.message


@given(st.sampled_from(["s3://", "cos://", "minio://", "file://", ""]), st.text())
def test_any_text_is_a_place_or_refused(scheme: str, rest: str) -> None:
    try:
        parse_files_url(scheme + rest)
    except InvalidInput as refused:
        assert refused.code is ErrorCode.INVALID_BUCKET
