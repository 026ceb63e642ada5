"""Flussi, riscossioni and incassi → JSON of ragioneria v1 and backoffice v1 (GovPay 3.1 API 3.3)."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote

from chalicelib.anagrafica import queries as anagrafica
from chalicelib.anagrafica.model import TipoContabilita
from chalicelib.anagrafica.schemas.common import present
from chalicelib.anagrafica.schemas.domini import dominio_index_json
from chalicelib.kernel.importo import ZERO
from chalicelib.kernel.rome_time import rome_day
from chalicelib.pagamenti import schemas as pagamenti
from chalicelib.pendenze.model import VocePendenza
from chalicelib.pendenze.schemas import answers as pendenze
from chalicelib.rest.operation import Api
from chalicelib.riconciliazione.model import Flusso, Incasso, Rendicontazione, Segnalazione
from chalicelib.riconciliazione.queries import Dettaglio, Riscossa
from chalicelib.riconciliazione.rules.righe import INDICE_UNICO
from chalicelib.riconciliazione.states import Anomalia, StatoFlusso, StatoIncasso

STATI_FLUSSO = {
    "Acquisito": StatoFlusso.ACCETTATA,
    "Anomalo": StatoFlusso.ANOMALA,
    "Rifiutato": StatoFlusso.RIFIUTATA,
}
STATI_INCASSO = {
    "IN_ELABORAZIONE": frozenset({StatoIncasso.IN_ELABORAZIONE}),
    "ACQUISITO": frozenset({StatoIncasso.ACQUISITO}),
    "ERRORE": frozenset({StatoIncasso.IN_STORNO, StatoIncasso.STORNATO}),
}
_STATI = {stato: word for word, stato in STATI_FLUSSO.items()}
# esito is a number in the contract: what the flow has in its place is in the segnalazione.
_ESITO_SCONOSCIUTO = -1


# -- riscossioni


def riscossione_index_json(riscossa: Riscossa, api: Api) -> dict[str, Any]:
    """Give a riscossione as lists show it; the backoffice has one form only."""
    return _riscossione_json(riscossa, api)


def riscossione_json(dettaglio: Dettaglio, api: Api, *, now: datetime) -> dict[str, Any]:
    """Give a riscossione with what hangs on it."""
    body = _riscossione_json(dettaglio.riscossa, api)
    if api is Api.BACKOFFICE:
        return body
    if dettaglio.rpp is not None:
        body["rpp"] = pagamenti.rpp_index_json(dettaglio.rpp, dettaglio.ricevuta, api=api)
        del body["rpp"]["pendenza"]
    if dettaglio.incasso is not None:
        body["incasso"] = incasso_index_json(dettaglio.incasso, api)
    else:
        body.pop("incasso", None)
    return _with_pendenza(body, dettaglio.riscossa, api, now=now)


def riscossione_of_incasso_json(riscossa: Riscossa, api: Api, *, now: datetime) -> dict[str, Any]:
    """Give a riscossione inside the incasso that has it: neither attempt nor incasso are told again."""
    body = _riscossione_json(riscossa, api)
    if api is Api.BACKOFFICE:
        return body
    body.pop("rpp", None)
    body.pop("incasso", None)
    return _with_pendenza(body, riscossa, api, now=now)


def _with_pendenza(body: dict[str, Any], riscossa: Riscossa, api: Api, *, now: datetime) -> dict[str, Any]:
    pendenza = riscossa.pendenza
    ente = None if pendenza is None else anagrafica.dominio(pendenza.id_dominio)
    if pendenza is not None and ente is not None:
        body["pendenza"] = pendenze.pendenza_index_json(pendenza, api, ente, now=now)
    return body


def _riscossione_json(riscossa: Riscossa, api: Api) -> dict[str, Any]:
    riscossione = riscossa.riscossione
    body = pagamenti.riscossione_json(riscossione)
    if not riscossione.has_ricevuta:
        del body["rpp"]
    if riscossione.id_pendenza is None:
        del body["pendenza"]
    if riscossione.id_incasso is not None:
        body["incasso"] = f"/incassi/{riscossione.id_dominio_incasso}/{quote(riscossione.id_incasso, safe='')}"
    if api is Api.BACKOFFICE:
        return body
    del body["idVocePendenza"]
    ente = anagrafica.dominio(riscossione.id_dominio)
    if ente is not None:
        body["dominio"] = dominio_index_json(ente.dominio)
    voce = _voce_of(riscossa)
    if voce is not None:
        body["vocePendenza"] = _voce_json(voce)
    return body


def _voce_of(riscossa: Riscossa) -> VocePendenza | None:
    pendenza = riscossa.pendenza
    if pendenza is None:
        return None
    return next((voce for voce in pendenza.voci if voce.id_voce == riscossa.riscossione.id_voce), None)


def _voce_json(voce: VocePendenza) -> dict[str, Any]:
    """Give a voce as this contract has it: always with the account it was paid to, also where it is an entrata."""
    body = pendenze.voce_json(voce, Api.RAGIONERIA)
    if voce.bollo is not None:
        return {**body, "tipoBollo": "Imposta di bollo"}
    return {
        **body,
        **present(
            codEntrata=voce.cod_entrata,
            ibanAccredito=voce.iban_accredito or "",
            ibanAppoggio=voce.iban_appoggio,
            tipoContabilita=voce.tipo_contabilita or TipoContabilita.ALTRO,
            codiceContabilita=voce.codice_contabilita or "",
        ),
    }


# -- flussi


def flusso_index_json(flusso: Flusso, api: Api) -> dict[str, Any]:
    """Give a flow as lists show it; of one that could not be read, what is known of it."""
    testata, chiave = flusso.testata, flusso.chiave
    ente = anagrafica.dominio(chiave.id_dominio) if api is Api.BACKOFFICE else None
    return present(
        idFlusso=chiave.id_flusso,
        dataFlusso=rome_day(chiave.data_ora),
        trn="" if testata is None else testata.trn,
        dataRegolamento=rome_day(chiave.data_ora) if testata is None else testata.data_regolamento,
        idPsp=chiave.id_psp if testata is None else testata.id_psp,
        ragioneSocialePsp=testata.ragione_sociale_psp if testata is not None and api is Api.BACKOFFICE else None,
        bicRiversamento=None if testata is None else testata.bic,
        idDominio=chiave.id_dominio,
        ragioneSocialeDominio=None if ente is None else ente.dominio.ragione_sociale,
        numeroPagamenti=0 if testata is None else testata.numero,
        importoTotale=ZERO if testata is None else testata.importo,
        stato=_STATI[flusso.stato],
        segnalazioni=_segnalazioni_of(flusso),
        dataOraPubblicazione=flusso.pubblicato,
        revisione=chiave.revisione or None,
        incasso=None
        if flusso.id_incasso is None
        else f"/incassi/{chiave.id_dominio}/{quote(flusso.id_incasso, safe='')}",
        obsoleto=True if flusso.obsoleto else None,
    )


def flusso_json(flusso: Flusso, righe: Iterable[tuple[Rendicontazione, Riscossa | None]], api: Api) -> dict[str, Any]:
    """Give a flow with its rows, in their order."""
    ordered = sorted(righe, key=lambda pair: pair[0].riga.progressivo)
    rows = [rendicontazione_json(row, riscossa, api) for row, riscossa in ordered]
    return {**flusso_index_json(flusso, api), "rendicontazioni": rows}


def rendicontazione_json(row: Rendicontazione, riscossa: Riscossa | None, api: Api) -> dict[str, Any]:
    riga = row.riga
    return present(
        iuv=riga.iuv,
        iur=riga.iur,
        indice=riga.indice or INDICE_UNICO,
        importo=riga.importo,
        esito=int(riga.esito) if riga.esito.isascii() and riga.esito.isdecimal() else _ESITO_SCONOSCIUTO,
        data=riga.data,
        stato=row.stato,
        segnalazioni=[_segnalazione_json(segnalazione) for segnalazione in row.segnalazioni],
        riscossione=None if riscossa is None else riscossione_index_json(riscossa, api),
    )


def _segnalazioni_of(flusso: Flusso) -> list[dict[str, Any]]:
    found = [_segnalazione_json(segnalazione) for segnalazione in flusso.segnalazioni]
    if flusso.motivo is not None:
        found.append({"codice": "RIFIUTATO", "descrizione": "Il flusso non è leggibile.", "dettaglio": flusso.motivo})
    if flusso.da_verificare is not None:
        words = "L'incasso del flusso è rimasto alla revisione precedente."
        found.append({"codice": "DA_VERIFICARE", "descrizione": words, "dettaglio": flusso.da_verificare})
    return found


def _segnalazione_json(segnalazione: Segnalazione) -> dict[str, Any]:
    codice = Anomalia(segnalazione.codice)
    return {"codice": codice.value, "descrizione": codice.descrizione, "dettaglio": segnalazione.dettaglio}


# -- incassi


def incasso_index_json(incasso: Incasso, api: Api) -> dict[str, Any]:
    """Give an incasso as lists show it. `causale` is always there in the contract: empty where none was given."""
    accredito = incasso.accredito
    return present(
        idDominio=incasso.id_dominio,
        idIncasso=incasso.id_incasso,
        causale=accredito.causale or "",
        iuv=accredito.iuv,
        idFlusso=accredito.id_flusso,
        importo=accredito.importo,
        dataValuta=accredito.data_valuta,
        dataContabile=accredito.data_contabile,
        ibanAccredito=accredito.iban_accredito,
        sct=accredito.sct,
        stato=_stato_incasso(incasso) if api is Api.BACKOFFICE else None,
        descrizioneStato=f"Stornato: {incasso.motivo_storno}"
        if incasso.motivo_storno and not _is_valid(incasso)
        else None,
    )


def incasso_json(incasso: Incasso, riscossioni: Sequence[Riscossa], api: Api, *, now: datetime) -> dict[str, Any]:
    rows = [riscossione_of_incasso_json(riscossa, api, now=now) for riscossa in riscossioni]
    return {**incasso_index_json(incasso, api), "riscossioni": rows}


def _is_valid(incasso: Incasso) -> bool:
    return incasso.stato in {StatoIncasso.IN_ELABORAZIONE, StatoIncasso.ACQUISITO}


def _stato_incasso(incasso: Incasso) -> str:
    return incasso.stato.value if _is_valid(incasso) else "ERRORE"
