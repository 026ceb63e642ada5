"""The mark of an IUV whose ricevuta came before its pendenza: whoever loads the pendenza then finds the money.

It lies in the partition of the IUV, and counts the ricevute acquired while there was no posizione. A ricevuta writes it
and checks that there is no posizione; a load checks that it is absent: of the two, done at once, one decides again.
"""

from chalicelib.aws.transactions import ABSENT, Write, absent_or_version, version_is
from chalicelib.pendenze.repository import POSIZIONE, SK_POSIZIONE, posizione_key
from chalicelib.pendenze.tables import TransazioneItem

SENZA_POSIZIONE = "senza-posizione"  # the name of the write, and its sk


def absence_check(id_dominio: str, iuv: str) -> Write:
    """Give the check that no ricevuta of the IUV waits for its pendenza; it fails as `senza-posizione`."""
    return Write(item=_mark(id_dominio, iuv), condition=ABSENT, name=SENZA_POSIZIONE, check=True)


def mark_writes(id_dominio: str, iuv: str, *, known: int) -> list[Write]:
    """Give what a ricevuta of an IUV without posizione adds to its transaction; `known` acquisitions went before it."""
    posizione = TransazioneItem(pk=posizione_key(id_dominio, iuv), sk=SK_POSIZIONE)
    return [
        Write(item=posizione, condition=ABSENT, name=POSIZIONE, check=True),
        Write(item=_mark(id_dominio, iuv, known + 1), condition=absent_or_version(known or None), name=SENZA_POSIZIONE),
    ]


def removal(id_dominio: str, iuv: str, *, known: int) -> Write:
    """Give the write that takes the mark away, if it counts no more ricevute than those `known`."""
    return Write(item=_mark(id_dominio, iuv), condition=version_is(known), name=SENZA_POSIZIONE, delete=True)


def _mark(id_dominio: str, iuv: str, versione: int = 0) -> TransazioneItem:
    return TransazioneItem(pk=posizione_key(id_dominio, iuv), sk=SENZA_POSIZIONE, versione=versione)
