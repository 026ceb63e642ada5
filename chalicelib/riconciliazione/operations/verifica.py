"""Rows paid without RPT whose pendenza only the ente has: it is asked, within what a message may take."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from chalicelib.anagrafica.model import Dominio
from chalicelib.pagamenti import operations as pagamenti
from chalicelib.pagamenti.operations import EnteNonDisponibile, RifiutoPagoPa
from chalicelib.riconciliazione.model import Riga
from chalicelib.riconciliazione.rules.righe import Trovato, is_interno
from chalicelib.riconciliazione.states import SENZA_RICEVUTA

# Of one flow; what is left is asked when the flow is examined again, every day.
VERIFICHE_MAX = 1_000
# An ente that does not answer so often is not asked for the other rows of the hundred.
_SILENZI_MAX = 2
_NON_CHIESTA = "Nessuna pendenza ha lo iuv {iuv}, e l'ente creditore non è stato interrogato: si riprova ogni giorno."


def ask_for(righe: Sequence[Riga], trovati: dict[int, Trovato], *, dominio: Dominio, most: int, now: datetime) -> int:
    """Ask for the pendenze that rows without ricevuta want, and put into `trovati` what came of it; give how often.

    A question takes `settings().verifica_budget_ms` at most. Asked again, for a row that was asked already, it finds
    the pendenza in the archive.
    """
    asked = silences = 0
    for riga in righe:
        trovato = trovati[riga.progressivo]
        if not _is_wanted(riga, trovato, dominio):
            continue
        if asked >= most or silences >= _SILENZI_MAX:
            trovati[riga.progressivo] = replace(trovato, causa=_NON_CHIESTA.format(iuv=riga.iuv))
            continue
        asked += 1
        try:
            pendenza = pagamenti.ask_ente(id_dominio=dominio.id_dominio, iuv=riga.iuv, now=now)
        except RifiutoPagoPa as refusal:
            silences += isinstance(refusal, EnteNonDisponibile)
            trovati[riga.progressivo] = replace(trovato, causa=refusal.dettaglio)
        else:
            trovati[riga.progressivo] = replace(trovato, pendenza=pendenza)
    return asked


def _is_wanted(riga: Riga, trovato: Trovato, dominio: Dominio) -> bool:
    is_known = trovato.ripetuta or trovato.riscossioni or trovato.pendenza is not None
    return not is_known and riga.esito in SENZA_RICEVUTA and is_interno(riga.iuv, dominio)
