"""What becomes of a credit of the bank: one outcome for each (a person reads it on the report of the giornale di cassa)."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from chalicelib.kernel.importo import Importo
from chalicelib.pagamenti.model import ChiaveRiscossione, Riscossione
from chalicelib.pendenze.model import Pendenza
from chalicelib.riconciliazione.model import Incasso

RigaIncassata = tuple[str, Importo, ChiaveRiscossione | None]  # iuv, amount, payment: None where it collects none


class EsitoMovimento(StrEnum):
    """RICONCILIATO and GIA_ACQUISITO have an incasso; of the others the reason is said, and what happens next.

    STORNO takes another credit back, which becomes STORNATO. FLUSSO_ASSENTE, FLUSSO_ANOMALO and PAGAMENTO_ASSENTE are
    worth another try by itself; AMBIGUO, CAUSALE_ILLEGGIBILE and PROPOSTA wait for a person.
    """

    RICONCILIATO = "RICONCILIATO"
    GIA_ACQUISITO = "GIA_ACQUISITO"
    DUPLICATO = "DUPLICATO"
    IMPORTO_DIVERSO = "IMPORTO_DIVERSO"
    FLUSSO_ASSENTE = "FLUSSO_ASSENTE"
    FLUSSO_ANOMALO = "FLUSSO_ANOMALO"
    PAGAMENTO_ASSENTE = "PAGAMENTO_ASSENTE"
    AMBIGUO = "AMBIGUO"
    CAUSALE_ILLEGGIBILE = "CAUSALE_ILLEGGIBILE"
    PROPOSTA = "PROPOSTA"
    NON_PAGOPA = "NON_PAGOPA"
    STORNO = "STORNO"
    STORNATO = "STORNATO"
    IGNORATO = "IGNORATO"
    ILLEGGIBILE = "ILLEGGIBILE"
    RIFIUTATO = "RIFIUTATO"


@dataclass(frozen=True, slots=True, kw_only=True)
class Raccolto:
    """What an incasso has collected in the transaction that registered it: all its rows, and the money as it was read."""

    righe: tuple[RigaIncassata, ...]
    riscossioni: Mapping[ChiaveRiscossione, Riscossione]
    posizioni: Mapping[tuple[str, str], Pendenza]


@dataclass(frozen=True, slots=True, kw_only=True)
class EsitoIncasso:
    """The outcome of one credit. `codice` is that of the refusal (0214xx); `atteso` what it should have been.

    `riferimento` is the idFlusso or iuv that was read; `pagato` the sum of the rows of the flow, where amounts differ;
    `raccolto` what it is made of, where that was read to register it: whoever wants it need not read it again.
    """

    esito: EsitoMovimento
    incasso: Incasso | None = None
    codice: str | None = None
    motivo: str | None = None
    riferimento: str | None = None
    atteso: Importo | None = None
    pagato: Importo | None = None
    raccolto: Raccolto | None = None
