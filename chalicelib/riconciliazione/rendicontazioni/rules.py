"""Rows of flows: which are asked for, counted and summed by groups. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from chalicelib.kernel.importo import ZERO, Importo
from chalicelib.pendenze.model import Pendenza
from chalicelib.riconciliazione.model import Flusso, Rendicontazione


class Gruppo(StrEnum):
    """By what rows may be grouped (GovPay 3.9 API, raggruppamentoStatisticaRendicontazione)."""

    FLUSSO_RENDICONTAZIONE = "FLUSSO_RENDICONTAZIONE"
    DIVISIONE = "DIVISIONE"
    DIREZIONE = "DIREZIONE"


@dataclass(frozen=True, slots=True, kw_only=True)
class FiltriRendicontazioni:
    """What is asked for; None and empty ask nothing, bounds are inclusive.

    `flusso_da` and `flusso_a` are of the flow, `da` and `a` of the row: the day on which it was paid.
    """

    flusso_da: datetime | None = None
    flusso_a: datetime | None = None
    da: date | None = None
    a: date | None = None
    id_dominio: str | None = None
    id_flusso: str | None = None
    iuv: str | None = None
    direzioni: frozenset[str] = frozenset()
    divisioni: frozenset[str] = frozenset()
    escludi_obsoleti: bool = True
    crescente: bool = True

    @property
    def of_pendenza(self) -> bool:
        """Tell whether only the pendenza of a row tells if it is asked for."""
        return bool(self.direzioni or self.divisioni)

    @property
    def of_row(self) -> bool:
        """Tell whether a flow may have rows that are not asked for."""
        return self.of_pendenza or self.da is not None or self.a is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendicontata:
    """A row with its flow, and the pendenza that it pays where the caller may see that."""

    flusso: Flusso
    rendicontazione: Rendicontazione
    pendenza: Pendenza | None = None
    id_voce: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistica:
    """A group: its flow, its values where they are asked for, how many rows, how much."""

    flusso: Flusso | None
    direzione: str | None
    divisione: str | None
    numero: int
    importo: Importo


def asks_for_flow(filtri: FiltriRendicontazioni, flusso: Flusso) -> bool:
    data_ora = flusso.chiave.data_ora
    return (
        filtri.id_dominio in {None, flusso.chiave.id_dominio}
        and (filtri.id_flusso is None or filtri.id_flusso.upper() == flusso.chiave.id_flusso.upper())
        and not (filtri.escludi_obsoleti and flusso.obsoleto)
        and (filtri.flusso_da is None or filtri.flusso_da <= data_ora)
        and (filtri.flusso_a is None or data_ora <= filtri.flusso_a)
    )


def asks_for_row(filtri: FiltriRendicontazioni, row: Rendicontazione) -> bool:
    giorno = row.riga.data
    return (filtri.da is None or filtri.da <= giorno) and (filtri.a is None or giorno <= filtri.a)


def asks_for_pendenza(filtri: FiltriRendicontazioni, pendenza: Pendenza | None) -> bool:
    direzione = None if pendenza is None else pendenza.direzione
    divisione = None if pendenza is None else pendenza.divisione
    return (not filtri.direzioni or direzione in filtri.direzioni) and (
        not filtri.divisioni or divisione in filtri.divisioni
    )


def grouped(rows: Iterable[Rendicontata], gruppi: Sequence[Gruppo]) -> list[Statistica]:
    """Count and sum, to the cent, in the order in which the groups are first met; a revocation is subtracted."""
    totals: dict[tuple[object, str | None, str | None], tuple[Flusso | None, int, Importo]] = {}
    for row in rows:
        flusso = row.flusso if Gruppo.FLUSSO_RENDICONTAZIONE in gruppi else None
        pendenza = row.pendenza
        direzione = pendenza.direzione if pendenza is not None and Gruppo.DIREZIONE in gruppi else None
        divisione = pendenza.divisione if pendenza is not None and Gruppo.DIVISIONE in gruppi else None
        key = (None if flusso is None else flusso.chiave, direzione, divisione)
        _, numero, importo = totals.get(key, (None, 0, ZERO))
        totals[key] = (flusso, numero + 1, importo + row.rendicontazione.riga.importo)
    return [
        Statistica(flusso=flusso, direzione=direzione, divisione=divisione, numero=numero, importo=importo)
        for (_, direzione, divisione), (flusso, numero, importo) in totals.items()
    ]
