"""A credit of the bank claims its flow or its payment, by one conditional write; the payments of a flow follow."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

from chalicelib.anagrafica import queries as anagrafica
from chalicelib.aws.transactions import MAX_WRITES, Write, WriteConflict, commit
from chalicelib.kernel.utenze import Utenza
from chalicelib.pagamenti import operations as pagamenti
from chalicelib.pagamenti import repository as archivio
from chalicelib.pagamenti.rules import incasso as money
from chalicelib.rest import log
from chalicelib.riconciliazione.causale import read_causale
from chalicelib.riconciliazione.esiti import EsitoIncasso, EsitoMovimento, Raccolto
from chalicelib.riconciliazione.model import Accredito, Flusso, Incasso
from chalicelib.riconciliazione.operations.pagamenti import begin_payments, collected_by, send_incasso
from chalicelib.riconciliazione.repository import flussi, incassi
from chalicelib.riconciliazione.rules import incasso as rules
from chalicelib.riconciliazione.rules.incasso import GiaIncassato, IncassoRifiutato, Riferito
from chalicelib.riconciliazione.states import StatoIncasso

_MAX_ATTEMPTS = 5
# Each takes up to three writes: with those of the incasso and of its flow they are one transaction.
RIGHE_INSIEME = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class _Registrato:
    incasso: Incasso
    is_new: bool
    raccolto: Raccolto | None = None


def post_incasso(*, accredito: Accredito, utenza: Utenza | None, now: datetime) -> tuple[Incasso, bool]:
    """Register a credit; give its incasso, and whether it is new (False: the same was registered before).

    AWS calls, for one payment: a BatchGetItem, a Query, a transaction. For a flow of up to thirty rows: two Query, two
    BatchGetItem, a transaction; for a longer one the claim, then its payments.

    :raises NotAllowed: 403000
    :raises IncassoRifiutato: by the subclass that names the reason, 021400 to 021413
    :raises WriteConflict: if others write the same faster than we can, five times in a row
    """
    done = _post(accredito, utenza, now=now)
    return done.incasso, done.is_new


def _post(accredito: Accredito, utenza: Utenza | None, *, now: datetime) -> _Registrato:
    rules.check_syntax(accredito)
    if utenza is not None:
        utenza.require_dominio(accredito.id_dominio)
    ente = anagrafica.dominio(accredito.id_dominio)
    rules.check_ente(accredito, None if ente is None else ente.conti)
    riferito = _reference(accredito)
    for attempt in range(_MAX_ATTEMPTS):
        try:
            # What somebody changes meanwhile may be any of the payments: then the claim is made first, by itself.
            done = _register(accredito, riferito, utenza, at_once=attempt == 0, now=now)
        except WriteConflict:
            if attempt == _MAX_ATTEMPTS - 1:
                raise
            continue
        except GiaIncassato as refusal:
            raise _naming_the_other(refusal, accredito.id_dominio, utenza) from refusal
        if done.is_new:
            return replace(done, incasso=begin_payments(done.incasso, now=now))
        if done.incasso.stato is StatoIncasso.IN_ELABORAZIONE:
            # Whoever asks again may do so because a crash came between claim and payments: the queue has the rest.
            send_incasso(done.incasso.id_dominio, done.incasso.id_incasso)
        return done
    raise AssertionError


def registra_incasso(*, accredito: Accredito, utenza: Utenza | None = None, now: datetime) -> EsitoIncasso:
    """Register a credit and say what became of it: what the API refuses by a code is here an outcome with its reason.

    :raises NotAllowed: 403000
    :raises WriteConflict: as `post_incasso`
    """
    try:
        done = _post(accredito, utenza, now=now)
    except IncassoRifiutato as refusal:
        return EsitoIncasso(
            esito=refusal.outcome,
            codice=refusal.codice,
            motivo=refusal.dettaglio,
            riferimento=refusal.riferimento,
            atteso=refusal.atteso,
            pagato=refusal.pagato,
        )
    esito = EsitoMovimento.RICONCILIATO if done.is_new else EsitoMovimento.GIA_ACQUISITO
    return EsitoIncasso(esito=esito, incasso=done.incasso, riferimento=done.incasso.trovato, raccolto=done.raccolto)


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
    accredito: Accredito, riferito: Riferito, utenza: Utenza | None, *, at_once: bool, now: datetime
) -> _Registrato:
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
        return _Registrato(incasso=replayed, is_new=False)
    if riferito.id_flusso is not None:
        flusso = rules.check_flusso(accredito, riferito.id_flusso, revisioni)
        incasso = rules.registered(accredito, id_incasso, before=known, who=utenza, flusso=flusso, now=now)
        incasso, raccolto = _claim(incasso, flusso, _claims(flusso, revisioni, id_incasso), at_once=at_once, now=now)
    else:
        incasso, raccolto = _register_payment(accredito, riferito.valore, id_incasso, known, utenza, now=now)
    log.info("incasso registrato", id_dominio=incasso.id_dominio, chiave=id_incasso, esito=incasso.stato)
    return _Registrato(incasso=incasso.next_version(), is_new=True, raccolto=raccolto)


def _claim(
    incasso: Incasso, flusso: Flusso, claims: list[Write], *, at_once: bool, now: datetime
) -> tuple[Incasso, Raccolto | None]:
    """Claim a flow: with its payments where they are few, else alone, and they follow."""
    if at_once and flusso.conteggio.righe <= RIGHE_INSIEME:
        righe = collected_by(flusso.chiave, most=RIGHE_INSIEME)
        chiavi = [chiave for _, _, chiave in righe if chiave is not None]
        raccolta = pagamenti.plan_collection(chiavi, id_incasso=incasso.id_incasso, now=now)
        done = rules.moved(incasso, StatoIncasso.ACQUISITO)
        writes = [*_own_writes(done), *claims, *raccolta.writes]
        if len(righe) == flusso.conteggio.righe and len(writes) <= MAX_WRITES:
            commit(writes)
            return done, Raccolto(righe=righe, riscossioni=raccolta.riscossioni, posizioni=raccolta.posizioni)
    commit([*_own_writes(incasso), *claims])
    return incasso, None


def _claims(flusso: Flusso, revisioni: list[Flusso], id_incasso: str) -> list[Write]:
    """Give the writes that claim a flow: with the revision that holds, whatever of its PSP was there before."""
    return [
        flussi.flusso_write(replace(revisione, id_incasso=id_incasso))
        for revisione in revisioni
        if revisione.chiave.id_psp == flusso.chiave.id_psp
    ]


def _register_payment(
    accredito: Accredito, iuv: str, id_incasso: str, known: Incasso | None, utenza: Utenza | None, *, now: datetime
) -> tuple[Incasso, Raccolto]:
    transazione = archivio.load(accredito.id_dominio, iuv)
    altrove = archivio.riscossioni_of(transazione.rinvii)
    riscossione = rules.check_pagamento(accredito, iuv, [*transazione.riscossioni, *altrove.values()])
    if riscossione.id_dominio != accredito.id_dominio:
        # A secondary beneficiary: the money lies under the dominio of the IUV, with the position that it pays.
        transazione = archivio.load(riscossione.id_dominio, iuv)
        riscossione = next((r for r in transazione.riscossioni if r.chiave == riscossione.chiave), riscossione)
    incasso = rules.registered(accredito, id_incasso, before=known, who=utenza, riscossione=riscossione, now=now)
    mossa = money.collect([riscossione], transazione.posizione, id_incasso=id_incasso, now=now)
    commit([*_own_writes(incasso), *archivio.money_writes(transazione.posizione, mossa.riscossioni, mossa.pendenza)])
    posizioni = {} if transazione.posizione is None else {(riscossione.id_dominio, iuv): transazione.posizione}
    return incasso, Raccolto(
        righe=((incasso.trovato, accredito.importo, riscossione.chiave),),
        riscossioni={riscossione.chiave: riscossione},
        posizioni=posizioni,
    )


def _own_writes(incasso: Incasso) -> list[Write]:
    return [incassi.write(incasso), *incassi.causale_write(incasso)]
