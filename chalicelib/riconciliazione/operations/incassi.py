"""A credit of the bank claims its flow or its payment, by one conditional write; the payments of a flow follow."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from chalicelib.anagrafica import queries as anagrafica
from chalicelib.aws.transactions import Write, WriteConflict, commit
from chalicelib.kernel.utenze import Utenza
from chalicelib.pagamenti import repository as archivio
from chalicelib.pagamenti.rules import incasso as money
from chalicelib.rest import log
from chalicelib.riconciliazione.causale import read_causale
from chalicelib.riconciliazione.esiti import EsitoIncasso, EsitoMovimento
from chalicelib.riconciliazione.model import Accredito, Flusso, Incasso
from chalicelib.riconciliazione.operations.pagamenti import begin_payments, send_incasso
from chalicelib.riconciliazione.repository import flussi, incassi
from chalicelib.riconciliazione.rules import incasso as rules
from chalicelib.riconciliazione.rules.incasso import GiaIncassato, IncassoRifiutato, Riferito
from chalicelib.riconciliazione.states import StatoIncasso

_MAX_ATTEMPTS = 5


def post_incasso(*, accredito: Accredito, utenza: Utenza | None, now: datetime) -> tuple[Incasso, bool]:
    """Register a credit; give its incasso, and whether it is new (False: the same was registered before).

    AWS calls, for one payment: a BatchGetItem, a Query, a transaction; for a flow one Query more, then its payments.

    :raises NotAllowed: 403000
    :raises IncassoRifiutato: by the subclass that names the reason, 021400 to 021413
    :raises WriteConflict: if others write the same faster than we can, five times in a row
    """
    rules.check_syntax(accredito)
    if utenza is not None:
        utenza.require_dominio(accredito.id_dominio)
    ente = anagrafica.dominio(accredito.id_dominio)
    rules.check_ente(accredito, None if ente is None else ente.conti)
    riferito = _reference(accredito)
    for attempt in range(_MAX_ATTEMPTS):
        try:
            incasso, is_new = _register(accredito, riferito, utenza, now=now)
        except WriteConflict:
            if attempt == _MAX_ATTEMPTS - 1:
                raise
            continue
        except GiaIncassato as refusal:
            raise _naming_the_other(refusal, accredito.id_dominio, utenza) from refusal
        if is_new:
            return begin_payments(incasso, now=now), True
        if incasso.stato is StatoIncasso.IN_ELABORAZIONE:
            # Whoever asks again may do so because a crash came between claim and payments: the queue has the rest.
            send_incasso(incasso.id_dominio, incasso.id_incasso)
        return incasso, False
    raise AssertionError


def registra_incasso(*, accredito: Accredito, utenza: Utenza | None = None, now: datetime) -> EsitoIncasso:
    """Register a credit and say what became of it: what the API refuses by a code is here an outcome with its reason.

    :raises NotAllowed: 403000
    :raises WriteConflict: as `post_incasso`
    """
    try:
        incasso, is_new = post_incasso(accredito=accredito, utenza=utenza, now=now)
    except IncassoRifiutato as refusal:
        return EsitoIncasso(
            esito=refusal.outcome,
            codice=refusal.codice,
            motivo=refusal.dettaglio,
            riferimento=refusal.riferimento,
            atteso=refusal.atteso,
            pagato=refusal.pagato,
        )
    esito = EsitoMovimento.RICONCILIATO if is_new else EsitoMovimento.GIA_ACQUISITO
    return EsitoIncasso(esito=esito, incasso=incasso, riferimento=incasso.trovato)


def _naming_the_other(refusal: GiaIncassato, id_dominio: str, utenza: Utenza | None) -> GiaIncassato:
    """Tell which incasso has it already, if the caller may see that one."""
    other = incassi.get(id_dominio, refusal.id_incasso) if refusal.id_incasso else None
    return refusal.naming(other) if other is not None and rules.may_see(other, utenza) else refusal


def _reference(accredito: Accredito) -> Riferito:
    if accredito.id_flusso or accredito.iuv:
        return Riferito(id_flusso=accredito.id_flusso, iuv=accredito.iuv)
    causale = accredito.causale or ""

    def known_flussi(id_flusso: str) -> Collection[str]:
        return {flusso.chiave.id_flusso for flusso in flussi.revisions(accredito.id_dominio, id_flusso)}

    return rules.reference_of(read_causale(causale, known_flussi=known_flussi), causale)


def _register(
    accredito: Accredito, riferito: Riferito, utenza: Utenza | None, *, now: datetime
) -> tuple[Incasso, bool]:
    """Claim what the credit is for.

    :raises WriteConflict: somebody was faster; what they did is found when it is tried again
    """
    revisioni: list[Flusso] = []
    if riferito.id_flusso is not None:
        revisioni = flussi.revisions(accredito.id_dominio, riferito.id_flusso)
    id_incasso = accredito.id_incasso or (revisioni[0].chiave.id_flusso if revisioni else riferito.valore)
    known, owner = incassi.registered(accredito.id_dominio, id_incasso, accredito.causale)
    replayed = rules.check_new(accredito, known, owner, who=utenza)
    if replayed is not None:
        return replayed, False
    if riferito.id_flusso is not None:
        flusso = rules.check_flusso(accredito, riferito.id_flusso, revisioni)
        incasso = rules.registered(accredito, id_incasso, before=known, who=utenza, flusso=flusso, now=now)
        _commit(incasso, _claims(flusso, revisioni, id_incasso))
    else:
        incasso = _register_payment(accredito, riferito.valore, id_incasso, known, utenza, now=now)
    log.info("incasso registrato", id_dominio=incasso.id_dominio, chiave=id_incasso, esito=incasso.stato)
    return incasso.next_version(), True


def _claims(flusso: Flusso, revisioni: list[Flusso], id_incasso: str) -> list[Write]:
    """Give the writes that claim a flow: with the revision that holds, whatever of its PSP was there before."""
    return [
        flussi.flusso_write(replace(revisione, id_incasso=id_incasso))
        for revisione in revisioni
        if revisione.chiave.id_psp == flusso.chiave.id_psp
    ]


def _register_payment(
    accredito: Accredito, iuv: str, id_incasso: str, known: Incasso | None, utenza: Utenza | None, *, now: datetime
) -> Incasso:
    transazione = archivio.load(accredito.id_dominio, iuv)
    altrove = archivio.riscossioni_of(transazione.rinvii)
    riscossione = rules.check_pagamento(accredito, iuv, [*transazione.riscossioni, *altrove.values()])
    if riscossione.id_dominio != accredito.id_dominio:
        # A secondary beneficiary: the money lies under the dominio of the IUV, with the position that it pays.
        transazione = archivio.load(riscossione.id_dominio, iuv)
        riscossione = next((r for r in transazione.riscossioni if r.chiave == riscossione.chiave), riscossione)
    incasso = rules.registered(accredito, id_incasso, before=known, who=utenza, riscossione=riscossione, now=now)
    mossa = money.collect([riscossione], transazione.posizione, id_incasso=id_incasso, now=now)
    _commit(incasso, archivio.money_writes(transazione.posizione, mossa.riscossioni, mossa.pendenza))
    return incasso


def _commit(incasso: Incasso, claims: list[Write]) -> None:
    commit([incassi.write(incasso), *incassi.causale_write(incasso), *claims])
