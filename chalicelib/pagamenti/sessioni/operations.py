"""What a portal may do: start a payment, once however often it asks; and what may be done to it afterwards.

Session, attempts and the key of the request are one transaction; then the cart goes to pagoPA; then what pagoPA said
is another. A crash in between leaves a session IN_INVIO, whose cart a repetition of the request hands over again.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from chalicelib.anagrafica import queries as anagrafica
from chalicelib.anagrafica.model import UO_ENTE, VersioneStazione
from chalicelib.aws.transactions import Write, WriteConflict, commit
from chalicelib.kernel import clock
from chalicelib.kernel.ids import new_hex, new_secret
from chalicelib.kernel.importo import Importo
from chalicelib.kernel.refusals import Conflict, PagoPaRifiuta, Unprocessable
from chalicelib.kernel.utenze import TipoUtenza, Utenza
from chalicelib.pagamenti import repository as pagamenti
from chalicelib.pagamenti.model import Rpp
from chalicelib.pagamenti.operations.attivazione import creditore_of
from chalicelib.pagamenti.rules.attivazione import PagamentoInCorso
from chalicelib.pagamenti.sessioni import multibeneficiario, queries, repository, rules, sequel
from chalicelib.pagamenti.sessioni.delivery import deliver
from chalicelib.pagamenti.sessioni.model import (
    Canale,
    Idempotenza,
    Prenotazione,
    RichiestaPagamento,
    Sessione,
)
from chalicelib.pagamenti.sessioni.repository import IDEMPOTENZA
from chalicelib.pagamenti.sessioni.resolution import Pronta, require_ente, resolve
from chalicelib.pagamenti.sessioni.ritorno import require_return
from chalicelib.pagamenti.sessioni.states import StatoSessione
from chalicelib.pendenze.rules.patch import PatchOp
from chalicelib.settings import settings

_MAX_ATTEMPTS = 4
# Longer than the function may run (config.json): after it whoever was handing the cart over is gone.
IN_INVIO = timedelta(seconds=40)
# How long a repeated request finds the session that it started.
PRENOTATA = timedelta(hours=24)
# How often, and how long in all, a repetition waits for the request that is ahead of it.
_PAUSA_SECONDS, _PAUSE = 0.25, 40


class ChiaveRiusata(Unprocessable):
    """Idempotency-Key came before with another body."""

    codice = "SEMANTICA"


class RichiestaInCorso(Conflict):
    """The same request is being served; its answer is not known yet."""

    codice = "409"

    def __init__(self, sessione: Sessione) -> None:
        self.esteso = {"id": sessione.id, "location": sessione.location}
        super().__init__("La stessa richiesta di pagamento è in corso di elaborazione: ripeterla fra qualche secondo.")


class CarrelloRifiutato(PagoPaRifiuta):
    """pagoPA refused the cart, cannot be reached, or did not answer: `codice` is the fault's, or NDP_000's."""

    def __init__(self, sessione: Sessione) -> None:
        self.codice = sessione.fault_code or PagoPaRifiuta.codice  # type: ignore[misc]
        self.esteso = {"id": sessione.id, "location": sessione.location}
        if sessione.stato is StatoSessione.IN_INVIO:
            words = "L'esito della richiesta a pagoPA non è noto: verificare il pagamento prima di ripeterla"
        else:
            words = "Il pagamento non è stato avviato da pagoPA"
        super().__init__(f"{words} ({sessione.descrizione_stato or self.codice}).")


def start(
    *,
    utenza: Utenza,
    richiesta: RichiestaPagamento,
    id_sessione_portale: str | None,
    idempotenza: Idempotenza | None,
    now: datetime,
) -> Sessione:
    """Start a payment, or give the one that this very request started; its `redirect` is where the payer goes.

    AWS calls for one pendenza in the archive: two reads, two transactions; one read more with a key.

    :raises Refusal: what `resolve` refuses; APP_003, PAG_000, PAG_006, PAG_007, PAG_012, PAG_014; SINTASSI, SEMANTICA
    :raises CarrelloRifiutato: 502 PAGOPA, with id and location
    :raises RichiestaInCorso: 409
    """
    richiesta = rules.admitted(richiesta, utenza, now=now)
    for attempt in range(_MAX_ATTEMPTS):
        prenotata = None if idempotenza is None else repository.prenotazione(idempotenza)
        known = _known(prenotata, idempotenza, now=now)
        if known is not None:
            return _answered(known, now=now)
        try:
            sessione, attempts = _stored(richiesta, utenza, id_sessione_portale, idempotenza, prenotata, now=now)
        except PagamentoInCorso:
            # That is the answer, unless it is the payment of this very request, which was stored a moment ago.
            if idempotenza is None or repository.prenotazione(idempotenza) == prenotata:
                raise
        except WriteConflict:
            # Somebody was first with this key, or with a pendenza: read again, and see.
            if attempt == _MAX_ATTEMPTS - 1:
                raise
        else:
            return _answered_or_refused(deliver(sessione, attempts, ripetuto=False, now=now))
    raise WriteConflict([IDEMPOTENZA])


def _stored(
    richiesta: RichiestaPagamento,
    utenza: Utenza,
    id_sessione_portale: str | None,
    idempotenza: Idempotenza | None,
    prenotata: Prenotazione | None,
    *,
    now: datetime,
) -> tuple[Sessione, list[Rpp]]:
    """Store a new session with its attempts and its key, all or nothing; give them as stored."""
    pronte = [resolve(voce, utenza, now=now) for voce in richiesta.pendenze]
    sessione = _new(pronte, richiesta, utenza, id_sessione_portale, now=now)
    attempts = _attempts(sessione, pronte, now=now)
    sessione = replace(sessione, tentativi=tuple(sequel.tentativo_of(rpp) for rpp in attempts))
    writes = _writes(sessione, pronte, attempts)
    if idempotenza is not None:
        writes.append(repository.prenotazione_write(prenotata, idempotenza, sessione.id, scade=now + PRENOTATA))
    commit(writes)
    return sessione.next_version(), [rpp.next_version() for rpp in attempts]


def _known(prenotata: Prenotazione | None, idempotenza: Idempotenza | None, *, now: datetime) -> Sessione | None:
    """Give the session that this request started; one that has ended, or was given up, is no answer to a new request."""
    if prenotata is None or idempotenza is None or prenotata.scade <= now:
        return None
    if prenotata.impronta != idempotenza.impronta:
        raise ChiaveRiusata("Idempotency-Key: la chiave è già stata usata per una richiesta diversa; usarne un'altra.")
    sessione = repository.get(prenotata.id)
    if sessione is None:
        return None
    goes_on = sessione.is_aperta and not sessione.is_lasciata
    return sessione if goes_on or idempotenza.rigida else None


def _answered(sessione: Sessione, *, now: datetime) -> Sessione:
    """Answer a repetition: wait for the request that is ahead of it, or take over from one that died.

    Who has waited does not hand the cart over too: both together would take longer than API Gateway waits.
    """
    pauses = 0
    while pauses < _PAUSE and sequel.is_being_sent(sessione, now=clock.now()):
        clock.pause(_PAUSA_SECONDS)
        pauses += 1
        sessione = repository.get(sessione.id) or sessione
    if sequel.is_being_sent(sessione, now=clock.now()):
        raise RichiestaInCorso(sessione)
    if pauses or not sequel.may_be_sent_again(sessione, now=clock.now()):
        return _answered_or_refused(sessione)
    held = sequel.taken(sessione, fino=clock.now() + IN_INVIO)
    try:
        commit(repository.writes(sessione, held))
    except WriteConflict as conflict:
        raise RichiestaInCorso(sessione) from conflict
    return _answered_or_refused(deliver(held.next_version(), ripetuto=True, now=now))


def _answered_or_refused(sessione: Sessione) -> Sessione:
    if sessione.redirect is None:
        raise CarrelloRifiutato(sessione)
    return sessione


# -- a new session


def _new(
    pronte: Sequence[Pronta],
    richiesta: RichiestaPagamento,
    utenza: Utenza,
    id_sessione_portale: str | None,
    *,
    now: datetime,
) -> Sessione:
    """Make the session of a cart, its attempts still to come."""
    pendenze = [pronta.pendenza for pronta in pronte]
    rules.require_distinct(pendenze)
    id_stazione = rules.require_one_stazione(pronta.dominio.dominio.id_stazione for pronta in pronte)
    canale = _canale(id_stazione)
    id_carrello = None if canale is Canale.CHECKOUT else _carrello_diviso(pronte, id_stazione)
    for pronta in pronte:
        rules.require_carried_by(canale, pronta.pendenza)
        rules.require_free(pronta.rpp, minuti=settings().timeout_pagamento_minuti, now=now)
    require_return(richiesta, utenza, canale, pendenze[0].id_dominio)
    sessione = _session_of(pronte, richiesta, utenza, canale, id_stazione, now=now)
    return replace(sessione, id_sessione_portale=id_sessione_portale, id_carrello=id_carrello)


def _carrello_diviso(pronte: Sequence[Pronta], id_stazione: str) -> str | None:
    """Give the name of the cart of a pendenza in favour of two enti, None for any other cart at the WISP.

    :raises Refusal: as the second ente is: DOM_000, DOM_001, PAG_000; SEMANTICA for what the Nodo would not take
    """
    secondo = multibeneficiario.require_divisible([pronta.pendenza for pronta in pronte])
    if secondo is None:
        return None
    dominio = require_ente(secondo)
    rules.require_one_stazione([id_stazione, dominio.dominio.id_stazione])
    [pronta] = pronte
    return multibeneficiario.id_carrello_of(pronta.pendenza, progressivo=_earlier(pronta) + 1)


def _attempts(sessione: Sessione, pronte: Sequence[Pronta], *, now: datetime) -> list[Rpp]:
    attempts = [
        rules.attempt_of(
            pronta.pendenza,
            creditore_of(pronta.dominio, pronta.pendenza, id_stazione=sessione.id_stazione),
            sessione,
            id_messaggio=new_hex(),
            now=now,
        )
        for pronta in pronte
    ]
    if sessione.id_carrello is None:
        return attempts
    [pronta], [whole] = pronte, attempts
    secondo = multibeneficiario.require_divisible([pronta.pendenza]) or ""
    as_ente = replace(pronta.pendenza, id_unita_operativa=UO_ENTE)
    creditore = creditore_of(require_ente(secondo), as_ente, id_stazione=sessione.id_stazione)
    return list(multibeneficiario.divided(whole, creditore, id_messaggio=new_hex()))


def _writes(sessione: Sessione, pronte: Sequence[Pronta], attempts: Sequence[Rpp]) -> list[Write]:
    writes = repository.writes(None, sessione)
    for rpp in attempts:
        writes += pagamenti.rpp_writes(before=None, after=rpp)
    for pronta in pronte:
        pendenza = pronta.pendenza
        writes.append(repository.blocco_write(pendenza.id_dominio, pendenza.iuv or "", _earlier(pronta), sessione))
    return writes


def _earlier(pronta: Pronta) -> int:
    """Count the sessions that have tried to pay a pendenza before."""
    return sum(1 for known in pronta.rpp if known.id_pagamento is not None)


def _canale(id_stazione: str) -> Canale:
    stazione = anagrafica.stazione(id_stazione)
    is_v2 = stazione is not None and stazione.versione is VersioneStazione.V2
    return Canale.CHECKOUT if is_v2 else Canale.WISP


def _session_of(
    pronte: Sequence[Pronta],
    richiesta: RichiestaPagamento,
    utenza: Utenza,
    canale: Canale,
    id_stazione: str,
    *,
    now: datetime,
) -> Sessione:
    pendenze = [pronta.pendenza for pronta in pronte]
    return Sessione(
        id=new_hex(),
        stato=StatoSessione.IN_INVIO,
        canale=canale,
        creata=now,
        aggiornata=now,
        id_stazione=id_stazione,
        nome=rules.nome_of(pendenze),
        importo=Importo.total(pendenza.importo for pendenza in pendenze),
        tentativi=(),
        id_a2a=utenza.id_a2a,
        anonima=utenza.tipo is TipoUtenza.ANONIMO,
        # At Checkout the session that comes back is ours; the WISP tells its own with the answer.
        id_session=new_hex() if canale is Canale.CHECKOUT else None,
        segreto=new_secret() if canale is Canale.CHECKOUT else None,
        url_ritorno=richiesta.url_ritorno,
        conto_addebito=richiesta.conto_addebito,
        data_esecuzione=richiesta.data_esecuzione,
        credenziali_pagatore=richiesta.credenziali_pagatore,
        versante=richiesta.versante,
        autenticazione=richiesta.autenticazione,
        lingua=richiesta.lingua,
        in_invio_fino=now + IN_INVIO,
        # What a crash leaves is found by it.
        prossima_verifica=now + IN_INVIO,
    )


# -- afterwards


def patch_sessione(*, utenza: Utenza, id_pagamento: str, ops: Sequence[PatchOp], now: datetime) -> Sessione:
    """Apply the operations of a PATCH: /verificato, /nota.

    :raises NotFound: 404000
    :raises NotAllowed: 403000
    :raises Sintassi:
    """

    def decide(before: Sessione) -> Sessione:
        queries.check_visible(before, utenza, now=now)
        return sequel.patched(before, ops, principal=utenza.principal, now=now)

    for attempt in range(_MAX_ATTEMPTS):
        before = queries.existing(id_pagamento)
        after = decide(before)
        if after == before:
            return before
        try:
            commit(repository.writes(before, after))
        except WriteConflict:
            if attempt == _MAX_ATTEMPTS - 1:
                raise
        else:
            return replace(after, versione=before.versione + 1)
    raise AssertionError
