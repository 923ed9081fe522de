"""What may be called a bucket, before anything is called."""

from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from models.rules.buckets import (
    BucketAddress,
    Credentials,
    checked_address,
    checked_credentials,
)
from models.rules.errors import ErrorCode, InvalidInput
from models.rules.storage_states import StorageProvider as Provider

AWS = BucketAddress(Provider.AWS_S3, None, "eu-central-1", "acme-bills", "bills/2026")
COS = BucketAddress(Provider.TENCENT_COS, None, "ap-guangzhou", "acme-1250000000", "")
OBS = BucketAddress(Provider.HUAWEI_OBS, None, "cn-north-4", "acme-bills", "")
MINIO = BucketAddress(Provider.S3_COMPATIBLE, "https://minio.example.com:9000", None, "acme", "")
LOCAL = BucketAddress(Provider.LOCAL_FOLDER, None, None, "Acme_1.2", "")
ALL = [AWS, COS, OBS, MINIO, LOCAL]
SAFE = set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._=-/")


def refused_path(address: BucketAddress, *, allow_http: bool = False) -> str:
    with pytest.raises(InvalidInput) as refused:
        checked_address(address, allow_http=allow_http)
    assert refused.value.code is ErrorCode.INVALID_BUCKET
    [path] = refused.value.path
    return path


@pytest.mark.parametrize("address", ALL)
def test_address_is_kept_as_it_is_and_stays_so(address: BucketAddress) -> None:
    kept = checked_address(address)
    assert kept == replace(address, region="us-east-1" if address is MINIO else address.region)
    assert checked_address(kept) == kept


def test_address_is_tidied() -> None:
    assert checked_address(replace(AWS, prefix="/a/b/")).prefix == "a/b"
    assert checked_address(replace(AWS, endpoint="")).endpoint is None
    assert checked_address(replace(LOCAL, region="")).region is None
    tidied = checked_address(replace(MINIO, endpoint="https://MINIO.example.com:443/"))
    assert tidied.endpoint == "https://minio.example.com"


NAMES = ["", "ab", "a" * 64, "Acme", "acme_bills", "-acme", "acme-", ".acme", "acme.", "a..b",
         "a.-b", "a-.b", "10.0.0.1", "acme/x", "acme?x", "acme#", "acme@evil", "äcme", "acme\n",
         "acme\x00", "acme.example.com:80", "acme%2f", "../acme", "acme bills"]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_bucket_name_that_is_none_is_refused(name: str) -> None:
    for address in (AWS, COS, OBS, MINIO):
        assert refused_path(replace(address, bucket=name)) == "bucket"


@pytest.mark.parametrize("name", ["acme", "acme-", "-1250000000", "acme.bills-1250000000"])
def test_bucket_of_cos_needs_its_number(name: str) -> None:
    assert refused_path(replace(COS, bucket=name)) == "bucket"


@pytest.mark.parametrize(
    "name", ["", ".", "..", ".acme", "-acme", "a/b", "a\\b", "a\x00", "a" * 64]
)
def test_folder_is_one_step_down(name: str) -> None:
    assert refused_path(replace(LOCAL, bucket=name)) == "bucket"


@pytest.mark.parametrize(
    "endpoint",
    ["", "minio.example.com", "http://minio.example.com", "ftp://minio.example.com", "https://",
     "https://user:secret@minio.example.com", "https://minio.example.com/path",
     "https://minio.example.com/?a=b", "https://minio.example.com?", "https://minio.example.com#x",
     "https://minio.example.com:0", "https://minio.example.com:99999", "https://mini o",
     "https://minio.example.com\r\nx: y", "file:///etc/passwd", "https://[::1%25eth0]"],
)  # fmt: skip
def test_endpoint_is_a_bare_https_url(endpoint: str) -> None:
    assert refused_path(replace(MINIO, endpoint=endpoint)) == "endpoint"


def test_endpoint_by_http_is_for_development() -> None:
    near = replace(MINIO, endpoint="http://127.0.0.1:9000")
    assert refused_path(near) == "endpoint"
    assert checked_address(near, allow_http=True).endpoint == "http://127.0.0.1:9000"


@pytest.mark.parametrize("address", [AWS, COS, OBS, LOCAL])
def test_endpoint_is_for_compatible_stores_only(address: BucketAddress) -> None:
    assert refused_path(replace(address, endpoint="https://evil.example.com")) == "endpoint"


@pytest.mark.parametrize(
    "region", [None, "", "evil.example.com/", "a.b", "EU", "-x", "x" * 40, "a\n"]
)
def test_region_is_part_of_a_host_and_no_more(region: str | None) -> None:
    for address in (AWS, COS, OBS):
        assert refused_path(replace(address, region=region)) == "region"


def test_region_of_compatible_stores_may_be_capital_and_of_folders_is_none() -> None:
    assert checked_address(replace(MINIO, region="RegionOne")).region == "RegionOne"
    assert refused_path(replace(MINIO, region="Region One")) == "region"
    assert refused_path(replace(LOCAL, region="eu")) == "region"


@pytest.mark.parametrize(
    "prefix", ["..", "a/../b", "a//b", ".hidden", "a/.b", "a\x00b", "a\nb", "a b", "a\\b", "é",
               "=1+1", "-rf", "a?b", "a%2e", "x" * 201],
)  # fmt: skip
def test_prefix_leads_nowhere_else(prefix: str) -> None:
    for address in ALL:
        assert refused_path(replace(address, prefix=prefix)) == "prefix"


@given(st.text(), st.text(), st.text(), st.text())
@example("https://a.example.com", "eu", "acme", "a/b")
def test_whatever_is_typed_is_refused_or_plain(
    endpoint: str, region: str, bucket: str, prefix: str
) -> None:
    for provider in Provider:
        for given_endpoint in (None, endpoint):
            address = BucketAddress(provider, given_endpoint, region, bucket, prefix)
            try:
                kept = checked_address(address, allow_http=True)
            except InvalidInput as refused:
                assert refused.code is ErrorCode.INVALID_BUCKET
                continue
            assert set(kept.bucket) | set(kept.prefix) | set(kept.region or "") <= SAFE
            assert not {".", "..", ""} & set(f"{kept.bucket}/{kept.prefix or 'x'}".split("/"))


KEYS = Credentials("AKIA123", "secret+/=")


def test_credentials_are_for_remote_stores() -> None:
    assert checked_credentials(Provider.AWS_S3, KEYS) == KEYS
    assert checked_credentials(Provider.LOCAL_FOLDER, None) is None
    for provider, given_keys in ((Provider.AWS_S3, None), (Provider.LOCAL_FOLDER, KEYS)):
        with pytest.raises(InvalidInput) as refused:
            checked_credentials(provider, given_keys)
        assert refused.value.path == ("accessKeyId",)


@pytest.mark.parametrize("text", ["", "a b", "a\n", "a\x00", "é", "x" * 257])
def test_credentials_are_printable_and_never_repeated(text: str) -> None:
    for keys, path in (
        (replace(KEYS, access_key_id=text), "accessKeyId"),
        (replace(KEYS, secret_access_key=text), "secretAccessKey"),
    ):
        with pytest.raises(InvalidInput) as refused:
            checked_credentials(Provider.AWS_S3, keys)
        assert (refused.value.code, refused.value.path) == (ErrorCode.INVALID_BUCKET, (path,))
        assert not text.strip() or text not in refused.value.message


def test_secret_is_in_no_text_of_credentials() -> None:
    assert "secret+" not in f"{KEYS} {KEYS!r} {[KEYS]}"
