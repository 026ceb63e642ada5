"""The command line: reads it, prepares the environment, runs one command, gives the exit code."""

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module
from types import ModuleType

from govpay import ambiente
from govpay.esiti import INTERROTTO, NEGATO, SPIEGAZIONE, USO, Fermato
from govpay.lettore import Lettore

# One module each, in govpay/comandi: AIUTO, argomenti(parser) and esegui(opzioni, terminale) -> int. Another command is
# another module, and its name here.
COMANDI = (
    "cronistoria",
    "notifiche",
    "dlq",
    "giornale",
    "tracciato",
    "salute",
    "what-if",
    "audit",
    "verify-ente",
    "doctor",
    "persona",
)


def main(argomenti: Sequence[str] | None = None) -> int:
    """Run a command and give its exit code."""
    opzioni = _parser().parse_args(argomenti)
    try:
        # A command that needs no AWS asks nobody for an account.
        if not getattr(opzioni.modulo, "SENZA_AWS", False):
            ambiente.prepara(opzioni)
        return _esegui(opzioni)
    except Fermato as error:
        print(error, file=sys.stderr)
        return error.codice
    except KeyboardInterrupt:
        print("Interrotto.", file=sys.stderr)
        return INTERROTTO


def _esegui(opzioni: argparse.Namespace) -> int:
    from botocore.exceptions import BotoCoreError, ClientError
    from pynamodb.exceptions import PynamoDBException

    from chalicelib.kernel.refusals import Refusal
    from govpay.terminale import Terminale

    terminale = Terminale(in_json=opzioni.json, assenso=opzioni.si)
    try:
        codice: int = opzioni.modulo.esegui(opzioni, terminale)
    except Refusal as refusal:
        print(refusal.dettaglio, file=sys.stderr)
        return USO
    except (BotoCoreError, ClientError, PynamoDBException) as error:
        print(f"AWS non risponde come dovrebbe: {error}", file=sys.stderr)
        return NEGATO
    return codice


def _parser() -> argparse.ArgumentParser:
    comune = Lettore(add_help=False)
    ambiente.argomenti(comune)
    come = comune.add_argument_group("come")
    come.add_argument("--json", action="store_true", help="risponde con un documento JSON")
    come.add_argument("--si", action="store_true", help="non chiede conferma")
    parser = Lettore(
        prog="govpay",
        description="GovPay dalla riga di comando: che cosa è successo, che cosa manca, che cosa rimettere in moto.",
        epilog=SPIEGAZIONE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    comandi = parser.add_subparsers(title="comandi", dest="comando", required=True, metavar="COMANDO")
    for nome in COMANDI:
        modulo = import_module(f"govpay.comandi.{nome.replace('-', '_')}")
        _aggiungi(comandi, nome, modulo, comune)
    return parser


def _aggiungi(
    comandi: "argparse._SubParsersAction[Lettore]",
    nome: str,
    modulo: ModuleType,
    comune: Lettore,
) -> None:
    """Add a command, or the actions of one that has some."""
    azioni = getattr(modulo, "AZIONI", None)
    if azioni is None:
        figlio = comandi.add_parser(nome, help=modulo.AIUTO, description=modulo.AIUTO, parents=[comune])
        modulo.argomenti(figlio)
        figlio.set_defaults(modulo=modulo)
        return
    padre = comandi.add_parser(nome, help=modulo.AIUTO, description=modulo.AIUTO)
    figli = padre.add_subparsers(title="azioni", dest="azione", required=True, metavar="AZIONE")
    for azione, (aiuto, argomenti) in azioni.items():
        figlio = figli.add_parser(azione, help=aiuto, description=aiuto, parents=[comune])
        argomenti(figlio)
        figlio.set_defaults(modulo=modulo)
