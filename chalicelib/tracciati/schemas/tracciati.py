"""Tracciati: the fields that all of their answers share, and the head of an uploaded JSON."""

from typing import Any

from pydantic import Field

from chalicelib.anagrafica import queries as anagrafica
from chalicelib.anagrafica.schemas.common import present
from chalicelib.anagrafica.schemas.domini import dominio_index_json
from chalicelib.pendenze.schemas.fields import Testo255
from chalicelib.rest.schema import Body, IdDominioField, parse_body
from chalicelib.tracciati.model import Formato, Tracciato
from chalicelib.tracciati.states import CONCLUSI

_PENDENZA = "PENDENZA"  # the tipo of a tracciato, when there were others


class TracciatoBody(Body):
    """The head of `tracciatoPendenzePost`; its rows are read one by one, later."""

    id_tracciato: Testo255 = Field(alias="idTracciato")
    id_dominio: IdDominioField | None = Field(default=None, alias="idDominio")
    inserimenti: list[Any] | None = None
    annullamenti: list[Any] | None = None


def tracciato_from_json(value: Any) -> TracciatoBody:
    """Read the head of a tracciato.

    :raises Sintassi: with all that is wrong, field by field
    """
    return parse_body(TracciatoBody, value)


def tracciato_json(tracciato: Tracciato) -> dict[str, Any]:
    """Give `tracciatoPendenzeIndex`."""
    ente = anagrafica.dominio(tracciato.id_dominio) if tracciato.id_dominio else None
    return present(
        id=tracciato.id,
        nomeFile=tracciato.nome,
        dominio=None if ente is None else dominio_index_json(ente.dominio),
        dataOraCaricamento=tracciato.caricato,
        stato=tracciato.stato_esposto,
        descrizioneStato=tracciato.descrizione,
        numeroOperazioniTotali=tracciato.righe,
        numeroOperazioniEseguite=tracciato.eseguite,
        numeroOperazioniFallite=tracciato.fallite,
        numeroAvvisiTotali=tracciato.avvisi,
        numeroAvvisiStampati=tracciato.stampati,
        numeroAvvisiFalliti=tracciato.non_stampati,
        operatoreMittente=tracciato.mittente,
        dataOraUltimoAggiornamento=tracciato.aggiornato,
        stampaAvvisi=tracciato.stampa,
    )


def tracciato_31_json(tracciato: Tracciato) -> dict[str, Any]:
    """Give `tracciato`, the form that 3.1 had before; `beanDati` are the figures of the newer one."""
    concluso = tracciato.stato in CONCLUSI
    return present(
        id=tracciato.id,
        codDominio=tracciato.id_dominio or "",
        tipo=_PENDENZA,
        stato=tracciato.stato_esposto,
        descrizioneStato=tracciato.descrizione,
        dataCaricamento=tracciato.caricato,
        dataCompletamento=tracciato.aggiornato if concluso else None,
        beanDati=present(
            numeroOperazioniTotali=tracciato.righe,
            numeroOperazioniEseguite=tracciato.eseguite,
            numeroOperazioniFallite=tracciato.fallite,
        ),
        filenameRichiesta=tracciato.nome,
        filenameEsito=f"esito_{tracciato.nome}" if concluso else None,
    )


def head_json(tracciato: Tracciato) -> dict[str, Any]:
    """Give what `contenuto` and `esito` begin with."""
    return present(idTracciato=tracciato.id_tracciato, idDominio=tracciato.id_dominio)


def is_json(tracciato: Tracciato) -> bool:
    return tracciato.formato is Formato.JSON
