"""A pendenza in favour of two enti at the WISP: one cart of two RPT, paid together or not at all (SANP 2.x).

Cart and RPT are known by one name, `dominio + numero avviso - progressivo`, which is the ccp of both; the IUV is one.
The RPT of the second ente holds one versamento. A marca da bollo cannot be in such a cart.
"""

from collections.abc import Sequence
from dataclasses import replace

from chalicelib.kernel.importo import Importo
from chalicelib.pagamenti.model import Rpp, VoceRichiesta
from chalicelib.pagamenti.rules.attivazione import Creditore, NonAttivabile
from chalicelib.pagamenti.sessioni.rules import name_of
from chalicelib.pendenze.model import Pendenza

MAX_PROGRESSIVO = 99_999
_ENTI = 2


def require_divisible(pendenze: Sequence[Pendenza]) -> str | None:
    """Check what a cart at the WISP may hold, and give the second ente of its one pendenza; None where it has none.

    :raises NonAttivabile: SEMANTICA, for what nodoInviaCarrelloRPT cannot carry
    """
    shared = next((pendenza for pendenza in pendenze if pendenza.is_multibeneficiario), None)
    if shared is None:
        return None
    words = _problem(shared, alone=len(pendenze) == 1)
    if words is not None:
        raise NonAttivabile(f"La pendenza ({name_of(shared)}) è a favore di più enti: al WISP {words}.")
    return _secondo(shared)


def _problem(pendenza: Pendenza, *, alone: bool) -> str | None:
    due = [voce for voce in pendenza.voci if voce.importo]
    enti = {voce.id_dominio or pendenza.id_dominio for voce in due}
    others = [voce for voce in due if (voce.id_dominio or pendenza.id_dominio) != pendenza.id_dominio]
    if not alone:
        return "va pagata da sola; togliere le altre dal carrello"
    if pendenza.numero_avviso is None:
        return "serve il numero avviso; ricaricarla e ripetere"
    if any(voce.bollo is not None for voce in due):
        return "non può contenere una marca da bollo; dividerla in due pendenze"
    if len(enti) != _ENTI or pendenza.id_dominio not in enti:
        return "gli enti devono essere due, uno dei quali quello della pendenza; usare una stazione V2"
    if len(others) != 1:
        return "il secondo ente può avere una sola voce; unire le sue voci in una"
    return None


def _secondo(pendenza: Pendenza) -> str:
    return next(v.id_dominio for v in pendenza.voci if v.importo and v.id_dominio not in {None, pendenza.id_dominio})


def id_carrello_of(pendenza: Pendenza, *, progressivo: int) -> str:
    """Give the name of a cart, of 35 characters; `progressivo` tells it from earlier ones of the same notice."""
    if not 0 < progressivo <= MAX_PROGRESSIVO:
        raise NonAttivabile(f"La pendenza ({name_of(pendenza)}) ha avuto troppi tentativi di pagamento.")
    return f"{pendenza.id_dominio}{pendenza.numero_avviso}-{progressivo:05d}"


def divided(whole: Rpp, secondo: Creditore, *, id_messaggio: str) -> tuple[Rpp, Rpp]:
    """Divide an attempt into that of its ente and that of the second, each with its own versamenti."""
    own = [voce for voce in whole.voci if voce.id_dominio == whole.id_dominio]
    others = [voce for voce in whole.voci if voce.id_dominio != whole.id_dominio]
    first = replace(whole, voci=_numbered(own), importo=Importo.total(voce.importo for voce in own))
    second = replace(
        whole,
        id_dominio=secondo.ente.id_dominio,
        id_dominio_posizione=whole.id_dominio,
        ente=secondo.ente,
        id_messaggio=id_messaggio,
        voci=_numbered([_paid_to(voce, secondo) for voce in others]),
        importo=Importo.total(voce.importo for voce in others),
    )
    return first, second


def _numbered(voci: Sequence[VoceRichiesta]) -> tuple[VoceRichiesta, ...]:
    return tuple(replace(voce, indice=indice) for indice, voce in enumerate(voci, 1))


def _paid_to(voce: VoceRichiesta, creditore: Creditore) -> VoceRichiesta:
    bic = creditore.bic
    return replace(
        voce, bic_accredito=bic.get(voce.iban_accredito or ""), bic_appoggio=bic.get(voce.iban_appoggio or "")
    )
