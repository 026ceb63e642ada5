"""Which flows there are: a schedule asks for each ente, a consumer lists and sends one message for each new flow."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from chalicelib.anagrafica import queries as anagrafica
from chalicelib.anagrafica.model import Dominio, Intermediario, ServizioPagoPa, Stazione
from chalicelib.pendenze.repository import caricata_key, year_of
from chalicelib.rest import log
from chalicelib.riconciliazione.model import Formato
from chalicelib.riconciliazione.operations import messaggi
from chalicelib.riconciliazione.operations.messaggi import Passo
from chalicelib.riconciliazione.ports import Annunciato, Ports
from chalicelib.riconciliazione.repository import flussi

# pagoPA declares one request a second to FdR; the turns themselves are kept by `flussi.may_ask`.
SECONDS_A_REQUEST = 1
EXAMINED_FOR = timedelta(days=45)


def ask_flussi() -> int:
    """Send a message for each ente whose flows we take; give their number. It lists nothing itself."""
    asked = 0
    for dominio, _, stazione, formato in _enti():
        delay = asked * SECONDS_A_REQUEST if formato is Formato.FDR else 0
        messaggi.send_elenco(
            id_dominio=dominio.id_dominio,
            id_stazione=stazione.id_stazione,
            formato=formato,
            pagina=1,
            delay_seconds=delay,
        )
        asked += 1
    log.info("acquisizione flussi richiesta", quanti=asked)
    return asked


def _enti() -> Iterator[tuple[Dominio, Intermediario, Stazione, Formato]]:
    for dominio in anagrafica.domini():
        if not (dominio.abilitato and dominio.intermediato and dominio.scarica_fr and dominio.id_stazione):
            continue
        stazione = anagrafica.stazione(dominio.id_stazione)
        intermediario = None if stazione is None else anagrafica.intermediario(stazione.id_intermediario)
        if stazione is None or intermediario is None or not (stazione.abilitato and intermediario.abilitato):
            continue
        yield dominio, intermediario, stazione, formato_of(intermediario)


def formato_of(intermediario: Intermediario) -> Formato:
    """Give how the flows of an intermediario come: by REST where it has the connettore of FdR."""
    return Formato.FDR if ServizioPagoPa.FR in intermediario.servizi else Formato.SOAP


def list_flussi(message: Mapping[str, Any], *, now: datetime) -> None:
    """List a page of what there is for an ente, and send a message for each flow that is new.

    :raises FonteNonDisponibile: so that the queue delivers the message again
    """
    formato, id_stazione = Formato(message["formato"]), message["idStazione"]
    elenco = Ports.fonti[formato].elenca(
        id_stazione=id_stazione, id_dominio=message["idDominio"], pagina=message["pagina"], now=now
    )
    known = flussi.known([annunciato.chiave for annunciato in elenco.flussi])
    new = [annunciato for annunciato in elenco.flussi if annunciato.chiave not in known]
    pace = SECONDS_A_REQUEST if formato is Formato.FDR else 0
    for place, annunciato in enumerate(new, 1):
        messaggi.send_flusso(annunciato, id_stazione=id_stazione, formato=formato, delay_seconds=place * pace)
    if elenco.altre:
        messaggi.send_again({**message, "pagina": message["pagina"] + 1}, delay_seconds=SECONDS_A_REQUEST)
    log.info("flussi elencati", id_dominio=message["idDominio"], quanti=len(new))


def examine_again(*, now: datetime) -> int:
    """Send a message for each flow that is ANOMALA or RIFIUTATA; give their number.

    What was missing may have come; what could not be read may have been a bad answer of the source, once.
    """
    since, sent = now - EXAMINED_FOR, 0
    for anno in dict.fromkeys((year_of(now), year_of(since))):
        for flusso in flussi.to_examine(anno, since=caricata_key(since).removesuffix("#")):
            if not flusso.is_incassato:
                messaggi.send_flusso(
                    Annunciato(chiave=flusso.chiave, pubblicato=flusso.pubblicato),
                    id_stazione=flusso.id_stazione,
                    formato=flusso.formato,
                    delay_seconds=0,
                    passo=Passo.RIESAME,
                )
                sent += 1
    return sent
