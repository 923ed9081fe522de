"""What proves that a delivered file is still in its bucket (R47, R69)."""

from contextlib import aclosing

from models.adapters.bucket_port import Bucket, Content
from models.adapters.files import StoredFile
from models.rules.manifest_parsing import LONGEST, parse_manifest
from models.rules.manifests import ManifestFile, manifest_name

# In UTF-8.
_LONGEST_BYTES = 4 * LONGEST


async def holds_delivered(bucket: Bucket, file: ManifestFile) -> bool:
    """Whether a bucket has this very file, and beside it a manifest that is about it.

    Raises as a Bucket does, NotFound where there is no manifest, and InvalidInput for one that is
    none.
    """
    stored = StoredFile(file.size, file.sha256)
    if not await bucket.has(file.name, Content(stored, lambda: iter(()))):
        return False
    return parse_manifest(await _text(bucket, manifest_name(file.name))).file == file


async def _text(bucket: Bucket, key: str) -> str:
    """What stands under a key, no more of it than a manifest may have."""
    data = bytearray()
    async with aclosing(bucket.read(key)) as chunks:
        async for chunk in chunks:
            data += chunk
            if len(data) > _LONGEST_BYTES:
                break
    return data.decode(errors="replace")
