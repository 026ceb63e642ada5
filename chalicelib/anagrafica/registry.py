"""Who is behind a credential: the port of rest/auth.py, answered by the anagrafica."""

from collections.abc import Iterable
from typing import TypeVar

from chalicelib.anagrafica import operations, repository, rules, snapshot
from chalicelib.anagrafica.model import Applicazione, Operatore
from chalicelib.anagrafica.passwords import Verifier, hash_password
from chalicelib.anagrafica.repository import Owner
from chalicelib.aws.secrets import get_secret
from chalicelib.kernel import clock
from chalicelib.kernel.refusals import NotAllowed
from chalicelib.kernel.utenze import Utenza
from chalicelib.settings import settings

C = TypeVar("C", Applicazione, Operatore)
ADMIN_SECRET = "gpadmin/password"  # noqa: S105 - the name of the secret


class Registry:
    """Knows the utenze. An unknown principal costs as much as a wrong password.

    Who is known and disabled is told so, once they have proved who they are: 403000 (GovPay 3.1 API 2.2).
    """

    def __init__(self) -> None:
        self._verifier = Verifier()

    def by_password(self, principal: str, password: str) -> Utenza | None:
        """Give the utenza with that principal and password."""
        chi = _in_snapshot(principal)
        now = clock.now()
        if any(self._verifier.remembers(password, stored) for stored in rules.password_hashes(chi, now=now)):
            return _enabled(chi)
        # From here on the same is read and computed whether or not there is such a principal, and a password before.
        owner = repository.owner_of(principal)
        if chi is None:
            chi = _registered_since(principal, owner)
        right = any(self._verifier.is_right(password, stored) for stored in rules.password_hashes(chi, now=now))
        return _enabled(chi) if right else None

    def by_subject(self, subject: str) -> Utenza | None:
        """Give the utenza whose principal is that subject, attribute by attribute in whatever order."""
        return self.by_principal(subject) if "=" in subject else None

    def by_principal(self, principal: str) -> Utenza | None:
        """Give the utenza with that principal, whom somebody else has identified."""
        return _enabled(_in_snapshot(principal) or _registered_since(principal, repository.owner_of(principal)))

    def forget(self) -> None:
        """Forget the passwords that were right."""
        self._verifier.forget()


def by_principal(principal: str) -> Utenza | None:
    """Give the utenza of who asked, some time ago, for what is done now: with the rights they have now."""
    return _utenza(_in_snapshot(principal))


def _enabled(chi: Applicazione | Operatore | None) -> Utenza | None:
    """Give the utenza, None where there is nobody.

    :raises NotAllowed: 403000, if it is disabled
    """
    if chi is not None and not chi.abilitato:
        raise NotAllowed("L'utenza è disabilitata: rivolgersi a chi amministra il servizio.")
    return _utenza(chi)


def _utenza(chi: Applicazione | Operatore | None) -> Utenza | None:
    return snapshot.utenza_of(chi) if chi is not None and chi.abilitato else None


def _registered_since(principal: str, owner: Owner | None) -> Applicazione | Operatore | None:
    """Find a principal that another process has registered, or the administrator that nobody has yet."""
    if owner is not None:
        snapshot.forget(repository.APPLICAZIONI, repository.OPERATORI)
        return _in_snapshot(principal)
    return _first_admin() if principal == settings().admin_principal else None


def _in_snapshot(principal: str) -> Applicazione | Operatore | None:
    # Most callers are applicazioni: operatori are read when it is none of them.
    key = repository.principal_key(principal)
    return _having(key, snapshot.applicazioni().values()) or _having(key, snapshot.operatori().values())


def _having(key: str, everybody: Iterable[C]) -> C | None:
    return next((chi for chi in everybody if repository.principal_key(chi.principal) == key), None)


def _first_admin() -> Operatore | None:
    """Register the administrator of a new installation, whose password the secrets of the stage hold."""
    password = get_secret(ADMIN_SECRET)
    if password is None:
        return None
    operations.seed(password_hash=hash_password(password))
    return snapshot.operatori().get(settings().admin_principal)
