"""The world left up, for whoever integrates: a table of addresses and credentials, then it waits for Ctrl-C."""

import signal
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

from chalicelib.kernel.rome_time import rome_day
from govpay.ambiente import ENDPOINT
from sandbox import sample
from sandbox.api_client import BACKOFFICE, PAGAMENTO, PENDENZE
from sandbox.appio.server import SERVICE_PATH as APP_IO_PATH
from sandbox.checkout.server import EC_PATH
from sandbox.fdr.server import SERVICE_PATH
from sandbox.gestionale.server import ENTE
from sandbox.nodo import client
from sandbox.nodo.server import SOAP_PATH
from sandbox.world import PORTA, PortaOccupata, World

LOG = Path("demo-out") / "run.log"
CASSETTO = Path("demo-out") / "cassetto"


def run(porta: int = PORTA, *, vuoto: bool = False, velocita: float = 1.0) -> int:
    """Serve until interrupted; give the exit status, 2 when a port is busy."""
    # Asked to stop by whoever started us: the same as Ctrl-C, which a shell lets its background jobs ignore.
    signal.signal(signal.SIGTERM, _interrupt)
    signal.signal(signal.SIGINT, _interrupt)
    print("Avvio della sandbox di GovPay...", flush=True)
    try:
        with World.start(port_base=porta, log_file=LOG, speed=velocita) as world:
            world.open_cassetto(CASSETTO)
            if not vuoto:
                _load(world)
            print_table(world)
            threading.Event().wait()
    except PortaOccupata as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nSandbox fermata.")
    return 0


def _load(world: World) -> None:
    world.load_anagrafica()
    oggi = rome_day(datetime.now(UTC))
    caricate = sample.carica_pendenze(world.pendenze(), world.api_gestionale(), oggi=oggi)
    print("\nPendenze di esempio, da pagare al PSP con il testo del QR code:")
    for one in caricate.values():
        print(f"  {one.id_pendenza:<16} {one.importo.italian():>8} €  {one.qr_code}")
    print(f"  {sample.ID_NON_CARICATA:<16} nota al solo gestionale: avviso {sample.AVVISO_NON_CARICATO}")


def print_table(world: World) -> None:
    """Print where everything is, and who may enter."""
    url = world.url
    _section(
        "Indirizzi",
        {
            "Portale dei pagamenti": url["portale"] + "/",
            "PSP, dove si paga un avviso": url["psp"] + "/",
            "Checkout, carrelli e guasti": url["checkout"] + "/",
            "WISP, carrelli di RPT": url["wisp"] + "/",
            "Gestionale, notifiche ricevute": url["gestionale"] + "/",
            "Nodo, messaggi e guasti": url["nodo"] + "/",
            "Flussi di rendicontazione": url["fdr"] + "/",
            "Tesoriere, giornale di cassa": url["banca"] + "/",
            "App IO, messaggi ai cittadini": url["appio"] + "/",
            "API Backoffice": url["govpay"] + BACKOFFICE,
            "API Pendenze": url["govpay"] + PENDENZE,
            "API Pagamento": url["govpay"] + PAGAMENTO,
            "OpenAPI di Pendenze": url["govpay"] + PENDENZE.partition("/rs/")[0] + "/v1/index.html",
            "OpenAPI di Pagamento": url["govpay"] + PAGAMENTO.partition("/rs/")[0] + "/v1/index.html",
            "OpenAPI di Backoffice": url["govpay"] + BACKOFFICE.partition("/rs/")[0] + "/v1/index.html",
            "OpenAPI di Ente": url["govpay"] + PENDENZE.partition("/rs/")[0] + "/v1/ente.html",
            "SOAP per il Nodo": url["govpay"] + client.CCP,
            "": url["govpay"] + client.RT,
            "Servizi del Nodo (urlRPT)": url["nodo"] + SOAP_PATH,
            "Checkout per gli enti": url["checkout"] + EC_PATH,
            "API Ente del gestionale": url["gestionale"] + ENTE,
            "FdR per gli enti": url["fdr"] + SERVICE_PATH,
            "App IO per gli enti": url["appio"] + APP_IO_PATH,
            "AWS simulata": url["aws"],
            "Cassetto dei giornali di cassa": f"{CASSETTO}/<idDominio>/in",
        },
    )
    _section(
        "Credenziali di prova",
        {
            "Amministratore": f"{sample.ADMIN} / {sample.ADMIN_PASSWORD}",
            f"Applicazione {sample.ID_A2A}": f"{sample.GESTIONALE_PRINCIPAL} / {sample.GESTIONALE_PASSWORD}",
            f"Applicazione {sample.ID_A2A_PORTALE}": f"{sample.PORTALE_PRINCIPAL} / {sample.PORTALE_PASSWORD}",
            "Nodo verso GovPay": f"{sample.NODO_PRINCIPAL} / {sample.NODO_PASSWORD}",
            "GovPay verso il gestionale": f"{sample.CONNETTORE_USERNAME} / {sample.CONNETTORE_PASSWORD}",
            "GovPay verso Checkout": sample.CHECKOUT_KEY,
            "GovPay verso FdR": sample.FDR_KEY,
            "GovPay verso App IO (apiKey)": sample.APP_IO_KEY,
            **{f"Ente {id_dominio}": nome for id_dominio, nome in sample.ENTI.items()},
        },
    )
    dove = "--sandbox" if url["aws"] == ENDPOINT else f"--sandbox --endpoint {url['aws']}"
    print(f"\nDa un altro terminale: .venv/bin/python -m govpay salute {dove} (o cronistoria IUV, notifiche, dlq, …)")
    print(f"\nIl log di GovPay è in {LOG}. Ctrl-C per fermare.", flush=True)


def _section(title: str, rows: dict[str, str]) -> None:
    print(f"\n{title}")
    for name, value in rows.items():
        print(f"  {name:<32}{value}")


def _interrupt(_signal: int, _frame: object) -> NoReturn:
    raise KeyboardInterrupt
