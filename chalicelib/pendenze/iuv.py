"""New IUVs: progressive numbers of a series (dominio and prefix), leased in blocks (GovPay 3.1 API 4.6).

A block costs one UpdateItem and lives in the process: a process that dies leaves a gap, never a duplicate. That an
IUV is free is not for the counter to say (the ente may number by itself): the posizione's condition does.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock

from botocore.exceptions import ClientError

from chalicelib.aws.base_table import raw_client
from chalicelib.kernel.iuv import NumeroAvviso, build_numero_avviso, riferimento_length
from chalicelib.kernel.refusals import Unprocessable
from chalicelib.kernel.rome_time import rome_day
from chalicelib.pendenze.tables import ContatoreItem

_PLACEHOLDER = re.compile(r"%\(([Yyatp])\)")
_BLOCK_MIN, _BLOCK_MAX = 10, 100
# A process that used a block up sooner than this is loading many pendenze.
_UNDER_LOAD = timedelta(seconds=60)
# A series this short is not to be wasted on blocks that nobody finishes.
_FEW_DIGITS = 6


class PrefissoNonValido(Unprocessable):
    """The prefix that iuvPrefix gives is not numeric, or leaves no number to give."""

    codice = "VER_028"


@dataclass(frozen=True, slots=True, kw_only=True)
class Serie:
    """A numbering: `codice` is that of the stazione (aux 0) or of the segregation (aux 3)."""

    id_dominio: str
    aux: str
    codice: str
    prefisso: str = ""

    @property
    def key(self) -> str:
        return f"{self.id_dominio}#{self.prefisso}"

    @property
    def free_digits(self) -> int:
        return riferimento_length(self.aux) - len(self.prefisso)


def resolve_prefix(
    template: str | None,
    *,
    aux: str,
    codifica_applicazione: str | None,
    codifica_tipo: str | None,
    name: str,
    now: datetime,
) -> str:
    """Give the digits that begin the reference: `%(Y)` `%(y)` the year, `%(a)` applicazione, `%(t)` `%(p)` tipo.

    `name` says of which pendenza, in a refusal.

    :raises PrefissoNonValido: VER_028, if what results is not numeric or leaves no digit free
    """
    year = rome_day(now).year
    values = {"Y": str(year), "y": str(year % 100), "a": codifica_applicazione}
    values["t"] = values["p"] = codifica_tipo
    prefix = _PLACEHOLDER.sub(lambda match: values[match[1]] or match[0], template or "")
    if prefix and not (prefix.isascii() and prefix.isdecimal()):
        raise PrefissoNonValido(
            f"Il prefisso IUV {prefix} della pendenza ({name}) non è numerico: completare le codifiche a cui rimanda "
            f"l'iuvPrefix {template} del dominio, o correggerlo."
        )
    if len(prefix) >= riferimento_length(aux):
        raise PrefissoNonValido(
            f"Il prefisso IUV {prefix} della pendenza ({name}) è troppo lungo e non lascia numeri liberi: accorciare "
            f"l'iuvPrefix {template} del dominio."
        )
    return prefix


@dataclass(slots=True)
class _Lease:
    """The numbers from `next` to `last` are this process's to give."""

    next: int
    last: int
    size: int
    taken: datetime


_leases: dict[str, _Lease] = {}
_lock = Lock()


def draw(serie: Serie, *, now: datetime, ahead: int = 0) -> NumeroAvviso:
    """Draw the next number. `ahead` leaves out so many: for who found the ones before taken.

    :raises PrefissoNonValido: VER_028, if the series has no number left
    """
    with _lock:
        lease = _leases.get(serie.key)
        if ahead or lease is None or lease.next > lease.last:
            lease = _leases[serie.key] = _take_block(serie, lease, ahead, now)
        number, lease.next = lease.next, lease.next + 1
    if number >= 10**serie.free_digits:
        raise _exhausted(serie)
    riferimento = serie.prefisso + str(number).zfill(serie.free_digits)
    return build_numero_avviso(aux=serie.aux, codice=serie.codice, riferimento=riferimento)


def forget() -> None:
    """Give up the blocks of this process: for tests."""
    with _lock:
        _leases.clear()


def _take_block(serie: Serie, previous: _Lease | None, ahead: int, now: datetime) -> _Lease:
    size = _block_size(serie, previous, now)
    last = _add(serie, ahead + size)
    return _Lease(next=last - size + 1, last=last, size=size, taken=now)


def _block_size(serie: Serie, previous: _Lease | None, now: datetime) -> int:
    if serie.free_digits <= _FEW_DIGITS:
        return 1
    if previous is not None and now - previous.taken < _UNDER_LOAD:
        return min(previous.size * 2, _BLOCK_MAX)
    return _BLOCK_MIN


def _add(serie: Serie, count: int) -> int:
    """Move the counter on by `count` and give where it stands; it stops at the end of the series."""
    try:
        answer = raw_client(ContatoreItem).update_item(
            TableName=ContatoreItem.Meta.table_name,
            Key={"pk": {"S": serie.key}},
            UpdateExpression="ADD valore :count",
            ConditionExpression="attribute_not_exists(valore) OR valore < :end",
            ExpressionAttributeValues={
                ":count": {"N": str(count)},
                ":end": {"N": str(10**serie.free_digits - 1)},
            },
            ReturnValues="UPDATED_NEW",
        )
    except ClientError as error:
        if error.response["Error"]["Code"] == "ConditionalCheckFailedException":
            raise _exhausted(serie) from error
        raise
    return int(answer["Attributes"]["valore"]["N"])


def _exhausted(serie: Serie) -> PrefissoNonValido:
    return PrefissoNonValido(
        f"La numerazione del dominio {serie.id_dominio} con prefisso IUV {serie.prefisso or '(vuoto)'} è esaurita: "
        "cambiare iuvPrefix del dominio."
    )
