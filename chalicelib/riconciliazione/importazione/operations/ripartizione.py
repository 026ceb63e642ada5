"""What a credit is made of, by capitolo: the figures that go into the reversale."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from chalicelib.kernel.importo import ZERO, Importo
from chalicelib.pagamenti import repository as pagamenti
from chalicelib.pagamenti.model import ChiaveRiscossione, Riscossione
from chalicelib.pagamenti.rules.riscossioni import Anomalia
from chalicelib.pendenze.model import Pendenza, VocePendenza
from chalicelib.riconciliazione.importazione.model import MovimentoCassa, Quota
from chalicelib.riconciliazione.model import Incasso
from chalicelib.riconciliazione.repository import flussi
from chalicelib.riconciliazione.states import Esito

_BATCH = 100
PAGAMENTI_MAX = 20_000
_IUV_SHOWN = 50

_Riga = tuple[str, Importo, ChiaveRiscossione | None]


@dataclass(slots=True)
class _Somma:
    importo: Importo = ZERO
    pagamenti: int = 0


def with_quote(cassa: MovimentoCassa, incasso: Incasso) -> MovimentoCassa:
    """Give the movement with its payments by capitolo; a flow of more than 20,000 payments is left undivided."""
    sums: dict[tuple[str, str], _Somma] = defaultdict(_Somma)
    shown: list[str] = []
    doppi: list[str] = []
    count = 0
    rows = _rows(incasso)
    while chunk := list(islice(rows, _BATCH)):
        count += len(chunk)
        if count > PAGAMENTI_MAX:
            return replace(cassa, pagamenti=count, quote=(), iuv_pagati=tuple(shown), iuv_doppi=tuple(doppi))
        riscossioni = pagamenti.riscossioni_of(chiave for _, _, chiave in chunk if chiave is not None)
        for key, importo in _by_capitolo(chunk, riscossioni):
            sums[key].importo += importo
            sums[key].pagamenti += 1
        shown += [iuv for iuv, _, _ in chunk[: max(_IUV_SHOWN - len(shown), 0)]]
        doppi += [r.iuv for r in riscossioni.values() if Anomalia.PAGAMENTO_DUPLICATO in r.anomalie]
    quote = tuple(
        Quota(tipo=tipo, codice=codice, importo=somma.importo, pagamenti=somma.pagamenti)
        for (tipo, codice), somma in sorted(sums.items())
    )
    return replace(cassa, quote=quote, pagamenti=count, iuv_pagati=tuple(shown), iuv_doppi=tuple(doppi[:_IUV_SHOWN]))


def _rows(incasso: Incasso) -> Iterator[_Riga]:
    """Give iuv, amount and payment of what an incasso is made of; a row that revokes takes away."""
    if incasso.flusso is None:
        if incasso.riscossione is not None:
            yield incasso.trovato, incasso.accredito.importo, incasso.riscossione
        return
    for _, rendicontazione in flussi.rows(incasso.flusso):
        riga = rendicontazione.riga
        chiave = None if riga.esito == Esito.REVOCATO else rendicontazione.riscossione
        yield riga.iuv, riga.importo, chiave


def _by_capitolo(
    chunk: Sequence[_Riga], riscossioni: Mapping[ChiaveRiscossione, Riscossione]
) -> Iterator[tuple[tuple[str, str], Importo]]:
    """Give the capitolo of each amount: empty where the payment, or its voce, is not ours to know."""
    posizioni = pagamenti.posizioni_of({(chiave.id_dominio, chiave.iuv) for chiave in riscossioni})
    for _, importo, chiave in chunk:
        riscossione = riscossioni.get(chiave) if chiave is not None else None
        voce = _voce(riscossione, posizioni) if riscossione is not None else None
        if voce is None:
            yield ("", ""), importo
        else:
            tipo = voce.tipo_contabilita.value if voce.tipo_contabilita is not None else "ALTRO"
            yield (tipo, voce.codice_contabilita or ("MBT" if voce.bollo is not None else "")), importo


def _voce(riscossione: Riscossione, posizioni: dict[tuple[str, str], Pendenza]) -> VocePendenza | None:
    pendenza = posizioni.get((riscossione.id_dominio, riscossione.iuv))
    if pendenza is None:
        return None
    return next((voce for voce in pendenza.voci if voce.id_voce == riscossione.id_voce), None)
