"""Movements about other movements: the bank takes a credit back, the ente regularises a provvisorio."""

from dataclasses import replace
from datetime import datetime

from chalicelib.aws.transactions import WriteConflict
from chalicelib.riconciliazione.esiti import EsitoMovimento
from chalicelib.riconciliazione.importazione import repository, rules
from chalicelib.riconciliazione.importazione.model import Classe, MovimentoCassa
from chalicelib.riconciliazione.importazione.operations import messaggi
from chalicelib.riconciliazione.importazione.operations.riprova import riprova_movimenti
from chalicelib.riconciliazione.operations import storna_incasso
from chalicelib.riconciliazione.repository import incassi

E = EsitoMovimento
_MAX_ATTEMPTS = 5


def storna(cassa: MovimentoCassa, *, now: datetime) -> bool:
    """Undo what a storno takes back, if the amounts are opposite; tell whether its outcome changed.

    The reconciliation is undone first, then those that waited for the same are tried, then both movements are written:
    whatever a crash interrupts is done again to the same end.

    :raises WriteConflict: if others write the same; it goes on when it is tried again
    """
    originale = _original(cassa)
    if originale is None or not rules.are_opposite(cassa, originale):
        return _save_unapplied(cassa, originale)
    if originale.id_incasso is None:
        originale = _as_registered(originale)
    had = originale.id_incasso
    if had is not None and originale.stornato_da is None:
        motivo = f"Storno della banca del {cassa.movimento.data_contabile:%d/%m/%Y}: {rules.describe(cassa)}."
        storna_incasso(id_dominio=cassa.id_dominio, id_incasso=had, motivo=motivo, now=now)
        if originale.riferimento:
            riprova_movimenti(id_dominio=cassa.id_dominio, riferimento=originale.riferimento, now=now)
    spiegazione = rules.storno_explained(cassa, originale, annullata=had is not None)
    stornato = replace(
        cassa,
        esito=E.STORNO,
        originario=originale.id_movimento,
        spiegazione=spiegazione,
        id_flusso=originale.id_flusso,
        iuv=originale.iuv,
        tipo_riferimento=originale.tipo_riferimento,
    )
    repository.save(stornato, rules.reversed_by(originale, cassa))
    if originale.id_giornale != cassa.id_giornale:
        messaggi.send_esiti(originale.id_dominio, originale.id_giornale)
    return True


def _as_registered(originale: MovimentoCassa) -> MovimentoCassa:
    """Give a credit with the incasso that it has and does not say: a crash, or whoever is at it, left it unsaid."""
    incasso = incassi.get(originale.id_dominio, originale.movimento.id_riconciliazione)
    if incasso is None:
        return originale
    if incasso.flusso is None:
        return replace(originale, id_incasso=incasso.id_incasso, iuv=incasso.trovato)
    return replace(originale, id_incasso=incasso.id_incasso, id_flusso=incasso.flusso.id_flusso)


def _save_unapplied(cassa: MovimentoCassa, originale: MovimentoCassa | None) -> bool:
    after = replace(
        cassa,
        esito=E.STORNO,
        originario=None if originale is None else originale.id_movimento,
        spiegazione=rules.storno_explained(cassa, originale, annullata=False),
    )
    if after == cassa:
        return False
    repository.save(after)
    return True


def _original(cassa: MovimentoCassa) -> MovimentoCassa | None:
    """Find what a storno takes back: by its provvisorio, else by the bolletta, else by the bank's own reference."""
    movimento = cassa.movimento
    same = repository.of_provvisorio(cassa.id_dominio, movimento.esercizio, movimento.numero_provvisorio)
    found = rules.storno_of(cassa, [one for one in same if one.movimento.abi == movimento.abi])
    if found is not None and rules.are_opposite(cassa, found):
        return found
    bolletta = movimento.numero_bolletta_storno or movimento.numero_bolletta
    key = repository.bolletta_key(cassa.id_dominio, movimento.abi, movimento.esercizio, bolletta, movimento.sct)
    others = repository.of_bolletta(key) if key is not None else []
    return rules.storno_of(cassa, others) or found


def regolarizza(cassa: MovimentoCassa) -> None:
    """Mark the provvisori that a reversale regularises, or take the mark away where it is undone.

    Those that are not there, or are as they should be, are left alone.
    """
    movimento, touched = cassa.movimento, set()
    numeri = [sospeso.numero for sospeso in movimento.sospesi] or [movimento.numero_provvisorio]
    for numero in numeri:
        touched |= {one.id_giornale for one in _regularised(cassa, numero)}
    for id_giornale in sorted(touched - {cassa.id_giornale}):
        messaggi.send_esiti(cassa.id_dominio, id_giornale)


def _regularised(cassa: MovimentoCassa, numero: str) -> list[MovimentoCassa]:
    """Write the provvisori of a number that change, and give them."""
    movimento = cassa.movimento
    for _ in range(_MAX_ATTEMPTS):
        changed = [
            after
            for one in repository.of_provvisorio(cassa.id_dominio, movimento.esercizio, numero)
            if one.classe is Classe.CREDITO and one.movimento.abi == movimento.abi
            if (after := rules.regularised(one, movimento)) != one
        ]
        try:
            if changed:
                repository.save(*changed)
        except WriteConflict:
            continue
        return changed
    return []
