"""What is dropped in the folder goes to the bucket, and reports come back."""

import boto3
import pytest

from sandbox.cassetto.cassetto import Cassetto

ENTE = "80009876543"
BUCKET = "giornali"


@pytest.fixture
def s3(aws):
    """Give S3 with a bucket of ours in the embedded AWS that all tests of a process share, and take it away again."""
    client = boto3.client("s3", region_name="eu-south-1", aws_access_key_id="prova", aws_secret_access_key="prova")
    client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-south-1"})
    yield client
    for key in chiavi(client):
        client.delete_object(Bucket=BUCKET, Key=key)
    client.delete_bucket(Bucket=BUCKET)


def chiavi(s3) -> list[str]:
    return [one["Key"] for one in s3.list_objects_v2(Bucket=BUCKET).get("Contents", [])]


class TestGiro:
    def test_takes_a_file_that_stands_still(self, s3, tmp_path):
        cassetto = Cassetto(tmp_path, s3=s3, bucket=BUCKET, domini=[ENTE])
        dropped = tmp_path / ENTE / "in" / "gdc.xml"
        dropped.write_bytes(b"<a")

        cassetto.giro()
        dropped.write_bytes(b"<a/>")
        cassetto.giro()
        assert chiavi(s3) == []
        cassetto.giro()

        assert chiavi(s3) == [f"giornale-di-cassa/{ENTE}/in/gdc.xml"]
        assert not dropped.exists()
        assert (tmp_path / ENTE / "presi" / "gdc.xml").read_bytes() == b"<a/>"

    def test_leaves_what_is_not_whole(self, s3, tmp_path):
        cassetto = Cassetto(tmp_path, s3=s3, bucket=BUCKET, domini=[ENTE])
        for nome in (".nascosto", "~gdc.xml", "gdc.xml.part"):
            (tmp_path / ENTE / "in" / nome).write_bytes(b"x")

        cassetto.giro()
        cassetto.giro()

        assert chiavi(s3) == []

    def test_brings_reports_back_again_when_they_change(self, s3, tmp_path):
        cassetto = Cassetto(tmp_path, s3=s3, bucket=BUCKET, domini=[ENTE])
        report = f"giornale-di-cassa/{ENTE}/esiti/gdc.json"
        path = tmp_path / ENTE / "esiti" / "gdc.json"

        s3.put_object(Bucket=BUCKET, Key=report, Body=b"1")
        cassetto.giro()
        first = path.read_bytes()
        s3.put_object(Bucket=BUCKET, Key=report, Body=b"2")
        cassetto.giro()

        assert (first, path.read_bytes()) == (b"1", b"2")
