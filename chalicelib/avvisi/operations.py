"""The paper of a pendenza: printed once, then taken from the archive for as long as nothing of it changes."""

from collections.abc import Sequence
from datetime import datetime

from chalicelib.anagrafica import queries as anagrafica
from chalicelib.avvisi import repository
from chalicelib.avvisi.model import Documento
from chalicelib.avvisi.rules import printed
from chalicelib.pendenze.model import Pendenza


def print_avviso(pendenza: Pendenza, now: datetime, *, lingua: str | None = None) -> bytes:  # noqa: ARG001 - of the port
    """Give the PDF of the notice of a pendenza, with its place in a documento.

    `lingua`: the second language asked for (`de`, `en`, `fr`, `sl`; `false`: none), else that of the pendenza.

    :raises CodiceNonStampabile: if the amount is zero or has no room in the codes
    """
    return _print([pendenza], lingua)


def print_documento(pendenze: Sequence[Pendenza], *, lingua: str | None = None) -> bytes:
    """Give the PDF of all the parts of a documento of one dominio, which are at least one.

    :raises CodiceNonStampabile: as `print_avviso`
    """
    return _print(pendenze, lingua)


def _print(pendenze: Sequence[Pendenza], lingua: str | None) -> bytes:
    id_dominio = pendenze[0].id_dominio
    ente = anagrafica.dominio(id_dominio)
    if ente is None:
        # A dominio is never taken out of the anagrafica.
        msg = f"dominio {id_dominio} assente dall'anagrafica"
        raise LookupError(msg)
    logo = anagrafica.logo(id_dominio) if ente.dominio.con_logo else None
    documento = printed(pendenze, ente, logo, lingua=lingua)
    key = repository.key_of(documento)
    known = repository.get(key)
    if known is not None:
        return known
    pdf = _render(documento)
    repository.put(key, pdf)
    return pdf


def _render(documento: Documento) -> bytes:
    from chalicelib.avvisi.pdf import render_avviso, render_documento

    parte = documento.parti[0]
    is_alone = len(documento.parti) == 1 and parte.numero_rata is None and parte.soglia is None
    return render_avviso(parte.avviso) if is_alone else render_documento(documento)
