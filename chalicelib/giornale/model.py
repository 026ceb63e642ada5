"""An evento: an exchange as the giornale keeps it, under an id of its own (GovPay 3.1 API 3.5)."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from chalicelib.kernel.exchange import Esito, Exchange

_EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
_RANDOM_BITS = 22
RANDOM_RANGE = 1 << _RANDOM_BITS
MAX_ID = (1 << 63) - 1
MAX_SEVERITA = 5
_SEVERITA = {Esito.OK: 0, Esito.KO: 3, Esito.FAIL: MAX_SEVERITA}


@dataclass(frozen=True, slots=True, kw_only=True)
class Evento:
    """An exchange on record. Its messages hold no bodies, only where they lie in the archive (`payload_key`)."""

    id: int
    scambio: Exchange


def severita_of(esito: Esito) -> int:
    """Give how grave an evento is, from 0 to 5 (GovPay 3.9 API 3.5): nothing, a refusal, a failure."""
    return _SEVERITA[esito]


def make_id(data: datetime, caso: int) -> int:
    """Make the 63-bit id of an evento: 41 bits of milliseconds, 22 that are random (`caso` < RANDOM_RANGE).

    The contract wants an int64. The instant can be read back out of it, so an evento is found by its id alone.
    """
    millis = (data - _EPOCH) // timedelta(milliseconds=1)
    return (max(millis, 0) << _RANDOM_BITS) | caso


def instant_of(id_evento: int) -> datetime:
    """Give the instant, to the millisecond, at which the evento with that id began."""
    return _EPOCH + timedelta(milliseconds=id_evento >> _RANDOM_BITS)
