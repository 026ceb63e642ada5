"""One credit: what its causale refers to, whether that is there, and the one claim that makes doubles impossible."""

from collections.abc import Collection
from dataclasses import replace
from datetime import date, datetime

from chalicelib.anagrafica import queries as anagrafica
from chalicelib.aws.transactions import Write, WriteConflict
from chalicelib.kernel.importo import Importo
from chalicelib.kernel.machine import move
from chalicelib.pagamenti import repository as pagamenti
from chalicelib.riconciliazione.causale import Riferimento, TipoRiferimento, read_causale
from chalicelib.riconciliazione.esiti import EsitoMovimento
from chalicelib.riconciliazione.importazione import repository, rules
from chalicelib.riconciliazione.importazione.model import MovimentoCassa
from chalicelib.riconciliazione.importazione.operations import messaggi
from chalicelib.riconciliazione.importazione.operations.ripartizione import with_quote
from chalicelib.riconciliazione.importazione.states import MOVIMENTO_MOVES
from chalicelib.riconciliazione.operations import registra_incasso, storna_incasso
from chalicelib.riconciliazione.repository import flussi, incassi
from chalicelib.riconciliazione.rules.incasso import Riferito
from chalicelib.riconciliazione.states import VALIDI

E = EsitoMovimento
T = TipoRiferimento


def try_credito(cassa: MovimentoCassa, *, oggi: date, now: datetime) -> MovimentoCassa:
    """Give the movement with its outcome; what it claims is claimed, the outcome itself is the caller's to save.

    A movement of which a person has said the reference is not read again. AWS calls: those of `registra_incasso`, one
    Query if the causale may be glued in several ways; for a flow of more than thirty rows its rows are read again.

    :raises WriteConflict: if others write the same faster than we can
    """
    if cassa.assegnato:
        return _registered(cassa, Riferito(id_flusso=cassa.id_flusso, iuv=cassa.iuv), oggi=oggi, now=now)
    read = _read(cassa)
    cassa = replace(cassa, tipo_riferimento=read.tipo, id_flusso=None, iuv=None, codice=None, atteso=None, pagato=None)
    match read.tipo:
        case T.FLUSSO | T.IUV:
            riferito = Riferito(id_flusso=read.id_flusso, iuv=read.iuv)
            return _registered(rules.assigned(cassa, riferito, read.tipo), riferito, oggi=oggi, now=now)
        case T.DEBOLE:
            return _weak(cassa, Riferito(id_flusso=read.id_flusso, iuv=read.iuv), oggi)
        case T.AMBIGUO:
            named = ", ".join(read.candidates[:10])
            return _plain(cassa, E.AMBIGUO, f"la causale nomina riferimenti diversi: {named}", oggi)
        case T.ILLEGGIBILE:
            return _plain(
                cassa, E.CAUSALE_ILLEGGIBILE, "il riferimento che segue il segno di pagoPA non si legge", oggi
            )
        case _:
            return _plain(cassa, E.NON_PAGOPA, rules.SENZA_RIFERIMENTI, oggi)


def _read(cassa: MovimentoCassa) -> Riferimento:
    movimento = cassa.movimento
    read = read_causale(movimento.causale)
    if read.tipo is T.FLUSSO and len(read.candidates) > 1:

        def known_flussi(id_flusso: str) -> Collection[str]:
            return {flusso.chiave.id_flusso for flusso in flussi.revisions(cassa.id_dominio, id_flusso)}

        read = read_causale(movimento.causale, known_flussi=known_flussi)
    # Some layouts give the reference in a column of its own.
    if read.tipo in {T.NESSUNO, T.ILLEGGIBILE} and (movimento.iuf or movimento.iuv):
        if movimento.iuf:
            return Riferimento(tipo=T.FLUSSO, candidates=(movimento.iuf,), id_flusso=movimento.iuf)
        return Riferimento(tipo=T.IUV, candidates=(movimento.iuv,), iuv=movimento.iuv)
    return read


def _plain(cassa: MovimentoCassa, esito: EsitoMovimento, evidenza: str, oggi: date) -> MovimentoCassa:
    spiegazione = rules.explained(cassa.movimento, esito, evidenza=evidenza, oggi=oggi)
    return replace(cassa, esito=esito, spiegazione=spiegazione)


# -- a reference that can be believed


def _registered(cassa: MovimentoCassa, riferito: Riferito, *, oggi: date, now: datetime) -> MovimentoCassa:
    ente = anagrafica.dominio(cassa.id_dominio)
    conti: Collection[str] = () if ente is None else ente.conti
    esito = registra_incasso(accredito=rules.accredito_of(cassa, riferito, conti), now=now)
    if esito.esito is E.FLUSSO_ASSENTE and riferito.id_flusso and not cassa.assegnato:
        longer = _whole_of(cassa, riferito.id_flusso)
        if longer is not None:
            why = f"la causale è troncata ({riferito.id_flusso}) e un solo flusso comincia così"
            return rules.proposed(cassa, Riferito(id_flusso=longer), why, oggi=oggi)
    altro = _other(cassa) if esito.esito is E.DUPLICATO and esito.incasso is None else ""
    after = rules.concluded(cassa, esito, altro=altro, oggi=oggi)
    if esito.incasso is None:
        return after
    # The id as the flow has it, whatever the case it was written in.
    found = esito.incasso.trovato
    after = replace(after, id_flusso=found) if after.id_flusso else replace(after, iuv=found or after.iuv)
    return with_quote(after, esito.incasso, esito.raccolto)


def told_again(cassa: MovimentoCassa, *, oggi: date) -> MovimentoCassa:
    """Give a reconciled movement with what its incasso holds now, and what is to be checked of its flow.

    A read of the incasso and a Query; the rows of the flow where its revision has changed.
    """
    incasso = None if cassa.id_incasso is None else incassi.get(cassa.id_dominio, cassa.id_incasso)
    if incasso is None or incasso.flusso is None or incasso.stato not in VALIDI:
        return cassa
    revisioni = flussi.revisions(cassa.id_dominio, incasso.flusso.id_flusso)
    if len(revisioni) == 1:
        return cassa
    words = next((f.da_verificare for f in revisioni if f.da_verificare and not f.obsoleto), None)
    return with_quote(rules.with_revision(cassa, words, oggi=oggi), incasso)


def _other(cassa: MovimentoCassa) -> str:
    """Name the provvisorio that has the same flow or payment already, if it came by a giornale too."""
    for other in repository.of_riferimento(cassa.id_dominio, cassa.riferimento, esiti=(E.RICONCILIATO,)):
        if other.id_movimento != cassa.id_movimento:
            return f"{rules.describe(other)} del {other.movimento.data_contabile:%d/%m/%Y}"
    return ""


# -- proposals


def _weak(cassa: MovimentoCassa, riferito: Riferito, oggi: date) -> MovimentoCassa:
    """Propose a reference without its mark, if what it names is there with the very amount."""
    importo = cassa.movimento.importo
    if riferito.id_flusso is not None:
        is_there = any(_pays(importo, cassa, riferito.id_flusso))
    else:
        is_there = _is_paid(cassa.id_dominio, riferito.iuv or "", importo)
    if is_there:
        return rules.proposed(cassa, riferito, "la causale nomina il riferimento senza il segno di pagoPA", oggi=oggi)
    evidenza = f"la causale contiene {riferito.valore}, che non corrisponde a nulla di questo importo"
    return _plain(cassa, E.NON_PAGOPA, evidenza, oggi)


def _pays(importo: Importo, cassa: MovimentoCassa, id_flusso: str) -> list[str]:
    return [
        flusso.chiave.id_flusso
        for flusso in flussi.revisions(cassa.id_dominio, id_flusso)
        if not flusso.obsoleto and flusso.testata is not None and flusso.testata.importo == importo
    ]


def _is_paid(id_dominio: str, iuv: str, importo: Importo) -> bool:
    transazione = pagamenti.load(id_dominio, iuv)
    altrove = pagamenti.riscossioni_of(transazione.rinvii)
    own = [r for r in transazione.riscossioni if r.id_dominio_beneficiario in {None, id_dominio}]
    return any(riscossione.importo == importo for riscossione in (*own, *altrove.values()))


def _whole_of(cassa: MovimentoCassa, id_flusso: str) -> str | None:
    """Give the one flow of that amount whose id begins so; None where there is none, or more than one."""
    if not rules.may_be_truncated(id_flusso):
        return None
    longer = {
        one for one in flussi.beginning(cassa.id_dominio, id_flusso) if _pays(cassa.movimento.importo, cassa, one)
    }
    return longer.pop() if len(longer) == 1 else None


# -- what is kept


def save_outcome(before: MovimentoCassa, after: MovimentoCassa, *, now: datetime) -> bool:
    """Write the outcome of a movement if it changes; tell whether it did.

    What was registered for a credit that the bank has taken back meanwhile is given back.

    :raises IllegalMove:
    :raises WriteConflict: if somebody else worked on it
    """
    if after == before:
        return False
    if before.esito is not None and after.esito is not None and after.esito is not before.esito:
        move(MOVIMENTO_MOVES, before.esito, after.esito)
    also: list[Write] = []
    if after.esito is E.PAGAMENTO_ASSENTE and after.iuv and after.attesa_iuv != after.iuv:
        # Whoever takes the ricevuta reads this partition anyway, and finds that a credit waits for it.
        also = [pagamenti.attesa_write(after.id_dominio, after.iuv, after.id_movimento)]
        after = replace(after, attesa_iuv=after.iuv)
    try:
        repository.save(after, also=also)
    except WriteConflict:
        _give_back_if_reversed(after, now=now)
        raise
    return True


def _give_back_if_reversed(cassa: MovimentoCassa, *, now: datetime) -> None:
    """Undo a registration that came after the storno had looked for one."""
    stored = repository.movimenti(cassa.id_dominio, [cassa.id_movimento]).get(cassa.id_movimento)
    if cassa.id_incasso is None or stored is None or stored.esito is not E.STORNATO:
        return
    motivo = "La banca ha stornato l'accredito mentre veniva registrato."
    storna_incasso(id_dominio=cassa.id_dominio, id_incasso=cassa.id_incasso, motivo=motivo, now=now)
    if cassa.riferimento:
        messaggi.send_riprova(cassa.id_dominio, cassa.riferimento)
