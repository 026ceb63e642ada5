"""python -m sandbox run: the world, left up. python -m sandbox demo: the main job, checked."""

import argparse
import sys
from pathlib import Path


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description="Il mondo intorno a GovPay, simulato.")
    commands = parser.add_subparsers(dest="comando", required=True)
    run = commands.add_parser("run", help="avvia tutto e lo lascia acceso fino a Ctrl-C")
    run.add_argument("--porta", type=int, default=8700, help="la prima di undici porte consecutive (predefinita 8700)")
    run.add_argument("--vuoto", action="store_true", help="senza l'ente e le pendenze di esempio")
    run.add_argument(
        "--velocita",
        type=_velocita,
        default=1.0,
        help="di quante volte accorciare le attese di code e schedulazioni (da 1 a 360, predefinita 1)",
    )
    demo = commands.add_parser("demo", help="dalla pendenza all'incasso, verificando ogni passo")
    demo.add_argument("--cartella", type=Path, default=Path("demo-out"), help="dove mettere PDF e log")
    options = parser.parse_args(arguments)
    if options.comando == "demo":
        from sandbox.demo import main as job

        return job(options.cartella)
    from sandbox.run import run as serve

    return serve(options.porta, vuoto=options.vuoto, velocita=options.velocita)


def _velocita(testo: str) -> float:
    try:
        velocita = float(testo)
    except ValueError:
        velocita = 0.0
    if not 1 <= velocita <= 360:
        raise argparse.ArgumentTypeError("un numero da 1 a 360")
    return velocita


if __name__ == "__main__":
    sys.exit(main())
