"""S3 in and out: the wire archive and the printed documents."""

import shutil
from datetime import datetime
from enum import StrEnum
from typing import BinaryIO

from botocore.exceptions import ClientError

from chalicelib.aws.clients import client
from chalicelib.settings import settings

_CHUNK = 262_144


class Bucket(StrEnum):
    ARCHIVIO = "archivio"
    DOCUMENTI = "documenti"
    RICONCILIAZIONE = "riconciliazione"
    TRACCIATI = "tracciati"


def put(bucket: Bucket, key: str, body: bytes, *, content_type: str) -> None:
    """Store bytes under a key. The key is of the content, or the content of the key is always the same."""
    client("s3").put_object(Bucket=settings().bucket(bucket), Key=key, Body=body, ContentType=content_type)


def get(bucket: Bucket, key: str) -> bytes | None:
    """Give the bytes, None where there are none."""
    try:
        body: bytes = client("s3").get_object(Bucket=settings().bucket(bucket), Key=key)["Body"].read()
    except ClientError as error:
        if error.response["Error"]["Code"] in {"NoSuchKey", "404"}:
            return None
        raise
    return body


def get_within(bucket: Bucket, key: str, *, most: int) -> tuple[int, bytes | None] | None:
    """Give how many bytes there are, and the bytes if they are no more than `most`; None where there are none."""
    try:
        answer = client("s3").get_object(Bucket=settings().bucket(bucket), Key=key)
    except ClientError as error:
        if error.response["Error"]["Code"] in {"NoSuchKey", "404"}:
            return None
        raise
    size: int = answer["ContentLength"]
    with answer["Body"] as body:
        return size, body.read() if size <= most else None


def put_file(bucket: Bucket, key: str, file: BinaryIO, *, content_type: str) -> str | None:
    """Store what a file holds from where it stands, without holding it in memory; give the version that S3 made."""
    answer = client("s3").put_object(Bucket=settings().bucket(bucket), Key=key, Body=file, ContentType=content_type)
    version: str | None = answer.get("VersionId")
    return version


def fetch(bucket: Bucket, key: str, *, into: BinaryIO, version: str | None = None) -> bool:
    """Write the bytes into a file, a piece at a time; False where there are none."""
    which = {} if version is None else {"VersionId": version}
    try:
        body = client("s3").get_object(Bucket=settings().bucket(bucket), Key=key, **which)["Body"]
    except ClientError as error:
        if error.response["Error"]["Code"] in {"NoSuchKey", "NoSuchVersion", "404"}:
            return False
        raise
    shutil.copyfileobj(body, into, _CHUNK)  # writelines of a spooled file goes to disk only when it has them all
    return True


def written(bucket: Bucket, prefix: str, *, most: int) -> list[datetime]:
    """Give when the things under a prefix were last written, earliest first; at most `most` of them, in one call."""
    answer = client("s3").list_objects_v2(Bucket=settings().bucket(bucket), Prefix=prefix, MaxKeys=most)
    return sorted(one["LastModified"] for one in answer.get("Contents", ()))


def copy(bucket: Bucket, key: str, to: str, *, version: str | None = None) -> bool:
    """Have S3 copy what lies under a key to another, up to 5 GB; False where there is nothing."""
    name = settings().bucket(bucket)
    source = {"Bucket": name, "Key": key, **({} if version is None else {"VersionId": version})}
    try:
        client("s3").copy_object(Bucket=name, Key=to, CopySource=source)
    except ClientError as error:
        if error.response["Error"]["Code"] in {"NoSuchKey", "NoSuchVersion", "404"}:
            return False
        raise
    return True


def delete(bucket: Bucket, key: str) -> None:
    client("s3").delete_object(Bucket=settings().bucket(bucket), Key=key)


def upload_url(bucket: Bucket, key: str, *, seconds: int) -> str:
    """Give a URL to which the bytes of a key may be PUT for a while: the way in for what API Gateway cannot carry."""
    url: str = client("s3").generate_presigned_url(
        "put_object", Params={"Bucket": settings().bucket(bucket), "Key": key}, ExpiresIn=seconds
    )
    return url


def presigned_url(bucket: Bucket, key: str, *, file_name: str, seconds: int = 60, version: str | None = None) -> str:
    """Give a URL that serves the bytes as a download for a while: the way out for what API Gateway cannot carry."""
    url: str = client("s3").generate_presigned_url(
        "get_object",
        Params={
            "Bucket": settings().bucket(bucket),
            "Key": key,
            "ResponseContentDisposition": f'attachment; filename="{file_name}"',
            **({} if version is None else {"VersionId": version}),
        },
        ExpiresIn=seconds,
    )
    return url
