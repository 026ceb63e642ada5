"""The head of an OPI, what it declares of each account, and what is warned of."""

from collections.abc import Sequence
from datetime import date

from chalicelib.kernel.importo import Importo
from chalicelib.riconciliazione.giornale_di_cassa.modello import (
    Avvertenza,
    CodiceAvvertenza,
    Formato,
    SaldoConto,
    Testata,
)
from chalicelib.riconciliazione.giornale_di_cassa.valori import ValoreIllegibile, read_decimal, read_iso_date


def head_of(testata: dict[str, str], *, documento: str, firmato: bool, saldi: Sequence[SaldoConto]) -> Testata:
    get = testata.get
    return Testata(
        documento=documento,
        formato=Formato.OPI,
        codice_fiscale_ente=get("codice_fiscale_ente", ""),
        denominazione_ente=get("descrizione_ente", ""),
        abi=get("codice_ABI_BT", ""),
        id_flusso=get("identificativo_flusso_BT", ""),
        esercizio=get("esercizio", ""),
        data=_date_or_none(get("data_riferimento_GdC") or get("data_fine_periodo_riferimento", "")),
        creazione=get("data_ora_creazione_flusso", ""),
        pagina=count_of(get("pagina", "")),
        pagine_totali=count_of(get("pagine_totali", "")),
        firmato=firmato,
        saldi=tuple(saldi),
    )


def about_signature(*, firmato: bool) -> Avvertenza:
    if firmato:
        return Avvertenza(
            codice=CodiceAvvertenza.FIRMA_NON_VERIFICATA,
            testo="la firma del tesoriere è presente e non è stata verificata: fa fede il canale con la banca",
        )
    return Avvertenza(
        codice=CodiceAvvertenza.FIRMA_ASSENTE, testo="il giornale non è firmato dal tesoriere: letto ugualmente"
    )


def total_that_differs(saldo: SaldoConto, entrate: Importo) -> Avvertenza | None:
    """Warn if the bank declares for an account another sum of credits than that of its movements."""
    if saldo.totale_entrate is None or saldo.totale_entrate == entrate:
        return None
    return Avvertenza(
        codice=CodiceAvvertenza.TOTALE_DIVERSO,
        testo=f"conto {saldo.conto}: le entrate lette fanno {entrate.italian()} €, "
        f"la banca dichiara {saldo.totale_entrate.italian()} €",
    )


def _date_or_none(text: str) -> date | None:
    try:
        return read_iso_date(text, name="la data")
    except ValoreIllegibile:
        return None


def count_of(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 7 else 1  # noqa: PLR2004 - OnlyNumMax7


def saldo_of(campi: dict[str, str]) -> SaldoConto:
    def amount(name: str) -> Importo | None:
        try:
            return read_decimal(campi.get(name, ""))
        except ValoreIllegibile:
            return None

    return SaldoConto(
        conto=campi.get("conto_evidenza", ""),
        descrizione=campi.get("descrizione_conto_evidenza", ""),
        saldo_precedente=amount("saldo_precedente_conto_evidenza"),
        totale_entrate=amount("totale_entrate_conto_evidenza"),
        totale_uscite=amount("totale_uscite_conto_evidenza"),
        saldo_finale=amount("saldo_finale_conto_evidenza"),
    )
