"""Who may call: applicazioni, operatori, and the ruoli they share.

`da` is who asks for a registration, and grants no more than they have; None is the installation itself.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from chalicelib.anagrafica import concessioni, repository, rules
from chalicelib.anagrafica.model import Abilitazioni, Acl, Applicazione, Operatore, RuoloUtenza, TipoPendenza
from chalicelib.anagrafica.operations.pagopa import connettore_errors, url_errors
from chalicelib.anagrafica.operations.registration import refuse_if, register
from chalicelib.anagrafica.passwords import is_password
from chalicelib.anagrafica.repository import APPLICAZIONI, OPERATORI, RUOLI, Owner, Stored
from chalicelib.aws.transactions import Write, WriteConflict
from chalicelib.kernel.precondition import NESSUNA, Precondition
from chalicelib.kernel.refusals import FieldError, Semantica
from chalicelib.kernel.utenze import Utenza

_CLAIM = "principal"
T = TypeVar("T")
C = TypeVar("C", Applicazione, Operatore)
Ruoli = Mapping[str, RuoloUtenza]


class PrincipalInUso(Semantica):
    """The principal is already that of another applicazione or operatore."""

    codice = "SEMANTICA"

    def __init__(self, principal: str) -> None:
        super().__init__(
            f"principal: {principal} è già di un'altra applicazione o di un operatore: indicarne uno diverso."
        )


def put_applicazione(
    *,
    applicazione: Applicazione,
    se: Precondition = NESSUNA,
    da: Utenza | None = None,
    password: str | None = None,
    now: datetime | None = None,
) -> bool:
    """Register an applicazione. Without `password_hash` the password stays as it is.

    A password in the place of another leaves that one right for a day after `now`; without `now` it ends at once.
    `password` is what was hashed, to tell one that is said again from another.

    :raises ConcessioneNegata: 403000
    :raises SemanticaAnagrafica: SEMANTICA, for references to what is not registered and addresses we may not call
    :raises PrincipalInUso: SEMANTICA
    """
    errors = [*_granted_errors(applicazione, da)]
    if applicazione.servizio_integrazione is not None:
        errors += connettore_errors("servizioIntegrazione", applicazione.servizio_integrazione)
    errors += url_errors("urlRitorno", applicazione.url_ritorno)
    pattern = applicazione.codifica_avvisi.reg_exp_iuv
    problem = rules.reg_exp_problem(pattern) if pattern else None
    if problem:
        errors.append(FieldError("codificaAvvisi.regExpIuv", problem))
    refuse_if(errors)

    def passwords(new: Applicazione, old: Applicazione | None) -> Applicazione:
        is_same = password is not None and old is not None and is_password(password, old.password_hash)
        return rules.with_passwords(new, old, is_same=is_same, now=now)

    owner = Owner("applicazione", applicazione.id_a2a)
    return _register_utenza(applicazione, owner, APPLICAZIONI, se, da, passwords)


def put_operatore(*, operatore: Operatore, se: Precondition = NESSUNA, da: Utenza | None = None) -> bool:
    """Register an operatore. Without `password_hash` the password stays as it is.

    :raises ConcessioneNegata: 403000
    :raises SemanticaAnagrafica: SEMANTICA, for references to what is not registered
    :raises PrincipalInUso: SEMANTICA
    """
    refuse_if(_granted_errors(operatore, da))

    def passwords(new: Operatore, old: Operatore | None) -> Operatore:
        return replace(new, password_hash=old.password_hash) if old and new.password_hash is None else new

    return _register_utenza(operatore, Owner("operatore", operatore.principal), OPERATORI, se, da, passwords)


def patch_applicazione(
    *,
    id_a2a: str,
    change: Callable[[Abilitazioni], Abilitazioni],
    se: Precondition = NESSUNA,
    da: Utenza | None = None,
) -> Stored[Applicazione] | None:
    """Change what an applicazione may touch; give it as it is then, None where there is none for who asks.

    :raises ConcessioneNegata: 403000
    :raises SemanticaAnagrafica: SEMANTICA, for references to what is not registered
    :raises PreconditionFailed: 412
    """
    return _patch(repository.find(Applicazione, id_a2a), change, APPLICAZIONI, se, da)


def patch_operatore(
    *,
    principal: str,
    change: Callable[[Abilitazioni], Abilitazioni],
    se: Precondition = NESSUNA,
    da: Utenza | None = None,
) -> Stored[Operatore] | None:
    """Change what an operatore may touch; give it as it is then, None where there is none for who asks.

    :raises ConcessioneNegata: 403000
    :raises SemanticaAnagrafica: SEMANTICA, for references to what is not registered
    :raises PreconditionFailed: 412
    """
    return _patch(repository.find(Operatore, principal), change, OPERATORI, se, da)


def patch_ruolo(
    *,
    id_ruolo: str,
    change: Callable[[tuple[Acl, ...]], tuple[Acl, ...]],
    se: Precondition = NESSUNA,
    da: Utenza | None = None,
) -> Stored[RuoloUtenza] | None:
    """Change the ACL of a ruolo; give it as it is then, None where it is not registered.

    :raises ConcessioneNegata: 403000, whether it is registered or not where who asks may write no ruolo
    :raises PreconditionFailed: 412
    """
    if da is not None:
        concessioni.require_ruoli(da)
    stored = repository.find(RuoloUtenza, id_ruolo)
    if stored is None:
        return None

    def changed(before: RuoloUtenza) -> RuoloUtenza:
        after = replace(before, acl=change(before.acl))
        if da is not None:
            concessioni.require_ruolo(da, after, before)
        return after

    return _changed(stored, changed, RUOLI, se)


def _patch(
    stored: Stored[C] | None,
    change: Callable[[Abilitazioni], Abilitazioni],
    partition: str,
    se: Precondition,
    da: Utenza | None,
) -> Stored[C] | None:
    if stored is None or (da is not None and not concessioni.sees(da, stored.value.abilitazioni)):
        return None

    def changed(before: C) -> C:
        _require_change(before, da)
        after = replace(before, abilitazioni=change(before.abilitazioni))
        refuse_if(_granted_errors(after, da))
        return after

    return _changed(stored, changed, partition, se)


def _changed(stored: Stored[T], change: Callable[[T], T], partition: str, se: Precondition) -> Stored[T]:
    """Write what is registered as it is changed; give it as it is then."""
    after = [stored]

    def beside(new: T, old: Stored[T] | None) -> Iterator[Write]:
        after[0] = Stored(new, (old.versione if old else 0) + 1)
        return iter(())

    register(stored.value, complete=lambda new, old: change(old or new), beside=beside, partitions=[partition], se=se)
    return after[0]


def put_ruolo(*, ruolo: RuoloUtenza, se: Precondition = NESSUNA, da: Utenza | None = None) -> bool:
    """Register a ruolo.

    :raises ConcessioneNegata: 403000
    """

    def complete(new: RuoloUtenza, old: RuoloUtenza | None) -> RuoloUtenza:
        if da is not None:
            concessioni.require_ruolo(da, new, old)
        return new

    return register(ruolo, complete=complete, partitions=[RUOLI], se=se)


def _register_utenza(  # noqa: PLR0917
    chi: C,
    owner: Owner,
    partition: str,
    se: Precondition,
    da: Utenza | None,
    passwords: Callable[[C, C | None], C],
) -> bool:
    def complete(new: C, old: C | None) -> C:
        if old is not None:
            _require_change(old, da)
        return passwords(new, old)

    def beside(new: C, stored: Stored[C] | None) -> Iterator[Write]:
        # Whoever holds the principal when nothing of ours did is somebody else, however often we try.
        old = stored.value.principal if stored else None
        if old is None or repository.principal_key(old) != repository.principal_key(new.principal):
            holder = repository.owner_of(new.principal)
            if holder is not None and holder != owner:
                raise PrincipalInUso(new.principal)
        return repository.writes_of_principal(owner, new=new.principal, old=old, name=_CLAIM)

    try:
        return register(chi, complete=complete, beside=beside, partitions=[partition], se=se)
    except WriteConflict as conflict:
        if _CLAIM in conflict.names:
            raise PrincipalInUso(chi.principal) from conflict
        raise


def _require_change(registrata: Applicazione | Operatore, da: Utenza | None) -> None:
    """Check who changes an utenza, whose ruoli are read as they are."""
    if da is not None and not concessioni.has_all(da):
        concessioni.require_change(da, rules.utenza_of(registrata, _ruoli_of(registrata.abilitazioni)))


def _granted_errors(nuova: Applicazione | Operatore, da: Utenza | None) -> list[FieldError]:
    """Find what an utenza names that is not registered, once it is known that it is granted nothing it may not be."""
    ruoli = _ruoli_of(nuova.abilitazioni)
    if da is not None and not concessioni.has_all(da):
        concessioni.require_grant(da, rules.utenza_of(nuova, ruoli))
    return list(_abilitazioni_errors(nuova.abilitazioni, ruoli))


def _ruoli_of(abilitazioni: Abilitazioni) -> Ruoli:
    return {ruolo.id_ruolo: ruolo for ruolo in repository.partition(RUOLI)} if abilitazioni.ruoli else {}


def _abilitazioni_errors(abilitazioni: Abilitazioni, ruoli: Ruoli) -> Iterator[FieldError]:
    domini = [i for i in abilitazioni.domini if i != rules.STELLA]
    registered = repository.domini_of(domini)
    yield from _unknown("domini", "il dominio", (i for i in domini if i not in registered))
    tipi = [i for i in abilitazioni.tipi_pendenza if i not in {rules.STELLA, rules.AUTODETERMINAZIONE}]
    catalogo = repository.partition(repository.CATALOGO) if tipi else []
    known = {tipo.id_tipo_pendenza for tipo in catalogo if isinstance(tipo, TipoPendenza)}
    yield from _unknown("tipiPendenza", "il tipo pendenza", (i for i in tipi if i not in known))
    yield from _unknown("ruoli", "il ruolo", (i for i in abilitazioni.ruoli if i not in ruoli))


def _unknown(campo: str, nome: str, ids: Iterable[str]) -> Iterator[FieldError]:
    for identifier in ids:
        yield FieldError(campo, f"{nome} {identifier} non è censito")
