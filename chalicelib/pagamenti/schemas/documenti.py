"""RPT and RT 6.2 as JSON, for both generations of pagoPA (GovPay 3.1 API 4.11).

All values are text, also amounts; what is absent is null; lists are always lists; times are Italian, without a zone.
"""

import re
from datetime import date, datetime
from typing import Any

from chalicelib.kernel.importo import Importo
from chalicelib.kernel.rome_time import as_rome, rome_day
from chalicelib.pagamenti.model import Ente, Istituto, Ricevuta, Rpp, VocePagata, VoceRichiesta
from chalicelib.pendenze.model import Soggetto

VERSIONE = "6.2.0"
_DATI_SPECIFICI = re.compile(r"[0129]/\S{3,138}")
_INDIRIZZO = ("indirizzo", "civico", "cap", "localita", "provincia", "nazione")


def rpt_json(rpp: Rpp) -> dict[str, Any]:
    """Give an attempt as the RPT that asks for it."""
    return {
        "versioneOggetto": VERSIONE,
        "dominio": _dominio(rpp.id_dominio, rpp.id_stazione),
        "identificativoMessaggioRichiesta": rpp.id_messaggio,
        "dataOraMessaggioRichiesta": _instant(rpp.creata),
        "autenticazioneSoggetto": rpp.autenticazione,
        "soggettoVersante": _soggetto(rpp.versante, "Versante"),
        "soggettoPagatore": _soggetto(rpp.pagatore, "Pagatore"),
        "enteBeneficiario": _ente(rpp.ente),
        "datiVersamento": {
            "dataEsecuzionePagamento": _day(rpp.data_esecuzione or rome_day(rpp.creata)),
            "importoTotaleDaVersare": str(rpp.importo),
            "tipoVersamento": rpp.tipo_versamento,
            "identificativoUnivocoVersamento": rpp.iuv,
            "codiceContestoPagamento": rpp.ccp,
            "ibanAddebito": rpp.iban_addebito,
            "bicAddebito": rpp.bic_addebito,
            "firmaRicevuta": "0",
            "datiSingoloVersamento": [_singolo_versamento(voce, rpp.credenziali_pagatore) for voce in rpp.voci],
        },
    }


def _singolo_versamento(voce: VoceRichiesta, credenziali_pagatore: str | None) -> dict[str, Any]:
    bollo = voce.bollo
    return {
        "importoSingoloVersamento": str(voce.importo),
        "commissioneCaricoPA": None,
        "ibanAccredito": voce.iban_accredito,
        "bicAccredito": voce.bic_accredito,
        "ibanAppoggio": voce.iban_appoggio,
        "bicAppoggio": voce.bic_appoggio,
        "credenzialiPagatore": credenziali_pagatore,
        "causaleVersamento": voce.causale,
        "datiSpecificiRiscossione": dati_specifici(voce.dati_specifici_riscossione),
        "datiMarcaBolloDigitale": None
        if bollo is None
        else {
            "tipoBollo": bollo.tipo,
            "hashDocumento": bollo.hash_documento,
            "provinciaResidenza": bollo.provincia_residenza,
        },
    }


def rt_json(ricevuta: Ricevuta, rpp: Rpp) -> dict[str, Any]:
    """Give a ricevuta as the RT that says the same; a receipt takes from its attempt what only an RT names."""
    return {
        "versioneOggetto": VERSIONE,
        "dominio": _dominio(ricevuta.id_dominio, rpp.id_stazione),
        "identificativoMessaggioRicevuta": ricevuta.id_messaggio,
        "dataOraMessaggioRicevuta": _instant(ricevuta.data_messaggio),
        "riferimentoMessaggioRichiesta": ricevuta.riferimento_messaggio or rpp.id_messaggio,
        "riferimentoDataRichiesta": _day(ricevuta.riferimento_data or rome_day(rpp.creata)),
        "istitutoAttestante": _istituto(ricevuta.istituto),
        "enteBeneficiario": _ente(ricevuta.ente),
        "soggettoVersante": _soggetto(ricevuta.versante, "Versante"),
        "soggettoPagatore": _soggetto(ricevuta.pagatore, "Pagatore"),
        "datiPagamento": {
            "codiceEsitoPagamento": ricevuta.esito.codice,
            "importoTotalePagato": str(ricevuta.importo),
            "identificativoUnivocoVersamento": ricevuta.iuv,
            "CodiceContestoPagamento": ricevuta.ccp,
            "datiSingoloPagamento": [_singolo_pagamento(voce) for voce in ricevuta.voci],
        },
    }


def _singolo_pagamento(voce: VocePagata) -> dict[str, Any]:
    allegato = None
    if voce.allegato is not None:
        allegato = {"tipoAllegatoRicevuta": voce.tipo_allegato, "testoAllegato": voce.allegato}
    return {
        "singoloImportoPagato": str(voce.importo),
        "esitoSingoloPagamento": voce.esito,
        "dataEsitoSingoloPagamento": _day(voce.data),
        "identificativoUnivocoRiscossione": voce.iur,
        "causaleVersamento": voce.causale,
        "datiSpecificiRiscossione": dati_specifici(voce.dati_specifici_riscossione),
        "commissioniApplicatePSP": _importo(voce.commissioni_psp),
        "commissioniApplicatePA": _importo(voce.commissioni_pa),
        "allegatoRicevuta": allegato,
    }


def dati_specifici(transfer_category: str) -> str:
    """Give datiSpecificiRiscossione of a transferCategory: what has no tipo contabilità before it is `9/…` (altro)."""
    text = "".join(transfer_category.split())
    if _DATI_SPECIFICI.fullmatch(text):
        return text
    # Never shorter than the XSD wants.
    return f"9/{text.lstrip('/') or 'ND'}".ljust(5, "_")[:140]


def _dominio(id_dominio: str, id_stazione: str) -> dict[str, Any]:
    return {"identificativoDominio": id_dominio, "identificativoStazioneRichiedente": id_stazione or None}


def _soggetto(soggetto: Soggetto | None, ruolo: str) -> dict[str, Any] | None:
    if soggetto is None:
        return None
    return {
        f"identificativoUnivoco{ruolo}": _identificativo(soggetto.tipo, soggetto.identificativo),
        f"anagrafica{ruolo}": soggetto.anagrafica or soggetto.identificativo,
        **_indirizzo(soggetto, ruolo),
        f"e-mail{ruolo}": soggetto.email,
    }


def _ente(ente: Ente) -> dict[str, Any]:
    return {
        "identificativoUnivocoBeneficiario": _identificativo("G", ente.id_dominio),
        "denominazioneBeneficiario": ente.denominazione,
        "codiceUnitOperBeneficiario": ente.codice_unita,
        "denomUnitOperBeneficiario": ente.denominazione_unita,
        **_indirizzo(ente, "Beneficiario"),
    }


def _istituto(istituto: Istituto) -> dict[str, Any]:
    return {
        "identificativoUnivocoAttestante": _identificativo(istituto.tipo, istituto.codice),
        "denominazioneAttestante": istituto.denominazione,
        "codiceUnitOperAttestante": istituto.codice_unita,
        "denomUnitOperAttestante": istituto.denominazione_unita,
        **_indirizzo(istituto, "Attestante"),
    }


def _indirizzo(chi: Soggetto | Ente | Istituto, ruolo: str) -> dict[str, Any]:
    return {f"{name}{ruolo}": getattr(chi, name) for name in _INDIRIZZO}


def _identificativo(tipo: str, codice: str) -> dict[str, str]:
    return {"tipoIdentificativoUnivoco": tipo, "codiceIdentificativoUnivoco": codice}


def _importo(importo: Importo | None) -> str | None:
    return None if importo is None else str(importo)


def _instant(instant: datetime) -> str:
    return f"{as_rome(instant):%Y-%m-%dT%H:%M:%S}"


def _day(day: date) -> str:
    return day.isoformat()
