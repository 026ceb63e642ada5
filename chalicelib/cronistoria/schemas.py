"""JSON of the cronistoria, ours alone: no contract of GovPay has one. The command line reads the same."""

from typing import Any

from chalicelib.cronistoria.model import Cronistoria, Fatto, Mancanza, Seguito


def cronistoria_json(cronistoria: Cronistoria) -> dict[str, Any]:
    """Write a cronistoria; instants are UTC, amounts numbers with two decimals. What is not known is left out."""
    body = {
        "idDominio": cronistoria.id_dominio,
        "iuv": cronistoria.iuv,
        "numeroAvviso": cronistoria.numero_avviso,
        "idA2A": cronistoria.id_a2a,
        "idPendenza": cronistoria.id_pendenza,
        "stato": cronistoria.stato,
        "importo": cronistoria.importo,
        "situazione": cronistoria.situazione,
        "fatti": [_fatto_json(fatto) for fatto in cronistoria.fatti],
        "mancano": [_mancanza_json(mancanza) for mancanza in cronistoria.mancano],
        "seguiti": [_seguito_json(seguito) for seguito in cronistoria.seguiti],
        "avvertenze": list(cronistoria.avvertenze),
    }
    return {name: value for name, value in body.items() if value is not None}


def _fatto_json(fatto: Fatto) -> dict[str, Any]:
    body = {
        "data": fatto.data,
        "fase": fatto.fase.value,
        "esito": fatto.segno.value,
        "titolo": fatto.titolo,
        "dettaglio": fatto.dettaglio,
        "ccp": fatto.ccp,
        "idEvento": fatto.id_evento,
    }
    return {name: value for name, value in body.items() if value is not None}


def _mancanza_json(mancanza: Mancanza) -> dict[str, Any]:
    return {"fase": mancanza.fase.value, "descrizione": mancanza.testo}


def _seguito_json(seguito: Seguito) -> dict[str, Any]:
    body = {"fase": seguito.fase.value, "descrizione": seguito.testo, "daFare": seguito.da_fare}
    return body if seguito.quando is None else {**body, "entro": seguito.quando}
