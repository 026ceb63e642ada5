"""A PSP is about to take the money: record the attempt. The position is never locked by it (SANP 3.x)."""

from dataclasses import replace
from datetime import datetime

from chalicelib.anagrafica.model import UO_ENTE
from chalicelib.anagrafica.queries import DominioCompleto
from chalicelib.aws import queues
from chalicelib.aws.queues import Queue
from chalicelib.aws.transactions import WriteConflict, commit
from chalicelib.kernel.ids import new_hex
from chalicelib.kernel.importo import Importo
from chalicelib.pagamenti import repository
from chalicelib.pagamenti.model import CanalePsp, Ente, Formato, Rpp, VoceRichiesta
from chalicelib.pagamenti.operations.verifica import Pagabile
from chalicelib.pagamenti.recupero.rules import INVIO_ATTESO
from chalicelib.pagamenti.rules import attivazione as rules
from chalicelib.pagamenti.rules.attivazione import Creditore, PagamentoInCorso
from chalicelib.pagamenti.states import StatoRpp
from chalicelib.pendenze.model import Pendenza, Soggetto

_MAX_ATTEMPTS = 5


def require_classic(pagabile: Pagabile) -> VoceRichiesta:
    """Check that the classic primitives can carry the position, and give its one voce as they ask for it.

    :raises NonAttivabile: PAA_SEMANTICA
    """
    rules.require_carried_by_classic(pagabile.pendenza)
    creditore = creditore_of(pagabile.dominio, pagabile.pendenza, id_stazione=None)
    attempt = rules.new_attempt(
        pagabile.pendenza,
        creditore,
        formato=Formato.RPT,
        ccp="",
        id_messaggio="",
        now=pagabile.pendenza.aggiornata,
    )
    return attempt.voci[0]


def activate_classic(
    *,
    pagabile: Pagabile,
    ccp: str,
    canale: CanalePsp,
    importo: Importo,
    versante: Soggetto | None,
    pagatore: Soggetto | None,
    now: datetime,
    id_stazione: str | None = None,
) -> Rpp:
    """Record the attempt of paaAttivaRPT and ask for its RPT to be sent. Repeated with the same data it is one attempt.

    :raises NonAttivabile: PAA_SEMANTICA
    :raises ImportoNonValido: PAA_ATTIVA_RPT_IMPORTO_NON_VALIDO
    :raises PagamentoInCorso: that ccp was activated with other data
    """
    asked = rules.activate_classic(
        pagabile.pendenza,
        creditore_of(pagabile.dominio, pagabile.pendenza, id_stazione=id_stazione),
        ccp=ccp,
        canale=canale,
        importo=importo,
        versante=versante,
        pagatore=pagatore,
        id_messaggio=new_hex(),
        now=now,
    )
    # What a crash leaves between the commit and the message is found by it.
    asked = replace(asked, prossima_verifica=now + INVIO_ATTESO)
    rpp = pagabile.transazione.rpp_of(ccp) or _stored_or_other(asked)
    if not rules.same_activation(rpp, asked):
        raise PagamentoInCorso(f"Il pagamento con ccp {ccp} è già stato attivato con altri dati.")
    if rpp.stato is StatoRpp.RPT_ATTIVATA:
        # Also for a repetition: what a crash left between the commit and this line is sent now.
        queues.send(Queue.NODO_RPT, {"idDominio": rpp.id_dominio, "iuv": rpp.iuv, "ccp": rpp.ccp})
    return rpp


def _stored_or_other(asked: Rpp) -> Rpp:
    """Store the attempt; give that of another request that was first with this ccp."""
    try:
        commit(repository.rpp_writes(before=None, after=asked))
    except WriteConflict:
        first = repository.load(asked.id_dominio, asked.iuv).rpp_of(asked.ccp)
        if first is None:
            raise
        return first
    return asked.next_version()


def activate_current(
    *, pagabile: Pagabile, formato: Formato, id_stazione: str, payment_note: str | None, now: datetime
) -> Rpp:
    """Record the attempt of paGetPayment: one a position, brought up to date by each get, known by its token later.

    A paymentNote that is the idCart of a portal's session ties the get to the attempt of that cart. Of several gets at
    once that ask the same, one writes and all are answered.

    :raises NonAttivabile: PAA_SEMANTICA, if the primitive cannot carry the position
    :raises WriteConflict: if others refresh it faster than we can, five times in a row
    """
    creditore = creditore_of(pagabile.dominio, pagabile.pendenza, id_stazione=id_stazione)
    transazione = pagabile.transazione
    for attempt in range(_MAX_ATTEMPTS):
        waiting = rules.waiting_attempt(transazione, payment_note)
        fresh = rules.refresh_waiting(
            waiting,
            pagabile.pendenza,
            creditore,
            formato=formato,
            payment_note=payment_note,
            id_messaggio=new_hex(),
            now=now,
        )
        try:
            commit(repository.rpp_writes(before=waiting, after=fresh))
        except WriteConflict:
            if attempt == _MAX_ATTEMPTS - 1:
                raise
            transazione = repository.load(transazione.id_dominio, transazione.iuv)
            faster = rules.waiting_attempt(transazione, payment_note)
            if faster is not None and rules.asks_the_same(faster, fresh):
                return faster
        else:
            return fresh.next_version()
    raise AssertionError


def creditore_of(dominio: DominioCompleto, pendenza: Pendenza, *, id_stazione: str | None) -> Creditore:
    """Give what an attempt names of the ente of a pendenza."""
    bic = {iban: conto.bic for iban, conto in dominio.conti.items() if conto.bic is not None}
    return Creditore(
        ente=ente_of(dominio, pendenza.id_unita_operativa),
        id_stazione=id_stazione or dominio.dominio.id_stazione or "",
        bic=bic,
    )


def ente_of(dominio: DominioCompleto, id_unita: str) -> Ente:
    """Give the ente as an RPT names it, with the unità that is not the ente itself."""
    unita = dominio.unita.get(id_unita)
    recapiti = dominio.dominio.recapiti if unita is None else unita.recapiti
    ente = Ente(
        id_dominio=dominio.dominio.id_dominio,
        denominazione=dominio.dominio.ragione_sociale,
        indirizzo=recapiti.indirizzo,
        civico=recapiti.civico,
        cap=recapiti.cap,
        localita=recapiti.localita,
        provincia=recapiti.provincia,
        nazione=recapiti.nazione,
    )
    if unita is None or unita.id_unita == UO_ENTE:
        return ente
    return replace(ente, codice_unita=unita.id_unita, denominazione_unita=unita.ragione_sociale)
