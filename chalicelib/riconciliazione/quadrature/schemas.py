"""JSON of the API: statisticaQuadratura, entrataPrevistaIndex (GovPay 3.1 API 3.5)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from chalicelib.anagrafica import queries as anagrafica
from chalicelib.anagrafica.schemas.common import present
from chalicelib.anagrafica.schemas.domini import dominio_index_json
from chalicelib.anagrafica.schemas.utenze import applicazione_index_json
from chalicelib.kernel.rome_time import rome_day
from chalicelib.riconciliazione.quadrature.queries import Entrata
from chalicelib.riconciliazione.quadrature.rules import Gruppo, Statistica

# The filter of /riscossioni that leaves just those of a group.
_FILTRI = {Gruppo.DOMINIO: "idDominio", Gruppo.TIPO_PENDENZA: "idTipoPendenza", Gruppo.APPLICAZIONE: "idA2A"}


def statistica_json(
    statistica: Statistica, gruppi: Sequence[Gruppo], *, da: datetime, a: datetime, tipo: str | None
) -> dict[str, Any]:
    body = {"numeroPagamenti": statistica.numero, "importo": statistica.importo}
    of = dict(zip(gruppi, statistica.valori, strict=True))
    if all(gruppo in _FILTRI and value is not None for gruppo, value in of.items()):
        days = [("dataDa", rome_day(da).isoformat()), ("dataA", rome_day(a).isoformat())]
        named = [(_FILTRI[gruppo], value) for gruppo, value in of.items()]
        body["dettaglio"] = f"/riscossioni?{urlencode([*days, *named])}"
    return body | present(
        dataDa=da,
        dataA=a,
        direzione=of.get(Gruppo.DIREZIONE),
        divisione=of.get(Gruppo.DIVISIONE),
        tassonomia=of.get(Gruppo.TASSONOMIA),
        tipo=tipo,
        tipoPendenza=_tipo_json(of.get(Gruppo.TIPO_PENDENZA)),
        dominio=_dominio_json(statistica.id_dominio),
        unitaOperativa=_unita_json(statistica.id_dominio, of.get(Gruppo.UNITA_OPERATIVA)),
        applicazione=_applicazione_json(of.get(Gruppo.APPLICAZIONE)),
    )


def entrata_json(entrata: Entrata) -> dict[str, Any]:
    riscossione, pendenza, flusso = entrata.riscossa.riscossione, entrata.riscossa.pendenza, entrata.flusso
    testata = None if flusso is None else flusso.testata
    voce = None if pendenza is None else next((v for v in pendenza.voci if v.id_voce == riscossione.id_voce), None)
    return present(
        idDominio=riscossione.id_dominio,
        iuv=riscossione.iuv,
        iur=riscossione.iur,
        idFlusso=None if flusso is None else flusso.chiave.id_flusso,
        trn=testata and testata.trn,
        dataRegolamento=testata and testata.data_regolamento,
        numeroPagamenti=testata and testata.numero,
        importoTotale=testata and testata.importo,
        importoPagato=riscossione.importo,
        dataPagamento=riscossione.data,
        idVocePendenza=riscossione.id_voce,
        indice=riscossione.indice,
        idPendenza=riscossione.id_pendenza,
        idA2A=riscossione.id_a2a,
        idTipoPendenza=riscossione.id_tipo_pendenza,
        idEntrata=voce and voce.cod_entrata,
        identificativoDebitore=pendenza and pendenza.soggetto_pagatore.identificativo,
        anno=pendenza and pendenza.anno_riferimento,
    )


def _tipo_json(id_tipo: str | None) -> dict[str, Any] | None:
    tipo = None if id_tipo is None else anagrafica.tipo_pendenza(id_tipo)
    if tipo is None:
        return None
    return {"idTipoPendenza": tipo.id_tipo_pendenza, "descrizione": tipo.descrizione, "tipo": tipo.tipo}


def _dominio_json(id_dominio: str | None) -> dict[str, Any] | None:
    ente = None if id_dominio is None else anagrafica.dominio(id_dominio)
    return None if ente is None else dominio_index_json(ente.dominio)


def _unita_json(id_dominio: str | None, id_unita: str | None) -> dict[str, Any] | None:
    ente = None if id_dominio is None else anagrafica.dominio(id_dominio)
    unita = None if ente is None or id_unita is None else ente.unita.get(id_unita)
    return None if unita is None else {"idUnita": unita.id_unita, "ragioneSociale": unita.ragione_sociale}


def _applicazione_json(id_a2a: str | None) -> dict[str, Any] | None:
    applicazione = None if id_a2a is None else anagrafica.applicazione(id_a2a)
    return None if applicazione is None else applicazione_index_json(applicazione)
