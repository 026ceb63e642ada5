"""The chapter of the demo on forms and promemoria: a citizen fills one in, is written to, pays, is written to again."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import requests

from sandbox import posta, sample
from sandbox.api_client import PAGAMENTO
from sandbox.appio.appio import Iscrizione
from sandbox.attesa import finche
from sandbox.lettore import leggi_qr
from sandbox.racconto import Racconto
from sandbox.world import World

TIPO = "CERTIFICATI"
EMAIL = "bianca.verdi@posta.example"
_TIMEOUT = 30.0
CODICE_FISCALE = "VRDBNC80A41H501X"
_DATI = {"nome": "Bianca Verdi", "codiceFiscale": CODICE_FISCALE, "email": EMAIL, "copie": 3}
_SCHEMA = {
    "type": "object",
    "required": ["nome", "codiceFiscale", "email", "copie"],
    "properties": {
        "nome": {"type": "string", "maxLength": 70},
        "codiceFiscale": {"type": "string", "pattern": "^[A-Z0-9]{16}$"},
        "email": {"type": "string", "maxLength": 100},
        "copie": {"type": "integer", "minimum": 1, "maximum": 20},
    },
}
_PENDENZA = """<#assign totale = jsonPath.read("$.copie") * 2.60>
{"idA2A": "%s", "idDominio": "${pathParams["idDominio"]}", "causale": "Certificati: ${jsonPath.read("$.copie")} copie",
 "soggettoPagatore": {"tipo": "F", "identificativo": "${jsonPath.read("$.codiceFiscale")}",
  "anagrafica": "${jsonPath.read("$.nome")}", "email": "${jsonPath.read("$.email")}"},
 "importo": ${totale?c}, "voci": [{"idVocePendenza": "1", "descrizione": "Diritti", "importo": ${totale?c},
  "codEntrata": "%s"}]}"""


def racconta(world: World, racconto: Racconto, out: Path, al_psp: Callable[[World, str, str], dict[str, Any]]) -> None:
    """Register a form, fill it in without credentials, look at the mails, pay."""
    racconto.passo("Un modulo del portale, e i promemoria al cittadino (API Pagamento senza autenticazione)")
    _censisci(world)
    tipi = _pubblica(world, "GET", f"/domini/{sample.DOMINIO}/tipiPendenza").json()["risultati"]
    racconto.uguale([tipo["idTipoPendenza"] for tipo in tipi], [TIPO], "Moduli aperti a tutti")
    sbagliata = _pubblica(world, "POST", f"/pendenze/{sample.DOMINIO}/{TIPO}", {**_DATI, "copie": 0})
    racconto.uguale(sbagliata.status_code, 400, "Zero copie: rifiutato")
    creata = _pubblica(world, "POST", f"/pendenze/{sample.DOMINIO}/{TIPO}", _DATI)
    if not racconto.uguale(creata.status_code, 201, "Modulo inviato"):
        return
    pendenza = creata.json()
    racconto.uguale(f"{pendenza['importo']:.2f}", "7.80", "Importo, calcolato dal modello")
    _su_app_io(world, racconto, pendenza)
    avviso = _lettera(racconto, 1, "Avviso di pagamento")
    if avviso is None:
        return
    esito = al_psp(world, leggi_qr(avviso) or "", "V2")
    racconto.uguale(esito["esito"], "PAGATO", "Pagato al PSP con il QR dell'avviso ricevuto per posta")
    _lettera(racconto, 2, "Ricevuta di pagamento")
    racconto.fatto("Posta", ", ".join(str(file) for file in posta.salva(out / "posta")))
    elenco = world.backoffice().get("/promemoria")["risultati"]
    racconto.uguale({uno["stato"] for uno in elenco}, {"SPEDITO"}, "Promemoria in elenco")


def _censisci(world: World) -> None:
    entrata = sample.TIPI[0].codice
    api = world.backoffice()
    api.put(
        f"/tipiPendenza/{TIPO}",
        {
            "descrizione": "Certificati anagrafici",
            "portalePagamento": {
                "abilitato": True,
                "form": {"tipo": "json-schema", "definizione": _SCHEMA},
                "validazione": _SCHEMA,
                "trasformazione": {"tipo": "freemarker", "definizione": _PENDENZA % (sample.ID_A2A, entrata)},
            },
            "avvisaturaMail": {
                "promemoriaAvviso": {"abilitato": True, "allegaPdf": True},
                "promemoriaRicevuta": {"abilitato": True, "allegaPdf": True},
            },
        },
    )
    # The service of App IO is of the ente: its key is where the ente has the tipo.
    app_io = {"apiKey": sample.APP_IO_KEY, "promemoriaAvviso": {"abilitato": True}}
    api.put(f"/domini/{sample.DOMINIO}/tipiPendenza/{TIPO}", {"abilitato": True, "avvisaturaAppIO": app_io})
    world.appio.iscrive(CODICE_FISCALE, Iscrizione.AMMETTE)


def _pubblica(world: World, metodo: str, path: str, corpo: Any = None) -> requests.Response:
    url = world.url["govpay"] + PAGAMENTO.replace("basic", "public") + path
    return requests.request(metodo, url, json=corpo, timeout=_TIMEOUT)


def _su_app_io(world: World, racconto: Racconto, pendenza: dict[str, Any]) -> None:
    """Wait for the message on App IO, and check that it can be paid from there."""
    finche(lambda: bool(world.appio.messaggi()))
    messaggi = world.appio.messaggi()
    if not racconto.uguale(len(messaggi), 1, "Messaggi su App IO"):
        return
    testo = messaggi[0].testo
    racconto.fatto("   oggetto", testo.oggetto)
    for riga in testo.testo.splitlines():
        racconto.riga(f"   | {riga}".rstrip())
    racconto.uguale(testo.codice_fiscale, CODICE_FISCALE, "   destinatario")
    pagamento = testo.pagamento
    if racconto.attesa(pagamento is not None, "   si paga dal messaggio") and pagamento is not None:
        racconto.uguale(pagamento.numero_avviso, pendenza["numeroAvviso"], "   codice avviso")
        racconto.uguale(str(pagamento.importo), f"{pendenza['importo']:.2f}", "   importo")


def _lettera(racconto: Racconto, numero: int, oggetto: str) -> bytes | None:
    """Wait for a mail, check it, and give the PDF in it."""
    finche(lambda: len(posta.lettere()) >= numero)
    lettere = posta.lettere()
    if not racconto.uguale(len(lettere), numero, "Lettere nella cassetta"):
        return None
    lettera = lettere[-1]
    racconto.attesa(str(lettera["Subject"]).startswith(oggetto), f"Oggetto: {lettera['Subject']}", oggetto)
    racconto.uguale(str(lettera["To"]), EMAIL, "Destinatario")
    pdf: bytes = next(iter(lettera.iter_attachments())).get_content()
    racconto.attesa(pdf.startswith(b"%PDF-"), "Allegato: un PDF")
    return pdf
