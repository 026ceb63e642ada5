"""Flows made of what was paid, kept by revision. A flow is of one PSP, one ente and one IBAN (SACI 2)."""

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

from chalicelib.kernel.importo import Importo
from chalicelib.kernel.rome_time import rome_day

ESITI = {
    "0": "pagato",
    "3": "revocato",
    "4": "pagato in Stand-In",
    "8": "pagato in Stand-In, senza RPT",
    "9": "pagato senza RPT",
}
_ERRORE = Importo(100)
_ALTRUI = Importo(1_250)


class Totali(StrEnum):
    """What the head of a flow says of its rows."""

    GIUSTI = "giusti"
    IMPORTO_ERRATO = "importo-errato"
    NUMERO_ERRATO = "numero-errato"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pagato:
    """Money a PSP took for one voce, and owes to an ente: keyed (iur, iuv, indice)."""

    id_psp: str
    ragione_sociale: str
    id_dominio: str
    iban: str
    iuv: str
    iur: str
    indice: int
    importo: Importo
    esito: str
    data: date

    @property
    def chiave(self) -> tuple[str, str, int]:
        return self.iur, self.iuv, self.indice


@dataclass(frozen=True, slots=True, kw_only=True)
class Flusso:
    """A revision of a flow. `importo` and `numero` are those of the head: wrong where they were asked to be."""

    id_flusso: str
    revisione: int
    id_psp: str
    ragione_sociale: str
    id_dominio: str
    iban: str
    trn: str
    data_ora: datetime
    data_regolamento: date
    righe: tuple[Pagato, ...]
    numero: int
    importo: Importo
    ritardo: timedelta = timedelta()

    @property
    def pubblicato(self) -> datetime:
        """When it is there to be asked for: where it is late, the bank has credited it before."""
        return self.data_ora + self.ritardo

    @property
    def accreditato(self) -> Importo:
        """What the PSP really transfers: the sum of the rows, whatever the head says."""
        return Importo.total(riga.importo for riga in self.righe)


class FlussoSconosciuto(LookupError):
    """No flow has this id. `str()` is Italian."""

    def __init__(self) -> None:
        super().__init__("Il flusso non esiste.")


class Rendicontazione:
    """Reports each of `pagati` once, when asked to."""

    def __init__(self, pagati: Callable[[], Iterable[Pagato]], *, now: Callable[[], datetime]) -> None:
        self._pagati = pagati
        self._now = now
        self._flussi: dict[str, list[Flusso]] = {}
        self._rendicontati: set[tuple[str, str, int]] = set()
        self._lock = threading.Lock()

    def da_rendicontare(self) -> list[Pagato]:
        with self._lock:
            return self._nuovi()

    def rendiconta(
        self,
        *,
        id_dominio: str | None = None,
        esiti: Mapping[str, str] | None = None,
        totali: Totali = Totali.GIUSTI,
        altrui: int = 0,
        ritardo: timedelta = timedelta(),
    ) -> list[Flusso]:
        """Make the flows of what was paid and not reported yet, of one ente or of all; none where nothing was.

        `esiti` is by IUV, in place of the outcome that a payment has by itself. `altrui`: so many rows more in each flow,
        of IUVs that another intermediario of the ente has made. `ritardo`: the flows are published so much later.

        :raises ValueError: an esito that is none of ESITI
        """
        _check(esiti or {})
        with self._lock:
            gruppi: dict[tuple[str, str, str], list[Pagato]] = {}
            for one in self._nuovi():
                if id_dominio in (None, one.id_dominio):
                    gruppi.setdefault((one.id_dominio, one.id_psp, one.iban), []).append(one)
            return [
                self._pubblica([*_con_esiti(righe, esiti or {}), *_altrui(righe[0], altrui)], totali, ritardo)
                for righe in gruppi.values()
            ]

    def rivedi(
        self,
        id_flusso: str,
        *,
        esiti: Mapping[str, str] | None = None,
        togli: Iterable[str] = (),
        totali: Totali = Totali.GIUSTI,
    ) -> Flusso:
        """Publish another revision of a flow; what is taken out, by IUV, may be reported by another flow.

        :raises FlussoSconosciuto:
        :raises ValueError: an esito that is none of ESITI, or no row left
        """
        _check(esiti or {})
        with self._lock:
            if id_flusso not in self._flussi:
                raise FlussoSconosciuto
            prima, fuori = self._flussi[id_flusso][-1], set(togli)
            righe = [riga for riga in prima.righe if riga.iuv not in fuori]
            if not righe:
                raise ValueError("togli: nel flusso deve restare almeno un pagamento.")
            self._rendicontati -= {riga.chiave for riga in prima.righe if riga.iuv in fuori}
            dopo = replace(
                _con_totali(prima, _con_esiti(righe, esiti or {}), totali),
                revisione=prima.revisione + 1,
                # Revisions are told apart by their second, in the protocol that numbers none.
                data_ora=max(_secondo(self._now()), prima.data_ora + timedelta(seconds=1)),
            )
            self._flussi[id_flusso].append(dopo)
            return dopo

    def flussi(self, id_dominio: str | None = None) -> list[Flusso]:
        """Give the latest revision of each flow, of one ente or of all, oldest first."""
        with self._lock:
            ultimi = [revisioni[-1] for revisioni in self._flussi.values()]
        return [one for one in ultimi if id_dominio in (None, one.id_dominio)]

    def revisione(self, id_flusso: str, numero: int | None = None) -> Flusso:
        """Give a revision of a flow, the latest by default.

        :raises FlussoSconosciuto:
        """
        with self._lock:
            revisioni = self._flussi.get(id_flusso, [])
            for one in reversed(revisioni):
                if numero in (None, one.revisione):
                    return one
        raise FlussoSconosciuto

    def pubblicati(self, id_dominio: str | None = None) -> list[Flusso]:
        """Give, of each flow of an ente or of all, the latest revision that is published by now."""
        with self._lock:
            ultimi = [next(self._usciti(revisioni), None) for revisioni in self._flussi.values()]
        return [one for one in ultimi if one is not None and id_dominio in (None, one.id_dominio)]

    def pubblicata(self, id_flusso: str, numero: int | None = None) -> Flusso:
        """Give a revision of a flow that is published by now, the latest by default.

        :raises FlussoSconosciuto:
        """
        with self._lock:
            for one in self._usciti(self._flussi.get(id_flusso, [])):
                if numero in (None, one.revisione):
                    return one
        raise FlussoSconosciuto

    def _usciti(self, revisioni: list[Flusso]) -> Iterator[Flusso]:
        ora = self._now()
        return (one for one in reversed(revisioni) if not one.ritardo or one.pubblicato <= ora)

    def _nuovi(self) -> list[Pagato]:
        return [one for one in self._pagati() if one.chiave not in self._rendicontati]

    def _pubblica(self, righe: list[Pagato], totali: Totali, ritardo: timedelta) -> Flusso:
        prima, ora = righe[0], _secondo(self._now())
        giorno = rome_day(ora)
        seriale = 1 + sum(
            (one[0].id_psp, one[0].data_regolamento) == (prima.id_psp, giorno) for one in self._flussi.values()
        )
        vuoto = Flusso(
            id_flusso=f"{giorno}{prima.id_psp}-{seriale:010d}",
            revisione=1,
            id_psp=prima.id_psp,
            ragione_sociale=prima.ragione_sociale,
            id_dominio=prima.id_dominio,
            iban=prima.iban,
            trn=f"TRN{giorno:%Y%m%d}{prima.id_psp}{seriale:08d}",
            data_ora=ora,
            data_regolamento=giorno,
            righe=(),
            numero=0,
            importo=Importo(0),
            ritardo=ritardo,
        )
        flusso = _con_totali(vuoto, righe, totali)
        self._flussi[flusso.id_flusso] = [flusso]
        self._rendicontati |= {riga.chiave for riga in righe}
        return flusso


def _con_totali(flusso: Flusso, righe: list[Pagato], totali: Totali) -> Flusso:
    importo = Importo.total(riga.importo for riga in righe)
    return replace(
        flusso,
        righe=tuple(righe),
        numero=len(righe) + (totali is Totali.NUMERO_ERRATO),
        importo=importo + _ERRORE if totali is Totali.IMPORTO_ERRATO else importo,
    )


def _con_esiti(righe: Iterable[Pagato], esiti: Mapping[str, str]) -> list[Pagato]:
    return [replace(riga, esito=esiti.get(riga.iuv, riga.esito)) for riga in righe]


def _altrui(uno: Pagato, quanti: int) -> Iterator[Pagato]:
    """Give payments like another, under a segregation code that no stazione of ours has."""
    for numero in range(1, quanti + 1):
        yield replace(
            uno, iuv=f"99{numero:015d}", iur=f"ALTRUI{uno.iur[:20]}{numero:04d}", indice=1, importo=_ALTRUI, esito="0"
        )


def _check(esiti: Mapping[str, str]) -> None:
    if any(esito not in ESITI for esito in esiti.values()):
        raise ValueError(f"esiti: uno fra {', '.join(ESITI)} per ogni IUV.")


def _secondo(instant: datetime) -> datetime:
    return instant.astimezone(UTC).replace(microsecond=0)
