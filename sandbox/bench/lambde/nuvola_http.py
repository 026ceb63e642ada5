"""The AWS in memory of the simulator, over HTTP: `python -m sandbox.bench.lambde.nuvola_http`, a process of its own.

Moto serves one call at a time, with CPU that would be taken from what is measured. This one speaks the wire of DynamoDB, SQS, SSM (JSON) and S3 (paths) to botocore, checks what DynamoDB checks,
and answers in a fraction of one. It tells how long it took, by the trace id of the invocation that called.

`/_bench/tempi` gives and forgets those times; `/_bench/attesa` takes the milliseconds that each answer is to be kept
back; `/_bench/coda/{name}` gives the bodies in a queue; `/_bench/svuota` empties all. It prints its address.
"""

import asyncio
import json
from collections import defaultdict
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, urlsplit
from xml.sax.saxutils import escape

from botocore.exceptions import ClientError

from sandbox.bench.lambde.http_locale import Richiesta, Risponde, Risposta, server
from sandbox.bench.lambde.nuvola_processo import CONTROLLO
from sandbox.simulatore.aws.nuvola import Nuvola
from sandbox.simulatore.tempo import Orologio

_SERVIZI = {"DynamoDB_20120810": "dynamodb", "AmazonSQS": "sqs", "AmazonSSM": "ssm"}
_VERBI = {"PUT": "PutObject", "GET": "GetObject", "DELETE": "DeleteObject"}
_STATO = {"NoSuchKey": 404}
_JSON = {"Content-Type": "application/x-amz-json-1.0"}


class NuvolaHttp:
    """Serves one account of the simulator's AWS, without its faults."""

    def __init__(self) -> None:
        self._nuvola = Nuvola.nuova(Orologio())
        # Which moves of the field are legal is the simulator's matter, and would be paid for at every write.
        self._nuvola.dynamodb.scritto = lambda *_: None
        self._attesa_s = 0.0
        self._tempi: dict[str, list[float]] = defaultdict(list)

    def serve(self, richiesta: Richiesta, risponde: Risponde) -> None:
        if richiesta.path.startswith(CONTROLLO):
            risponde(self._controllo(richiesta))
            return
        loop = asyncio.get_running_loop()
        began = loop.time()
        risposta = self._risposta(richiesta)
        traccia = unquote(richiesta.headers.get("x-amzn-trace-id", ""))

        def manda() -> None:
            if traccia:
                self._tempi[traccia].append((loop.time() - began) * 1000)
            risponde(risposta)

        if self._attesa_s:
            loop.call_later(self._attesa_s, manda)
        else:
            manda()

    def _risposta(self, richiesta: Richiesta) -> Risposta:
        target = richiesta.headers.get("x-amz-target", "")
        try:
            if target:
                servizio, _, operazione = target.partition(".")
                parametri = json.loads(richiesta.body)
                trovato = self._scan(parametri) if operazione == "Scan" else None
                trovato = trovato or self._nuvola.chiama(_SERVIZI[servizio], operazione, parametri)
                return Risposta(body=json.dumps(trovato).encode(), headers=_JSON)
            return self._s3(richiesta)
        except ClientError as error:
            return _errore(error, xml=not target)

    def _scan(self, parametri: Mapping[str, Any]) -> Mapping[str, Any]:
        """Give a page of a whole table: the product asks for none, but who registers a comune wants to know if it is there."""
        tabella = self._nuvola.dynamodb.tabelle[parametri["TableName"]]
        items = list(tabella.items.values())[: parametri.get("Limit")]
        return {"Items": items, "Count": len(items), "ScannedCount": len(items)}

    def _s3(self, richiesta: Richiesta) -> Risposta:
        bucket, _, chiave = unquote(urlsplit(richiesta.path).path).lstrip("/").partition("/")
        parametri: dict[str, Any] = {"Bucket": bucket, "Key": chiave, "Body": richiesta.body}
        trovato = self._nuvola.chiama("s3", _VERBI[richiesta.method], parametri)
        if richiesta.method == "GET":
            return Risposta(body=trovato["Body"].read(), headers={"ETag": '"0"', "x-amz-version-id": "1"})
        return Risposta(headers={"ETag": '"0"', "x-amz-version-id": "1"})

    def _controllo(self, richiesta: Richiesta) -> Risposta:
        cosa, _, nome = richiesta.path.removeprefix(CONTROLLO).partition("/")
        match cosa:
            case "tempi":
                body: Any = self._tempi
                self._tempi = defaultdict(list)
            case "attesa":
                self._attesa_s = json.loads(richiesta.body) / 1000
                body = None
            case "coda":
                body = [
                    uno.corpo
                    for coda in self._nuvola.sqs.code.values()
                    if coda.nome.endswith(f"-{nome}")
                    for uno in coda.messaggi
                ]
            case "svuota":
                self._nuvola.svuota(tranne=frozenset())
                self._tempi.clear()
                body = None
            case _:
                return Risposta(status=404)
        return Risposta(body=json.dumps(body).encode(), headers=_JSON)


def _errore(error: ClientError, *, xml: bool) -> Risposta:
    risposta: Mapping[str, Any] = error.response
    codice, messaggio = risposta["Error"]["Code"], risposta["Error"]["Message"]
    if xml:
        text = f"<Error><Code>{escape(codice)}</Code><Message>{escape(messaggio)}</Message></Error>"
        return Risposta(body=text.encode(), status=_STATO.get(codice, 400), headers={"Content-Type": "application/xml"})
    resto = {nome: valore for nome, valore in risposta.items() if nome not in {"Error", "ResponseMetadata"}}
    return Risposta(
        body=json.dumps(
            {"__type": f"com.amazonaws#{codice}", "message": messaggio, "Message": messaggio, **resto}
        ).encode(),
        status=400,
        headers=_JSON,
    )


async def _main() -> None:
    made, indirizzo = await server(NuvolaHttp().serve)
    print(indirizzo, flush=True)
    await made.serve_forever()


if __name__ == "__main__":
    asyncio.run(_main())
