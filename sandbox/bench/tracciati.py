"""A tracciato in CSV, from the drop to its answer: rows a second, AWS calls a row, memory."""

import csv
import io
from collections.abc import Iterator

from chalicelib.anagrafica import queries as anagrafica
from chalicelib.aws.queues import Queue
from chalicelib.tracciati.mappa.standard import COLONNE
from chalicelib.tracciati.model import Formato
from chalicelib.tracciati.operations.ricezione import upload
from chalicelib.tracciati.states import StatoTracciato
from chalicelib.tracciati.tables import TracciatoItem
from sandbox.bench.rendicontazione import _ORA, Consumo, _consumed
from sandbox.bench.world import _begin_anew
from tests import builders_anagrafica as comune

RIGHE, LARGE_RIGHE = (200, 600), (1_000, 100_000)
CON_AVVISI, LARGE_CON_AVVISI = 50, 1_000


def measure(*, large: bool = False) -> Iterator[Consumo]:
    """Measure at two sizes, and once with the notices, in an AWS that is emptied before each; a row in fifty is refused."""
    for righe in LARGE_RIGHE if large else RIGHE:
        yield _tracciato(righe, stampa=False)
    yield _tracciato(LARGE_CON_AVVISI if large else CON_AVVISI, stampa=True)


def _tracciato(righe: int, *, stampa: bool) -> Consumo:
    _begin_anew()
    comune.seed_comune(_ORA)
    utenza = anagrafica.by_principal(comune.GPADMIN)
    if utenza is None:
        raise LookupError(comune.GPADMIN)
    upload(
        nome="tari.csv",
        content=contenuto(righe),
        formato=Formato.CSV,
        utenza=utenza,
        id_dominio=comune.DOMINIO,
        stampa=stampa,
        now=_ORA,
    )
    consumo = _consumed("CSV, with its notices" if stampa else "CSV", righe, Queue.TRACCIATI)
    _require(righe)
    return consumo


def _require(righe: int) -> None:
    [item] = list(TracciatoItem.per_anno.query(f"{_ORA:%Y}"))
    expected = StatoTracciato.ESEGUITO_CON_ERRORI
    if item.stato != expected:
        raise LookupError(f"il tracciato di {righe} righe è {item.stato}")


def contenuto(righe: int) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, COLONNE, restval="")
    writer.writeheader()
    for numero in range(1, righe + 1):
        writer.writerow(
            {
                "idA2A": comune.A2A_COMUNE,
                "idPendenza": f"T-{numero:06d}",
                "tipoPendenza": comune.TARI,
                "causale": f"TARI 2026, utenza {numero:06d}",
                "importo": "61.25" if numero % 50 else "61,25",
                "dataScadenza": "2027-06-30",
                "tipoSoggettoPagatore": "F",
                "identificativoPagatore": "RSSMRA80A01H501U",
                "anagraficaPagatore": "Mario Rossi",
                "indirizzoPagatore": "Via Nazionale",
                "capPagatore": "00100",
                "localitaPagatore": "Roma",
                "idVoce1": "1",
                "importoVoce1": "61.25",
                "descrizioneVoce1": "TARI 2026",
                "tipoEntrataVoce1": comune.TARI,
            }
        )
    return text.getvalue().encode()
