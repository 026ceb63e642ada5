"""Materiale → cronistoria. No AWS, no clock, no I/O."""

from datetime import datetime, timedelta

from chalicelib.cronistoria.model import Cronistoria, Fase, Fatto, Materiale
from chalicelib.cronistoria.rules.attese import mancano, seguiti
from chalicelib.cronistoria.rules.conti import conti
from chalicelib.cronistoria.rules.eventi import scambi
from chalicelib.cronistoria.rules.situazione import situazione_of
from chalicelib.cronistoria.rules.stato import stati
from chalicelib.pendenze.rules.esposto import stato_esposto

_SECONDO = timedelta(milliseconds=999)


def cronistoria_of(materiale: Materiale, *, now: datetime) -> Cronistoria:
    """Tell what was read of an IUV, as it stands at `now`."""
    transazione, pendenza = materiale.transazione, materiale.transazione.posizione
    fatti: list[Fatto] = sorted((*scambi(materiale), *stati(materiale), *conti(materiale)), key=_when)
    return Cronistoria(
        id_dominio=transazione.id_dominio,
        iuv=transazione.iuv,
        id_a2a=pendenza.id_a2a if pendenza else None,
        id_pendenza=pendenza.id_pendenza if pendenza else None,
        numero_avviso=pendenza.numero_avviso if pendenza else None,
        stato=stato_esposto(pendenza, backoffice=True, now=now) if pendenza else None,
        importo=pendenza.importo if pendenza else None,
        situazione=situazione_of(materiale, now=now),
        fatti=tuple(fatti),
        mancano=mancano(materiale, now=now),
        seguiti=seguiti(materiale, now=now),
        avvertenze=materiale.troncato,
    )


def _when(fatto: Fatto) -> datetime:
    """Give when it was, to sort by: of a paper S3 knows the second only, and it was not drawn before its pendenza."""
    is_paper = fatto.fase is Fase.AVVISO and fatto.id_evento is None
    return fatto.data + _SECONDO if is_paper else fatto.data
