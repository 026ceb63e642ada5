"""Who may see a pendenza (GovPay 3.1 API 4.14). What is of an ente of others is answered for as what does not exist."""

from chalicelib.kernel.refusals import NotAllowed
from chalicelib.kernel.utenze import TipoUtenza, Utenza
from chalicelib.pendenze.model import Pendenza


def is_hidden(pendenza: Pendenza, utenza: Utenza) -> bool:
    """Tell whether it is of an ente that the caller may not act for, and not the caller's own: it must not be told of."""
    if utenza.tipo is TipoUtenza.CITTADINO:
        return not is_debitore(pendenza, utenza)
    is_own = utenza.tipo is TipoUtenza.APPLICAZIONE and utenza.id_a2a == pendenza.id_a2a
    return not is_own and pendenza.id_dominio not in utenza.domini


def check_visible(pendenza: Pendenza, utenza: Utenza) -> None:
    """Check a single read: an applicazione sees its own, an operatore those of its domini and tipi, a citizen none.

    :raises NotAllowed: 403000
    """
    if utenza.tipo is TipoUtenza.APPLICAZIONE:
        check_own(pendenza.id_a2a, utenza)
        return
    utenza.require_dominio(pendenza.id_dominio)
    utenza.require_tipo_pendenza(pendenza.id_tipo_pendenza)


def check_payable(pendenza: Pendenza, utenza: Utenza) -> None:
    """Check a single read by a portal: its own, and those of the domini and tipi that it may collect for.

    A citizen sees what they owe themselves, to whatever ente.

    :raises NotAllowed: 403000
    """
    if is_debitore(pendenza, utenza):
        return
    if utenza.id_a2a is not None and utenza.id_a2a == pendenza.id_a2a:
        return
    utenza.require_dominio(pendenza.id_dominio)
    utenza.require_tipo_pendenza(pendenza.id_tipo_pendenza)


def is_debitore(pendenza: Pendenza, utenza: Utenza) -> bool:
    """Tell whether the caller is a citizen, and the one who owes it."""
    return utenza.is_same_person(pendenza.soggetto_pagatore.identificativo)


def check_own(id_a2a: str, utenza: Utenza) -> None:
    """Check that an applicazione asks for what is its own; the answer does not tell whether it exists.

    :raises NotAllowed: 403000
    """
    if utenza.tipo is TipoUtenza.APPLICAZIONE and utenza.id_a2a != id_a2a:
        raise NotAllowed(f"L'applicazione {utenza.id_a2a} può accedere solo alle proprie pendenze, non a {id_a2a}.")
