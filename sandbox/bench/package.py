"""What is shipped: the bundle, if build/ has one, and the resources of API Gateway."""

import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

RESOURCES_MAX = 300  # API Gateway's quota for one API
ZIP_MAX_MB = 40.0
_BUILD = Path(__file__).resolve().parents[2] / "build"
_MB = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    zip_mb: float
    unzipped_mb: float


def bundle() -> Bundle | None:
    """Give the sizes of the largest zip in build/, None where nothing was built."""
    zips = sorted(_BUILD.rglob("*.zip"), key=lambda path: path.stat().st_size)
    if not zips:
        return None
    with zipfile.ZipFile(zips[-1]) as archive:
        unzipped = sum(entry.file_size for entry in archive.infolist())
    return Bundle(zip_mb=zips[-1].stat().st_size / _MB, unzipped_mb=unzipped / _MB)


def gateway_resources(app: Any) -> int:
    """Count the resources of the API: every prefix of every path is one."""
    prefixes = set()
    for path in app.routes:
        parts = path.strip("/").split("/")
        prefixes |= {tuple(parts[:length]) for length in range(1, len(parts) + 1)}
    return len(prefixes)
