"""Who may make a pendenza out of a form, and of what (GovPay 3.1 API 4.13, 4.14)."""

from chalicelib.kernel.refusals import Semantica, Unprocessable
from chalicelib.kernel.utenze import TipoUtenza, Utenza
from chalicelib.pendenze.model import NuovaPendenza
from chalicelib.pendenze.spontanee.faccia import SPONTANEO


class NonSpontanea(Unprocessable):
    """A citizen pays a pendenza of this tipo only if the ente has loaded it."""

    codice = "CIT_002"


class DebitoreAltrui(Unprocessable):
    """Citizen: may not pay a pendenza of that debtor."""

    codice = "CIT_003"


class SpontaneaMultibeneficiaria(Unprocessable):
    """A spontaneous payment is in favour of one ente only."""

    codice = "VER_038"


class NonSpontaneaAnonimo(Unprocessable):
    """Nobody anonymous makes a pendenza of this tipo by paying it."""

    codice = "UAN_002"


class FormDisabilitato(Semantica):
    """The tipo pendenza is not loaded by a form here."""

    codice = "SEMANTICA"


SENZA_ARCHIVIO = frozenset({TipoUtenza.ANONIMO, TipoUtenza.CITTADINO})


def require_spontanea(name: str, tipo: str | None, utenza: Utenza, *, is_multibeneficiaria: bool) -> None:
    """Check that a pendenza which somebody without an archive sends is of a tipo open to everybody.

    :raises NonSpontanea: CIT_002
    :raises NonSpontaneaAnonimo: UAN_002
    :raises SpontaneaMultibeneficiaria: VER_038
    """
    if tipo == SPONTANEO:
        if is_multibeneficiaria:
            raise SpontaneaMultibeneficiaria(
                f"La pendenza ({name}) è a favore di più enti: non è ammessa se spontanea."
            )
        return
    words = f"Il tipo della pendenza ({name}) non ammette pagamenti spontanei."
    raise NonSpontaneaAnonimo(words) if utenza.tipo is TipoUtenza.ANONIMO else NonSpontanea(words)


def require_open(id_tipo: str, id_dominio: str, *, abilitata: bool, tipo: str, utenza: Utenza) -> None:
    """Check that the form of a tipo pendenza is open to the caller.

    :raises FormDisabilitato: SEMANTICA
    :raises NonSpontanea: CIT_002
    :raises NonSpontaneaAnonimo: UAN_002
    """
    if not abilitata:
        raise FormDisabilitato(
            f"Il tipo pendenza {id_tipo} del dominio {id_dominio} non si carica da qui: abilitarne il form."
        )
    if utenza.tipo in SENZA_ARCHIVIO:
        require_spontanea(f"tipo {id_tipo}", tipo, utenza, is_multibeneficiaria=False)


def require_one_ente(nuova: NuovaPendenza, name: str) -> None:
    """Check that all of a spontaneous pendenza is in favour of its dominio.

    :raises SpontaneaMultibeneficiaria: VER_038
    """
    if any(voce.id_dominio not in {None, nuova.id_dominio} for voce in nuova.voci):
        raise SpontaneaMultibeneficiaria(f"La pendenza ({name}) è a favore di più enti: non è ammessa se spontanea.")


def require_own_debt(identificativo: str, utenza: Utenza, *, paga_terzi: bool) -> None:
    """Check that a citizen makes themselves the debtor, or may pay for others.

    :raises DebitoreAltrui: CIT_003
    """
    if utenza.tipo is TipoUtenza.CITTADINO and not paga_terzi and not utenza.is_same_person(identificativo):
        raise DebitoreAltrui("Il cittadino autenticato non può caricare una pendenza di un altro debitore.")
