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
from chalicelib.riconciliazione.esiti import Raccolto, RigaIncassata
from chalicelib.riconciliazione.importazione.model import MovimentoCassa, Quota
from chalicelib.riconciliazione.model import Incasso
from chalicelib.riconciliazione.operations.pagamenti import riga_of
from chalicelib.riconciliazione.repository import flussi

_BATCH = 100
PAGAMENTI_MAX = 20_000
_IUV_SHOWN = 50

_Riscossioni = Mapping[ChiaveRiscossione, Riscossione]
_Posizioni = Mapping[tuple[str, str], Pendenza]


@dataclass(slots=True)
class _Somma:
    importo: Importo = ZERO
    pagamenti: int = 0


def with_quote(cassa: MovimentoCassa, incasso: Incasso, raccolto: Raccolto | None = None) -> MovimentoCassa:
    """Give the movement with its payments by capitolo; a flow of more than 20,000 payments is left undivided.

    AWS calls: none where what was collected is given; else a Query, and two BatchGetItem for a hundred payments.
    """
    sums: dict[tuple[str, str], _Somma] = defaultdict(_Somma)
    shown: list[str] = []
    doppi: list[str] = []
    count = 0
    rows = _rows(incasso) if raccolto is None else iter(raccolto.righe)
    while chunk := list(islice(rows, _BATCH)):
        count += len(chunk)
        if count > PAGAMENTI_MAX:
            return replace(cassa, pagamenti=count, quote=(), iuv_pagati=tuple(shown), iuv_doppi=tuple(doppi))
        riscossioni, posizioni = _money(chunk, raccolto)
        for key, importo in _by_capitolo(chunk, riscossioni, posizioni):
            sums[key].importo += importo
            sums[key].pagamenti += 1
        shown += [iuv for iuv, _, _ in chunk[: max(_IUV_SHOWN - len(shown), 0)]]
        doppi += [r.iuv for r in riscossioni.values() if Anomalia.PAGAMENTO_DUPLICATO in r.anomalie]
    quote = tuple(
        Quota(tipo=tipo, codice=codice, importo=somma.importo, pagamenti=somma.pagamenti)
        for (tipo, codice), somma in sorted(sums.items())
    )
    return replace(cassa, quote=quote, pagamenti=count, iuv_pagati=tuple(shown), iuv_doppi=tuple(doppi[:_IUV_SHOWN]))


def _money(chunk: Sequence[RigaIncassata], raccolto: Raccolto | None) -> tuple[_Riscossioni, _Posizioni]:
    if raccolto is not None:
        return raccolto.riscossioni, raccolto.posizioni
    return pagamenti.money_of(chiave for _, _, chiave in chunk if chiave is not None)


def _rows(incasso: Incasso) -> Iterator[RigaIncassata]:
    """Give iuv, amount and payment of what an incasso is made of; a row that revokes takes away."""
    if incasso.flusso is None:
        if incasso.riscossione is not None:
            yield incasso.trovato, incasso.accredito.importo, incasso.riscossione
        return
    for _, rendicontazione in flussi.rows(incasso.flusso):
        yield riga_of(rendicontazione)


def _by_capitolo(
    chunk: Sequence[RigaIncassata], riscossioni: _Riscossioni, posizioni: _Posizioni
) -> Iterator[tuple[tuple[str, str], Importo]]:
    """Give the capitolo of each amount: empty where the payment, or its voce, is not ours to know."""
    for _, importo, chiave in chunk:
        riscossione = riscossioni.get(chiave) if chiave is not None else None
        voce = _voce(riscossione, posizioni) if riscossione is not None else None
        if voce is None:
            yield ("", ""), importo
        else:
            tipo = voce.tipo_contabilita.value if voce.tipo_contabilita is not None else "ALTRO"
            yield (tipo, voce.codice_contabilita or ("MBT" if voce.bollo is not None else "")), importo


def _voce(riscossione: Riscossione, posizioni: _Posizioni) -> VocePendenza | None:
    pendenza = posizioni.get((riscossione.id_dominio, riscossione.iuv))
    if pendenza is None:
        return None
    return next((voce for voce in pendenza.voci if voce.id_voce == riscossione.id_voce), None)
