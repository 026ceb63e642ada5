"""Who is behind a credential: the port of rest/auth.py, answered by the anagrafica."""

from chalicelib.anagrafica import operations, repository, rules, snapshot
from chalicelib.anagrafica.model import Applicazione, Operatore
from chalicelib.anagrafica.passwords import Verifier, hash_password
from chalicelib.aws.secrets import get_secret
from chalicelib.kernel.utenze import Utenza
from chalicelib.settings import settings

ADMIN_SECRET = "gpadmin/password"  # noqa: S105 - the name of the secret


class Registry:
    """Knows the utenze. An unknown principal costs as much as a wrong password; a disabled utenza is nobody."""

    def __init__(self) -> None:
        self._verifier = Verifier()

    def by_password(self, principal: str, password: str) -> Utenza | None:
        """Give the utenza with that principal and password."""
        chi = _find(principal)
        if chi is None and principal == settings().admin_principal:
            chi = _first_admin()
        right = self._verifier.is_right(password, chi.password_hash if chi else None)
        return _utenza(chi) if right else None

    def by_subject(self, subject: str) -> Utenza | None:
        """Give the utenza whose principal is that subject, attribute by attribute in whatever order."""
        return _utenza(_find(subject)) if "=" in subject else None

    def forget(self) -> None:
        """Forget the passwords that were right."""
        self._verifier.forget()


def _utenza(chi: Applicazione | Operatore | None) -> Utenza | None:
    return rules.utenza_of(chi, snapshot.ruoli()) if chi is not None and chi.abilitato else None


def _find(principal: str) -> Applicazione | Operatore | None:
    """Find who has a principal: in the snapshot, else in the table, for one registered since by another process."""
    known = _in_snapshot(principal)
    if known is None and repository.owner_of(principal) is not None:
        snapshot.forget(repository.APPLICAZIONI, repository.OPERATORI)
        known = _in_snapshot(principal)
    return known


def _in_snapshot(principal: str) -> Applicazione | Operatore | None:
    key = repository.principal_key(principal)
    everybody: list[Applicazione | Operatore] = [*snapshot.applicazioni().values(), *snapshot.operatori().values()]
    return next((chi for chi in everybody if repository.principal_key(chi.principal) == key), None)


def _first_admin() -> Operatore | None:
    """Register the administrator of a new installation, whose password the secrets of the stage hold."""
    password = get_secret(ADMIN_SECRET)
    if password is None:
        return None
    operations.seed(password_hash=hash_password(password))
    return snapshot.operatori().get(settings().admin_principal)
