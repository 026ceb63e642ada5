"""A hundred rows at a time: found, judged, written. Of AWS, for a hundred rows of known payments: six calls."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from chalicelib.anagrafica.model import Dominio
from chalicelib.pagamenti import operations as pagamenti
from chalicelib.pagamenti import repository as archivio
from chalicelib.pagamenti.model import ChiaveRiscossione, Riscossione
from chalicelib.pagamenti.rules.incasso import PendenzaConPiuVoci, PendenzaSconosciuta, Riferita
from chalicelib.riconciliazione.model import ChiaveFlusso, Rendicontazione, Riga, Segnalazione
from chalicelib.riconciliazione.operations.verifica import ask_for
from chalicelib.riconciliazione.ports import Ports
from chalicelib.riconciliazione.repository import flussi
from chalicelib.riconciliazione.rules.righe import INDICE_UNICO, Giudizio, Trovato, is_interno, judge, lacks_receipt
from chalicelib.riconciliazione.states import SENZA_RICEVUTA, Anomalia, StatoRendicontazione

_INDICI = range(1, 6)  # a payment has five voci at most


def acquire_rows(
    chiave: ChiaveFlusso, righe: Sequence[Riga], *, dominio: Dominio, verifiche: int = 0, now: datetime
) -> tuple[list[Rendicontazione], int]:
    """Judge rows and write them; know the money that they alone tell of. Repeating it changes nothing.

    `verifiche` is how often the ente may still be asked for a pendenza; give how often it was, too.
    """
    ripetute = _repeated(chiave, righe)
    trovati = _find(righe, dominio, ripetute)
    asked = ask_for(righe, trovati, dominio=dominio, most=verifiche, now=now)
    giudizi = [judge(riga, trovati[riga.progressivo], dominio=dominio) for riga in righe]
    rendicontazioni = [_acquired(giudizio, now=now) for giudizio in giudizi]
    flussi.write_rows(
        chiave,
        [(flussi.row_key(r.riga, ripetuta=r.riga.progressivo in ripetute), r) for r in rendicontazioni],
    )
    _search_receipts(giudizi, dominio, now=now)
    return rendicontazioni, asked


def _search_receipts(giudizi: Sequence[Giudizio], dominio: Dominio, *, now: datetime) -> None:
    """Have the receipts searched of what was paid, as these rows say, and no receipt has told of (SANP 3.x)."""
    righe = [giudizio.rendicontazione.riga for giudizio in giudizi if lacks_receipt(giudizio)]
    if righe and Ports.ricevute_mancanti is not None and dominio.id_stazione is not None:
        mancanti = [(riga.iuv, riga.iur) for riga in righe]
        Ports.ricevute_mancanti(dominio.id_dominio, mancanti, dominio.id_stazione, now)


def _repeated(chiave: ChiaveFlusso, righe: Sequence[Riga]) -> set[int]:
    """Give the places of the rows whose key another row had first, in this hundred or before it."""
    first = flussi.first_places(chiave, righe)
    ripetute = set()
    for riga in righe:
        key = flussi.row_key(riga)
        if first.setdefault(key, riga.progressivo) < riga.progressivo:
            ripetute.add(riga.progressivo)
    return ripetute


def _find(righe: Sequence[Riga], dominio: Dominio, ripetute: set[int]) -> dict[int, Trovato]:
    """Find what the archive has for each row, by its place: by exact keys, never by a search."""
    wanted = {riga.progressivo: _keys_of(riga, dominio.id_dominio) for riga in righe}
    found = archivio.riscossioni_of(key for keys in wanted.values() for key in keys)
    missing = [riga for riga in righe if not any(key in found for key in wanted[riga.progressivo])]
    elsewhere = _elsewhere([key for riga in missing for key in wanted[riga.progressivo]])
    unreceived = [
        (dominio.id_dominio, r.iuv) for r in missing if r.esito in SENZA_RICEVUTA and is_interno(r.iuv, dominio)
    ]
    posizioni = archivio.posizioni_of(unreceived)
    return {
        riga.progressivo: Trovato(
            riscossioni=_meant(
                riga, [r for key in wanted[riga.progressivo] if (r := found.get(key) or elsewhere.get(key))]
            ),
            pendenza=posizioni.get((dominio.id_dominio, riga.iuv)),
            ripetuta=riga.progressivo in ripetute,
        )
        for riga in righe
    }


def _keys_of(riga: Riga, id_dominio: str) -> list[ChiaveRiscossione]:
    indici = _INDICI if riga.indice is None else (riga.indice,)
    return [ChiaveRiscossione(id_dominio, riga.iuv, riga.iur, indice) for indice in indici]


def _elsewhere(keys: Sequence[ChiaveRiscossione]) -> dict[ChiaveRiscossione, Riscossione]:
    """Give what is ours and lies under the dominio of the IUV: we are a secondary beneficiary."""
    rinvii = archivio.rinvii_of(keys)
    found = archivio.riscossioni_of(rinvii.values())
    return {key: found[there] for key, there in rinvii.items() if there in found}


def _meant(riga: Riga, candidates: Sequence[Riscossione]) -> Sequence[Riscossione]:
    """Narrow by the amount what a row without index may mean."""
    if len(candidates) < 2:  # noqa: PLR2004 - nothing to choose from
        return candidates
    same = [riscossione for riscossione in candidates if riscossione.importo == riga.importo]
    return same or candidates


def _acquired(giudizio: Giudizio, *, now: datetime) -> Rendicontazione:
    """Know the money of a row that no ricevuta tells of; what is found out now is an anomaly of the row."""
    rendicontazione = giudizio.rendicontazione
    if not giudizio.da_acquisire or rendicontazione.riscossione is None:
        return rendicontazione
    riga, key = rendicontazione.riga, rendicontazione.riscossione
    riferita = Riferita(iur=riga.iur, indice=riga.indice or INDICE_UNICO, importo=riga.importo, data=riga.data)
    try:
        pagamenti.acquire_without_rpt(key.id_dominio, key.iuv, riferita, now=now)
    except (PendenzaSconosciuta, PendenzaConPiuVoci) as refusal:
        # The position has changed since it was read for the whole hundred.
        segnalazione = Segnalazione(codice=Anomalia(refusal.codice), dettaglio=refusal.dettaglio)
        anomala = StatoRendicontazione.ANOMALA
        return replace(rendicontazione, stato=anomala, segnalazioni=(segnalazione,), riscossione=None)
    return rendicontazione
