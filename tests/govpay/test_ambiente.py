"""What the command line says where AWS cannot be asked who calls."""

from typing import Any

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError, NoCredentialsError

from govpay import ambiente
from govpay.esiti import NEGATO, Fermato


class TestTheAccount:
    @pytest.mark.parametrize(
        ("error", "motivo"),
        [
            (EndpointConnectionError(endpoint_url="https://sts.example"), "AWS non risponde .*controllare la rete"),
            (NoCredentialsError(), "AWS non riconosce chi chiama .*aws sso login"),
        ],
    )
    def test_that_cannot_be_known_says_whether_it_is_the_network_or_the_credentials(self, monkeypatch, error, motivo):
        def client(_name: str) -> Any:
            raise error

        monkeypatch.setattr(boto3, "client", client)

        with pytest.raises(Fermato, match=motivo) as stopped:
            ambiente._account()

        assert stopped.value.codice == NEGATO
