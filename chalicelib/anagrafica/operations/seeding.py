"""What an installation begins with (GovPay 3.1 API 4.14). Registered once; what is there stays as it is."""

from typing import Any

from chalicelib.anagrafica import repository, snapshot
from chalicelib.anagrafica.model import (
    BOLLOT,
    LIBERO,
    Abilitazioni,
    Acl,
    Operatore,
    RuoloUtenza,
    TipoContabilita,
    TipoEntrata,
    TipoPendenza,
)
from chalicelib.anagrafica.repository import Owner
from chalicelib.anagrafica.rules import STELLA
from chalicelib.aws.transactions import WriteConflict, commit
from chalicelib.kernel.utenze import SERVIZI_ACL, Diritto, Servizio
from chalicelib.settings import settings

AMMINISTRATORE = "Amministratore"
OPERATORE = "Operatore"
_DELL_OPERATORE = (Servizio.RENDICONTAZIONI, Servizio.PAGAMENTI, Servizio.PENDENZE, Servizio.GIORNALE)
_MARCA_DA_BOLLO = "Marca da bollo telematica"


def seed(*, password_hash: str | None = None) -> None:
    """Register what every installation has: two ruoli, the administrator, BOLLOT, LIBERO. Doing it again does nothing.

    The administrator is `settings().admin_principal`; without `password_hash` nobody enters as such by password.
    """
    for thing in _things():
        _register_if_absent(thing)
    _register_admin(password_hash)
    snapshot.forget(repository.RUOLI, repository.CATALOGO, repository.OPERATORI)


def _things() -> list[Any]:
    both, reading = (Diritto.LETTURA, Diritto.SCRITTURA), (Diritto.LETTURA,)
    return [
        RuoloUtenza(id_ruolo=AMMINISTRATORE, acl=tuple(Acl(servizio=s, autorizzazioni=both) for s in SERVIZI_ACL)),
        RuoloUtenza(id_ruolo=OPERATORE, acl=tuple(Acl(servizio=s, autorizzazioni=reading) for s in _DELL_OPERATORE)),
        TipoEntrata(
            id_entrata=BOLLOT,
            descrizione=_MARCA_DA_BOLLO,
            tipo_contabilita=TipoContabilita.ALTRO,
            codice_contabilita="MBT",
        ),
        TipoPendenza(id_tipo_pendenza=LIBERO, descrizione="Pendenza libera"),
        TipoPendenza(id_tipo_pendenza=BOLLOT, descrizione=_MARCA_DA_BOLLO),
    ]


def _register_if_absent(thing: Any) -> None:
    if repository.find_like(thing) is not None:
        return
    try:
        commit([repository.write_of(thing, None)])
    except WriteConflict:
        # Another process is seeding too: it writes the same.
        return


def _register_admin(password_hash: str | None) -> None:
    principal = settings().admin_principal
    admin = Operatore(
        principal=principal,
        ragione_sociale="Amministratore",
        abilitazioni=Abilitazioni(domini=(STELLA,), tipi_pendenza=(STELLA,), ruoli=(AMMINISTRATORE,)),
        password_hash=password_hash,
    )
    if repository.find_like(admin) is not None or repository.owner_of(principal) is not None:
        return
    claim = repository.writes_of_principal(Owner("operatore", principal), new=principal, old=None, name="principal")
    try:
        commit([repository.write_of(admin, None), *claim])
    except WriteConflict:
        # Another process is seeding too: its administrator has the same password.
        return
