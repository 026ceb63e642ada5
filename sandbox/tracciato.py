"""The chapter of the demo on mass loading: a CSV of twenty rows, two of them wrong, and what comes back."""

import csv
import io
import zipfile
from pathlib import Path
from typing import Any

import requests

from chalicelib.tracciati.mappa.standard import COLONNE
from sandbox import sample
from sandbox.api_client import BACKOFFICE, ApiRifiuta
from sandbox.attesa import finche
from sandbox.racconto import Racconto
from sandbox.world import World

RIGHE = 20
NOME = "tari-2026.csv"
_SBAGLIATE = {7: ("61,25", "importo"), 15: ("61.25", "somma delle voci")}
_CONCLUSI = {"ESEGUITO", "ESEGUITO_CON_ERRORI", "SCARTATO"}
_SECONDI, _TIMEOUT = 40.0, 30.0
_MOSTRATI = 110


def racconta(world: World, racconto: Racconto, out: Path) -> None:
    """Load a tracciato, and tell what became of its rows."""
    racconto.passo("Caricamento massivo: un tracciato CSV con due righe sbagliate (API Backoffice)")
    caricato = _invia(world)
    id_tracciato = caricato["id"]
    racconto.fatto("Tracciato", f"{NOME}, {RIGHE} righe: {caricato['stato']}")
    visto: dict[str, Any] = {}

    def concluso() -> bool:
        visto.update(world.backoffice().get(f"/pendenze/tracciati/{id_tracciato}"))
        return visto["stato"] in _CONCLUSI

    finche(concluso, secondi=_SECONDI)
    racconto.uguale(visto.get("stato"), "ESEGUITO_CON_ERRORI", "Stato del tracciato")
    fallite = len(_SBAGLIATE)
    racconto.uguale(visto.get("numeroOperazioniEseguite"), RIGHE - fallite, "Righe caricate")
    racconto.uguale(visto.get("numeroOperazioniFallite"), fallite, "Righe rifiutate")
    esito = world.backoffice().file(f"/pendenze/tracciati/{id_tracciato}/esito", "text/csv")
    (out / f"esito_{NOME}").write_bytes(esito)
    for riga in csv.DictReader(io.StringIO(esito.decode())):
        if riga["errore"]:
            racconto.riga(f"   {riga['errore'][:_MOSTRATI]}")
    stampe = world.backoffice().file(f"/pendenze/tracciati/{id_tracciato}/stampe", "application/octet-stream")
    (out / "tari-2026.zip").write_bytes(stampe)
    avvisi = zipfile.ZipFile(io.BytesIO(stampe)).namelist()
    racconto.uguale(len(avvisi), RIGHE - fallite, "Avvisi nello zip")


def _invia(world: World) -> dict[str, Any]:
    path = f"/pendenze/tracciati/{sample.DOMINIO}"
    response = requests.post(
        f"{world.url['govpay']}{BACKOFFICE}{path}",
        params={"nomeFile": NOME, "stampaAvvisi": "true"},
        data=_contenuto(),
        headers={"Content-Type": "text/csv"},
        auth=(sample.ADMIN, sample.ADMIN_PASSWORD),
        timeout=_TIMEOUT,
    )
    if not response.ok:
        raise ApiRifiuta(f"POST {path}", response.status_code, response.text)
    found: dict[str, Any] = response.json()
    return found


def _contenuto() -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, COLONNE, restval="")
    writer.writeheader()
    for numero in range(1, RIGHE + 1):
        importo, _ = _SBAGLIATE.get(numero, ("61.25", ""))
        writer.writerow(
            {
                "idA2A": sample.ID_A2A,
                "idPendenza": f"TRACCIATO-{numero:04d}",
                "idDominio": sample.DOMINIO,
                "tipoPendenza": "tari",
                "causale": f"TARI 2026, utenza {numero:04d}",
                "importo": importo,
                "dataScadenza": "2027-06-30",
                "tipoSoggettoPagatore": "F",
                "identificativoPagatore": "RSSMRA80A01H501U",
                "anagraficaPagatore": "Mario Rossi",
                "idVoce1": "1",
                "importoVoce1": "60.00" if numero in _SBAGLIATE else "61.25",
                "descrizioneVoce1": "TARI 2026",
                "tipoEntrataVoce1": "tari",
            }
        )
    return text.getvalue().encode()
