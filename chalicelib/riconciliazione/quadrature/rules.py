"""Riscossioni counted and summed by groups. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from chalicelib.kernel.importo import ZERO, Importo
from chalicelib.pagamenti.model import Riscossione
from chalicelib.pendenze.model import Pendenza


class Gruppo(StrEnum):
    """By what payments may be grouped (GovPay 3.1 API 1.12, raggruppamentoStatistica)."""

    DOMINIO = "DOMINIO"
    UNITA_OPERATIVA = "UNITA_OPERATIVA"
    TIPO_PENDENZA = "TIPO_PENDENZA"
    DIVISIONE = "DIVISIONE"
    DIREZIONE = "DIREZIONE"
    TASSONOMIA = "TASSONOMIA"
    APPLICAZIONE = "APPLICAZIONE"


# What only the pendenza says.
DELLA_PENDENZA = frozenset({Gruppo.UNITA_OPERATIVA, Gruppo.DIVISIONE, Gruppo.DIREZIONE, Gruppo.TASSONOMIA})


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistica:
    """A group: the value of each Gruppo asked for (None where a payment has none), how many payments, how much.

    `id_dominio` is that of the group, None where domini are not told apart: an unità is of one.
    """

    valori: tuple[str | None, ...]
    numero: int
    importo: Importo
    id_dominio: str | None = None


def valore(gruppo: Gruppo, riscossione: Riscossione, pendenza: Pendenza | None) -> str | None:
    """Give the value by which a payment falls into a group."""
    match gruppo:
        case Gruppo.DOMINIO:
            return riscossione.id_dominio
        case Gruppo.TIPO_PENDENZA:
            return riscossione.id_tipo_pendenza
        case Gruppo.APPLICAZIONE:
            return riscossione.id_a2a
    if pendenza is None:
        return None
    return {
        Gruppo.UNITA_OPERATIVA: pendenza.id_unita_operativa,
        Gruppo.DIVISIONE: pendenza.divisione,
        Gruppo.DIREZIONE: pendenza.direzione,
        Gruppo.TASSONOMIA: pendenza.tassonomia,
    }[gruppo]


def grouped(riscossioni: Iterable[tuple[Riscossione, Pendenza | None]], gruppi: Sequence[Gruppo]) -> list[Statistica]:
    """Count and sum, to the cent; groups by their values, those without one last. An unità is told with its dominio."""
    by_dominio = Gruppo.DOMINIO in gruppi or Gruppo.UNITA_OPERATIVA in gruppi
    totals: dict[tuple[str | None, tuple[str | None, ...]], tuple[int, Importo]] = {}
    for riscossione, pendenza in riscossioni:
        valori = tuple(valore(gruppo, riscossione, pendenza) for gruppo in gruppi)
        key = (riscossione.id_dominio if by_dominio else None, valori)
        numero, importo = totals.get(key, (0, ZERO))
        totals[key] = (numero + 1, importo + riscossione.importo)
    found = [
        Statistica(valori=valori, numero=numero, importo=importo, id_dominio=id_dominio)
        for (id_dominio, valori), (numero, importo) in totals.items()
    ]
    return sorted(found, key=lambda s: ([(v is None, v or "") for v in s.valori], s.id_dominio or ""))
