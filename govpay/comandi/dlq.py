"""govpay dlq: the dead letters of every queue, and to give them back to their queue."""

import argparse
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from govpay.esiti import DA_GUARDARE, OK, Fermato
from govpay.terminale_tipo import Terminale

AIUTO = "elenca i messaggi scartati, e li rimette in coda"
_NASCOSTI = 60  # seconds: what is looked at comes back by itself
_DIECI = 10  # SQS's own limit of a receive
MAX_ESEMPI = 10


def _elenca(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("coda", nargs="?", metavar="CODA", help="mostra anche che cosa c'è nei suoi messaggi scartati")


def _rispedisci(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("coda", metavar="CODA", help="la coda (notifiche, ricevute, …) o «tutte»")
    parser.add_argument("--limite", type=int, metavar="N", help="quanti messaggi al più")


AZIONI: Mapping[str, tuple[str, Callable[[argparse.ArgumentParser], None]]] = {
    "elenca": ("quanti messaggi sono scartati, coda per coda", _elenca),
    "rispedisci": ("rimette nella coda i messaggi scartati: prima rimuovere la causa", _rispedisci),
}


def esegui(opzioni: argparse.Namespace, terminale: Terminale) -> int:
    return _mostra(opzioni, terminale) if opzioni.azione == "elenca" else _rimetti(opzioni, terminale)


def _code(nome: str | None) -> list[Any]:
    from chalicelib.aws.queues import Queue

    if nome in {None, "tutte"}:
        return sorted(Queue)
    if nome not in set(Queue):
        raise Fermato(f"La coda {nome!r} non esiste: sono {', '.join(sorted(Queue))}, o «tutte».")
    return [Queue(nome)]


# -- look


def _mostra(opzioni: argparse.Namespace, terminale: Terminale) -> int:
    from chalicelib.aws.sonde import profondita

    righe = [(coda, profondita(coda)) for coda in _code(opzioni.coda)]
    esempi = list(_guardati(righe[0][0])) if opzioni.coda and opzioni.coda != "tutte" else []
    terminale.dati(
        {
            "code": [{"coda": coda.value, "inAttesa": p.in_attesa, "scarti": p.scarti} for coda, p in righe],
            "messaggi": esempi,
        }
    )
    terminale.tabella(
        ["Coda", "In attesa", "Scartati"],
        [[coda.value, str(p.in_attesa), str(p.scarti)] for coda, p in righe],
        stili=["red" if p.scarti else "" for _, p in righe],
    )
    for esempio in esempi:
        terminale.riga(f"  {json.dumps(esempio, ensure_ascii=False)}", "dim")
    return DA_GUARDARE if any(p.scarti for _, p in righe) else OK


def _guardati(coda: Any) -> Iterator[dict[str, Any]]:
    """Give the ids in some dead letters; never a body of an exchange. They stay where they are."""
    from chalicelib.aws.clients import client

    url = _url(coda, scarti=True)
    found = client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=MAX_ESEMPI, VisibilityTimeout=0)
    for message in found.get("Messages", ()):
        yield _ids(message["Body"])


def _ids(body: str) -> dict[str, Any]:
    """Give what a message names: texts that are short, numbers; a body of an exchange is neither."""
    try:
        read = json.loads(body)
    except ValueError:
        return {"illeggibile": len(body)}
    pairs = read.items() if isinstance(read, dict) else ()
    return {k: v for k, v in pairs if isinstance(v, int) or (isinstance(v, str) and len(v) <= 120 and k not in _CORPI)}  # noqa: PLR2004


_CORPI = frozenset({"richiesta", "risposta", "evento"})


# -- move


def _rimetti(opzioni: argparse.Namespace, terminale: Terminale) -> int:
    from chalicelib.aws.sonde import profondita

    code = [(coda, profondita(coda).scarti) for coda in _code(opzioni.coda)]
    code = [(coda, scarti) for coda, scarti in code if scarti]
    if not code:
        terminale.riga("Nessun messaggio scartato.", "green")
        terminale.dati({"rimessi": {}})
        return OK
    quanti = ", ".join(f"{scarti} di {coda}" for coda, scarti in code)
    terminale.conferma(
        f"Saranno rimessi in coda i messaggi scartati: {quanti}. Se la causa non è stata rimossa torneranno fra gli "
        "scarti; chi era già stato elaborato in parte riprende da dov'era."
    )
    rimessi: dict[str, int] = {}
    for coda, scarti in code:
        with terminale.avanzamento(coda.value, scarti) as avanza:
            rimessi[coda.value] = _sposta(coda, min(scarti, opzioni.limite or scarti), avanza)
        terminale.riga(f"{coda}: rimessi in coda {rimessi[coda.value]} messaggi.", "green")
    terminale.dati({"rimessi": rimessi})
    return OK


def _sposta(coda: Any, quanti: int, avanza: Callable[[int], None]) -> int:
    """Send so many dead letters to their queue; one is deleted when it is sent, so none is lost, one may come twice."""
    from chalicelib.aws.clients import client

    sqs, da, a = client("sqs"), _url(coda, scarti=True), _url(coda, scarti=False)
    fatti = 0
    while fatti < quanti:
        found = sqs.receive_message(
            QueueUrl=da, MaxNumberOfMessages=min(_DIECI, quanti - fatti), VisibilityTimeout=_NASCOSTI, WaitTimeSeconds=1
        ).get("Messages", ())
        if not found:
            break
        for message in found:
            sqs.send_message(QueueUrl=a, MessageBody=message["Body"])
            sqs.delete_message(QueueUrl=da, ReceiptHandle=message["ReceiptHandle"])
            fatti += 1
            avanza(fatti)
    return fatti


def _url(coda: Any, *, scarti: bool) -> str:
    from chalicelib.aws.clients import client
    from chalicelib.aws.queues import queue_name
    from chalicelib.aws.sonde import SCARTI

    name = f"{queue_name(coda)}-{SCARTI}" if scarti else queue_name(coda)
    url: str = client("sqs").get_queue_url(QueueName=name)["QueueUrl"]
    return url
