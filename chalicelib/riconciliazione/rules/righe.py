"""A row of a flow, judged against what is in the archive (GovPay 3.1 API 4.10)."""

from collections.abc import Sequence
from dataclasses import dataclass

from chalicelib.anagrafica.model import Dominio
from chalicelib.kernel.importo import Importo
from chalicelib.pagamenti.model import ChiaveRiscossione, Riscossione
from chalicelib.pendenze.model import Pendenza
from chalicelib.riconciliazione.model import Rendicontazione, Riga, Segnalazione
from chalicelib.riconciliazione.states import SENZA_RICEVUTA, Anomalia, Esito, StatoRendicontazione

_IUV_AUX_0, _IUV_AUX_ALTRI = 15, 17
_ESITI = frozenset(Esito)
INDICE_UNICO = 1  # what a row without index means (flows before 2015)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trovato:
    """What the archive has for a row: the riscossioni that may be meant, the position of its IUV.

    `ripetuta`: another row of the same flow has the same iuv, iur and index. `causa` is why the ente, asked for the
    pendenza that the archive does not have, gave none.
    """

    riscossioni: Sequence[Riscossione] = ()
    pendenza: Pendenza | None = None
    ripetuta: bool = False
    causa: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Giudizio:
    """The row, judged. `da_acquisire`: its money is told by this row alone, and must become a riscossione."""

    rendicontazione: Rendicontazione
    da_acquisire: bool = False


def is_interno(iuv: str, dominio: Dominio) -> bool:
    """Tell whether an IUV is of our numbering; the others are of another intermediary of the ente (GovPay 3.1 4.6)."""
    numeric = iuv.isascii() and iuv.isdecimal()
    if dominio.aux_digit == "0":
        return numeric and len(iuv) == _IUV_AUX_0
    if dominio.aux_digit == "3":
        codice = dominio.segregation_code or ""
        return iuv[4:6] == codice if iuv.startswith("RF") else _is_of(iuv, codice)
    return numeric and len(iuv) == _IUV_AUX_ALTRI


def _is_of(iuv: str, codice: str) -> bool:
    return iuv.isascii() and iuv.isdecimal() and len(iuv) == _IUV_AUX_ALTRI and iuv.startswith(codice)


def judge(riga: Riga, trovato: Trovato, *, dominio: Dominio) -> Giudizio:
    """Judge a row. Its anomalies are its own: the flow goes on."""
    if trovato.ripetuta:
        return _anomala(riga, Anomalia.RIGA_RIPETUTA, _names(riga, dominio))
    if riga.esito not in _ESITI:
        return _anomala(riga, Anomalia.ESITO_SCONOSCIUTO, f"Codice di esito {riga.esito}.")
    if len(trovato.riscossioni) > 1:
        return _anomala(riga, Anomalia.PIU_PAGAMENTI, _names(riga, dominio))
    if trovato.riscossioni:
        return _compared(riga, trovato.riscossioni[0])
    if not is_interno(riga.iuv, dominio):
        altro = StatoRendicontazione.ALTRO_INTERMEDIARIO
        return Giudizio(rendicontazione=Rendicontazione(riga=riga, stato=altro))
    if riga.esito in SENZA_RICEVUTA:
        return _without_ricevuta(riga, trovato, dominio)
    return _anomala(riga, Anomalia.PAGAMENTO_NON_PRESENTE, _names(riga, dominio))


def _compared(riga: Riga, riscossione: Riscossione) -> Giudizio:
    revoca = riga.esito == Esito.REVOCATO
    # A revocation is written with a minus, or without (SACI 1.3.1).
    riferito = Importo(abs(riga.importo.cents)) if revoca else riga.importo
    if riferito != riscossione.importo:
        codice = Anomalia.IMPORTO_REVOCA_DIVERSO if revoca else Anomalia.IMPORTO_DIVERSO
        words = f"Importo rendicontato {riga.importo}, importo pagato {riscossione.importo}."
        return _anomala(riga, codice, words, riscossione.chiave)
    ok = StatoRendicontazione.OK
    return Giudizio(rendicontazione=Rendicontazione(riga=riga, stato=ok, riscossione=riscossione.chiave))


def _without_ricevuta(riga: Riga, trovato: Trovato, dominio: Dominio) -> Giudizio:
    pendenza = trovato.pendenza
    if pendenza is None:
        words = trovato.causa or f"Nessuna pendenza ha lo iuv {riga.iuv}."
        return _anomala(riga, Anomalia.PENDENZA_SCONOSCIUTA, words)
    if len(pendenza.voci) > 1:
        return _anomala(riga, Anomalia.PENDENZA_CON_PIU_VOCI, f"Le voci della pendenza sono {len(pendenza.voci)}.")
    chiave = ChiaveRiscossione(dominio.id_dominio, riga.iuv, riga.iur, riga.indice or INDICE_UNICO)
    ok = Rendicontazione(riga=riga, stato=StatoRendicontazione.OK, riscossione=chiave)
    return Giudizio(rendicontazione=ok, da_acquisire=True)


def lacks_receipt(giudizio: Giudizio) -> bool:
    """Tell whether a row reports money that nothing else has told of: its receipt may be had at pagoPA."""
    codici = {segnalazione.codice for segnalazione in giudizio.rendicontazione.segnalazioni}
    return giudizio.da_acquisire or bool(codici & {Anomalia.PAGAMENTO_NON_PRESENTE, Anomalia.PENDENZA_CON_PIU_VOCI})


def _names(riga: Riga, dominio: Dominio) -> str:
    indice = "" if riga.indice is None else f", indice {riga.indice}"
    return f"Dominio {dominio.id_dominio}, iuv {riga.iuv}, iur {riga.iur}{indice}."


def _anomala(riga: Riga, codice: Anomalia, dettaglio: str, chiave: ChiaveRiscossione | None = None) -> Giudizio:
    segnalazione = Segnalazione(codice=codice, dettaglio=dettaglio)
    return Giudizio(
        rendicontazione=Rendicontazione(
            riga=riga, stato=StatoRendicontazione.ANOMALA, segnalazioni=(segnalazione,), riscossione=chiave
        )
    )
