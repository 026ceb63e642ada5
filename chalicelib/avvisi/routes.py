"""REST: /avvisi, on API Pagamento (also anonymous), API Pendenze and API Backoffice."""

from chalice.app import Blueprint

from chalicelib.avvisi import operations
from chalicelib.avvisi.schemas import avviso_json, unknown_json
from chalicelib.kernel.refusals import NotAllowed, NotFound
from chalicelib.kernel.utenze import Diritto, Servizio, TipoUtenza, Utenza
from chalicelib.pendenze import queries as pendenze
from chalicelib.pendenze.model import Pendenza
from chalicelib.pendenze.rules.rights import check_payable, check_visible
from chalicelib.rest.operation import BACKOFFICE, PAGAMENTO, PENDENZE, Answer, Api, Call, attachment, operation
from chalicelib.rest.paging import in_list

routes = Blueprint(__name__)
LINGUE = ("false", "de", "en", "fr", "sl")
PDF = "application/pdf"


@routes.route(f"{PAGAMENTO}/avvisi/{{id_dominio}}/{{numero_avviso}}", methods=["GET"])
@routes.route(f"{PENDENZE}/avvisi/{{id_dominio}}/{{numero_avviso}}", methods=["GET"])
@routes.route(f"{BACKOFFICE}/avvisi/{{id_dominio}}/{{numero_avviso}}", methods=["GET"])
@operation("getAvviso", diritto=Diritto.LETTURA, backoffice=Servizio.PENDENZE, anonimo=True)
def get_avviso(call: Call, id_dominio: str, numero_avviso: str) -> Answer:
    """Give a notice as JSON or, with Accept application/pdf, on paper."""
    lingua, wants_pdf = in_list(call, "linguaSecondaria", LINGUE), _wants_pdf(call)
    if wants_pdf and call.utenza.tipo is TipoUtenza.ANONIMO:
        raise NotAllowed("La stampa dell'avviso è riservata agli utenti autenticati.")
    if call.api is Api.BACKOFFICE:
        call.utenza.require_dominio(id_dominio)
    pendenza = pendenze.by_avviso(id_dominio, numero_avviso)
    if pendenza is None:
        return _unknown(id_dominio, numero_avviso, wants_pdf=wants_pdf)
    call.is_about(id_dominio=id_dominio, iuv=pendenza.iuv, id_a2a=pendenza.id_a2a, id_pendenza=pendenza.id_pendenza)
    _check_rights(call, pendenza, wants_pdf=wants_pdf)
    if not wants_pdf:
        return Answer(body=avviso_json(pendenza, call.now))
    pdf = operations.print_avviso(pendenza, call.now, lingua=lingua)
    return attachment(pdf, content_type=PDF, file_name=f"{id_dominio}_{numero_avviso}.pdf")


def _wants_pdf(call: Call) -> bool:
    """Read the Accept header as GovPay does: what it contains, not how much it is preferred.

    :raises NotAllowed: 403000, for what is neither PDF nor JSON
    """
    accept = call.headers.get("accept", "").lower()
    if "pdf" in accept:
        return True
    if not accept or "json" in accept or "*/*" in accept:
        return False
    raise NotAllowed("Il formato richiesto non è disponibile: indicare application/json o application/pdf in Accept.")


def _unknown(id_dominio: str, numero_avviso: str, *, wants_pdf: bool) -> Answer:
    if wants_pdf:
        raise NotFound(f"L'avviso {numero_avviso} del dominio {id_dominio} non esiste: controllare il numero.")
    return Answer(body=unknown_json(id_dominio, numero_avviso))


def _check_rights(call: Call, pendenza: Pendenza, *, wants_pdf: bool) -> None:
    """Check who asks. Who has the number of a notice may know what it asks for; its paper names the debtor."""
    if call.api is not Api.PAGAMENTO:
        check_visible(pendenza, call.utenza)
    elif wants_pdf:
        check_payable(pendenza, call.utenza)
    elif call.utenza.tipo is TipoUtenza.ANONIMO:
        _check_debitore(call.text("idDebitore"), pendenza, call.utenza)


def _check_debitore(id_debitore: str | None, pendenza: Pendenza, utenza: Utenza) -> None:
    """Refuse an anonymous caller who names the wrong debtor, without telling the right one."""
    if id_debitore is not None and id_debitore.upper() != pendenza.soggetto_pagatore.identificativo.upper():
        raise NotAllowed(f"{utenza.nome}: il codice fiscale indicato non è quello del debitore della pendenza.")
