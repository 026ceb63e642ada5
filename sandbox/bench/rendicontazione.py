"""Flows acquired by both ways, movements of the bank reconciled: rows a second, AWS calls a row, memory.

AWS is this process, behind HTTP; what is measured is another, which has only the app (`consumatore`). The rows are of
payments that are known: the archive is filled with copies of one that the product made itself.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

import boto3

from chalicelib.anagrafica import operations as anagrafica
from chalicelib.anagrafica.model import Connettore, ServizioPagoPa
from chalicelib.aws import queues
from chalicelib.aws.queues import Queue
from chalicelib.kernel.importo import Importo
from chalicelib.riconciliazione.importazione.archivio import BUCKET
from chalicelib.riconciliazione.model import Formato
from chalicelib.riconciliazione.ports import Ports
from chalicelib.settings import settings
from sandbox.aws.server import EmbeddedAws
from sandbox.bench import giornale_di_cassa
from sandbox.bench.copie import MARCA, Stampo
from sandbox.bench.process import STAGE
from sandbox.bench.world import _begin_anew
from sandbox.fdr.archivio import Pagato, Rendicontazione
from sandbox.fdr.server import SERVICE_PATH
from sandbox.fdr.server import server as fdr_server
from sandbox.nodo.client import GovPayClient
from sandbox.nodo.model import Anagrafica, Ente, Protocollo, Stazione
from sandbox.nodo.nodo import Nodo
from sandbox.nodo.registro import Registro
from sandbox.nodo.server import SOAP_PATH
from sandbox.nodo.server import server as nodo_server
from tests import builders_anagrafica as comune
from tests import builders_riconciliazione as builders

RIGHE, LARGE_RIGHE = (500, 1_000), (1_000, 100_000)
MOVIMENTI, LARGE_MOVIMENTI = (30, 90), (1_000, 10_000)
_ROOT = Path(__file__).resolve().parents[2]
_ORA = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
_IMPORTO = Importo(10_050)
_SECONDS_MAX = 7_200


@dataclass(frozen=True, slots=True, kw_only=True)
class Consumo:
    """What it took to consume so many rows of a kind. Memory is what the process grew by once it was at work.

    `longest` is the longest message, in seconds; `most_written` the most items that a transaction had.
    """

    cosa: str
    righe: int
    messages: int
    longest: float
    seconds: float
    cpu: float
    grown_mb: float
    most_written: int
    calls: Mapping[str, int]

    @property
    def rate(self) -> float:
        return self.righe / self.seconds

    @property
    def calls_a_row(self) -> float:
        return sum(self.calls.values()) / self.righe


def flussi(*, large: bool = False) -> Iterator[Consumo]:
    """Measure the flows by each way at two sizes, in an AWS that is emptied before each."""
    for formato in (Formato.FDR, Formato.SOAP):
        for righe in LARGE_RIGHE if large else RIGHE:
            yield _flusso(formato, righe)


def giornale(*, large: bool = False) -> Iterator[Consumo]:
    """Measure the movements of a giornale at two sizes, in an AWS that is emptied before each."""
    for movimenti in LARGE_MOVIMENTI if large else MOVIMENTI:
        yield _giornale(movimenti)


def _consumed(cosa: str, righe: int, coda: Queue) -> Consumo:
    with EmbeddedAws() as aws:
        environment = {**os.environ, **aws.environment(), "GOVPAY_STAGE": STAGE}
        ran = subprocess.run(  # noqa: S603 - our own interpreter, our own code
            [sys.executable, "-m", "sandbox.bench.consumatore", coda, _ORA.replace(tzinfo=None).isoformat()],
            cwd=_ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True, timeout=_SECONDS_MAX,
        )  # fmt: skip
    return Consumo(cosa=cosa, righe=righe, **json.loads(ran.stdout.splitlines()[-1]))


# -- flows


def _flusso(formato: Formato, righe: int) -> Consumo:
    _begin_anew()
    comune.seed_comune(_ORA)
    stampo = Stampo("transazioni")
    builders.paid(_iuv(MARCA), token=_token(MARCA), importo=_IMPORTO)
    stampo.riempi(righe, solo="riscossione#")
    with _pagopa(righe) as connettori:
        anagrafica.put_intermediario(
            intermediario=comune.an_intermediario(
                servizio_pagopa=connettori[Formato.SOAP],
                servizi={ServizioPagoPa.FR: connettori[Formato.FDR]} if formato is Formato.FDR else {},
            )
        )
        elenco = {
            "passo": "elenco",
            "idDominio": comune.DOMINIO,
            "idStazione": comune.STAZIONE_V2,
            "formato": formato,
            "pagina": 1,
        }
        queues.send(Queue.FLUSSI, elenco)
        consumo = _consumed(f"flow by {formato}", righe, Queue.FLUSSI)
    _require_flusso(righe)
    return consumo


def _require_flusso(righe: int) -> None:
    from chalicelib.riconciliazione.repository import flussi

    (flusso,) = flussi.revisions(comune.DOMINIO, f"{_ORA:%Y-%m-%d}{builders.PSP}-0000000001")
    if (flusso.stato, flusso.conteggio.righe) != ("ACCETTATA", righe):
        raise LookupError(f"il flusso è {flusso.stato}, con {flusso.conteggio.righe} righe")


@contextmanager
def _pagopa(righe: int) -> Iterator[dict[Formato, Connettore]]:
    """Serve one flow of so many rows by SOAP and by FdR."""
    stazione = Stazione(id_stazione=comune.STAZIONE_V2, id_intermediario=comune.INTERMEDIARIO, password="stazione-02")
    ente = Ente(id_dominio=comune.DOMINIO, denominazione="Comune", stazioni={Protocollo.V2: stazione.id_stazione})
    registro = Registro()
    nodo = Nodo(
        anagrafica=Anagrafica(stazioni={stazione.id_stazione: stazione}, enti={ente.id_dominio: ente}),
        govpay=GovPayClient("", "", "", registro),
        registro=registro,
        now=lambda: _ORA,
    )
    pagati = [_pagato(f"{numero:0{len(MARCA)}d}") for numero in range(1, righe + 1)]
    nodo.rendicontazione = Rendicontazione(lambda: pagati, now=lambda: _ORA)
    nodo.rendicontazione.rendiconta()
    with nodo_server(nodo) as soap, fdr_server(nodo) as fdr:
        yield {
            Formato.SOAP: Connettore(url=soap.url + SOAP_PATH),
            Formato.FDR: Connettore(url=fdr.url + SERVICE_PATH),
        }


def _pagato(numero: str) -> Pagato:
    return Pagato(
        id_psp=builders.PSP,
        ragione_sociale="Banca di Esempio",
        id_dominio=comune.DOMINIO,
        iban=comune.IBAN_BANCA,
        iuv=_iuv(numero),
        iur=_token(numero),
        indice=1,
        importo=_IMPORTO,
        esito="0",
        data=date(2026, 11, 23),
    )


def _iuv(numero: str) -> str:
    return f"01{numero:0>15}"


def _token(numero: str) -> str:
    return f"{numero:0>32}"


# -- movements


def _giornale(movimenti: int) -> Consumo:
    _begin_anew()
    comune.seed_comune(_ORA)
    stampo = Stampo("pendenze", "transazioni", "flussi")
    builders.paid(_iuv(MARCA), token=_token(MARCA), importo=_IMPORTO)
    riga = builders.a_riga(iuv=_iuv(MARCA), iur=_token(MARCA), importo=_IMPORTO)
    xml = builders.a_flow(riga, identificativo_flusso=_id_flusso(MARCA))
    fonte = builders.FonteFinta()
    with patch.object(Ports, "fonti", {Formato.SOAP: fonte}), patch.object(Ports, "flusso_acquisito", None):
        builders.acquired(fonte, xml, builders.a_chiave(id_flusso=_id_flusso(MARCA)))
    stampo.riempi(movimenti)
    with TemporaryDirectory() as directory:
        path = Path(directory) / "giornale.xml"
        _write_giornale(path, movimenti)
        key = f"giornale-di-cassa/{comune.DOMINIO}/in/giornale.xml"
        boto3.client("s3").put_object(Bucket=settings().bucket(BUCKET), Key=key, Body=path.read_bytes())
    consumo = _consumed("movements of a giornale", movimenti, Queue.GIORNALE_DI_CASSA)
    _require_giornale(movimenti)
    return consumo


def _id_flusso(numero: str) -> str:
    return f"2026-11-23{builders.PSP}-0{numero}"


def _write_giornale(path: Path, movimenti: int) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.write(giornale_di_cassa.HEAD)
        for numero in range(1, movimenti + 1):
            causale = f"/PUR/LGPE-RIVERSAMENTO/URI/{_id_flusso(f'{numero:0{len(MARCA)}d}')}"
            file.write(giornale_di_cassa.ROW.format(n=numero, importo=str(_IMPORTO), causale=causale))
        file.write(giornale_di_cassa.TAIL)


def _require_giornale(movimenti: int) -> None:
    from chalicelib.riconciliazione.importazione import repository
    from chalicelib.riconciliazione.importazione.tables import MovimentoItem

    (giornale,) = repository.giornali_of((item.pk, item.sk) for item in MovimentoItem.giornali.query(comune.DOMINIO))
    found = {totale.esito.value: totale.quanti for totale in giornale.totali}
    if found != {"RICONCILIATO": movimenti}:
        raise LookupError(f"il giornale è {giornale.stato}: {giornale.motivo} {found}")
