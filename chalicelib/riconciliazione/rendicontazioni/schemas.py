"""Rows of flows → rendicontazioneConFlussoEVocePendenza, statisticaQuadraturaRendicontazione (GovPay 3.9 API)."""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from chalicelib.anagrafica import queries as anagrafica
from chalicelib.anagrafica.schemas.common import present
from chalicelib.anagrafica.schemas.domini import dominio_index_json
from chalicelib.kernel.rome_time import start_of_day
from chalicelib.pendenze.schemas import answers as pendenze
from chalicelib.rest.operation import Api
from chalicelib.riconciliazione.model import Flusso
from chalicelib.riconciliazione.rendicontazioni.rules import Rendicontata, Statistica
from chalicelib.riconciliazione.schemas.answers import flusso_index_json, rendicontazione_json


def rendicontata_json(row: Rendicontata, *, now: datetime) -> dict[str, Any]:
    return present(
        **rendicontazione_json(row.rendicontazione, None, Api.BACKOFFICE),
        flussoRendicontazione=_flusso_json(row.flusso),
        vocePendenza=_voce_json(row, now=now),
    )


def _flusso_json(flusso: Flusso) -> dict[str, Any]:
    """Give a flow as lists show it; its dates are instants here, as this operation is of 3.9 alone."""
    testata, data_ora = flusso.testata, flusso.chiave.data_ora
    return {
        **flusso_index_json(flusso, Api.BACKOFFICE),
        "dataFlusso": data_ora,
        "dataRegolamento": data_ora if testata is None else start_of_day(testata.data_regolamento),
    }


def _voce_json(row: Rendicontata, *, now: datetime) -> dict[str, Any] | None:
    pendenza = row.pendenza
    ente = None if pendenza is None else anagrafica.dominio(pendenza.id_dominio)
    voce = None if pendenza is None else next((v for v in pendenza.voci if v.id_voce == row.id_voce), None)
    if pendenza is None or ente is None or voce is None:
        return None
    shown = pendenze.pendenza_index_json(pendenza, Api.BACKOFFICE, ente, now=now)
    return {
        **pendenze.voce_json(voce, Api.BACKOFFICE),
        "dominio": dominio_index_json(ente.dominio),
        "pendenza": {**shown, "tipo": shown["tipoPendenza"]["tipo"]},
    }


def statistica_json(statistica: Statistica) -> dict[str, Any]:
    flusso = statistica.flusso
    named = present(
        idDominio=None if flusso is None else flusso.chiave.id_dominio,
        idFlusso=None if flusso is None else flusso.chiave.id_flusso,
        direzione=statistica.direzione,
        divisione=statistica.divisione,
    )
    return present(
        numeroRendicontazioni=statistica.numero,
        importo=statistica.importo,
        dettaglio=f"/rendicontazioni?{urlencode(named)}" if flusso is not None else None,
        flussoRendicontazione=None if flusso is None else _flusso_json(flusso),
        direzione=statistica.direzione,
        divisione=statistica.divisione,
    )
