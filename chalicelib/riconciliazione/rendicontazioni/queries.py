"""Read the rows of the flows of some days, of one flow or of one IUV.

What is found is all of it or a refusal: a total of a part would be believed to be the total. AWS calls: a Query for a
thousand flows, a BatchGetItem for a hundred of them, a Query for each flow whose rows are needed: for a page those of
the page alone, as flows know how many they have, and all where a row must be read to tell if it is asked for. An IUV
is found by its own index, in three calls.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from chalicelib.aws import listing
from chalicelib.kernel.refusals import NotAllowed, ParametroNonValido
from chalicelib.kernel.utenze import Utenza
from chalicelib.pagamenti import repository as archivio
from chalicelib.pendenze.model import Pendenza
from chalicelib.pendenze.rules.rights import check_visible
from chalicelib.riconciliazione import per_chiave
from chalicelib.riconciliazione.model import Flusso, Rendicontazione
from chalicelib.riconciliazione.per_chiave import with_pendenze
from chalicelib.riconciliazione.rendicontazioni.rules import (
    FiltriRendicontazioni,
    Gruppo,
    Rendicontata,
    Statistica,
    asks_for_flow,
    asks_for_pendenza,
    asks_for_row,
    grouped,
)
from chalicelib.riconciliazione.repository import flussi
from chalicelib.riconciliazione.ricerca import FiltriFlussi, flussi_listing

MAX_FLUSSI, MAX_RIGHE = 1000, 10_000
# Where a row must be read to tell if it is asked for, a Query a flow.
MAX_FLUSSI_LETTI = 300
_BATCH = 500
_DELLA_PENDENZA = frozenset({Gruppo.DIREZIONE, Gruppo.DIVISIONE})

Row = tuple[Flusso, Rendicontazione]


def find(
    *, utenza: Utenza, filtri: FiltriRendicontazioni, skip: int, size: int, now: datetime
) -> tuple[list[Rendicontata], int]:
    """Give a page of the rows of the caller's domini, by the date of their flow, and how many there are in all.

    :raises NotAllowed: 403000, if the caller is entitled to no dominio
    :raises ParametroNonValido: 100001, for more flows or rows than one request reads
    """
    if not _may_list(filtri, utenza):
        return [], 0
    if filtri.iuv is None and not filtri.of_row:
        found = _flussi(utenza, filtri, now=now)
        page = list(_window(found, skip, size))
        return _with_pendenze(page, utenza), _total(found)
    rows = _rows(utenza, filtri, now=now)
    if not filtri.of_pendenza:
        return _with_pendenze(rows[skip : skip + size], utenza), len(rows)
    asked = [row for row in _with_pendenze(rows, utenza) if asks_for_pendenza(filtri, row.pendenza)]
    return asked[skip : skip + size], len(asked)


def quadratura(
    *, utenza: Utenza, filtri: FiltriRendicontazioni, gruppi: Sequence[Gruppo], now: datetime
) -> list[Statistica]:
    """Count and sum the rows of the caller's domini by groups.

    :raises NotAllowed: 403000, if the caller is entitled to no dominio
    :raises ParametroNonValido: 100001, for more flows or rows than one request reads
    """
    if not _may_list(filtri, utenza):
        return []
    rows = _rows(utenza, filtri, now=now)
    if not filtri.of_pendenza and not _DELLA_PENDENZA & set(gruppi):
        return grouped((Rendicontata(flusso=f, rendicontazione=r) for f, r in rows), gruppi)
    read = _with_pendenze(rows, utenza)
    return grouped((row for row in read if asks_for_pendenza(filtri, row.pendenza)), gruppi)


def _may_list(filtri: FiltriRendicontazioni, utenza: Utenza) -> bool:
    utenza.require_any_dominio()
    return filtri.id_dominio is None or filtri.id_dominio in utenza.domini


# -- flows


def _flussi(utenza: Utenza, filtri: FiltriRendicontazioni, *, now: datetime) -> list[Flusso]:
    """Give the flows whose rows are asked for, by their date."""
    if filtri.id_flusso is not None:
        found = [f for f in per_chiave.namesakes(filtri.id_flusso) if f.chiave.id_dominio in utenza.domini]
        return _ordered((f for f in found if asks_for_flow(filtri, f)), filtri)
    asked = FiltriFlussi(
        da=filtri.flusso_da,
        a=filtri.flusso_a,
        id_dominio=filtri.id_dominio,
        escludi_obsoleti=filtri.escludi_obsoleti,
        crescente=filtri.crescente,
    )
    page = listing.read_page(flussi_listing(asked, utenza, now=now), size=MAX_FLUSSI)
    if page.cursor is not None:
        raise _too_many(f"i flussi sono più di {MAX_FLUSSI}")
    return flussi.get_many((item.pk, item.sk) for item in page.items)


def _ordered(found: Iterable[Flusso], filtri: FiltriRendicontazioni) -> list[Flusso]:
    return sorted(found, key=lambda f: (f.chiave.data_ora, f.chiave), reverse=not filtri.crescente)


def _total(found: Iterable[Flusso]) -> int:
    return sum(flusso.conteggio.righe for flusso in found)


def _too_many(what: str) -> ParametroNonValido:
    return ParametroNonValido(
        f"flussoRendicontazione.dataFlussoDa, flussoRendicontazione.dataFlussoA: {what}; restringere l'intervallo, o "
        "indicare idDominio, idFlusso o iuv."
    )


# -- rows


def _window(found: Iterable[Flusso], skip: int, size: int) -> Iterator[Row]:
    """Give the rows of a page: flows before it are passed over by the number of their rows."""
    end = skip + size
    for flusso in found:
        righe = flusso.conteggio.righe
        if skip < righe and end > 0:
            rows = _rows_of(flusso)
            yield from rows[max(skip, 0) : end]
        skip, end = skip - righe, end - righe
        if end <= 0:
            return


def _rows(utenza: Utenza, filtri: FiltriRendicontazioni, *, now: datetime) -> list[Row]:
    """Give all rows that are asked for, as far as a row itself tells."""
    if filtri.iuv is not None:
        found = per_chiave.reporting(filtri.iuv, utenza, filtri.id_dominio)
        found.sort(key=lambda row: (row[0].chiave.data_ora, row[0].chiave), reverse=not filtri.crescente)
        return [(f, r) for f, r in found if asks_for_flow(filtri, f) and asks_for_row(filtri, r)]
    heads = _flussi(utenza, filtri, now=now)
    if len(heads) > MAX_FLUSSI_LETTI:
        raise _too_many(f"i flussi da leggere sono più di {MAX_FLUSSI_LETTI}")
    if _total(heads) > MAX_RIGHE:
        raise _too_many(f"le righe da leggere sono più di {MAX_RIGHE}")
    return [row for flusso in heads for row in _rows_of(flusso) if asks_for_row(filtri, row[1])]


def _rows_of(flusso: Flusso) -> list[Row]:
    """Give the rows of a flow, in their order.

    :raises ParametroNonValido: 100001, for more than one request reads
    """
    if flusso.conteggio.righe > MAX_RIGHE:
        raise ParametroNonValido(
            f"idFlusso: il flusso {flusso.chiave.id_flusso} ha più di {MAX_RIGHE} righe; leggerlo con "
            "GET /flussiRendicontazione, o indicare iuv."
        )
    rows = [row for _, row in flussi.rows(flusso.chiave)]
    return [(flusso, row) for row in sorted(rows, key=lambda row: row.riga.progressivo)]


def _with_pendenze(rows: Sequence[Row], utenza: Utenza) -> list[Rendicontata]:
    """Give rows with the pendenze that they pay, of those that the caller may see; three reads for a hundred."""
    chunks = (rows[start : start + _BATCH] for start in range(0, len(rows), _BATCH))
    return [one for chunk in chunks for one in _read(chunk, utenza)]


def _read(rows: Sequence[Row], utenza: Utenza) -> Iterator[Rendicontata]:
    keys = [row.riscossione for _, row in rows if row.riscossione is not None]
    whole = {r.riscossione.chiave: r for r in with_pendenze(archivio.riscossioni_of(keys).values())}
    for flusso, row in rows:
        riscossa = None if row.riscossione is None else whole.get(row.riscossione)
        pendenza = None if riscossa is None else riscossa.pendenza
        if riscossa is None or pendenza is None or not _is_visible(pendenza, utenza):
            yield Rendicontata(flusso=flusso, rendicontazione=row)
        else:
            id_voce = riscossa.riscossione.id_voce
            yield Rendicontata(flusso=flusso, rendicontazione=row, pendenza=pendenza, id_voce=id_voce)


def _is_visible(pendenza: Pendenza, utenza: Utenza) -> bool:
    try:
        check_visible(pendenza, utenza)
    except NotAllowed:
        return False
    return True
