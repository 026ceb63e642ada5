"""Positions, attempts and ricevute of the comune: valid by default, unpaid, answered as asked."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from chalicelib.anagrafica.model import TipoContabilita
from chalicelib.kernel.importo import Importo
from chalicelib.pagamenti.model import (
    CCP_IN_ATTESA,
    CanalePsp,
    Ente,
    EsitoPagamento,
    Formato,
    Istituto,
    Ricevuta,
    Rpp,
    Transazione,
    VocePagata,
)
from chalicelib.pagamenti.rules.attivazione import Creditore, new_attempt
from chalicelib.pendenze.model import Bollo, Pendenza, Soggetto, VocePendenza

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
DOMINIO = "80012000826"
ALTRO_DOMINIO = "80012000827"
ESTRANEO = "99999999999"
STAZIONE = "12345678901_02"
A2A = "A2A-COMUNE"
IUV = "01000000000000112"
NAV = "3" + IUV
CCP = "CCP-0001"
TOKEN = "c110729d258c4ab1b765fe902aae41d6"
IBAN = "IT60X0542811101000000123456"
IBAN_POSTALE = "IT67N0760111101000000123456"
CITTADINO = Soggetto(tipo="F", identificativo="RSSMRA80A01H501U", anagrafica="Mario Rossi", email="mario@esempio.it")
VERSANTE = Soggetto(tipo="F", identificativo="VRDLGI80A01H501Z", anagrafica="Luigi Verdi")
CANALE = CanalePsp(id_psp="ABI03069", id_intermediario_psp="00799960158", id_canale="00799960158_11")
ENTE = Ente(id_dominio=DOMINIO, denominazione="Comune di Esempio", localita="Esempio", provincia="RM", nazione="IT")
CREDITORE = Creditore(ente=ENTE, id_stazione=STAZIONE, bic={IBAN: "BLOPIT22XXX"})
ISTITUTO = Istituto(tipo="B", codice="BCITITMM", denominazione="Banca di Esempio")


def a_voce(**other: Any) -> VocePendenza:
    return VocePendenza(
        **{
            "id_voce": "voce-1",
            "indice": 1,
            "importo": Importo(10050),
            "descrizione": "Tassa sui rifiuti 2026",
            "cod_entrata": "TARI",
            "iban_accredito": IBAN,
            "iban_appoggio": IBAN_POSTALE,
            "tipo_contabilita": TipoContabilita.ALTRO,
            "codice_contabilita": "0101002IM/",
            **other,
        }
    )


def a_bollo(**other: Any) -> VocePendenza:
    bollo = Bollo(tipo="01", hash_documento="1ZcMKvUX9C2Hh4A8+zx0OhVYNzJwOZbX0xLd5zG7r3E=", provincia_residenza="RM")
    return a_voce(
        **{
            "id_voce": "bollo",
            "indice": 2,
            "importo": Importo(1600),
            "descrizione": "Marca da bollo",
            "iban_accredito": None,
            "iban_appoggio": None,
            "codice_contabilita": "MBT",
            "bollo": bollo,
            **other,
        }
    )


def a_pendenza(**other: Any) -> Pendenza:
    voci = other.pop("voci", (a_voce(),))
    return Pendenza(
        **{
            "id_a2a": A2A,
            "id_pendenza": "TARI-2026-0001",
            "id_dominio": DOMINIO,
            "id_tipo_pendenza": "TARI",
            "causale": "Tassa sui rifiuti 2026",
            "soggetto_pagatore": CITTADINO,
            "importo": Importo.total(voce.importo for voce in voci),
            "voci": voci,
            "caricata": NOW,
            "aggiornata": NOW,
            "iuv": IUV,
            "numero_avviso": NAV,
            "versione": 1,
            **other,
        }
    )


def two_voci(**other: Any) -> Pendenza:
    """Give a pendenza of which half is another ente's."""
    return a_pendenza(
        voci=(a_voce(), a_voce(id_voce="voce-2", indice=2, importo=Importo(2000), id_dominio=ALTRO_DOMINIO)), **other
    )


def an_attempt(pendenza: Pendenza | None = None, **other: Any) -> Rpp:
    """Give a classic attempt, as activated."""
    pendenza = pendenza or a_pendenza()
    attempt = new_attempt(pendenza, CREDITORE, formato=Formato.RPT, ccp=CCP, id_messaggio="5e1d" * 8, now=NOW)
    return replace(attempt, **{"psp": CANALE, "versione": 1, **other})


def a_waiting_attempt(pendenza: Pendenza | None = None, **other: Any) -> Rpp:
    return an_attempt(pendenza, **{"ccp": CCP_IN_ATTESA, "formato": Formato.V2, "psp": None, **other})


def voci_pagate(rpp: Rpp, *, iur: str) -> tuple[VocePagata, ...]:
    return tuple(
        VocePagata(
            indice=voce.indice,
            id_dominio=voce.id_dominio,
            importo=voce.importo,
            iur=iur,
            causale=voce.causale,
            dati_specifici_riscossione=voce.dati_specifici_riscossione,
            data=date(2026, 11, 24),
            esito="ESEGUITO",
            iban=voce.iban_accredito,
        )
        for voce in rpp.voci
    )


def an_rt(rpp: Rpp | None = None, **other: Any) -> Ricevuta:
    """Give the RT of an attempt, paid as asked."""
    rpp = rpp or an_attempt()
    voci = other.pop("voci", voci_pagate(rpp, iur="IUR-0001"))
    return Ricevuta(
        **{
            "formato": Formato.RPT,
            "id_dominio": rpp.id_dominio,
            "iuv": rpp.iuv,
            "ccp": rpp.ccp,
            "id_ricevuta": rpp.ccp,
            "esito": EsitoPagamento.ESEGUITO,
            "importo": Importo.total(voce.importo for voce in voci),
            "istituto": ISTITUTO,
            "ente": rpp.ente,
            "pagatore": rpp.pagatore,
            "voci": voci,
            "ricevuta": NOW,
            "originale": "ricevute/2026/11/24/paaInviaRT/abc.xml",
            "sha256": "abc",
            "id_messaggio": "RT-0001",
            "data_messaggio": NOW,
            "riferimento_messaggio": rpp.id_messaggio,
            "riferimento_data": date(2026, 11, 24),
            "id_stazione": STAZIONE,
            "id_psp": "ABI03069",
            "data_pagamento": NOW,
            **other,
        }
    )


def a_ko_rt(rpp: Rpp | None = None, **other: Any) -> Ricevuta:
    """Give the RT of an attempt that was not paid, as the WISP bridge writes it."""
    rpp = rpp or an_attempt()
    voci = tuple(replace(voce, importo=Importo(0), esito="NON ESEGUITO") for voce in voci_pagate(rpp, iur="0"))
    return an_rt(
        rpp,
        **{"voci": voci, "esito": EsitoPagamento.NON_ESEGUITO, "id_messaggio": "RT-KO", "sha256": "def", **other},
    )


def a_receipt(pendenza: Pendenza | None = None, **other: Any) -> Ricevuta:
    """Give the receipt of a position, paid as due."""
    pendenza = pendenza or a_pendenza()
    token = other.pop("token", TOKEN)
    rpp = an_attempt(pendenza)
    return an_rt(
        rpp,
        **{
            "formato": Formato.V2,
            "ccp": token,
            "id_ricevuta": token,
            "voci": voci_pagate(rpp, iur=token),
            "originale": f"ricevute/2026/11/24/paSendRTV2/{token}.xml",
            "sha256": token,
            "id_messaggio": token,
            "riferimento_messaggio": None,
            "riferimento_data": None,
            "numero_avviso": NAV,
            "descrizione": pendenza.causale,
            "id_canale": "00799960158_11",
            "descrizione_canale": "app",
            **other,
        },
    )


def a_transazione(**other: Any) -> Transazione:
    return Transazione(**{"id_dominio": DOMINIO, "iuv": IUV, "posizione": a_pendenza(), **other})
