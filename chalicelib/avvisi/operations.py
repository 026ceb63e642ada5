"""The paper of a pendenza: printed once, then taken from the archive for as long as nothing of it changes."""

from datetime import datetime

from chalicelib.anagrafica import queries as anagrafica
from chalicelib.avvisi import repository
from chalicelib.avvisi.rules import printed
from chalicelib.pendenze.model import Pendenza


def print_avviso(pendenza: Pendenza, now: datetime, *, lingua: str | None = None) -> bytes:  # noqa: ARG001 - of the port
    """Give the PDF of the notice of a pendenza, with its place in a documento.

    `lingua`: the second language asked for (`de`, `en`, `fr`, `sl`; `false`: none), else that of the pendenza.

    :raises CodiceNonStampabile: if the amount is zero or has no room in the codes
    """
    ente = anagrafica.dominio(pendenza.id_dominio)
    if ente is None:
        # A dominio is never taken out of the anagrafica.
        msg = f"dominio {pendenza.id_dominio} assente dall'anagrafica"
        raise LookupError(msg)
    logo = anagrafica.logo(pendenza.id_dominio) if ente.dominio.con_logo else None
    documento = printed(pendenza, ente, logo, lingua=lingua)
    key = repository.key_of(documento)
    known = repository.get(key)
    if known is not None:
        return known
    from chalicelib.avvisi.pdf import render_avviso, render_documento

    parte = documento.parti[0]
    is_part = parte.numero_rata is not None or parte.soglia is not None
    pdf = render_documento(documento) if is_part else render_avviso(parte.avviso)
    repository.put(key, pdf)
    return pdf
