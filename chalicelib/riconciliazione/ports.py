"""What riconciliazione needs from outside: where flows come from, and who waits for them. Joined by wiring."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO, Protocol

from chalicelib.riconciliazione.model import ChiaveFlusso, Formato, Riga, Testata


class FonteNonDisponibile(Exception):
    """The source did not answer, or answered that it cannot now: the same is asked again later. `motivo` is Italian."""

    def __init__(self, motivo: str) -> None:
        self.motivo = motivo
        super().__init__(motivo)


class FlussoAssente(Exception):
    """The source does not have that flow, or no longer."""


class FlussoIllegibile(ValueError):
    """The bytes of a flow are not one. `str()` is the reason, in Italian; it never repeats the content."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Annunciato:
    """A flow that a source has."""

    chiave: ChiaveFlusso
    pubblicato: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Elenco:
    """A page of what a source has; `altre` tells that there is a next one."""

    flussi: tuple[Annunciato, ...]
    altre: bool = False


class Fonte(Protocol):
    """Lists flows, brings their bytes, reads them. A flow comes in parts, numbered from 0."""

    content_type: str

    def elenca(self, *, id_stazione: str, id_dominio: str, pagina: int, now: datetime) -> Elenco:
        """List what there is for a dominio; `pagina` counts from 1.

        :raises FonteNonDisponibile:
        """
        ...

    def scarica(self, chiave: ChiaveFlusso, *, id_stazione: str, parte: int, into: BinaryIO, now: datetime) -> bool:
        """Write the bytes of a part; tell whether it is the last.

        :raises FonteNonDisponibile:
        :raises FlussoAssente:
        :raises FlussoIllegibile: nothing is written that could be read
        """
        ...

    def leggi(self, part: BinaryIO, *, chiave: ChiaveFlusso, parte: int, dopo: int) -> Iterator[Testata | Riga]:
        """Read a part as it streams: the head, and the rows, numbered on from `dopo`.

        :raises FlussoIllegibile: where it stops being one
        """
        ...


class Ports:
    """What wiring joins. `flusso_acquisito` is told the dominio and the id of every flow that comes to hold.

    `spedisci_notifiche` enqueues what is due, and gives how many.
    `ricevute_mancanti` is told dominio, stazione, and iuv and iur of the payments that a flow reports and no receipt does.
    `write_flusso` writes the XML of a flow that did not come as one.
    """

    fonti: Mapping[Formato, Fonte]
    write_flusso: Callable[[Testata, Sequence[Riga]], bytes]
    with_own_xml: Collection[Formato] = (Formato.SOAP,)
    flusso_acquisito: Callable[[str, str], None] | None = None
    spedisci_notifiche: Callable[[datetime], int] | None = None
    ricevute_mancanti: Callable[[str, Sequence[tuple[str, str]], str, datetime], None] | None = None
