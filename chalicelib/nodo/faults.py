"""The published codes: every PAA_ we may emit, with its official faultString, and what a PPT_ or CANALE_ means for us.

Sources: pagoPA's pages on errors (the strings, 1:1 with the codes, typographic apostrophe included); SANP 2.1 and
our own policy for what a client does with a fault of the Nodo.
"""

from collections.abc import Mapping
from enum import Enum, StrEnum
from typing import Final

from chalicelib.nodo.messages.fault_bean import FaultBean as Fault

__all__ = ["FAULT_STRINGS", "GUASTI", "PPT", "EsitoInvio", "Fault", "Paa", "paa", "policy"]


class Paa(StrEnum):
    """Codes emitted by the ente creditore. PSPs show citizens a text chosen by them: return exactly these."""

    ID_DOMINIO_ERRATO = "PAA_ID_DOMINIO_ERRATO"
    ID_INTERMEDIARIO_ERRATO = "PAA_ID_INTERMEDIARIO_ERRATO"
    STAZIONE_INT_ERRATA = "PAA_STAZIONE_INT_ERRATA"
    SINTASSI_XSD = "PAA_SINTASSI_XSD"
    SINTASSI_EXTRAXSD = "PAA_SINTASSI_EXTRAXSD"
    SEMANTICA = "PAA_SEMANTICA"
    SYSTEM_ERROR = "PAA_SYSTEM_ERROR"
    PAGAMENTO_SCONOSCIUTO = "PAA_PAGAMENTO_SCONOSCIUTO"
    PAGAMENTO_DUPLICATO = "PAA_PAGAMENTO_DUPLICATO"
    PAGAMENTO_IN_CORSO = "PAA_PAGAMENTO_IN_CORSO"
    PAGAMENTO_ANNULLATO = "PAA_PAGAMENTO_ANNULLATO"
    PAGAMENTO_SCADUTO = "PAA_PAGAMENTO_SCADUTO"
    ATTIVA_RPT_IMPORTO_NON_VALIDO = "PAA_ATTIVA_RPT_IMPORTO_NON_VALIDO"
    RPT_SCONOSCIUTA = "PAA_RPT_SCONOSCIUTA"
    RT_DUPLICATA = "PAA_RT_DUPLICATA"
    RECEIPT_DUPLICATA = "PAA_RECEIPT_DUPLICATA"
    RT_SCONOSCIUTA = "PAA_RT_SCONOSCIUTA"
    ER_DUPLICATA = "PAA_ER_DUPLICATA"
    FIRMA_ERRATA = "PAA_FIRMA_ERRATA"
    FIRMA_INDISPONIBILE = "PAA_FIRMA_INDISPONIBILE"
    TIPOFIRMA_SCONOSCIUTO = "PAA_TIPOFIRMA_SCONOSCIUTO"
    ERRORE_FORMATO_BUSTA_FIRMATA = "PAA_ERRORE_FORMATO_BUSTA_FIRMATA"
    SINTASSI = "PAA_SINTASSI"
    PAGAMENTO_MULTIBENEFICIARIO_NON_CONSENTITO = "PAA_PAGAMENTO_MULTIBENEFICIARIO_NON_CONSENTITO"


FAULT_STRINGS: Final[Mapping[Paa, str]] = {
    Paa.ID_DOMINIO_ERRATO: "La PAA non corrisponde al Dominio indicato",
    Paa.ID_INTERMEDIARIO_ERRATO: "Identificativo intermediario non corrispondente",
    Paa.STAZIONE_INT_ERRATA: "Stazione intermediario non corrispondente",
    Paa.SINTASSI_XSD: "Errore di sintassi XSD",
    Paa.SINTASSI_EXTRAXSD: "Errore di sintassi extra XSD",
    Paa.SEMANTICA: "Errore semantico",
    Paa.SYSTEM_ERROR: "Errore generico",
    Paa.PAGAMENTO_SCONOSCIUTO: "Pagamento in attesa risulta sconosciuto all’Ente Creditore",
    Paa.PAGAMENTO_DUPLICATO: "Pagamento in attesa risulta concluso all’Ente Creditore",
    Paa.PAGAMENTO_IN_CORSO: "Pagamento in attesa risulta in corso all’Ente Creditore",
    Paa.PAGAMENTO_ANNULLATO: "Pagamento in attesa risulta annullato all’Ente Creditore",
    Paa.PAGAMENTO_SCADUTO: "Pagamento in attesa risulta scaduto all’Ente Creditore",
    Paa.ATTIVA_RPT_IMPORTO_NON_VALIDO: (
        "L’importo del pagamento in attesa non è congruente con il dato indicato dal PSP"
    ),
    Paa.RPT_SCONOSCIUTA: "La RPT risulta sconosciuta",
    Paa.RT_DUPLICATA: "La RT è già stata accettata",
    # The official table gives none; this is what pagoPA's own receiver of receipts answers.
    Paa.RECEIPT_DUPLICATA: "pagamento duplicato",
    Paa.RT_SCONOSCIUTA: "RT sconosciuta",
    Paa.ER_DUPLICATA: "Esito Revoca duplicato",
    Paa.FIRMA_ERRATA: "Errore di firma",
    Paa.FIRMA_INDISPONIBILE: "Impossibile firmare",
    Paa.TIPOFIRMA_SCONOSCIUTO: "Il campo tipoFirma non corrisponde ad alcun valore previsto",
    Paa.ERRORE_FORMATO_BUSTA_FIRMATA: "Formato busta di firma errato o non corrispondente al tipoFirma",
    # Of the payment options (JSON) and of GovPay: neither has an official string, the words are ours.
    Paa.SINTASSI: "Errore di sintassi",
    Paa.PAGAMENTO_MULTIBENEFICIARIO_NON_CONSENTITO: "Pagamento multibeneficiario non consentito",
}


GUASTI: Final = frozenset(
    {
        Paa.SYSTEM_ERROR,
        Paa.SINTASSI_XSD,
        Paa.SINTASSI_EXTRAXSD,
        Paa.SEMANTICA,
        Paa.ID_DOMINIO_ERRATO,
        Paa.ID_INTERMEDIARIO_ERRATO,
        Paa.STAZIONE_INT_ERRATA,
    }
)
"""Answers that say that something is wrong with us or with our anagrafica: nobody could have paid.

The others are true answers about a position (unknown, paid, expired, cancelled, another amount) or about a ricevuta
(known already), and are as good as OK. A SOAP Fault is a guasto too. Of what pagoPA watches for its Stand-In, the Nodo
counts itself what never gets here: no connection, no answer in time, service not active (SANP 3.x).
"""


def paa(code: Paa, *, id_dominio: str, description: str | None = None, serial: int | None = None) -> Fault:
    """Make the fault that we emit: its string is that of the code, its id the codice fiscale of the ente."""
    return Fault(
        fault_code=code, fault_string=FAULT_STRINGS[code], id=id_dominio, description=description, serial=serial
    )


class EsitoInvio(Enum):
    """What a fault of the Nodo says about an RPT, or a cart, that we have sent."""

    SCONOSCIUTO = "it may have been accepted: reconcile by nodoChiediStatoRPT, never send a new one meanwhile"
    GIA_INVIATA = "the Nodo has it already: on a re-send this is a delivery, so poll; on a first send it is a KO"
    RIFIUTATA = "it was refused for good: the attempt is closed"


_SCONOSCIUTO: Final = frozenset({"PPT_SYSTEM_ERROR", "PPT_CANALE_TIMEOUT", "PPT_CANALE_ERRORE_RESPONSE"})
_GIA_INVIATA: Final = frozenset({"PPT_RPT_DUPLICATA", "PPT_ID_CARRELLO_DUPLICATO"})


def policy(fault_code: str) -> EsitoInvio:
    """Tell what to believe of an RPT or cart that was answered with this fault.

    A failure of the transport and a time-out count as SCONOSCIUTO too. Codes that are not listed, those of the
    PSP's channel (CANALE_…) among them, are refusals.
    """
    if fault_code in _SCONOSCIUTO:
        return EsitoInvio.SCONOSCIUTO
    return EsitoInvio.GIA_INVIATA if fault_code in _GIA_INVIATA else EsitoInvio.RIFIUTATA


RPT_SCONOSCIUTA: Final = "PPT_RPT_SCONOSCIUTA"
"""To nodoChiediStatoRPT: the Nodo never had it, so the very same RPT may be sent again."""

RT_NON_ANCORA: Final = "PPT_RT_NONDISPONIBILE"
"""To nodoChiediCopiaRT: there is no RT yet, ask later."""

PPT: Final = frozenset(
    {
        # authentication and configuration
        "PPT_AUTENTICAZIONE",
        "PPT_AUTORIZZAZIONE",
        "PPT_DOMINIO_SCONOSCIUTO",
        "PPT_DOMINIO_DISABILITATO",
        "PPT_INTERMEDIARIO_PA_SCONOSCIUTO",
        "PPT_INTERMEDIARIO_PA_DISABILITATO",
        "PPT_STAZIONE_INT_PA_SCONOSCIUTA",
        "PPT_STAZIONE_INT_PA_DISABILITATA",
        "PPT_SUPERAMENTOSOGLIA",
        "PPT_SOAPACTION_ERRATA",
        "PPT_SERVIZIO_NONATTIVO",
        # syntax and meaning
        "PPT_SINTASSI_XSD",
        "PPT_SINTASSI_EXTRAXSD",
        "PPT_SEMANTICA",
        "PPT_SYSTEM_ERROR",
        "PPT_TIPOFIRMA_SCONOSCIUTO",
        "PPT_ERRORE_FORMATO_BUSTA_FIRMATA",
        "PPT_FIRMA_INDISPONIBILE",
        "PPT_TIPO_VERSAMENTO_SCONOSCIUTO",
        # RPT
        "PPT_RPT_DUPLICATA",
        "PPT_ID_CARRELLO_DUPLICATO",
        "PPT_RPT_SCONOSCIUTA",
        "PPT_RPT_NON_INOLTRABILE",
        "PPT_IBAN_NON_CENSITO",
        "PPT_MULTI_BENEFICIARIO",
        "PPT_PAGAMENTO_DUPLICATO",
        "PPT_PAGAMENTO_IN_CORSO",
        "PPT_CODIFICA_PSP_SCONOSCIUTA",
        # PSP and its channel
        "PPT_PSP_SCONOSCIUTO",
        "PPT_PSP_DISABILITATO",
        "PPT_INTERMEDIARIO_PSP_SCONOSCIUTO",
        "PPT_INTERMEDIARIO_PSP_DISABILITATO",
        "PPT_CANALE_SCONOSCIUTO",
        "PPT_CANALE_DISABILITATO",
        "PPT_CANALE_INDISPONIBILE",
        "PPT_CANALE_NONRISOLVIBILE",
        "PPT_CANALE_IRRAGGIUNGIBILE",
        "PPT_CANALE_SERVIZIO_NONATTIVO",
        "PPT_CANALE_TIMEOUT",
        "PPT_CANALE_ERRORE",
        "PPT_CANALE_ERRORE_RESPONSE",
        "PPT_CANALE_ERR_PARAM_PAG_IMM",
        # RT and flussi
        "PPT_RT_SCONOSCIUTA",
        "PPT_RT_NONDISPONIBILE",
        "PPT_RT_DUPLICATA",
        "PPT_RT_IN_GESTIONE",
        "PPT_ID_FLUSSO_SCONOSCIUTO",
        "PPT_ESITO_GIA_ACQUISITO",
        # what the Nodo says of us
        "PPT_STAZIONE_INT_PA_IRRAGGIUNGIBILE",
        "PPT_STAZIONE_INT_PA_TIMEOUT",
        "PPT_STAZIONE_INT_PA_SERVIZIO_NONATTIVO",
        "PPT_STAZIONE_INT_PA_ERRORE_RESPONSE",
        "PPT_ERRORE_EMESSO_DA_PAA",
        # tokens and WISP
        "PPT_TOKEN_SCONOSCIUTO",
        "PPT_TOKEN_SCADUTO",
        "PPT_TOKEN_SCADUTO_KO",
        "PPT_WISP_SESSIONE_SCONOSCIUTA",
        "PPT_WISP_TIMEOUT_RECUPERO_SCELTA",
    }
)
"""The codes of the Nodo that are published and alive; the policy does not depend on this list."""
