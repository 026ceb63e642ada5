"""What S3 gives is never whole in memory."""

from chalicelib.aws import documents
from chalicelib.aws.documents import Bucket

PIECE = 262_144


class Pieces:
    """A file that has only `write`, as a spooled one must be written for it to go to disk in time."""

    def __init__(self):
        self.sizes = []

    def write(self, data):
        self.sizes.append(len(data))
        return len(data)


class TestAnObject:
    def test_is_fetched_a_piece_at_a_time(self, aws):
        documents.put(Bucket.ARCHIVIO, "flusso", b"x" * (3 * PIECE + 1), content_type="application/xml")
        into = Pieces()

        assert documents.fetch(Bucket.ARCHIVIO, "flusso", into=into)
        assert sum(into.sizes) == 3 * PIECE + 1
        assert max(into.sizes) <= PIECE

    def test_that_is_not_there_is_not_fetched(self, aws):
        into = Pieces()

        assert not documents.fetch(Bucket.ARCHIVIO, "flusso", into=into)
        assert into.sizes == []
