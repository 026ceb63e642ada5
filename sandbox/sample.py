"""Three small enti, loaded through the public REST API as anyone would. Every name, code and credential is invented.

The comune and its unione are on the stazione of version 2: a cart may hold both, and goes to Checkout. The school is on
a stazione of version 1, of an intermediario of its own: its carts go to the WISP, its flows come by SOAP.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from chalicelib.kernel.importo import Importo
from chalicelib.kernel.iuv import build_numero_avviso
from sandbox.api_client import Api
from sandbox.logo import stemma
from sandbox.nodo.model import Anagrafica, Ente, Protocollo, Stazione

# Known to all on purpose: they open nothing but a sandbox.
ADMIN, ADMIN_PASSWORD = "gpadmin", "Sandbox-1"
NODO_PRINCIPAL, NODO_PASSWORD = "nodo-sandbox", "Sandbox-nodo-1"
GESTIONALE_PRINCIPAL, GESTIONALE_PASSWORD = "gestionale", "Sandbox-2"
CONNETTORE_USERNAME, CONNETTORE_PASSWORD = "govpay", "Sandbox-3"
PORTALE_PRINCIPAL, PORTALE_PASSWORD = "portale", "Sandbox-4"
CHECKOUT_KEY = "sandbox-checkout-key"
FDR_KEY = "sandbox-fdr-key"
BIZ_EVENTS_KEY = "sandbox-biz-events-key"
APP_IO_KEY = "sandbox-app-io-key"
STAZIONE_PASSWORD = "sandbox-st01"

INTERMEDIARIO = "01239876541"
STAZIONE_V1, STAZIONE_V2 = f"{INTERMEDIARIO}_01", f"{INTERMEDIARIO}_02"
# The school's own intermediario has no connettore for FdR.
INTERMEDIARIO_SCUOLA = "01239876558"
STAZIONE_SCUOLA = f"{INTERMEDIARIO_SCUOLA}_01"
DOMINIO = "80009876543"
DENOMINAZIONE = "Comune di Borgolieto"
SEGREGAZIONE = "01"
UNITA = "UO_TRIBUTI"
IBAN, IBAN_POSTALE = "IT60X0542811101000000123456", "IT30O0760103200000012345678"
ID_A2A, ID_A2A_PORTALE = "GESTIONALE", "PORTALE"
REG_EXP_IUV = f"{SEGREGAZIONE}99[0-9]{{13}}"  # of the notices that the gestionale numbers by itself
AUTORIZZAZIONE_POSTE = "AUT. DB/SSIC/XX 00000 DEL 01.01.2026"
_RECAPITI = {
    "indirizzo": "Piazza del Municipio",
    "civico": "1",
    "cap": "00010",
    "localita": "Borgolieto",
    "provincia": "RM",
    "nazione": "IT",
    "email": "protocollo@comune.borgolieto.example",
    "pec": "comune@pec.borgolieto.example",
    "tel": "+39 06 0000000",
    "web": "https://www.comune.borgolieto.example",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tipo:
    """A tipo pendenza of one ente and the entrata that pays it: in version 1 of the API they share their code."""

    codice: str
    descrizione: str
    contabilita: str
    iban: str
    iban_appoggio: str | None = None
    id_dominio: str = DOMINIO


@dataclass(frozen=True, slots=True, kw_only=True)
class AltroEnte:
    """An ente besides the comune, with one account."""

    id_dominio: str
    denominazione: str
    stazione: str
    segregazione: str
    iban: str
    cbill: str


UNIONE = AltroEnte(
    id_dominio="90012345675",
    denominazione="Unione dei Comuni di Valfiorita",
    stazione=STAZIONE_V2,
    segregazione="02",
    iban="IT04I0542811101000000987654",
    cbill="VF0T0",
)
SCUOLA = AltroEnte(
    id_dominio="80012345676",
    denominazione="Istituto Comprensivo di Borgolieto",
    stazione=STAZIONE_SCUOLA,
    segregazione="03",
    iban="IT83X0306905000000000445566",
    cbill="IC0T0",
)
ALTRI = (UNIONE, SCUOLA)
ENTI = {DOMINIO: DENOMINAZIONE, **{ente.id_dominio: ente.denominazione for ente in ALTRI}}

TIPI = (
    Tipo(
        codice="tari", descrizione="Tassa sui rifiuti", contabilita="0101101IM", iban=IBAN, iban_appoggio=IBAN_POSTALE
    ),
    Tipo(codice="multa", descrizione="Sanzioni del codice della strada", contabilita="0201102AP", iban=IBAN_POSTALE),
    Tipo(codice="mensa", descrizione="Mensa scolastica", contabilita="0101109SP", iban=IBAN),
    Tipo(
        codice="asilo",
        descrizione="Asilo nido",
        contabilita="0201101AP",
        iban=UNIONE.iban,
        id_dominio=UNIONE.id_dominio,
    ),
    Tipo(
        codice="gita",
        descrizione="Viaggi di istruzione",
        contabilita="0301102SP",
        iban=SCUOLA.iban,
        id_dominio=SCUOLA.id_dominio,
    ),
)


def anagrafica_nodo(url_ritorno: str = "") -> Anagrafica:
    """Give what pagoPA knows of the enti; `url_ritorno` is where the WISP sends the payers of their carts back."""
    stazioni = {
        codice: Stazione(
            id_stazione=codice, id_intermediario=intermediario, password=STAZIONE_PASSWORD, url_ritorno=url_ritorno
        )
        for codice, intermediario in (
            (STAZIONE_V1, INTERMEDIARIO),
            (STAZIONE_V2, INTERMEDIARIO),
            (STAZIONE_SCUOLA, INTERMEDIARIO_SCUOLA),
        )
    }
    ente = Ente(
        id_dominio=DOMINIO,
        denominazione=DENOMINAZIONE,
        stazioni={Protocollo.CLASSICO: STAZIONE_V1, Protocollo.V1: STAZIONE_V1, Protocollo.V2: STAZIONE_V2},
        iban=(IBAN, IBAN_POSTALE),
    )
    altri = {altro.id_dominio: _ente_nodo(altro) for altro in ALTRI}
    return Anagrafica(stazioni=stazioni, enti={DOMINIO: ente, **altri})


def _ente_nodo(ente: AltroEnte) -> Ente:
    vecchi = {Protocollo.CLASSICO: ente.stazione, Protocollo.V1: ente.stazione}
    return Ente(
        id_dominio=ente.id_dominio,
        denominazione=ente.denominazione,
        stazioni={Protocollo.V2: ente.stazione} if ente.stazione == STAZIONE_V2 else vecchi,
        iban=(ente.iban,),
    )


# -- anagrafica ------------------------------------------------------------------------------------------------------


def carica_anagrafica(api: Api, *, url_nodo: str, url_gestionale: str, url_fdr: str | None = None) -> None:
    """Register the enti and their applicazioni through API Backoffice; doing it again changes nothing.

    Flows come by FdR where `url_fdr` says where it is, by SOAP otherwise; those of the school always by SOAP.

    :raises ApiRifiuta:
    """
    _carica_pagopa(api, url_nodo, url_fdr)
    _carica_dominio(api)
    for ente in ALTRI:
        _carica_altro(api, ente)
    _carica_entrate(api)
    _carica_portale(api)
    api.put(
        f"/applicazioni/{ID_A2A}",
        {
            "principal": GESTIONALE_PRINCIPAL,
            "password": GESTIONALE_PASSWORD,
            "codificaAvvisi": {
                "codificaIuv": "1",
                "regExpIuv": REG_EXP_IUV,
                "generazioneIuvInterna": True,
            },
            "domini": list(ENTI),
            "tipiPendenza": ["*"],
            "apiPendenze": True,
            "servizioIntegrazione": {
                "url": url_gestionale,
                "versioneApi": "REST v1",
                "auth": {"username": CONNETTORE_USERNAME, "password": CONNETTORE_PASSWORD},
            },
            "abilitato": True,
        },
    )


def _carica_pagopa(api: Api, url_nodo: str, url_fdr: str | None) -> None:
    fdr = {} if url_fdr is None else {"servizioPagoPaFR": {"url": url_fdr, "subscriptionKey": FDR_KEY}}
    api.put(
        f"/intermediari/{INTERMEDIARIO}",
        {
            "denominazione": "Consorzio Servizi Digitali",
            "principalPagoPa": NODO_PRINCIPAL,
            "servizioPagoPa": {"urlRPT": url_nodo, "subscriptionKey": CHECKOUT_KEY},
            **fdr,
            "abilitato": True,
        },
    )
    api.put(
        f"/intermediari/{INTERMEDIARIO_SCUOLA}",
        {
            "denominazione": "Rete di scopo delle scuole",
            "principalPagoPa": NODO_PRINCIPAL,
            "servizioPagoPa": {"urlRPT": url_nodo, "subscriptionKey": CHECKOUT_KEY},
            "abilitato": True,
        },
    )
    for intermediario, id_stazione, versione in (
        (INTERMEDIARIO, STAZIONE_V1, "V1"),
        (INTERMEDIARIO, STAZIONE_V2, "V2"),
        (INTERMEDIARIO_SCUOLA, STAZIONE_SCUOLA, "V1"),
    ):
        api.put(
            f"/intermediari/{intermediario}/stazioni/{id_stazione}",
            {"password": STAZIONE_PASSWORD, "versione": versione, "abilitato": True},
        )


def _carica_dominio(api: Api) -> None:
    dominio = f"/domini/{DOMINIO}"
    api.put(
        dominio,
        {
            "ragioneSociale": DENOMINAZIONE,
            **_RECAPITI,
            "gln": "8000000000017",
            "cbill": "BL0T0",
            "iuvPrefix": "%(y)",
            "stazione": STAZIONE_V2,
            "auxDigit": "3",
            "segregationCode": SEGREGAZIONE,
            "logo": stemma(),
            "area": "Ufficio Tributi",
            "autStampaPosteItaliane": AUTORIZZAZIONE_POSTE,
            "abilitato": True,
        },
    )
    api.put(
        f"{dominio}/unitaOperative/{UNITA}",
        {"ragioneSociale": "Ufficio Tributi", **_RECAPITI, "area": "Tributi", "abilitato": True},
    )
    api.put(f"{dominio}/contiAccredito/{IBAN}", {"bic": "BLOPIT22XXX", "postale": False, "abilitato": True})
    api.put(
        f"{dominio}/contiAccredito/{IBAN_POSTALE}",
        {
            "bic": "BPPIITRRXXX",
            "postale": True,
            "autStampaPosteItaliane": AUTORIZZAZIONE_POSTE,
            "intestatario": DENOMINAZIONE,
            "abilitato": True,
        },
    )


def _carica_altro(api: Api, ente: AltroEnte) -> None:
    dominio = f"/domini/{ente.id_dominio}"
    api.put(
        dominio,
        {
            "ragioneSociale": ente.denominazione,
            **_RECAPITI,
            "gln": f"80000000000{ente.segregazione}",
            "cbill": ente.cbill,
            "iuvPrefix": "%(y)",
            "stazione": ente.stazione,
            "auxDigit": "3",
            "segregationCode": ente.segregazione,
            "logo": stemma(),
            "abilitato": True,
        },
    )
    api.put(f"{dominio}/contiAccredito/{ente.iban}", {"bic": "BLOPIT22XXX", "postale": False, "abilitato": True})


def _carica_portale(api: Api) -> None:
    """Register the portal: it pays what it is allowed to, and loads nothing of its own."""
    api.put(
        f"/applicazioni/{ID_A2A_PORTALE}",
        {
            "principal": PORTALE_PRINCIPAL,
            "password": PORTALE_PASSWORD,
            "domini": list(ENTI),
            "tipiPendenza": ["*"],
            "apiPagamenti": True,
            "abilitato": True,
        },
    )


def _carica_entrate(api: Api) -> None:
    for tipo in TIPI:
        contabilita = {"tipoContabilita": "ALTRO", "codiceContabilita": tipo.contabilita}
        api.put(f"/entrate/{tipo.codice}", {"descrizione": tipo.descrizione, **contabilita})
        appoggio = {"ibanAppoggio": tipo.iban_appoggio} if tipo.iban_appoggio else {}
        api.put(
            f"/domini/{tipo.id_dominio}/entrate/{tipo.codice}",
            {"ibanAccredito": tipo.iban, **appoggio, **contabilita, "abilitato": True},
        )
        api.put(f"/tipiPendenza/{tipo.codice}", {"descrizione": tipo.descrizione, "tipo": "dovuto", "abilitato": True})
        api.put(f"/domini/{tipo.id_dominio}/tipiPendenza/{tipo.codice}", {"abilitato": True})


# -- pendenze --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Caricata:
    """A pendenza loaded, and what GovPay answered. `pdf` is the avviso in base64."""

    id_pendenza: str
    numero_avviso: str
    importo: Importo
    dati: Mapping[str, Any]
    pdf: str | None

    @property
    def qr_code(self) -> str:
        return f"PAGOPA|002|{self.numero_avviso}|{self.dati['idDominio']}|{self.importo.cents:02d}"


def pendenze(oggi: date) -> dict[str, dict[str, Any]]:
    """Give the pendenze of the enti, by id: bodies of PUT /pendenze/{idA2A}/{idPendenza}."""
    fra_un_mese, ieri = oggi + timedelta(days=30), oggi - timedelta(days=1)
    tari = {"dataValidita": fra_un_mese, "dataScadenza": fra_un_mese, "idUnitaOperativa": UNITA}
    return {
        "TARI-2026-0001": _pendenza("tari", "TARI 2026, rata unica", "214.50", MARIA, **tari),
        "TARI-2026-0002": _pendenza("tari", "TARI 2026, rata unica", "96.00", LUCA, **tari),
        "MULTA-2026-0042": _pendenza(
            "multa", "Verbale 42/2026, sosta vietata", "87.30", LUCA, dataScadenza=fra_un_mese
        ),
        "MULTA-2026-0043": _pendenza("multa", "Verbale 43/2026, ZTL", "112.60", GIULIA, dataScadenza=fra_un_mese),
        # The validity is over: at the next verifica GovPay asks the gestionale what is due today.
        "MENSA-2026-0007": _pendenza(
            "mensa", "Mensa scolastica, novembre 2026", "48.00", GIULIA, dataValidita=ieri, dataScadenza=fra_un_mese
        ),
        "MENSA-2026-0008": _pendenza("mensa", "Mensa scolastica, ottobre 2026", "52.00", MARIA, dataScadenza=ieri),
        "ASILO-2026-0101": _pendenza("asilo", "Asilo nido, novembre 2026", "130.00", LUCA, dataScadenza=fra_un_mese),
        "ASILO-2026-0102": _pendenza("asilo", "Asilo nido, dicembre 2026", "118.75", LUCA, dataScadenza=fra_un_mese),
        "ASILO-2026-0103": _pendenza("asilo", "Asilo nido, novembre 2026", "130.00", MARIA, dataScadenza=fra_un_mese),
        "GITA-2026-0301": _pendenza("gita", "Gita a Ravenna, acconto", "60.00", GIULIA, dataScadenza=fra_un_mese),
        "GITA-2026-0302": _pendenza("gita", "Gita a Ravenna, assicurazione", "4.50", GIULIA, dataScadenza=fra_un_mese),
        "GITA-2026-0303": _pendenza("gita", "Gita a Ravenna, acconto", "60.00", MARIA, dataScadenza=fra_un_mese),
    }


# Not loaded into GovPay: the ente printed the avviso by itself, and GovPay asks when somebody comes to pay it.
ID_NON_CARICATA = "TARI-2025-9001"
AVVISO_NON_CARICATO = build_numero_avviso(aux="3", codice=SEGREGAZIONE, riferimento="9900000009001").numero


def pendenza_non_caricata(oggi: date) -> dict[str, Any]:
    scadenza = oggi + timedelta(days=60)
    tari = _pendenza("tari", "TARI 2025, conguaglio", "33.10", MARIA, dataScadenza=scadenza)
    return tari | {"numeroAvviso": AVVISO_NON_CARICATO}


def carica_pendenza(api: Api, gestionale: Api, id_pendenza: str, dati: Mapping[str, Any]) -> Caricata:
    """Load a pendenza through API Pendenze with its avviso, and tell the gestionale its number.

    :raises ApiRifiuta:
    """
    risposta = api.put(f"/pendenze/{ID_A2A}/{id_pendenza}", dati, stampaAvviso="true")
    numero_avviso = str(risposta["numeroAvviso"])
    gestionale.put(f"/api/pendenze/{ID_A2A}/{id_pendenza}", {**dati, "numeroAvviso": numero_avviso})
    return Caricata(
        id_pendenza=id_pendenza,
        numero_avviso=numero_avviso,
        importo=dati["importo"],
        dati=dati,
        pdf=risposta.get("pdf"),
    )


def carica_pendenze(api: Api, gestionale: Api, *, oggi: date) -> dict[str, Caricata]:
    """Load all of them, and let the gestionale alone know the one that is not loaded.

    :raises ApiRifiuta:
    """
    gestionale.put(f"/api/pendenze/{ID_A2A}/{ID_NON_CARICATA}", pendenza_non_caricata(oggi))
    return {
        id_pendenza: carica_pendenza(api, gestionale, id_pendenza, dati) for id_pendenza, dati in pendenze(oggi).items()
    }


def _persona(codice_fiscale: str, nome: str, via: str) -> dict[str, str]:
    return {
        "tipo": "F",
        "identificativo": codice_fiscale,
        "anagrafica": nome,
        "indirizzo": via,
        "civico": "7",
        "cap": "00010",
        "localita": "Borgolieto",
        "provincia": "RM",
        "nazione": "IT",
    }


MARIA = _persona("SNDMRA80A41H501S", "Maria Sandrini", "Via dei Tigli")
LUCA = _persona("RSSLCU75D12F205C", "Luca Rossetti", "Via Garibaldi")
GIULIA = _persona("BRNGLI68T50L219G", "Giulia Brunetti", "Viale Europa")
PERSONE = {persona["identificativo"]: persona["anagrafica"] for persona in (MARIA, LUCA, GIULIA)}


def _pendenza(tipo: str, causale: str, importo: str, chi: Mapping[str, str], **altro: object) -> dict[str, Any]:
    euro = Importo.parse(importo)
    return {
        "idDominio": next(one.id_dominio for one in TIPI if one.codice == tipo),
        "causale": causale,
        "soggettoPagatore": dict(chi),
        "importo": euro,
        "annoRiferimento": 2026,
        **altro,
        "voci": [{"idVocePendenza": "1", "importo": euro, "descrizione": causale, "codEntrata": tipo}],
    }
