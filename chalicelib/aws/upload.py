"""An object of S3 written as it is made, a part at a time: for what is too big for memory and disk."""

from types import TracebackType
from typing import Any, Self

from chalicelib.aws.clients import client
from chalicelib.aws.documents import Bucket
from chalicelib.settings import settings

PART_BYTES = 8_388_608  # S3 takes 5 MB at least, and 10,000 parts


class Upload:
    """A file to write to; the object is there when the block ends well, and not at all when it does not.

    What fits in one part is put at once.
    """

    def __init__(self, bucket: Bucket, key: str, *, content_type: str) -> None:
        self._where: dict[str, Any] = {"Bucket": settings().bucket(bucket), "Key": key}
        self._content_type = content_type
        self._buffer = bytearray()
        self._upload_id: str | None = None
        self._parts: list[dict[str, Any]] = []

    def write(self, data: bytes) -> int:
        self._buffer += data
        while len(self._buffer) >= PART_BYTES:
            self._send(bytes(self._buffer[:PART_BYTES]))
            del self._buffer[:PART_BYTES]
        return len(data)

    def flush(self) -> None:
        """Do nothing: parts go when they are full."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        s3 = client("s3")
        if kind is not None:
            # What a killed process leaves is let go of by the lifecycle of the bucket.
            if self._upload_id is not None and issubclass(kind, Exception):
                s3.abort_multipart_upload(**self._where, UploadId=self._upload_id)
            return
        if self._upload_id is None:
            s3.put_object(**self._where, Body=bytes(self._buffer), ContentType=self._content_type)
            return
        if self._buffer:
            self._send(bytes(self._buffer))
        s3.complete_multipart_upload(**self._where, UploadId=self._upload_id, MultipartUpload={"Parts": self._parts})

    def _send(self, part: bytes) -> None:
        s3 = client("s3")
        if self._upload_id is None:
            made = s3.create_multipart_upload(**self._where, ContentType=self._content_type)
            self._upload_id = made["UploadId"]
        number = len(self._parts) + 1
        sent = s3.upload_part(**self._where, UploadId=self._upload_id, PartNumber=number, Body=part)
        self._parts.append({"PartNumber": number, "ETag": sent["ETag"]})
