"""A ricevuta becomes money, state and news in one transaction. Its bytes are in the archive already."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from chalicelib.anagrafica import queries as anagrafica
from chalicelib.aws.transactions import Write, WriteConflict, commit
from chalicelib.kernel.ids import new_hex
from chalicelib.pagamenti import repository
from chalicelib.pagamenti.model import DaNotificare, Ricevuta, Rpp, TipoNotifica, TipoRiscossione, Transazione
from chalicelib.pagamenti.operations.attivazione import creditore_of
from chalicelib.pagamenti.ports import Ports
from chalicelib.pagamenti.rules import ricevuta as rules
from chalicelib.pagamenti.rules.attivazione import Creditore, new_attempt
from chalicelib.pagamenti.rules.caricamento import acquired_before
from chalicelib.pagamenti.rules.ricevuta import EsitoAcquisizione, Nostri, RtNonConforme
from chalicelib.pagamenti.sessioni import repository as sessioni
from chalicelib.pagamenti.sessioni.model import Sessione
from chalicelib.pagamenti.sessioni.sequel import with_attempts
from chalicelib.pendenze import senza_posizione
from chalicelib.pendenze.model import Pendenza
from chalicelib.rest import log

_MAX_ATTEMPTS = 5


def acquire_ricevuta(*, ricevuta: Ricevuta, now: datetime, extra_writes: Sequence[Write] = ()) -> EsitoAcquisizione:
    """Apply a ricevuta, once: attempt, ricevuta, riscossioni, position and outbox, with `extra_writes`, or nothing.

    AWS calls: a Query, a transaction, one message to the queue; one read more where a portal started the payment.

    :raises RptSconosciuta: an RT without its RPT
    :raises RtDuplicata: the outcome of that RPT is known
    :raises ReceiptDuplicata: that receipt is known
    :raises RtNonConforme: an RT that does not answer its RPT; the attempt remembers why
    :raises DominioErrato: a receipt in which nothing is ours
    :raises WriteConflict: if others write the same position faster than we can, five times in a row
    """
    nostri = nostri_of(ricevuta)
    for attempt in range(_MAX_ATTEMPTS):
        transazione = _load(ricevuta)
        try:
            esito = rules.acquire(transazione, ricevuta, nostri=nostri, rebuild=rebuild_at(now), now=now)
        except RtNonConforme as refusal:
            _remember(transazione, ricevuta.ccp, refusal.dettaglio, now=now)
            raise
        sessione = _session_of(esito)
        outbox = Ports.outbox.writes(da_notificare(esito, sessione), now=now)
        try:
            commit(
                [
                    *repository.acquisition_writes(transazione, esito),
                    *_mark_writes(transazione),
                    *_session_writes(sessione, esito, now),
                    *outbox,
                    *extra_writes,
                ]
            )
        except WriteConflict:
            if attempt == _MAX_ATTEMPTS - 1:
                raise
            continue
        Ports.outbox.publish(outbox)
        _tell_credits(transazione, esito)
        _log(esito)
        return esito
    raise AssertionError


def _tell_credits(transazione: Transazione, esito: EsitoAcquisizione) -> None:
    """Tell whoever has a credit of the bank for this IUV.

    A secondary beneficiary is told in any case: whether its credit waits is marked under its own dominio, not here.
    """
    if Ports.credito_in_attesa is None:
        return
    altri = {
        r.id_dominio_beneficiario
        for r in esito.riscossioni
        if r.tipo is not TipoRiscossione.ENTRATA_PA_NON_INTERMEDIATA
    }
    told = {transazione.id_dominio} if transazione.attesa else set()
    for id_dominio in sorted(told | {altro for altro in altri if altro is not None}):
        Ports.credito_in_attesa(id_dominio, transazione.iuv)


def _load(ricevuta: Ricevuta) -> Transazione:
    """Read what a ricevuta is about; that of the second ente of one pendenza, with the pendenza: one Query more."""
    transazione = repository.load(ricevuta.id_dominio, ricevuta.iuv).part_of(ricevuta.ccp)
    rpp = transazione.rpp_of(ricevuta.ccp)
    if rpp is None or rpp.id_dominio_posizione is None:
        return transazione
    return replace(transazione, posizione=repository.load(rpp.id_dominio_posizione, ricevuta.iuv).posizione)


def nostri_of(*ricevute: Ricevuta) -> Nostri:
    """Look up which enti of the ricevute are ours; the anagrafica of this process knows, as a rule without a call."""
    named = {name for r in ricevute for name in (r.id_dominio, *(voce.id_dominio for voce in r.voci))}
    known = {id_dominio: anagrafica.dominio(id_dominio) for id_dominio in sorted(named)}
    return Nostri(
        censiti=frozenset(name for name, completo in known.items() if completo is not None),
        intermediati=frozenset(
            name for name, completo in known.items() if completo is not None and completo.dominio.intermediato
        ),
    )


def rebuild_at(now: datetime) -> rules.Rebuild:
    """Give what makes, at that instant, the attempt of a ricevuta that had none."""

    def rebuild(pendenza: Pendenza, ricevuta: Ricevuta) -> Rpp:
        """Make the attempt that a Stand-In never asked for, from the position as it stands."""
        dominio = anagrafica.dominio(pendenza.id_dominio)
        if dominio is None:
            creditore = Creditore(ente=ricevuta.ente, id_stazione=ricevuta.id_stazione or "", bic={})
        else:
            creditore = creditore_of(dominio, pendenza, id_stazione=ricevuta.id_stazione)
        attempt = new_attempt(
            pendenza, creditore, formato=ricevuta.formato, ccp=ricevuta.ccp, id_messaggio=new_hex(), now=now
        )
        return replace(attempt, payment_note=ricevuta.payment_note)

    return rebuild


def _mark_writes(transazione: Transazione) -> list[Write]:
    """Give what lets whoever loads the pendenza later know that its ricevuta is here."""
    if transazione.posizione is not None:
        return []
    known = acquired_before(transazione)
    return senza_posizione.mark_writes(transazione.id_dominio, transazione.iuv, known=known)


def _session_of(esito: EsitoAcquisizione) -> Sessione | None:
    """Read the session that the attempt belongs to, None where no portal started the payment."""
    id_pagamento = None if esito.rpp is None else esito.rpp.id_pagamento
    return None if id_pagamento is None else sessioni.get(id_pagamento)


def _session_writes(before: Sessione | None, esito: EsitoAcquisizione, now: datetime) -> list[Write]:
    """Give the writes of the session that the attempt belongs to, if it changes."""
    if before is None or esito.rpp is None:
        return []
    after = with_attempts(before, [esito.rpp], now=now)
    return [] if after == before else sessioni.writes(before, after)


def da_notificare(esito: EsitoAcquisizione, sessione: Sessione | None = None) -> list[DaNotificare]:
    """Give what the ente must be told of a ricevuta; nothing where no pendenza is known."""
    if esito.rpp is None:
        return []
    return [
        DaNotificare(
            tipo=TipoNotifica.RICEVUTA,
            rpp=esito.rpp,
            ricevuta=esito.ricevuta,
            riscossioni=esito.riscossioni,
            portale=None if sessione is None else sessione.riferimenti,
        )
    ]


def reject_rt(*, id_dominio: str, iuv: str, ccp: str, motivo: str, now: datetime) -> None:
    """Remember on its attempt that an RT could not be read; an attempt that is not there is nothing to remember on."""
    _remember(repository.load(id_dominio, iuv), ccp, motivo, now=now)


def _remember(transazione: Transazione, ccp: str, motivo: str, *, now: datetime) -> None:
    for _ in range(_MAX_ATTEMPTS):
        rpp = transazione.rpp_of(ccp)
        refused = None if rpp is None else rules.refuse(rpp, motivo, now=now)
        if refused is None or refused == rpp:
            return
        try:
            commit(repository.rpp_writes(before=rpp, after=refused))
        except WriteConflict:
            transazione = repository.load(transazione.id_dominio, transazione.iuv)
        else:
            return


def _log(esito: EsitoAcquisizione) -> None:
    ricevuta = esito.ricevuta
    anomalie = sum(len(riscossione.anomalie) for riscossione in esito.riscossioni)
    log.info(
        "ricevuta acquisita",
        id_dominio=ricevuta.id_dominio,
        iuv=ricevuta.iuv,
        ccp=ricevuta.ccp,
        esito=ricevuta.esito,
        quanti=anomalie,
    )
