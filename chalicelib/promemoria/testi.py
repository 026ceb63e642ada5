"""The words of a promemoria: the templates of the tipo pendenza, or ours, filled in.

Names are those of the templates of GovPay (`versamento`, `dominio`, `applicazione`, `rpt`), with the getters of its
beans; `pendenza` and `ricevuta` are the same by the names of the contract.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from chalicelib.anagrafica.model import Dominio
from chalicelib.kernel.freemarker import (
    Definizione,
    ModelloFallito,
    ModelloNonValido,
    Uscita,
    definizione_of,
    read,
)
from chalicelib.pagamenti.model import Ricevuta
from chalicelib.pendenze.model import Pendenza, Soggetto
from chalicelib.promemoria.configurazione import Testi
from chalicelib.promemoria.model import TipoPromemoria

MAX_OGGETTO = 200
_TAG = re.compile(r"<(?:html|body|p|br|div|table|b|strong|h[1-6]|ul|a)\b", re.IGNORECASE)
_SPAZI = re.compile(r"\s+")
_OGGETTI = {
    TipoPromemoria.AVVISO: "Avviso di pagamento n. ${versamento.numeroAvviso}: ${versamento.causale}",
    TipoPromemoria.SCADENZA: "In scadenza il ${versamento.dataScadenza}: avviso n. ${versamento.numeroAvviso}",
    TipoPromemoria.RICEVUTA: "Ricevuta di pagamento: ${versamento.causale}",
}
_CHIUSA = "\n\nCordiali saluti\n${dominio.ragioneSociale}\n\nMessaggio automatico: non rispondere se non indicato."
_DOVUTO = """
Causale: ${versamento.causale}
Importo: ${versamento.importo} euro
Numero avviso: ${versamento.numeroAvviso}
Codice fiscale dell'ente: ${dominio.codDominio}<#if versamento.dataScadenza??>
Da pagare entro il: ${versamento.dataScadenza}</#if>

Si può pagare presso banche, Poste, tabaccai e sui canali in rete aderenti a pagoPA, con il numero dell'avviso."""
_MESSAGGI = {
    TipoPromemoria.AVVISO: "Gentile ${debitore.anagrafica},\n\n${dominio.ragioneSociale} ha emesso un avviso di "
    "pagamento:\n" + _DOVUTO + _CHIUSA,
    TipoPromemoria.SCADENZA: "Gentile ${debitore.anagrafica},\n\nun avviso di pagamento di ${dominio.ragioneSociale} è "
    "in scadenza:\n" + _DOVUTO + "\n\nSe è già stato pagato, non tener conto di questo messaggio." + _CHIUSA,
    TipoPromemoria.RICEVUTA: "Gentile ${debitore.anagrafica},\n\n${dominio.ragioneSociale} ha ricevuto l'esito del "
    "pagamento:\n\nCausale: ${versamento.causale}\nImporto: ${rpt.importo} euro\nEsito: ${rpt.esito}\n"
    "Pagato il: ${rpt.data}\nPresso: ${rpt.psp}\nIUV: ${rpt.iuv}\nRicevuta: ${rpt.ccp}" + _CHIUSA,
}


class TestoNonComposto(Exception):
    """The subject or the body could not be made. `codice` is that of GovPay (PRM_001..006); `motivo` is Italian."""

    _CODICI: ClassVar[Mapping[tuple[TipoPromemoria, str], str]] = {
        (TipoPromemoria.AVVISO, "oggetto"): "PRM_001",
        (TipoPromemoria.AVVISO, "messaggio"): "PRM_002",
        (TipoPromemoria.RICEVUTA, "oggetto"): "PRM_003",
        (TipoPromemoria.RICEVUTA, "messaggio"): "PRM_004",
        (TipoPromemoria.SCADENZA, "oggetto"): "PRM_005",
        (TipoPromemoria.SCADENZA, "messaggio"): "PRM_006",
    }

    def __init__(self, tipo: TipoPromemoria, parte: str, motivo: str) -> None:
        self.codice = self._CODICI[tipo, parte]
        self.motivo = f"{self.codice}: {parte} del promemoria non componibile ({motivo}); correggere il tipo pendenza"
        super().__init__(self.motivo)


@dataclass(frozen=True, slots=True)
class Testo:
    """The words: `is_html` says what the body is."""

    oggetto: str
    messaggio: str
    is_html: bool


def composed(tipo: TipoPromemoria, testi: Testi, dati: Mapping[str, Any]) -> Testo:
    """Give the words of a promemoria. A body with tags is HTML, and what the data hold is escaped in it.

    :raises TestoNonComposto: PRM_001..006
    """
    oggetto, _ = _filled(tipo, "oggetto", testi.oggetto, _OGGETTI[tipo], dati)
    messaggio, is_html = _filled(tipo, "messaggio", testi.messaggio, _MESSAGGI[tipo], dati)
    # One line: a line end in a header would begin another header.
    return Testo(_SPAZI.sub(" ", oggetto).strip()[:MAX_OGGETTO], messaggio, is_html)


def _filled(tipo: TipoPromemoria, parte: str, configured: Any, ours: str, dati: Mapping[str, Any]) -> tuple[str, bool]:
    try:
        definizione = Definizione(modello=read(ours)) if configured in (None, "", {}) else definizione_of(configured)
        if definizione.modello is None:
            raise TestoNonComposto(tipo, parte, "un oggetto JSON non è un testo")
        plain = definizione.modello.render(dati)
        is_html = parte == "messaggio" and _TAG.search(plain) is not None and configured not in (None, "", {})
        return (definizione.modello.render(dati, uscita=Uscita.HTML), True) if is_html else (plain, False)
    except (ModelloNonValido, ModelloFallito) as error:
        raise TestoNonComposto(tipo, parte, error.motivo) from error


def variables(
    pendenza: Pendenza, dominio: Dominio, ricevuta: Ricevuta | None, *, is_person_of_ricevuta: Soggetto | None = None
) -> dict[str, Any]:
    """Give what the templates may name."""
    versamento = {
        "causale": pendenza.causale,
        "causaleVersamento": {"simple": pendenza.causale},
        "importo": pendenza.importo,
        "importoTotale": pendenza.importo,
        "numeroAvviso": pendenza.numero_avviso,
        "iuv": pendenza.iuv,
        "iuvVersamento": pendenza.iuv,
        "idPendenza": pendenza.id_pendenza,
        "codVersamentoEnte": pendenza.id_pendenza,
        "idTipoPendenza": pendenza.id_tipo_pendenza,
        "nome": pendenza.nome,
        "dataScadenza": pendenza.data_scadenza,
        "dataValidita": pendenza.data_validita,
        "dataCreazione": pendenza.caricata,
        "tassonomia": pendenza.tassonomia,
        "anagraficaDebitore": _soggetto(pendenza.soggetto_pagatore),
    }
    dati: dict[str, Any] = {
        "versamento": versamento,
        "pendenza": {**versamento, "soggettoPagatore": _soggetto(pendenza.soggetto_pagatore)},
        "debitore": _soggetto(is_person_of_ricevuta or pendenza.soggetto_pagatore),
        "dominio": {
            "codDominio": dominio.id_dominio,
            "idDominio": dominio.id_dominio,
            "ragioneSociale": dominio.ragione_sociale,
        },
        "applicazione": {"codApplicazione": pendenza.id_a2a, "idA2A": pendenza.id_a2a},
    }
    if ricevuta is not None:
        rpt = {
            "iuv": ricevuta.iuv,
            "ccp": ricevuta.ccp,
            "importo": ricevuta.importo,
            "importoTotalePagato": ricevuta.importo,
            "esito": ricevuta.esito.name.replace("_", " ").capitalize(),
            "data": ricevuta.data_pagamento or ricevuta.data_messaggio,
            "dataMsgRicevuta": ricevuta.data_messaggio,
            "psp": ricevuta.istituto.denominazione,
            "denominazioneAttestante": ricevuta.istituto.denominazione,
        }
        dati |= {"rpt": rpt, "ricevuta": rpt, "rpp": rpt}
    return dati


def _soggetto(soggetto: Soggetto) -> dict[str, Any]:
    return {
        "identificativo": soggetto.identificativo,
        "codUnivoco": soggetto.identificativo,
        "anagrafica": soggetto.anagrafica or soggetto.identificativo,
        "ragioneSociale": soggetto.anagrafica or soggetto.identificativo,
        "email": soggetto.email,
    }
