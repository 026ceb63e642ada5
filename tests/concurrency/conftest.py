"""One world for all: to begin it takes seconds. Each test has pendenze of its own."""

from collections.abc import Iterator

import pytest

from tests.concurrency.mondo import DYNAMODB, Mondo


@pytest.fixture(scope="session")
def mondo(tmp_path_factory) -> Iterator[Mondo]:
    if not DYNAMODB.is_file():
        pytest.skip("manca dynoxide: lo compila `make test-dynamodb-local`, dove c'è cargo (Rust)")
    with Mondo(tmp_path_factory.mktemp("mondo")) as running:
        yield running
