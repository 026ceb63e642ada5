"""What a person says of a movement: the proposal is right, the reference is this one, it has been looked at."""

from dataclasses import replace
from datetime import datetime

from chalicelib.kernel.refusals import NotFound, Unprocessable
from chalicelib.kernel.rome_time import rome_day
from chalicelib.kernel.utenze import Utenza
from chalicelib.riconciliazione.causale import TipoRiferimento
from chalicelib.riconciliazione.esiti import EsitoMovimento
from chalicelib.riconciliazione.importazione import repository, rules
from chalicelib.riconciliazione.importazione.model import Classe, MovimentoCassa, Visto
from chalicelib.riconciliazione.importazione.operations import messaggi
from chalicelib.riconciliazione.importazione.operations.credito import save_outcome, try_credito
from chalicelib.riconciliazione.importazione.states import DA_PERSONA
from chalicelib.riconciliazione.rules.incasso import Riferito


class MovimentoNotFound(NotFound):
    codice = "404000"


class MovimentoNonModificabile(Unprocessable):
    """What was asked for cannot be done with a movement of that outcome."""

    codice = "GDC_MOVIMENTO_STATO"


def conferma_movimento(*, id_dominio: str, id_movimento: str, utenza: Utenza, now: datetime) -> MovimentoCassa:
    """Apply a proposal as if its causale had said so.

    :raises NotAllowed: 403000
    :raises MovimentoNotFound: 404000
    :raises MovimentoNonModificabile: if it is no PROPOSTA
    :raises WriteConflict: if others work on it
    """
    cassa = movimento(id_dominio=id_dominio, id_movimento=id_movimento, utenza=utenza)
    if cassa.esito is not EsitoMovimento.PROPOSTA:
        raise MovimentoNonModificabile(f"Il movimento è {cassa.esito}: si conferma solo una PROPOSTA.")
    return _assign(cassa, Riferito(id_flusso=cassa.id_flusso, iuv=cassa.iuv), utenza, now=now)


def assegna_movimento(
    *, id_dominio: str, id_movimento: str, riferito: Riferito, utenza: Utenza, now: datetime
) -> MovimentoCassa:
    """Try a movement with the reference that a person gives; the causale is read no more.

    :raises NotAllowed: 403000
    :raises MovimentoNotFound: 404000
    :raises MovimentoNonModificabile: if it is reconciled, reversed, or no credit
    :raises WriteConflict: if others work on it
    """
    cassa = movimento(id_dominio=id_dominio, id_movimento=id_movimento, utenza=utenza)
    if cassa.classe is not Classe.CREDITO or cassa.esito not in DA_PERSONA:
        raise MovimentoNonModificabile(
            f"Il movimento è {cassa.esito or 'in elaborazione'}: un riferimento si indica solo per gli accrediti non riconciliati."
        )
    return _assign(cassa, riferito, utenza, now=now)


def vedi_movimento(*, id_dominio: str, id_movimento: str, nota: str, utenza: Utenza, now: datetime) -> MovimentoCassa:
    """Note that a person has looked at a movement; its outcome stays.

    :raises NotAllowed: 403000
    :raises MovimentoNotFound: 404000
    """
    cassa = movimento(id_dominio=id_dominio, id_movimento=id_movimento, utenza=utenza)
    seen = replace(cassa, visto=Visto(principal=utenza.principal, quando=now, nota=nota))
    repository.save(seen)
    return seen.next_version()


def movimento(*, id_dominio: str, id_movimento: str, utenza: Utenza) -> MovimentoCassa:
    """Give a movement of an ente that the caller may see.

    :raises NotAllowed: 403000
    :raises MovimentoNotFound: 404000
    """
    utenza.require_dominio(id_dominio)
    found = repository.movimenti(id_dominio, [id_movimento]).get(id_movimento)
    if found is None:
        raise MovimentoNotFound(f"Il movimento {id_movimento[:64]} del dominio {id_dominio} non esiste.")
    return found


def _assign(cassa: MovimentoCassa, riferito: Riferito, utenza: Utenza, *, now: datetime) -> MovimentoCassa:
    tipo = TipoRiferimento.FLUSSO if riferito.id_flusso is not None else TipoRiferimento.IUV
    told = replace(
        rules.assigned(cassa, riferito, tipo),
        assegnato=True,
        visto=Visto(principal=utenza.principal, quando=now, nota=f"Riferimento indicato: {riferito.valore}"),
    )
    after = try_credito(told, oggi=rome_day(now), now=now)
    save_outcome(cassa, after, now=now)
    messaggi.send_esiti(cassa.id_dominio, cassa.id_giornale)
    return after.next_version()
