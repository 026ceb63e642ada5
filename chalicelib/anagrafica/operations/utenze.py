"""Who may call: applicazioni, operatori, and the ruoli they share."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import TypeVar

from chalicelib.anagrafica import repository, rules
from chalicelib.anagrafica.model import Abilitazioni, Acl, Applicazione, Operatore, RuoloUtenza, TipoPendenza
from chalicelib.anagrafica.operations.pagopa import connettore_errors, url_errors
from chalicelib.anagrafica.operations.registration import refuse_if, register
from chalicelib.anagrafica.repository import APPLICAZIONI, OPERATORI, RUOLI, Owner, Stored
from chalicelib.aws.transactions import Write, WriteConflict
from chalicelib.kernel.precondition import NESSUNA, Precondition
from chalicelib.kernel.refusals import FieldError, Semantica

_CLAIM = "principal"
C = TypeVar("C", Applicazione, Operatore)


class PrincipalInUso(Semantica):
    """The principal is already that of another applicazione or operatore."""

    codice = "SEMANTICA"

    def __init__(self, principal: str) -> None:
        super().__init__(
            f"principal: {principal} è già di un'altra applicazione o di un operatore: indicarne uno diverso."
        )


def put_applicazione(*, applicazione: Applicazione, se: Precondition = NESSUNA) -> bool:
    """Register an applicazione. Without `password_hash` the password stays as it is.

    :raises SemanticaAnagrafica: SEMANTICA, for references to what is not registered and addresses we may not call
    :raises PrincipalInUso: SEMANTICA
    """
    errors = [*_abilitazioni_errors(applicazione.abilitazioni)]
    if applicazione.servizio_integrazione is not None:
        errors += connettore_errors("servizioIntegrazione", applicazione.servizio_integrazione)
    errors += url_errors("urlRitorno", applicazione.url_ritorno)
    pattern = applicazione.codifica_avvisi.reg_exp_iuv
    problem = rules.reg_exp_problem(pattern) if pattern else None
    if problem:
        errors.append(FieldError("codificaAvvisi.regExpIuv", problem))
    refuse_if(errors)
    return _register_utenza(applicazione, Owner("applicazione", applicazione.id_a2a), APPLICAZIONI, se)


def put_operatore(*, operatore: Operatore, se: Precondition = NESSUNA) -> bool:
    """Register an operatore. Without `password_hash` the password stays as it is.

    :raises SemanticaAnagrafica: SEMANTICA, for references to what is not registered
    :raises PrincipalInUso: SEMANTICA
    """
    refuse_if(_abilitazioni_errors(operatore.abilitazioni))
    return _register_utenza(operatore, Owner("operatore", operatore.principal), OPERATORI, se)


def patch_applicazione(
    *, id_a2a: str, change: Callable[[Abilitazioni], Abilitazioni], se: Precondition = NESSUNA
) -> Applicazione | None:
    """Change what an applicazione may touch; give it as it is then, None where it is not registered.

    :raises SemanticaAnagrafica: SEMANTICA, for references to what is not registered
    :raises PreconditionFailed: 412
    """
    return _patch(repository.find(Applicazione, id_a2a), change, APPLICAZIONI, se)


def patch_operatore(
    *, principal: str, change: Callable[[Abilitazioni], Abilitazioni], se: Precondition = NESSUNA
) -> Operatore | None:
    """Change what an operatore may touch; give it as it is then, None where it is not registered.

    :raises SemanticaAnagrafica: SEMANTICA, for references to what is not registered
    :raises PreconditionFailed: 412
    """
    return _patch(repository.find(Operatore, principal), change, OPERATORI, se)


def patch_ruolo(
    *, id_ruolo: str, change: Callable[[tuple[Acl, ...]], tuple[Acl, ...]], se: Precondition = NESSUNA
) -> RuoloUtenza | None:
    """Change the ACL of a ruolo; give it as it is then, None where it is not registered.

    :raises PreconditionFailed: 412
    """
    stored = repository.find(RuoloUtenza, id_ruolo)
    if stored is None:
        return None
    after = [stored.value]

    def complete(_: RuoloUtenza, old: RuoloUtenza | None) -> RuoloUtenza:
        after[0] = replace(old or stored.value, acl=change((old or stored.value).acl))
        return after[0]

    register(stored.value, complete=complete, partitions=[RUOLI], se=se)
    return after[0]


def _patch(
    stored: Stored[C] | None, change: Callable[[Abilitazioni], Abilitazioni], partition: str, se: Precondition
) -> C | None:
    if stored is None:
        return None
    after = [stored.value]

    def complete(new: C, old: C | None) -> C:
        before = old or new
        after[0] = replace(before, abilitazioni=change(before.abilitazioni))
        refuse_if(_abilitazioni_errors(after[0].abilitazioni))
        return after[0]

    register(stored.value, complete=complete, partitions=[partition], se=se)
    return after[0]


def put_ruolo(*, ruolo: RuoloUtenza, se: Precondition = NESSUNA) -> bool:
    """Register a ruolo."""
    return register(ruolo, partitions=[RUOLI], se=se)


def _register_utenza(chi: C, owner: Owner, partition: str, se: Precondition) -> bool:
    def complete(new: C, old: C | None) -> C:
        return replace(new, password_hash=old.password_hash) if old and new.password_hash is None else new

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


def _abilitazioni_errors(abilitazioni: Abilitazioni) -> Iterator[FieldError]:
    domini = [i for i in abilitazioni.domini if i != rules.STELLA]
    registered = repository.domini_of(domini)
    yield from _unknown("domini", "il dominio", (i for i in domini if i not in registered))
    tipi = [i for i in abilitazioni.tipi_pendenza if i not in {rules.STELLA, rules.AUTODETERMINAZIONE}]
    catalogo = repository.partition(repository.CATALOGO) if tipi else []
    known = {tipo.id_tipo_pendenza for tipo in catalogo if isinstance(tipo, TipoPendenza)}
    yield from _unknown("tipiPendenza", "il tipo pendenza", (i for i in tipi if i not in known))
    ruoli = {ruolo.id_ruolo for ruolo in repository.partition(RUOLI)} if abilitazioni.ruoli else set()
    yield from _unknown("ruoli", "il ruolo", (i for i in abilitazioni.ruoli if i not in ruoli))


def _unknown(campo: str, nome: str, ids: Iterable[str]) -> Iterator[FieldError]:
    for identifier in ids:
        yield FieldError(campo, f"{nome} {identifier} non è censito")
