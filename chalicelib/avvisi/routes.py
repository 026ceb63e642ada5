"""REST: /avvisi and /documenti, on API Pagamento (also anonymous), API Pendenze and API Backoffice."""

import re
from collections.abc import Sequence

from chalice.app import Blueprint

from chalicelib.avvisi import operations
from chalicelib.avvisi.rules import is_to_be_paid
from chalicelib.avvisi.schemas import avviso_json, unknown_json
from chalicelib.connettori.captcha import check_captcha
from chalicelib.kernel.refusals import NotAllowed, NotFound
from chalicelib.kernel.utenze import Diritto, Servizio, TipoUtenza, Utenza
from chalicelib.pendenze import queries as pendenze
from chalicelib.pendenze.model import Pendenza
from chalicelib.pendenze.rules.rights import check_payable, check_visible, is_hidden
from chalicelib.rest.operation import BACKOFFICE, PAGAMENTO, PENDENZE, Answer, Api, Call, attachment, operation
from chalicelib.rest.paging import in_list

routes = Blueprint(__name__)
LINGUE = ("false", "de", "en", "fr", "sl")
PDF = "application/pdf"


@routes.route(f"{PAGAMENTO}/avvisi/{{id_dominio}}/{{numero_avviso}}", methods=["GET"])
@routes.route(f"{PENDENZE}/avvisi/{{id_dominio}}/{{numero_avviso}}", methods=["GET"])
@routes.route(f"{BACKOFFICE}/avvisi/{{id_dominio}}/{{numero_avviso}}", methods=["GET"])
@operation("getAvviso", diritto=Diritto.LETTURA, backoffice=Servizio.PENDENZE, anonimo=True, cittadino=True)
def get_avviso(call: Call, id_dominio: str, numero_avviso: str) -> Answer:
    """Give a notice as JSON or, with Accept application/pdf, on paper."""
    check_captcha(call)
    lingua, wants_pdf = in_list(call, "linguaSecondaria", LINGUE), _wants_pdf(call)
    if wants_pdf and call.utenza.tipo is TipoUtenza.ANONIMO:
        raise NotAllowed("La stampa dell'avviso è riservata agli utenti autenticati.")
    if call.api is Api.BACKOFFICE:
        call.utenza.require_dominio(id_dominio)
    pendenza = pendenze.by_avviso(id_dominio, numero_avviso)
    if pendenza is None or _is_hidden(call, pendenza, wants_pdf=wants_pdf):
        return _unknown(id_dominio, numero_avviso, wants_pdf=wants_pdf)
    call.is_about(id_dominio=id_dominio, iuv=pendenza.iuv, id_a2a=pendenza.id_a2a, id_pendenza=pendenza.id_pendenza)
    _check_rights(call, pendenza, wants_pdf=wants_pdf)
    if not wants_pdf:
        return Answer(body=avviso_json(pendenza, call.now))
    pdf = operations.print_avviso(pendenza, call.now, lingua=lingua)
    return attachment(pdf, content_type=PDF, file_name=f"{id_dominio}_{numero_avviso}.pdf")


@routes.route(f"{PAGAMENTO}/documenti/{{id_dominio}}/{{numero_documento}}/avvisi", methods=["GET"])
@routes.route(f"{PENDENZE}/documenti/{{id_dominio}}/{{numero_documento}}/avvisi", methods=["GET"])
@routes.route(f"{BACKOFFICE}/documenti/{{id_a2a}}/{{id_dominio}}/{{numero_documento}}/avvisi", methods=["GET"])
@operation("getAvvisiDocumento", diritto=Diritto.LETTURA, backoffice=Servizio.PENDENZE, cittadino=True)
def get_avvisi_documento(call: Call, id_dominio: str, numero_documento: str, id_a2a: str | None = None) -> Answer:
    """Give the notices of a documento that are still to be paid, as one PDF; `numeriAvviso` chooses among them."""
    lingua = in_list(call, "linguaSecondaria", LINGUE)
    if call.api is Api.PENDENZE:
        id_a2a = call.utenza.id_a2a
    if call.api is Api.BACKOFFICE:
        call.utenza.require_dominio(id_dominio)
    parti = _parti(call, pendenze.by_documento(id_dominio, numero_documento, id_a2a=id_a2a))
    if not parti:
        raise NotFound("Il documento non esiste o non ha avvisi da pagare: controllare dominio, numero e numeriAvviso.")
    for parte in parti:
        _check_rights(call, parte, wants_pdf=True)
    pdf = operations.print_documento(parti, lingua=lingua)
    # The ente names its documenti as it likes; a header does not take everything.
    name = re.sub(r"[^A-Za-z0-9._-]", "_", numero_documento)
    return attachment(pdf, content_type=PDF, file_name=f"{id_dominio}_DOC_{name}.pdf")


def _parti(call: Call, parti: Sequence[Pendenza]) -> list[Pendenza]:
    asked = {numero for text in call.query.get("numeriAvviso", ()) for numero in text.split(",") if numero}
    chosen = [parte for parte in parti if is_to_be_paid(parte) and (not asked or parte.numero_avviso in asked)]
    return [parte for parte in chosen if not _is_hidden(call, parte, wants_pdf=True)]


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


def _is_hidden(call: Call, pendenza: Pendenza, *, wants_pdf: bool) -> bool:
    """Tell whether the notice is none for this caller; with its number a payer may always ask what it says."""
    return (call.api is not Api.PAGAMENTO or wants_pdf) and is_hidden(pendenza, call.utenza)


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
