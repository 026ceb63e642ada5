"""May this notice be paid, and how much? Asked by every primitive before anything else; it changes no payment."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from chalicelib.anagrafica import queries as anagrafica
from chalicelib.anagrafica.queries import DominioCompleto
from chalicelib.kernel.iuv import numero_avviso_of
from chalicelib.kernel.refusals import Refusal
from chalicelib.pagamenti import repository
from chalicelib.pagamenti.model import Transazione
from chalicelib.pagamenti.ports import EnteIrraggiungibile, Ports
from chalicelib.pagamenti.rules import verifica as rules
from chalicelib.pagamenti.rules.verifica import DominioErrato, EnteNonDisponibile, PagamentoSconosciuto
from chalicelib.pendenze import operations as pendenze
from chalicelib.pendenze.model import NuovaPendenza, Pendenza
from chalicelib.pendenze.schemas import nuova_from_verificata
from chalicelib.pendenze.schemas.requests import check_ids
from chalicelib.settings import settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Pagabile:
    """A position that may be paid now, with the ente it is owed to and all that is stored of its IUV."""

    pendenza: Pendenza
    dominio: DominioCompleto
    transazione: Transazione


def verify(*, id_dominio: str, iuv: str, numero_avviso: str | None = None, now: datetime) -> Pagabile:
    """Find a position, of ours or of the ente, and check that it may be paid.

    One Query, and one call to the ente where it must be asked: of a notice that is not in the archive, and of one
    whose dataValidita has passed. Without a service to ask, a position past its dataValidita is good as it is stored
    until its dataScadenza (GovPay 3.1 API 4.7, as of 3.9). The ente has `settings().verifica_budget_ms` to answer.

    :raises PagamentoSconosciuto: PAA_PAGAMENTO_SCONOSCIUTO; for the probe of Stand-In without any call
    :raises DominioErrato: PAA_ID_DOMINIO_ERRATO
    :raises PagamentoAnnullato: PAA_PAGAMENTO_ANNULLATO
    :raises PagamentoDuplicato: PAA_PAGAMENTO_DUPLICATO
    :raises PagamentoScaduto: PAA_PAGAMENTO_SCADUTO
    :raises NienteDaPagare: PAA_SEMANTICA, for a position of zero
    :raises EnteNonDisponibile: PAA_SYSTEM_ERROR
    """
    if numero_avviso is not None and numero_avviso == settings().nav_sonda:
        raise PagamentoSconosciuto("Avviso di sonda: nessuna pendenza gli corrisponde.")
    dominio = anagrafica.dominio(id_dominio)
    if dominio is None or not dominio.dominio.abilitato:
        raise DominioErrato(f"Il dominio {id_dominio} non è censito o non è abilitato.")
    transazione = repository.load(id_dominio, iuv)
    pendenza = transazione.posizione
    if pendenza is None:
        rules.require_not_collected(transazione.ricevute)
        pendenza = _ask_by_avviso(dominio, iuv, numero_avviso, now=now)
    else:
        _require_same_avviso(pendenza, numero_avviso)
        rules.require_pagabile(pendenza, now=now)
        rules.require_not_collected(transazione.ricevute)
        if rules.must_be_refreshed(pendenza, now=now):
            pendenza = refreshed(pendenza, now=now)
    rules.require_pagabile(pendenza, now=now)
    rules.require_due(pendenza)
    return Pagabile(pendenza=pendenza, dominio=dominio, transazione=replace(transazione, posizione=pendenza))


def ask_ente(*, id_dominio: str, iuv: str, now: datetime) -> Pendenza:
    """Load the pendenza of an IUV that only the ente knows, and that a flow says is paid (GovPay 3.1 API 4.10).

    One call to the ente, of `settings().verifica_budget_ms`, where it has a service to ask and the IUV may be its.

    :raises DominioErrato:
    :raises PagamentoSconosciuto: nobody is to be asked, or the ente does not know it
    :raises PagamentoAnnullato: or duplicato, or scaduto, as the ente says
    :raises EnteNonDisponibile: it does not answer, or not as its contract says
    """
    dominio = anagrafica.dominio(id_dominio)
    if dominio is None or not dominio.dominio.abilitato:
        raise DominioErrato(f"Il dominio {id_dominio} non è censito o non è abilitato.")
    return _ask_by_avviso(dominio, iuv, None, now=now)


def forward(
    id_a2a: str,
    id_dominio: str,
    id_tipo_pendenza: str,
    dati: Any,
    *,
    now: datetime,
    admitted: Callable[[NuovaPendenza], None],
) -> tuple[Pendenza, bool]:
    """Send the data of a form to the applicazione that makes a pendenza of them, and load what it answers.

    `admitted` raises what the caller of the form may not have made.

    :raises PagamentoSconosciuto: VER_011, or annullato, duplicato, scaduto, as the ente says
    :raises EnteNonDisponibile: VER_014, if it cannot be asked, or does not answer as its contract says
    """
    applicazione = anagrafica.applicazione(id_a2a)
    if applicazione is None or not applicazione.abilitato:
        raise EnteNonDisponibile(f"L'applicazione {id_a2a}, a cui il form si inoltra, non è censita o non è abilitata.")
    answer = _ask(
        lambda: Ports.verifica.by_form(
            applicazione, id_dominio=id_dominio, id_tipo_pendenza=id_tipo_pendenza, dati=dati, now=now
        )
    )
    if answer is None:
        raise PagamentoSconosciuto("L'ente creditore non ha una pendenza per i dati indicati.")
    rules.require_non_eseguita(str(answer.get("stato")), descrizione=answer.get("descrizioneStato"))
    _require_field(answer, "idA2A", id_a2a)
    _require_field(answer, "idDominio", id_dominio)
    if answer.get("idTipoPendenza") is not None:
        _require_field(answer, "idTipoPendenza", id_tipo_pendenza)
    nuova = _nuova({**answer, "idTipoPendenza": id_tipo_pendenza})
    admitted(nuova)
    return _loaded(answer, nuova, now=now)


def _require_same_avviso(pendenza: Pendenza, numero_avviso: str | None) -> None:
    """Check the digits that are not in the IUV: with another application code it is another notice."""
    if None not in {numero_avviso, pendenza.numero_avviso} and numero_avviso != pendenza.numero_avviso:
        raise PagamentoSconosciuto(f"Nessuna pendenza ha il numero avviso {numero_avviso}.")


def _ask_by_avviso(dominio: DominioCompleto, iuv: str, numero_avviso: str | None, *, now: datetime) -> Pendenza:
    """Ask the applicazione whose IUV it may be, and load what it answers."""
    id_dominio = dominio.dominio.id_dominio
    applicazione = anagrafica.applicazione_by_iuv(id_dominio, iuv)
    expected = numero_avviso or _numero_avviso(dominio, iuv)
    if applicazione is None or applicazione.servizio_integrazione is None or expected is None:
        raise PagamentoSconosciuto(f"Nessuna pendenza del dominio {id_dominio} ha lo iuv {iuv}.")
    answer = _ask(lambda: Ports.verifica.by_avviso(applicazione, id_dominio=id_dominio, iuv=iuv, now=now))
    if answer is None:
        raise PagamentoSconosciuto(f"L'ente creditore non conosce lo iuv {iuv}.")
    rules.require_non_eseguita(str(answer.get("stato")), descrizione=answer.get("descrizioneStato"))
    _require_field(answer, "idA2A", applicazione.id_a2a)
    _require_field(answer, "idDominio", id_dominio)
    if answer.get("numeroAvviso") is not None:
        _require_field(answer, "numeroAvviso", expected)
    pendenza = _load(answer, numero_avviso=expected, now=now)
    if pendenza.iuv != iuv:
        raise EnteNonDisponibile("La verifica dell'ente creditore ha risposto con una pendenza di un altro avviso.")
    return pendenza


def _numero_avviso(dominio: DominioCompleto, iuv: str) -> str | None:
    stazione = anagrafica.stazione(dominio.dominio.id_stazione or "")
    codice = None if stazione is None else stazione.codice_applicazione
    return numero_avviso_of(iuv=iuv, aux=dominio.dominio.aux_digit, codice_applicazione=codice)


def refreshed(pendenza: Pendenza, *, now: datetime) -> Pendenza:
    """Ask the ente what is due today; without a service to ask, what is stored holds.

    :raises RifiutoPagoPa: VER_010..014, as the ente says
    """
    applicazione = anagrafica.applicazione(pendenza.id_a2a)
    if applicazione is None or applicazione.servizio_integrazione is None:
        return pendenza
    answer = _ask(
        lambda: Ports.verifica.by_pendenza(
            applicazione,
            id_pendenza=pendenza.id_pendenza,
            now=now,
            id_dominio=pendenza.id_dominio,
            iuv=pendenza.iuv,
        )
    )
    if answer is None:
        raise PagamentoSconosciuto("L'ente creditore non conosce più la pendenza.")
    rules.require_non_eseguita(str(answer.get("stato")), descrizione=answer.get("descrizioneStato"))
    _require_field(answer, "idA2A", pendenza.id_a2a)
    _require_field(answer, "idPendenza", pendenza.id_pendenza)
    _require_field(answer, "idDominio", pendenza.id_dominio)
    if answer.get("numeroAvviso") is not None:
        _require_field(answer, "numeroAvviso", pendenza.numero_avviso or "")
    return _load(answer, numero_avviso=pendenza.numero_avviso, now=now)


def _ask(call: Callable[[], dict[str, Any] | None]) -> dict[str, Any] | None:
    try:
        return call()
    except EnteIrraggiungibile as error:
        raise EnteNonDisponibile(f"La verifica presso l'ente creditore non è riuscita: {error.motivo}") from error


def _require_field(answer: dict[str, Any], name: str, expected: str) -> None:
    if answer.get(name) != expected:
        raise EnteNonDisponibile(
            f"La verifica dell'ente creditore ha risposto con un {name} diverso da quello chiesto."
        )


def _load(answer: dict[str, Any], *, numero_avviso: str | None, now: datetime) -> Pendenza:
    """Take what the ente answered into the archive. What the archive refuses is a fault of the ente's answer."""
    pendenza, _ = _loaded(answer, _nuova({**answer, "numeroAvviso": numero_avviso}), now=now)
    return pendenza


def _nuova(answer: dict[str, Any]) -> NuovaPendenza:
    try:
        return nuova_from_verificata(answer)
    except Refusal as refusal:
        raise _not_valid(refusal) from refusal


def _loaded(answer: dict[str, Any], nuova: NuovaPendenza, *, now: datetime) -> tuple[Pendenza, bool]:
    id_a2a, id_pendenza = str(answer.get("idA2A")), str(answer.get("idPendenza"))
    try:
        check_ids(id_a2a, id_pendenza)
        return pendenze.load_verificata(id_a2a=id_a2a, id_pendenza=id_pendenza, nuova=nuova, now=now)
    except Refusal as refusal:
        raise _not_valid(refusal) from refusal


def _not_valid(refusal: Refusal) -> EnteNonDisponibile:
    return EnteNonDisponibile(
        f"La verifica dell'ente creditore ha risposto con una pendenza non valida: {refusal.dettaglio}"
    )
