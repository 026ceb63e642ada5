"""What a report says, gathered once into a file of rows: they are read again for each form, never all in memory."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from chalicelib.kernel.importo import Importo
from chalicelib.pagamenti import repository as pagamenti
from chalicelib.pagamenti.model import ChiaveRiscossione, Riscossione, TipoRiscossione
from chalicelib.pagamenti.rules.riscossioni import Anomalia
from chalicelib.pagamenti.states import StatoRiscossione
from chalicelib.rest import json_text
from chalicelib.riconciliazione.esiti import EsitoMovimento
from chalicelib.riconciliazione.importazione import repository, rules, schemas
from chalicelib.riconciliazione.importazione.calendario import after_working_days
from chalicelib.riconciliazione.importazione.model import Giornale, MovimentoCassa, Totale
from chalicelib.riconciliazione.model import Flusso
from chalicelib.riconciliazione.repository import flussi

E = EsitoMovimento
_BATCH = 100
APERTI_MAX = 500
_RIGHE_MAX = 20_000
FLUSSO_DOPO, RICEVUTA_DOPO = 2, 5  # working days
_FLUSSI_GIORNI, _RICEVUTE_GIORNI = 90, 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Aperti:
    """What is open for the ente on the day of the report, beyond the file itself; each list ends at 500.

    `revisioni_da_verificare` came after the credit of their flow, and say another thing than what was credited.
    """

    flussi_senza_accredito: tuple[Flusso, ...] = ()
    revisioni_da_verificare: tuple[Flusso, ...] = ()
    accrediti_in_attesa: tuple[MovimentoCassa, ...] = ()
    ricevute_senza_flusso: tuple[Riscossione, ...] = ()
    pagamenti_doppi: tuple[tuple[str, Importo | None], ...] = ()
    da_regolarizzare: tuple[MovimentoCassa, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Raccolto:
    righe: Path
    totali: tuple[Totale, ...]
    aperti: Aperti = field(default_factory=Aperti)

    def rows(self) -> Iterator[dict[str, Any]]:
        """Give the rows in the order of the file; amounts are decimal texts, dates ISO."""
        with self.righe.open(encoding="utf-8") as lines:
            for line in lines:
                yield json.loads(line, parse_float=str)


def collect(giornale: Giornale, folder: Path, *, oggi: date) -> Raccolto:
    """Gather rows, totals and what is open. A Query and a BatchGetItem for a hundred rows."""
    path = folder / "righe.jsonl"
    totali: dict[EsitoMovimento, Totale] = {}
    doppi: list[str] = []
    da_regolarizzare: list[MovimentoCassa] = []
    with path.open("w", encoding="utf-8") as file:
        for riga, cassa in _rows(giornale):
            row = schemas.riga_json(riga, cassa)
            file.write(json_text.write(row) + "\n")
            esito = EsitoMovimento(row["esito"]) if "esito" in row else None
            if esito is None:
                continue
            movimento = riga.movimento or (cassa.movimento if cassa is not None else None)
            totali[esito] = rules.added(totali.get(esito), esito, movimento)
            if cassa is not None and riga.gia is None:
                doppi += cassa.iuv_doppi
                if is_da_regolarizzare(cassa) and len(da_regolarizzare) < APERTI_MAX:
                    da_regolarizzare.append(cassa)
    ordered = tuple(totali[esito] for esito in ORDINE if esito in totali)
    aperti = Aperti()
    if giornale.motivo is None:
        aperti = open_of(giornale.id_dominio, doppi, da_regolarizzare, oggi=oggi)
    return Raccolto(righe=path, totali=ordered, aperti=aperti)


# What needs a hand comes first.
ORDINE = (
    E.ILLEGGIBILE,
    E.RIFIUTATO,
    E.IMPORTO_DIVERSO,
    E.CAUSALE_ILLEGGIBILE,
    E.AMBIGUO,
    E.PROPOSTA,
    E.DUPLICATO,
    E.FLUSSO_ANOMALO,
    E.FLUSSO_ASSENTE,
    E.PAGAMENTO_ASSENTE,
    E.STORNO,
    E.STORNATO,
    E.RICONCILIATO,
    E.GIA_ACQUISITO,
    E.NON_PAGOPA,
    E.IGNORATO,
)


def _rows(giornale: Giornale) -> Iterator[tuple[Any, MovimentoCassa | None]]:
    righe = repository.righe(giornale, dopo=0)
    while chunk := list(islice(righe, _BATCH)):
        ids = [riga.id_movimento for riga in chunk if riga.id_movimento is not None]
        found = repository.movimenti(giornale.id_dominio, ids)
        for riga in chunk:
            yield riga, found.get(riga.id_movimento or "")


# -- what is open


def is_da_regolarizzare(cassa: MovimentoCassa) -> bool:
    return cassa.esito is E.RICONCILIATO and not (cassa.regolarizzato_da or cassa.movimento.regolarizzato)


def open_of(id_dominio: str, doppi: Sequence[str], da_regolarizzare: Sequence[MovimentoCassa], *, oggi: date) -> Aperti:
    """Gather what is open: flows of ninety days, ricevute of sixty, every credit that waits.

    `doppi` are IUVs known to be paid twice, `da_regolarizzare` reconciled movements: both are the caller's to find.
    """
    senza_accredito = _flussi_senza_accredito(id_dominio, oggi)
    riscosse = _riscosse(id_dominio, oggi)
    in_flussi = _chiavi_of(senza_accredito)
    late = [
        r
        for r in riscosse
        if r.chiave not in in_flussi and after_working_days(r.data, RICEVUTA_DOPO) < oggi and _is_due_in_a_flow(r)
    ]
    due = [
        f
        for f in senza_accredito
        if f.da_verificare is None
        and _regolamento(f) is not None
        and after_working_days(_giorno(f), FLUSSO_DOPO) < oggi
    ]
    more = [(r.iuv, r.importo) for r in riscosse if Anomalia.PAGAMENTO_DUPLICATO in r.anomalie]
    known = dict.fromkeys([(iuv, None) for iuv in doppi])
    return Aperti(
        flussi_senza_accredito=tuple(due[:APERTI_MAX]),
        revisioni_da_verificare=tuple(f for f in senza_accredito if f.da_verificare is not None),
        accrediti_in_attesa=tuple(repository.waiting(id_dominio, dopo="", most=APERTI_MAX)),
        ricevute_senza_flusso=tuple(late[:APERTI_MAX]),
        pagamenti_doppi=tuple([*known, *more][:APERTI_MAX]),
        da_regolarizzare=tuple(da_regolarizzare[:APERTI_MAX]),
    )


def _is_due_in_a_flow(riscossione: Riscossione) -> bool:
    """Tell what a flow of this ente must report: not a marca da bollo (SACI), nor what is another's."""
    is_own = riscossione.id_dominio_beneficiario is None
    return riscossione.has_ricevuta and is_own and riscossione.tipo is TipoRiscossione.ENTRATA


def doppi_of(id_dominio: str, *, oggi: date) -> list[str]:
    """Give the IUVs that were paid twice and are collected, of sixty days, among the first 500 of each month."""
    found: list[Riscossione] = []
    for mese in _months(oggi, _RICEVUTE_GIORNI):
        found += pagamenti.riscossioni_in(id_dominio, mese, stato=StatoRiscossione.INCASSATA, most=APERTI_MAX)
    return [r.iuv for r in found if Anomalia.PAGAMENTO_DUPLICATO in r.anomalie]


def _regolamento(flusso: Flusso) -> date | None:
    return None if flusso.testata is None else flusso.testata.data_regolamento


def _giorno(flusso: Flusso) -> date:
    return _regolamento(flusso) or flusso.chiave.data_ora.date()


def _flussi_senza_accredito(id_dominio: str, oggi: date) -> list[Flusso]:
    found: list[Flusso] = []
    for mese in _months(oggi, _FLUSSI_GIORNI):
        found += flussi.uncollected(id_dominio, mese, most=APERTI_MAX)
    return sorted(found, key=_giorno)[:APERTI_MAX]


def _chiavi_of(some: list[Flusso]) -> set[ChiaveRiscossione]:
    rows = (row for flusso in some for _, row in flussi.rows(flusso.chiave))
    return {row.riscossione for row in islice(rows, _RIGHE_MAX) if row.riscossione is not None}


def _riscosse(id_dominio: str, oggi: date) -> list[Riscossione]:
    found: list[Riscossione] = []
    for mese in _months(oggi, _RICEVUTE_GIORNI):
        found += pagamenti.riscossioni_in(id_dominio, mese, stato=StatoRiscossione.RISCOSSA, most=APERTI_MAX)
    return sorted(found, key=lambda r: r.data)


def _months(oggi: date, days: int) -> list[str]:
    return list(dict.fromkeys(f"{oggi - timedelta(days=back):%Y-%m}" for back in range(0, days + 1, 15)))
