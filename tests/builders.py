"""Sample pendenze, valid by default; what a test is about is said in the test."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

from chalicelib.anagrafica.model import BOLLOT, LIBERO, UO_ENTE, Applicazione, TipoContabilita, TipoPendenza
from chalicelib.anagrafica.queries import DominioCompleto, EntrataEffettiva, TipoEffettivo
from chalicelib.kernel.importo import Importo
from chalicelib.kernel.utenze import TUTTI, TipoUtenza, Utenza
from chalicelib.pendenze.model import Bollo, NuovaPendenza, Pendenza, Soggetto, VocePendenza
from tests.builders_anagrafica import (
    A2A_COMUNE,
    ALTRO_DOMINIO,
    DOMINIO,
    IBAN_BANCA,
    IBAN_POSTA,
    TARI,
    UFFICIO,
    a_conto,
    a_conto_postale,
    a_dominio,
    a_tipo_pendenza,
    an_altro_dominio,
    an_applicazione,
    an_unita,
)

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


def a_bollo(**other: Any) -> VocePendenza:
    """Give a voce that is a marca da bollo, as sent."""
    bollo = Bollo(tipo="01", hash_documento="n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=", provincia_residenza="RM")
    return a_nuova_voce(**{"id_voce": "B1", "importo": Importo(1600), "cod_entrata": None, "bollo": bollo, **other})


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


@dataclass(frozen=True)
class CensimentoFinto:
    """An anagrafica in memory, for rules."""

    domini: Mapping[str, DominioCompleto]
    applicazioni: Mapping[str, Applicazione]
    tipi: Mapping[str, TipoPendenza]

    def dominio(self, id_dominio: str, /) -> DominioCompleto | None:
        return self.domini.get(id_dominio)

    def applicazione(self, id_a2a: str, /) -> Applicazione | None:
        return self.applicazioni.get(id_a2a)

    def tipo_pendenza(self, id_tipo_pendenza: str, /) -> TipoPendenza | None:
        return self.tipi.get(id_tipo_pendenza)

    def but(self, **dominio: Any) -> "CensimentoFinto":
        """Give the same with other parts of DOMINIO."""
        return replace(self, domini={**self.domini, DOMINIO: replace(self.domini[DOMINIO], **dominio)})


def a_censimento(**other: Any) -> CensimentoFinto:
    return CensimentoFinto(
        **{
            "domini": {DOMINIO: an_ente(), ALTRO_DOMINIO: an_ente(dominio=an_altro_dominio())},
            "applicazioni": {A2A_COMUNE: an_applicazione()},
            "tipi": {name: a_tipo_pendenza(id_tipo_pendenza=name) for name in (TARI, LIBERO, BOLLOT)},
            **other,
        }
    )


def an_ente(**other: Any) -> DominioCompleto:
    return DominioCompleto(
        **{
            "dominio": a_dominio(),
            "unita": {UO_ENTE: an_unita(id_unita=UO_ENTE), UFFICIO: an_unita()},
            "conti": {IBAN_BANCA: a_conto(), IBAN_POSTA: a_conto_postale()},
            "entrate": {TARI: an_entrata_effettiva()},
            "tipi": {name: a_tipo_effettivo(id_tipo_pendenza=name) for name in (TARI, LIBERO, BOLLOT)},
            **other,
        }
    )


def an_entrata_effettiva(**other: Any) -> EntrataEffettiva:
    return EntrataEffettiva(
        **{
            "id_entrata": TARI,
            "descrizione": "Tassa sui rifiuti",
            "tipo_contabilita": TipoContabilita.ALTRO,
            "codice_contabilita": "TARI/2026",
            "iban_accredito": IBAN_BANCA,
            "iban_appoggio": IBAN_POSTA,
            "abilitato": True,
            **other,
        }
    )


def a_tipo_effettivo(**other: Any) -> TipoEffettivo:
    return TipoEffettivo(
        **{
            "id_tipo_pendenza": TARI,
            "descrizione": "Tassa sui rifiuti",
            "tipo": "dovuto",
            "codifica_iuv": "1",
            "paga_terzi": False,
            "abilitato": True,
            "abilitato_tipo": True,
            "dettagli": {},
            **other,
        }
    )


def an_utenza(**other: Any) -> Utenza:
    """Give the gestionale of the comune as a caller."""
    return Utenza(
        **{
            "principal": "comune",
            "tipo": TipoUtenza.APPLICAZIONE,
            "nome": A2A_COMUNE,
            "id_a2a": A2A_COMUNE,
            "domini": TUTTI,
            "tipi_pendenza": TUTTI,
            **other,
        }
    )
