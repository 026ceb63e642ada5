"""Nobody grants what they do not have, nor changes who has more (docs/decisions/0023). Values in, values out."""

from collections.abc import Iterable, Iterator, Mapping

from chalicelib.anagrafica import rules
from chalicelib.anagrafica.model import Abilitazioni, RuoloUtenza
from chalicelib.kernel.refusals import FieldError, NotAllowed
from chalicelib.kernel.utenze import SERVIZI_ACL, Ambito, Diritto, Servizio, Utenza

# An API does to an ente's things what the backoffice does with the servizio, which is what an operatore may have.
_COME = {
    Servizio.API_PAGAMENTI: Servizio.PAGAMENTI,
    Servizio.API_PENDENZE: Servizio.PENDENZE,
    Servizio.API_RAGIONERIA: Servizio.RENDICONTAZIONI,
}


class ConcessioneNegata(NotAllowed):
    """Who calls would give what is not theirs to give, or change an utenza that has more than they have."""

    codice = "403000"

    def __init__(self, errors: Iterable[FieldError]) -> None:
        self.errors = tuple(errors)
        told = "; ".join(str(error) for error in self.errors)
        super().__init__(f"{told}. Chiedere a chi amministra l'installazione.")


def has_all(chi: Utenza) -> bool:
    """Tell whether there is nothing that an utenza could not grant."""
    everywhere = chi.domini.tutti and chi.tipi_pendenza.tutti
    return everywhere and all(chi.may(servizio, diritto) for servizio in SERVIZI_ACL for diritto in Diritto)


def sees(chi: Utenza, abilitazioni: Abilitazioni) -> bool:
    """Tell whether an utenza is there for who calls: it may act for one of their domini at least."""
    return chi.domini.tutti or bool(seen_domini(chi, abilitazioni).ids)


def seen_domini(chi: Utenza, abilitazioni: Abilitazioni) -> Ambito:
    """Give those of the domini of an utenza that are also of who calls."""
    of_utenza = rules.ambito_of(abilitazioni.domini)
    if chi.domini.tutti or of_utenza.tutti:
        return of_utenza if chi.domini.tutti else chi.domini
    return Ambito(ids=of_utenza.ids & chi.domini.ids)


def require_grant(chi: Utenza, nuova: Utenza) -> None:
    """Check that an utenza is made of nothing that who makes it does not have.

    :raises ConcessioneNegata: 403000, telling all of it
    """
    errors = list(_beyond(chi, nuova))
    if not chi.domini.tutti and not nuova.domini.tutti and not nuova.domini.ids:
        errors.append(FieldError("domini", "indicare almeno un dominio di chi concede"))
    _refuse_if(errors)


def require_change(chi: Utenza, registrata: Utenza) -> None:
    """Check that an utenza has nothing that who changes it does not have: its password is as good as its rights.

    :raises ConcessioneNegata: 403000, in the same words whatever it has
    """
    owned = registrata.domini.tutti or registrata.domini.ids
    if any(_beyond(chi, registrata)) or not (chi.domini.tutti or owned):
        reason = "ha domini, tipi pendenza o diritti che chi chiede la modifica non ha"
        raise ConcessioneNegata([FieldError(registrata.principal, reason)])


def require_ruolo(chi: Utenza, nuovo: RuoloUtenza, registrato: RuoloUtenza | None) -> None:
    """Check that who writes a ruolo, which is of all enti, may act for all, and adds to it only rights they have.

    :raises ConcessioneNegata: 403000
    """
    require_ruoli(chi)
    before = rules.union(registrato.acl) if registrato else {}
    added = {
        servizio: diritti - before.get(servizio, frozenset()) for servizio, diritti in rules.union(nuovo.acl).items()
    }
    _refuse_if(_rights_beyond(chi, added))


def require_ruoli(chi: Utenza) -> None:
    """Check that who calls may act for all domini, as the ruoli do.

    :raises ConcessioneNegata: 403000
    """
    if not chi.domini.tutti:
        raise ConcessioneNegata([FieldError("ruoli", "valgono per tutti gli enti: li scrive chi ha tutti i domini")])


def _beyond(chi: Utenza, altra: Utenza) -> Iterator[FieldError]:
    for campo, own, other in (
        ("domini", chi.domini, altra.domini),
        ("tipiPendenza", chi.tipi_pendenza, altra.tipi_pendenza),
    ):
        names = sorted(other.ids) if not other.tutti else [rules.STELLA]
        if not own.tutti:
            yield from (FieldError(campo, f"{name} non è di chi concede") for name in names if name not in own.ids)
    if altra.autodeterminazione and not (chi.autodeterminazione or chi.tipi_pendenza.tutti):
        yield FieldError("tipiPendenza", f"{rules.AUTODETERMINAZIONE} non è di chi concede")
    yield from _rights_beyond(chi, altra.acl)


def _rights_beyond(chi: Utenza, acl: Mapping[Servizio, frozenset[Diritto]]) -> Iterator[FieldError]:
    for servizio, diritti in acl.items():
        missing = [
            diritto
            for diritto in Diritto
            if diritto in diritti
            and not chi.may(servizio, diritto)
            and not chi.may(_COME.get(servizio, servizio), diritto)
        ]
        if missing:
            yield FieldError("acl", f"{' e '.join(missing)} nel servizio {servizio} non è di chi concede")


def _refuse_if(errors: Iterable[FieldError]) -> None:
    found = tuple(errors)
    if found:
        raise ConcessioneNegata(found)
