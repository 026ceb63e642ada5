"""Rows: the body of an annullamento, and what became of rows as JSON."""

import json
from collections.abc import Mapping
from typing import Any

from pydantic import Field

from chalicelib.anagrafica import queries as anagrafica
from chalicelib.anagrafica.schemas.common import present
from chalicelib.anagrafica.schemas.domini import dominio_index_json
from chalicelib.pendenze.schemas.fields import Testo255
from chalicelib.rest.schema import Body, IdField, parse_body
from chalicelib.tracciati.model import EsitoRiga


class AnnullamentoBody(Body):
    id_a2a: IdField = Field(alias="idA2A")
    id_pendenza: IdField = Field(alias="idPendenza")
    motivo: Testo255 = Field(alias="motivoAnnullamento")


def annullamento_from_json(value: Any) -> AnnullamentoBody:
    """Read an annullamento.

    :raises Sintassi: with all that is wrong, field by field
    """
    return parse_body(AnnullamentoBody, value)


def esito_json(esito: EsitoRiga) -> dict[str, Any]:
    """Give `esitoOperazionePendenza`."""
    return {
        "idA2A": esito.id_a2a,
        "idPendenza": esito.id_pendenza,
        "tipoOperazione": esito.operazione,
        "stato": esito.stato,
        "esito": esito.esito,
        "descrizioneEsito": esito.descrizione,
        "numero": esito.numero,
        "dati": dati_of(esito),
    }


def dati_of(esito: EsitoRiga) -> Any:
    """Give the avviso or the FaultBean of a row; amounts are exact, as everywhere."""
    from decimal import Decimal

    return json.loads(esito.dati, parse_float=Decimal) if esito.dati else {}


def operazione_json(esito: EsitoRiga, richiesta: Mapping[str, Any] | None) -> dict[str, Any]:
    """Give `operazionePendenza`; `richiesta` is what the row asked for, as far as it could be read."""
    ente = anagrafica.dominio(esito.id_dominio) if esito.id_dominio else None
    soggetto = (richiesta or {}).get("soggettoPagatore")
    return present(
        numero=esito.numero,
        tipoOperazione=esito.operazione,
        stato=esito.stato,
        descrizioneStato=esito.descrizione,
        enteCreditore=None if ente is None else dominio_index_json(ente.dominio),
        soggettoPagatore=soggetto if isinstance(soggetto, Mapping) else None,
        applicazione=esito.id_a2a or None,
        identificativoPendenza=esito.id_pendenza or None,
        numeroAvviso=esito.numero_avviso,
        richiesta=richiesta,
        risposta=esito_json(esito),
    )
