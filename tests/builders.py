"""Sample pendenze, valid by default; what a test is about is said in the test."""

from datetime import UTC, date, datetime
from typing import Any

from chalicelib.kernel.importo import Importo
from chalicelib.pendenze.model import NuovaPendenza, Pendenza, Soggetto, VocePendenza
from tests.builders_anagrafica import A2A_COMUNE, DOMINIO, IBAN_BANCA, IBAN_POSTA, TARI

CARICATA = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)
NUMERO_AVVISO = "301000000000012373"
IUV = NUMERO_AVVISO[1:]
DEBITORE = "RSSMRA80A01H501U"


def a_soggetto(**other: Any) -> Soggetto:
    return Soggetto(
        **{
            "tipo": "F",
            "identificativo": DEBITORE,
            "anagrafica": "Mario Rossi",
            "indirizzo": "Via Roma",
            "civico": "1",
            "cap": "00100",
            "localita": "Esempio",
            "provincia": "RM",
            "nazione": "IT",
            **other,
        }
    )


def a_voce(**other: Any) -> VocePendenza:
    """Give a voce as stored: of an entrata, with what the entrata said when it was loaded."""
    return VocePendenza(
        **{
            "id_voce": "V1",
            "indice": 1,
            "importo": Importo(10050),
            "descrizione": "Tassa sui rifiuti 2026",
            "cod_entrata": TARI,
            "iban_accredito": IBAN_BANCA,
            "iban_appoggio": IBAN_POSTA,
            "codice_contabilita": "TARI/2026",
            **other,
        }
    )


def a_nuova_voce(**other: Any) -> VocePendenza:
    """Give a voce as sent: what the entrata says is not in it."""
    sent = {"iban_accredito": None, "iban_appoggio": None, "codice_contabilita": None}
    return a_voce(**{**sent, **other})


def a_pendenza(**other: Any) -> Pendenza:
    return Pendenza(
        **{
            "id_a2a": A2A_COMUNE,
            "id_pendenza": "P-1",
            "id_dominio": DOMINIO,
            "id_tipo_pendenza": TARI,
            "causale": "TARI 2026",
            "soggetto_pagatore": a_soggetto(),
            "importo": Importo(10050),
            "voci": (a_voce(),),
            "caricata": CARICATA,
            "aggiornata": CARICATA,
            "iuv": IUV,
            "numero_avviso": NUMERO_AVVISO,
            "data_scadenza": date(2026, 12, 31),
            "versione": 1,
            **other,
        }
    )


def a_nuova_pendenza(**other: Any) -> NuovaPendenza:
    return NuovaPendenza(
        **{
            "id_dominio": DOMINIO,
            "id_tipo_pendenza": TARI,
            "causale": "TARI 2026",
            "soggetto_pagatore": a_soggetto(),
            "importo": Importo(10050),
            "voci": (a_nuova_voce(),),
            "data_scadenza": date(2026, 12, 31),
            **other,
        }
    )


def a_voce_json(**other: Any) -> dict[str, Any]:
    return {
        "idVocePendenza": "V1",
        "importo": 100.50,
        "descrizione": "Tassa sui rifiuti 2026",
        "codEntrata": TARI,
        **other,
    }


def a_pendenza_json(**other: Any) -> dict[str, Any]:
    """Give the body of a PUT."""
    return {
        "idDominio": DOMINIO,
        "causale": "TARI 2026",
        "soggettoPagatore": {
            "tipo": "F",
            "identificativo": DEBITORE,
            "anagrafica": "Mario Rossi",
            "indirizzo": "Via Roma",
            "civico": "1",
            "cap": "00100",
            "localita": "Esempio",
            "provincia": "RM",
            "nazione": "IT",
        },
        "importo": 100.50,
        "dataScadenza": "2026-12-31",
        "voci": [a_voce_json()],
        **other,
    }
