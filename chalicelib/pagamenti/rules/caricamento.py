"""A pendenza loaded after its ricevute: what these would have done to it, had it been there."""

from dataclasses import dataclass, replace
from datetime import datetime

from chalicelib.pagamenti.model import ChiaveRiscossione, Riscossione, Transazione
from chalicelib.pagamenti.rules.incasso import credited
from chalicelib.pagamenti.rules.ricevuta import EsitoAcquisizione, Nostri, Rebuild, acquire
from chalicelib.pagamenti.rules.riscossioni import Anomalia
from chalicelib.pagamenti.states import StatoRiscossione
from chalicelib.pendenze.model import Pendenza


@dataclass(frozen=True, slots=True, kw_only=True)
class Saldo:
    """The pendenza as its ricevute leave it, their outcomes in the order they came, the riscossioni that are its own."""

    pendenza: Pendenza
    esiti: tuple[EsitoAcquisizione, ...]
    riscossioni: tuple[Riscossione, ...]


def acquired_before(transazione: Transazione) -> int:
    """Tell how many acquisitions there were of an IUV: a ricevuta of a failure may be acquired again, of money."""
    return sum(ricevuta.versione for ricevuta in transazione.ricevute)


def settle_loaded(
    transazione: Transazione, pendenza: Pendenza, *, nostri: Nostri, rebuild: Rebuild, now: datetime
) -> Saldo:
    """Apply to a new pendenza the ricevute that came before it, each by the rules of the acquisition."""
    stored = {riscossione.chiave: riscossione for riscossione in transazione.riscossioni}
    unproven = tuple(riscossione for riscossione in transazione.riscossioni if not riscossione.has_ricevuta)
    so_far = replace(transazione, posizione=pendenza, ricevute=(), riscossioni=unproven)
    esiti: list[EsitoAcquisizione] = []
    linked: dict[ChiaveRiscossione, Riscossione] = {}
    for ricevuta in sorted(transazione.ricevute, key=lambda one: (one.ricevuta, one.id_ricevuta)):
        esito = acquire(so_far, ricevuta, nostri=nostri, rebuild=rebuild, now=now)
        riscossioni = tuple(_relinked(stored.get(told.chiave), told) for told in esito.riscossioni)
        linked |= {riscossione.chiave: riscossione for riscossione in riscossioni}
        esiti.append(replace(esito, ricevuta=ricevuta, riscossioni=riscossioni))
        so_far = replace(
            so_far,
            posizione=esito.pendenza or so_far.posizione,
            rpp=so_far.rpp if esito.rpp is None else (*so_far.rpp, esito.rpp),
            ricevute=(*so_far.ricevute, ricevuta),
            riscossioni=(*unproven, *linked.values()),
        )
    settled = so_far.posizione or pendenza
    collected = [one for one in linked.values() if one.stato is StatoRiscossione.INCASSATA]
    if collected:
        settled = credited(settled, collected, now=now)
    return Saldo(pendenza=settled, esiti=tuple(esiti), riscossioni=tuple(linked.values()))


def _relinked(stored: Riscossione | None, told: Riscossione) -> Riscossione:
    """Give what is stored of the money, with the pendenza and the anomalies that it turns out to have."""
    if stored is None:
        return told
    earlier = [anomalia for anomalia in stored.anomalie if anomalia != Anomalia.POSIZIONE_SCONOSCIUTA]
    return replace(
        told,
        stato=stored.stato,
        acquisita=stored.acquisita,
        id_incasso=stored.id_incasso,
        anomalie=tuple(dict.fromkeys((*earlier, *told.anomalie))),
        versione=stored.versione,
    )
