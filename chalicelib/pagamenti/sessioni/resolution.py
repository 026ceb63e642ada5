"""From what a portal names to pendenze that may be paid now: loaded, looked up, or asked of the ente."""

from dataclasses import dataclass, replace
from datetime import datetime

from chalicelib.anagrafica import queries as anagrafica
from chalicelib.anagrafica.queries import DominioCompleto, TipoEffettivo
from chalicelib.kernel.ids import new_hex
from chalicelib.kernel.iuv import NumeroAvvisoNonValido, parse_numero_avviso
from chalicelib.kernel.refusals import NotFound, Unprocessable
from chalicelib.kernel.utenze import TipoUtenza, Utenza
from chalicelib.pagamenti import repository
from chalicelib.pagamenti.model import Rpp, Transazione
from chalicelib.pagamenti.operations.verifica import refreshed, verify
from chalicelib.pagamenti.rules.verifica import (
    DominioErrato,
    PagamentoSconosciuto,
    must_be_refreshed,
    require_not_collected,
)
from chalicelib.pagamenti.sessioni import rules
from chalicelib.pagamenti.sessioni.model import Completa, PerAvviso, PerRiferimento, Spontanea, VoceCarrello
from chalicelib.pendenze import operations as pendenze
from chalicelib.pendenze import queries as pendenze_queries
from chalicelib.pendenze.model import Pendenza
from chalicelib.pendenze.rules.ente import DominioDisabilitato, UnitaDisabilitata
from chalicelib.pendenze.rules.load import check_applicazione
from chalicelib.pendenze.rules.patch import PendenzaInesistente
from chalicelib.pendenze.rules.update import AggiornamentoVietato
from chalicelib.pendenze.spontanee.operations import load_from_form
from chalicelib.pendenze.spontanee.rules import require_spontanea
from chalicelib.pendenze.spontanee.trasformazione import Richiesta


class AvvisoDiNessuno(Unprocessable):
    """The IUV is of no regExpIuv among the applicazioni of the dominio."""

    codice = "APP_006"


class NumeroAvvisoErrato(Unprocessable):
    codice = "VER_017"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pronta:
    """A pendenza that may be paid now, its ente, and the attempts known of it."""

    pendenza: Pendenza
    dominio: DominioCompleto
    rpp: tuple[Rpp, ...]


def resolve(voce: VoceCarrello, utenza: Utenza, *, now: datetime) -> Pronta:
    """Find, load or ask for one pendenza of a request, and check that this caller may pay it now.

    AWS calls: a read and a Query for a pendenza by its id, a Query for one by its notice; what loading and asking cost
    besides.

    :raises Refusal: as GovPay 3.1 API 4.2 for POST /pagamenti
    """
    match voce:
        case Completa():
            pendenza, transazione = _loaded(voce, utenza, now=now)
        case PerRiferimento():
            pendenza, transazione = _by_id(voce)
        case PerAvviso():
            pendenza, transazione = _by_avviso(voce, utenza, now=now)
        case Spontanea():
            pendenza, transazione = _by_form(voce, utenza, now=now)
    dominio = _enabled(pendenza)
    tipo = dominio.tipi.get(pendenza.id_tipo_pendenza)
    rules.require_authorised(
        pendenza,
        utenza,
        completa=isinstance(voce, Completa),
        tipo=None if tipo is None else tipo.tipo,
        paga_terzi=tipo is not None and tipo.paga_terzi,
    )
    if isinstance(voce, PerAvviso):
        # Not before: whoever may not pay it must not learn whose it is by naming one after the other.
        rules.require_debitore(pendenza, voce.id_debitore)
    rules.require_pagabile(pendenza, now=now)
    require_not_collected(transazione.ricevute)
    if must_be_refreshed(pendenza, now=now):
        pendenza = refreshed(pendenza, now=now)
        rules.require_pagabile(pendenza, now=now)
    return Pronta(pendenza=pendenza, dominio=dominio, rpp=transazione.rpp)


def _loaded(voce: Completa, utenza: Utenza, *, now: datetime) -> tuple[Pendenza, Transazione]:
    rules.require_inline_valida(voce.nuova, now=now)
    if utenza.tipo is not TipoUtenza.APPLICAZIONE:
        # Before anything is loaded: whoever is not an applicazione has no archive of its own.
        tipo = _tipo_of(voce)
        name = f"{voce.id_a2a}, {voce.id_pendenza}"
        beneficiari = {voce.nuova.id_dominio, *(v.id_dominio for v in voce.nuova.voci if v.id_dominio is not None)}
        require_spontanea(name, None if tipo is None else tipo.tipo, utenza, is_multibeneficiaria=len(beneficiari) > 1)
    try:
        pendenza, created = pendenze.load_pendenza(
            utenza=utenza if utenza.tipo is TipoUtenza.APPLICAZIONE else None,
            id_a2a=voce.id_a2a,
            id_pendenza=voce.id_pendenza,
            nuova=voce.nuova,
            now=now,
            # Nobody changes what others owe by naming it.
            aggiorna_se_esiste=utenza.tipo is TipoUtenza.APPLICAZIONE,
        )
    except AggiornamentoVietato:
        known = pendenze_queries.find(voce.id_a2a, voce.id_pendenza)
        if known is None or not _is_same(known, voce):
            raise
        pendenza, created = known, False
    if created:
        return pendenza, Transazione(id_dominio=pendenza.id_dominio, iuv=pendenza.iuv or "", posizione=pendenza)
    return pendenza, repository.load(pendenza.id_dominio, pendenza.iuv or "")


def _is_same(known: Pendenza, voce: Completa) -> bool:
    """Tell whether a pendenza in the archive is what is sent again: its payment was not brought to an end."""
    sent = (voce.nuova.soggetto_pagatore.identificativo.upper(), voce.nuova.importo, voce.nuova.id_dominio)
    return sent == (known.soggetto_pagatore.identificativo.upper(), known.importo, known.id_dominio)


def _tipo_of(voce: Completa) -> TipoEffettivo | None:
    dominio = anagrafica.dominio(voce.nuova.id_dominio)
    first = voce.nuova.voci[0]
    name = voce.nuova.id_tipo_pendenza or first.cod_entrata
    return None if dominio is None or name is None else dominio.tipi.get(name)


def _by_id(voce: PerRiferimento) -> tuple[Pendenza, Transazione]:
    check_applicazione(voce.id_a2a, None, anagrafica)
    pendenza = pendenze_queries.find(voce.id_a2a, voce.id_pendenza)
    if pendenza is None or pendenza.iuv is None:
        raise PendenzaInesistente(
            f"La pendenza ({voce.id_a2a}, {voce.id_pendenza}) non esiste: controllare idA2A e idPendenza."
        )
    transazione = repository.load(pendenza.id_dominio, pendenza.iuv)
    # The posizione is the copy that the payment is made of; both are written together.
    return transazione.posizione or pendenza, transazione


def _by_avviso(voce: PerAvviso, utenza: Utenza, *, now: datetime) -> tuple[Pendenza, Transazione]:
    try:
        iuv = parse_numero_avviso(voce.numero_avviso).iuv
    except NumeroAvvisoNonValido:
        raise NumeroAvvisoErrato(f"Il numero avviso {voce.numero_avviso} non è di una codifica prevista.") from None
    transazione = repository.load(voce.id_dominio, iuv)
    pendenza = transazione.posizione
    if pendenza is None:
        pendenza = _asked(voce, iuv, utenza, now=now)
        transazione = replace(transazione, posizione=pendenza)
    if pendenza.numero_avviso != voce.numero_avviso:
        raise PagamentoSconosciuto(f"Nessuna pendenza ha il numero avviso {voce.numero_avviso}.")
    return pendenza, transazione


def _by_form(voce: Spontanea, utenza: Utenza, *, now: datetime) -> tuple[Pendenza, Transazione]:
    richiesta = Richiesta(
        id_dominio=voce.id_dominio,
        id_tipo_pendenza=voce.id_tipo_pendenza,
        dati=voce.dati,
        id_transazione=new_hex(),
        now=now,
    )
    pendenza, created = load_from_form(richiesta, utenza=utenza, portale=True)
    if created:
        return pendenza, Transazione(id_dominio=pendenza.id_dominio, iuv=pendenza.iuv or "", posizione=pendenza)
    return pendenza, repository.load(pendenza.id_dominio, pendenza.iuv or "")


def require_ente(id_dominio: str) -> DominioCompleto:
    """Give a dominio that may be paid.

    :raises DominioErrato: DOM_000
    :raises DominioDisabilitato: DOM_001
    """
    dominio = anagrafica.dominio(id_dominio)
    if dominio is None:
        raise DominioErrato(f"Il dominio {id_dominio} non è censito: controllare idDominio.")
    if not dominio.dominio.abilitato:
        raise DominioDisabilitato(f"Il dominio {id_dominio} è disabilitato: chiederne l'abilitazione.")
    return dominio


def _asked(voce: PerAvviso, iuv: str, utenza: Utenza, *, now: datetime) -> Pendenza:
    require_ente(voce.id_dominio)
    owner = anagrafica.applicazione_by_iuv(voce.id_dominio, iuv)
    if owner is None:
        raise AvvisoDiNessuno(f"Nessuna applicazione del dominio {voce.id_dominio} gestisce lo iuv {iuv}.")
    # Nobody is asked, and nothing loaded, for a caller who may not pay it whatever the answer is.
    rules.require_payer_of(voce.id_dominio, utenza, owner=owner.id_a2a)
    return verify(id_dominio=voce.id_dominio, iuv=iuv, numero_avviso=voce.numero_avviso, now=now).pendenza


def _enabled(pendenza: Pendenza) -> DominioCompleto:
    dominio = anagrafica.dominio(pendenza.id_dominio)
    if dominio is None:
        raise NotFound(f"Il dominio {pendenza.id_dominio} non è censito.")
    if not dominio.dominio.abilitato:
        raise DominioDisabilitato(f"Il dominio {pendenza.id_dominio} è disabilitato: chiederne l'abilitazione.")
    unita = dominio.unita.get(pendenza.id_unita_operativa)
    if unita is not None and not unita.abilitato:
        raise UnitaDisabilitata(
            f"L'unità operativa {pendenza.id_unita_operativa} del dominio {pendenza.id_dominio} è disabilitata."
        )
    return dominio
