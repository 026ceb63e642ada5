"""Pendenza → JSON of the contracts pendenze v1, pagamento v1 and backoffice v1. What is absent is left out, never null."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from chalicelib.anagrafica.model import UO_ENTE, TipoContabilita
from chalicelib.anagrafica.queries import DominioCompleto
from chalicelib.anagrafica.schemas.common import present
from chalicelib.anagrafica.schemas.domini import dominio_index_json, unita_json
from chalicelib.kernel.rome_time import rome_day
from chalicelib.pendenze import model
from chalicelib.pendenze.model import Pendenza, Soggetto, VocePendenza
from chalicelib.pendenze.rules.esposto import stato_esposto
from chalicelib.pendenze.states import PAGATI, StatoPendenza, StatoVoce
from chalicelib.rest import json_text
from chalicelib.rest.operation import Api

S = StatoPendenza
_STATI_VOCE = {
    StatoVoce.ESEGUITO: "Eseguito",
    StatoVoce.NON_ESEGUITO: "Non eseguito",
    StatoVoce.ANOMALO: "Anomalo",
}


def stato_json(pendenza: Pendenza, api: Api, *, now: datetime) -> str:
    """Give the stato that the contract of an API shows."""
    return stato_esposto(pendenza, backoffice=api is Api.BACKOFFICE, now=now)


def pendenza_json(
    pendenza: Pendenza,
    api: Api,
    ente: DominioCompleto,
    *,
    rpp: Sequence[dict[str, Any]],
    pagamenti: Sequence[dict[str, Any]],
    now: datetime,
) -> dict[str, Any]:
    """Give the resource `pendenza`, whole."""
    body = _base(pendenza, api, ente, now=now)
    body["voci"] = [voce_json(voce, api) for voce in pendenza.voci]
    body["rpp"] = list(rpp)
    if api is not Api.BACKOFFICE:
        # The contract of the backoffice tells of them on the attempt only.
        body["segnalazioni"] = [one for attempt in rpp for one in attempt.get("segnalazioni", ())]
    if api is not Api.PENDENZE:
        body["pagamenti"] = list(pagamenti)
    if api is Api.BACKOFFICE:
        body |= present(
            dataNotificaAvviso=pendenza.data_notifica_avviso,
            dataPromemoriaScadenza=pendenza.data_promemoria_scadenza,
            note=[_nota_json(nota) for nota in pendenza.note] or None,
        )
    return body


def pendenza_index_json(pendenza: Pendenza, api: Api, ente: DominioCompleto, *, now: datetime) -> dict[str, Any]:
    """Give an item of a list: what hangs on the pendenza is a link."""
    body = _base(pendenza, api, ente, now=now)
    query = f"idA2A={pendenza.id_a2a}&idPendenza={pendenza.id_pendenza}"
    body["rpp"] = f"/rpp?{query}"
    if api is not Api.PENDENZE:
        body["pagamenti"] = f"/pagamenti?{query}"
    return body


def _base(pendenza: Pendenza, api: Api, ente: DominioCompleto, *, now: datetime) -> dict[str, Any]:
    p = pendenza
    unita = ente.unita.get(p.id_unita_operativa) if p.id_unita_operativa != UO_ENTE else None
    return present(
        idA2A=p.id_a2a,
        idPendenza=p.id_pendenza,
        idTipoPendenza=p.id_tipo_pendenza,
        dominio=dominio_index_json(ente.dominio),
        unitaOperativa=unita_json(unita) if unita else None,
        stato=stato_json(p, api, now=now),
        descrizioneStato=p.descrizione_stato,
        nome=p.nome,
        causale=p.causale,
        soggettoPagatore=soggetto_json(p.soggetto_pagatore),
        importo=p.importo,
        numeroAvviso=p.numero_avviso,
        dataCaricamento=p.data_caricamento or rome_day(p.caricata),
        dataValidita=p.data_validita,
        dataScadenza=p.data_scadenza,
        annoRiferimento=p.anno_riferimento,
        cartellaPagamento=p.cartella_pagamento,
        datiAllegati=_raw(p.dati_allegati),
        tassonomia=p.tassonomia,
        tassonomiaAvviso=p.tassonomia_avviso,
        direzione=p.direzione,
        divisione=p.divisione,
        documento=_documento_json(p.documento),
        proprieta=_proprieta_json(p.proprieta),
        **_payment(p, api),
        **(_of_backoffice(p, ente) if api is Api.BACKOFFICE else {}),
    )


def _payment(p: Pendenza, api: Api) -> dict[str, Any]:
    if api is Api.PENDENZE:
        return {}
    return {
        "iuvAvviso": p.iuv,
        "iuvPagamento": p.pagamento.iuv if p.pagamento else None,
        "dataPagamento": rome_day(p.pagamento.data) if p.pagamento else None,
    }


def _of_backoffice(p: Pendenza, ente: DominioCompleto) -> dict[str, Any]:
    tipo = ente.tipi.get(p.id_tipo_pendenza)
    return {
        "tipoPendenza": {
            "idTipoPendenza": p.id_tipo_pendenza,
            "descrizione": tipo.descrizione if tipo else p.id_tipo_pendenza,
            "tipo": tipo.tipo if tipo else "dovuto",
        },
        "dataUltimoAggiornamento": rome_day(p.aggiornata),
        "importoPagato": p.importo_pagato if p.stato in PAGATI else None,
        "importoIncassato": p.importo_incassato or (p.importo_pagato if p.stato is S.INCASSATO else None),
        "anomalo": p.anomalo,
        "verificato": p.ack,
    }


def soggetto_json(soggetto: Soggetto) -> dict[str, Any]:
    return present(
        tipo=soggetto.tipo,
        identificativo=soggetto.identificativo,
        anagrafica=soggetto.anagrafica,
        indirizzo=soggetto.indirizzo,
        civico=soggetto.civico,
        cap=soggetto.cap,
        localita=soggetto.localita,
        provincia=soggetto.provincia,
        nazione=soggetto.nazione,
        email=soggetto.email,
        cellulare=soggetto.cellulare,
    )


def voce_json(voce: VocePendenza, api: Api) -> dict[str, Any]:
    """Give a voce; what it is paid to is said as it was loaded: the entrata, or the IBAN, or the bollo."""
    return present(
        indice=voce.indice,
        idVocePendenza=voce.id_voce,
        importo=voce.importo,
        descrizione=voce.descrizione,
        stato=_STATI_VOCE[voce.stato],
        idDominio=voce.id_dominio,
        datiAllegati=_raw(voce.dati_allegati),
        descrizioneCausaleRPT=voce.descrizione_causale_rpt,
        contabilita=_contabilita_json(voce.contabilita),
        metadata={"mapEntries": [{"key": k, "value": v} for k, v in voce.metadata]} if voce.metadata else None,
        **_kind_json(voce, api),
    )


def _kind_json(voce: VocePendenza, api: Api) -> dict[str, Any]:
    if voce.cod_entrata is not None:
        return {"codEntrata": voce.cod_entrata}
    if voce.bollo is not None:
        return {
            "tipoBollo": "Imposta di bollo" if api is Api.PAGAMENTO else voce.bollo.tipo,
            "hashDocumento": voce.bollo.hash_documento,
            "provinciaResidenza": voce.bollo.provincia_residenza,
        }
    tipo = voce.tipo_contabilita or TipoContabilita.ALTRO
    # CAPITOLO is ENTRATA in this contract, and in the ente's.
    is_entrata = api is Api.PENDENZE and tipo is TipoContabilita.CAPITOLO
    return {
        "ibanAccredito": voce.iban_accredito,
        "ibanAppoggio": voce.iban_appoggio,
        "tipoContabilita": "ENTRATA" if is_entrata else tipo,
        "codiceContabilita": voce.codice_contabilita,
    }


def _contabilita_json(contabilita: model.Contabilita | None) -> dict[str, Any] | None:
    if contabilita is None:
        return None
    quote = [
        present(
            capitolo=quota.capitolo,
            annoEsercizio=quota.anno_esercizio,
            importo=quota.importo,
            accertamento=quota.accertamento,
            titolo=quota.titolo,
            tipologia=quota.tipologia,
            categoria=quota.categoria,
            articolo=quota.articolo,
            proprietaCustom=_raw(quota.proprieta_custom),
        )
        for quota in contabilita.quote
    ]
    return present(quote=quote or None, proprietaCustom=_raw(contabilita.proprieta_custom))


def _documento_json(documento: model.RiferimentoDocumento | None) -> dict[str, Any] | None:
    if documento is None:
        return None
    vincolo = documento.vincolo
    return present(
        identificativo=documento.identificativo,
        descrizione=documento.descrizione,
        rata=documento.rata,
        soglia=present(tipo=vincolo.tipo, giorni=vincolo.giorni) if vincolo else None,
    )


def _proprieta_json(proprieta: model.ProprietaPendenza | None) -> dict[str, Any] | None:
    if proprieta is None:
        return None
    righe = [{"voce": voce, "importo": importo} for voce, importo in proprieta.descrizione_importo]
    return present(
        linguaSecondaria=proprieta.lingua_secondaria,
        linguaSecondariaCausale=proprieta.lingua_secondaria_causale,
        descrizioneImporto=righe or None,
        lineaTestoRicevuta1=proprieta.linea_testo_ricevuta1,
        lineaTestoRicevuta2=proprieta.linea_testo_ricevuta2,
        informativaImportoAvviso=proprieta.informativa_importo_avviso,
        linguaSecondariaInformativaImportoAvviso=proprieta.lingua_secondaria_informativa_importo_avviso,
        dataScandenzaAvviso=proprieta.data_scadenza_avviso,
    )


def _nota_json(nota: model.Nota) -> dict[str, Any]:
    return present(
        principal=nota.principal,
        autore=nota.autore,
        tipo=nota.tipo,
        data=rome_day(nota.data),
        oggetto=nota.oggetto,
        testo=nota.testo,
    )


def _raw(text: str | None) -> Any:
    return json_text.read(text.encode()) if text is not None else None
