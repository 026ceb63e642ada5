"""The entrate of some days on paper: one line each, and the total."""

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from chalicelib.kernel.importo import Importo
from chalicelib.kernel.rome_time import as_rome
from chalicelib.riconciliazione.importazione.report.foglio import Colonna, Foglio
from chalicelib.riconciliazione.quadrature.queries import Entrata

_C = Colonna
_COLONNE = (
    _C(titolo="Pagato il", wide=20),
    _C(titolo="IUV", wide=40),
    _C(titolo="IUR", wide=52, lines=2),
    _C(titolo="Tipo", wide=30),
    _C(titolo="Pendenza", wide=55, lines=2),
    _C(titolo="Flusso", wide=50, lines=2),
    _C(titolo="Importo €", wide=30, right=True),
)


def entrate_pdf(entrate: Sequence[Entrata], *, da: date, a: date, now: datetime) -> bytes:
    """Draw the report; the same report at the same instant gives the same bytes."""
    days = f"dal {da:%d/%m/%Y} al {a:%d/%m/%Y}"
    with TemporaryDirectory() as folder:
        path = Path(folder) / "entrate.pdf"
        printed = f"{as_rome(now):%d/%m/%Y %H:%M}"
        foglio = Foglio(path, title=f"Entrate {days}", author="GovPay", foot=f"Entrate {days} - stampato il {printed}")
        foglio.title(f"Entrate {days}")
        foglio.table(_COLONNE)
        for entrata in entrate:
            foglio.row(_cells(entrata))
        total = Importo.total(entrata.riscossa.riscossione.importo for entrata in entrate)
        foglio.row(("TOTALE", f"{len(entrate)} pagamenti", "", "", "", "", total.italian()), bold=True)
        foglio.save()
        return path.read_bytes()


def _cells(entrata: Entrata) -> tuple[str, ...]:
    riscossione = entrata.riscossa.riscossione
    return (
        f"{riscossione.data:%d/%m/%Y}",
        riscossione.iuv,
        riscossione.iur,
        riscossione.id_tipo_pendenza or "",
        riscossione.id_pendenza or "",
        "" if entrata.flusso is None else entrata.flusso.chiave.id_flusso,
        riscossione.importo.italian(),
    )
