"""A secret is changed while it is used: nobody who has the old one or the new one is refused."""

from collections.abc import Iterator

import pytest

from chalicelib.aws import secrets
from chalicelib.aws.clients import client

NAME = "nodo/pagopa-prova"
OLD, NEW = "Vecchia-2026", "Nuova-2026"


class Store:
    """The Parameter Store, which counts how often it is read; and a clock."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.reads, self.seconds, read = 0, 1000.0, secrets._read

        def counted(path: str) -> str | None:
            self.reads += 1
            return read(path)

        monkeypatch.setattr(secrets, "_read", counted)
        monkeypatch.setattr(secrets.time, "monotonic", lambda: self.seconds)

    def put(self, *values: str) -> None:
        text = "\n".join(values)
        client("ssm").put_parameter(Name=f"/govpay/test/{NAME}", Value=text, Type="SecureString", Overwrite=True)


@pytest.fixture
def store(aws: object, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    made = Store(monkeypatch)
    secrets.forget()
    made.put(OLD)
    yield made
    client("ssm").delete_parameter(Name=f"/govpay/test/{NAME}")
    secrets.forget()


class TestIsSecret:
    def test_takes_the_old_and_the_new_while_both_are_there(self, store: Store) -> None:
        store.put(NEW, OLD)

        assert secrets.is_secret(NAME, OLD)
        assert secrets.is_secret(NAME, NEW)
        assert not secrets.is_secret(NAME, f"{NEW}\n{OLD}")

    def test_takes_a_new_one_as_soon_as_it_is_used(self, store: Store) -> None:
        assert secrets.is_secret(NAME, OLD)
        store.put(NEW, OLD)
        store.seconds += 10

        assert secrets.is_secret(NAME, NEW)

    def test_refuses_the_old_one_five_minutes_after_it_is_gone(self, store: Store) -> None:
        assert secrets.is_secret(NAME, OLD)
        store.put(NEW)

        store.seconds += 300

        assert not secrets.is_secret(NAME, OLD)

    def test_is_not_read_at_every_wrong_guess(self, store: Store) -> None:
        for _ in range(20):
            assert not secrets.is_secret(NAME, "indovinata")

        assert store.reads == 1

    def test_costs_no_call_to_who_is_right(self, store: Store) -> None:
        for _ in range(20):
            assert secrets.is_secret(NAME, OLD)
            store.seconds += 14

        assert store.reads == 1

    def test_takes_no_third_and_nothing_empty(self, store: Store) -> None:
        store.put("uno", "", OLD)

        assert not secrets.is_secret(NAME, "")
        assert not secrets.is_secret(NAME, OLD)

    def test_of_a_name_that_nobody_has_is_never_right(self, store: Store) -> None:
        assert not secrets.is_secret("nodo/altro", "")
        assert not secrets.is_secret("nodo/altro", OLD)


class TestGetSecret:
    def test_is_read_again_after_five_minutes(self, store: Store) -> None:
        assert secrets.get_secret(NAME) == OLD
        store.put(NEW)
        assert secrets.get_secret(NAME) == OLD

        store.seconds += 300

        assert secrets.get_secret(NAME) == NEW
