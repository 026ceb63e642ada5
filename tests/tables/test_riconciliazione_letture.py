"""The rows of a flow are read as last written: money hangs on each."""

from datetime import UTC, datetime
from typing import Any
from unittest.mock import patch

from botocore.client import BaseClient

from chalicelib.riconciliazione.model import ChiaveFlusso
from chalicelib.riconciliazione.repository import flussi

CHIAVE = ChiaveFlusso("99999000013", "2026-11-20PSP-1", "PSP", datetime(2026, 11, 20, tzinfo=UTC), 0)


class TestTheRowsOfAFlow:
    def test_are_never_read_from_a_copy_that_may_lag(self, aws):
        asked: list[Any] = []
        original = vars(BaseClient)["_make_api_call"]

        def observed(self: Any, operation_name: str, api_params: dict[str, Any]) -> Any:
            asked.append(api_params.get("ConsistentRead"))
            return original(self, operation_name, api_params)

        with patch.object(BaseClient, "_make_api_call", observed):
            found = list(flussi.rows(CHIAVE))

        assert (found, asked) == ([], [True])
