"""The index: every way in. One blueprint a context, then every queue and every schedule; bodies of one line.

Queue consumers take one message at a time (`batch_size=1`): one message, one transaction, one retry. What a queue
retries, how often and where it gives up is in infra/queues.yaml.
"""

import json
from typing import Any

from chalice.app import CloudWatchEvent, Rate, SQSEvent

from chalicelib import wiring
from chalicelib.aws.queues import Queue, queue_name
from chalicelib.kernel import clock
from chalicelib.rest.application import GovPayApp

# The log of this process is structured: configured by wiring, not by Chalice, which would take its place.
app = GovPayApp(app_name="govpay", configure_logs=False)
app.api.binary_types = [
    "application/pdf",
    "application/octet-stream",
    "application/zip",
    "multipart/form-data",
    "text/csv",
    "image/png",
    "image/jpeg",
]
wiring.join(app)

# The blueprints of a context, and the resources they serve: the word after /v1 of a REST path. Imported by the first
# request for one of them, as what serves a queue by its first message: a cold start reads what it uses, and no more.
app.serve("chalicelib.pendenze.routes", "pendenze")
app.serve("chalicelib.tracciati.routes", "pendenze", "tracciati")
app.serve("chalicelib.avvisi.routes", "avvisi", "documenti")
app.serve("chalicelib.pagamenti.routes", "rpp")
app.serve("chalicelib.pagamenti.sessioni.routes", "pagamenti")
app.serve("chalicelib.pagamenti.sessioni.connector", "connector")
app.serve("chalicelib.nodo.endpoint", "pagopa")
app.serve("chalicelib.nodo.routes", "ricevute")
app.serve("chalicelib.rest.openapi.routes", "openapi")
app.serve("chalicelib.giornale.routes", "eventi")
app.serve("chalicelib.cronistoria.routes", "eventi")
app.serve("chalicelib.giornale.configurazioni.routes", "configurazioni")
app.serve("chalicelib.notifiche.routes", "notifiche")
app.serve("chalicelib.promemoria.routes", "promemoria")
app.serve("chalicelib.riconciliazione.routes", "flussiRendicontazione", "incassi", "riscossioni", "operazioni")
app.serve("chalicelib.riconciliazione.importazione.routes", "giornaliDiCassa", "movimentiDiCassa")
app.serve("chalicelib.riconciliazione.quadrature.routes", "quadrature", "reportistiche")
app.serve("chalicelib.riconciliazione.rendicontazioni.routes", "rendicontazioni", "quadrature")
app.serve(
    "chalicelib.anagrafica.routes",
    "applicazioni",
    "domini",
    "entrate",
    "enumerazioni",
    "info",
    "intermediari",
    "logout",
    "operatori",
    "profilo",
    "ruoli",
    "sonde",
    "tipiPendenza",
)


# What the ente's applicazione must be told. Its own waits between attempts are in notifiche/rules.py: the queue only
# retries what crashed.
@app.on_sqs_message(queue=queue_name(Queue.NOTIFICHE), batch_size=1, name="notifiche_consumer")
def notifiche_consumer(event: SQSEvent) -> None:
    from chalicelib.notifiche import operations as notifiche

    for message in _messages(event):
        notifiche.deliver(message["chiave"], now=clock.now())


# What a citizen is to be told, by mail or on App IO. The waits between attempts are in promemoria/rules.py.
@app.on_sqs_message(
    queue=queue_name(Queue.PROMEMORIA), batch_size=1, name="promemoria_consumer", maximum_concurrency=10
)
def promemoria_consumer(event: SQSEvent) -> None:
    from chalicelib.promemoria import operations as promemoria

    for message in _messages(event):
        promemoria.deliver(message["chiave"], now=clock.now())


# Exchanges, off the hot path: payloads to S3, the evento to its table.
@app.on_sqs_message(queue=queue_name(Queue.GIORNALE), batch_size=1, name="giornale_consumer")
def giornale_consumer(event: SQSEvent) -> None:
    from chalicelib.giornale import operations as giornale

    for message in _messages(event):
        giornale.store(message)


# Classic: the RPT that the Nodo expects after paaAttivaRPT.
@app.on_sqs_message(queue=queue_name(Queue.NODO_RPT), batch_size=1, name="nodo_rpt_consumer")
def nodo_rpt_consumer(event: SQSEvent) -> None:
    from chalicelib.pagamenti import operations as pagamenti

    for message in _messages(event):
        pagamenti.send_rpt(id_dominio=message["idDominio"], iuv=message["iuv"], ccp=message["ccp"], now=clock.now())


# Ricevute whose bytes are safe in the archive and whose effect a failure of ours delayed.
@app.on_sqs_message(queue=queue_name(Queue.RICEVUTE), batch_size=1, name="ricevute_consumer")
def ricevute_consumer(event: SQSEvent) -> None:
    from chalicelib.nodo import ricevute

    for message in _messages(event):
        ricevute.acquire_from_archive(message, now=clock.now())


# Flows: listed, brought to the archive, acquired row by row; a message is one step, and sends the next.
@app.on_sqs_message(queue=queue_name(Queue.FLUSSI), batch_size=1, name="flussi_consumer")
def flussi_consumer(event: SQSEvent) -> None:
    from chalicelib.riconciliazione import operations as riconciliazione

    for message in _messages(event):
        riconciliazione.acquire_step(message, now=clock.now())


# The payments of an incasso that were too many for the request that registered it, or a storno that a crash left; and
# the books of an ente and a day, to be proved.
@app.on_sqs_message(queue=queue_name(Queue.INCASSI), batch_size=1, name="incassi_consumer")
def incassi_consumer(event: SQSEvent) -> None:
    from chalicelib.riconciliazione import operations as riconciliazione
    from chalicelib.riconciliazione.conti import operations as conti

    for message in _messages(event):
        if "verificaConti" in message:
            conti.handle(message, now=clock.now())
            continue
        riconciliazione.resume_incasso(
            id_dominio=message["idDominio"], id_incasso=message["idIncasso"], now=clock.now()
        )


# The giornale di cassa: events of S3, and the steps of an import that was more than one message may do.
@app.on_sqs_message(queue=queue_name(Queue.GIORNALE_DI_CASSA), batch_size=1, name="giornale_di_cassa_consumer")
def giornale_di_cassa_consumer(event: SQSEvent) -> None:
    from chalicelib.riconciliazione.importazione import operations as importazione

    for message in _messages(event):
        importazione.handle(message, now=clock.now())


# Payments whose outcome is not known: one message asks pagoPA what became of one of them, or of the RPTs of an ente.
@app.on_sqs_message(queue=queue_name(Queue.RECUPERO), batch_size=1, name="recupero_consumer")
def recupero_consumer(event: SQSEvent) -> None:
    from chalicelib.pagamenti.recupero import operations as recupero

    for message in _messages(event):
        recupero.recover(message, now=clock.now())


# Tracciati: events of S3, and the blocks of rows, ten at a time for all of them: others write pendenze too.
@app.on_sqs_message(queue=queue_name(Queue.TRACCIATI), batch_size=1, name="tracciati_consumer", maximum_concurrency=10)
def tracciati_consumer(event: SQSEvent) -> None:
    from chalicelib.tracciati.operations import consegna as tracciati

    for message in _messages(event):
        tracciati.handle(message, now=clock.now())


# What PSPs have sent: a flow is there within the day, and its revisions within four.
@app.schedule(Rate(6, unit=Rate.HOURS), name="acquisizione_flussi")
def acquisizione_flussi(_event: CloudWatchEvent) -> None:
    from chalicelib.riconciliazione import operations as riconciliazione

    riconciliazione.ask_flussi()


# Flows with anomalies: what was missing may have come since.
@app.schedule(Rate(1, unit=Rate.DAYS), name="riesame_flussi")
def riesame_flussi(_event: CloudWatchEvent) -> None:
    from chalicelib.riconciliazione import operations as riconciliazione

    riconciliazione.examine_again(now=clock.now())


# Credits of the bank whose flow or payment was not there: what came unnoticed is found within the day.
@app.schedule(Rate(1, unit=Rate.DAYS), name="riesame_movimenti")
def riesame_movimenti(_event: CloudWatchEvent) -> None:
    from chalicelib.riconciliazione.importazione import operations as importazione

    importazione.ask_retries()


# The books of the day that has ended, and of a week ago: do they add up? One message an ente and day.
@app.schedule(Rate(1, unit=Rate.DAYS), name="verifica_conti")
def verifica_conti(_event: CloudWatchEvent) -> None:
    from chalicelib.riconciliazione.conti import operations as conti

    conti.ask_verifiche(now=clock.now())


# Incassi that a crash left in the middle.
@app.schedule(Rate(5, unit=Rate.MINUTES), name="riaccoda_incassi")
def riaccoda_incassi(_event: CloudWatchEvent) -> None:
    from chalicelib.riconciliazione import operations as riconciliazione

    riconciliazione.requeue_incassi(now=clock.now())


# Payments that it is time to ask pagoPA about. The waits between the questions are in recupero/rules.py.
@app.schedule(Rate(1, unit=Rate.MINUTES), name="recupero_pagamenti")
def recupero_pagamenti(_event: CloudWatchEvent) -> None:
    from chalicelib.pagamenti.recupero import operations as recupero

    recupero.enqueue_due(now=clock.now())


# Classic: what the Nodo holds without RT, and we may believe closed.
@app.schedule(Rate(6, unit=Rate.HOURS), name="recupero_rpt_pendenti")
def recupero_rpt_pendenti(_event: CloudWatchEvent) -> None:
    from chalicelib.pagamenti.recupero import operations as recupero

    recupero.sweep(now=clock.now())


# Certificates of the connettori that end soon: lines of the log that an alarm counts.
@app.schedule(Rate(1, unit=Rate.DAYS), name="controllo_certificati")
def controllo_certificati(_event: CloudWatchEvent) -> None:
    from chalicelib.connettori import scadenze

    scadenze.check_certificati(now=clock.now())


# What a crash left unsent, and what is due for another attempt.
@app.schedule(Rate(1, unit=Rate.MINUTES), name="riaccoda_notifiche")
def riaccoda_notifiche(_event: CloudWatchEvent) -> None:
    from chalicelib.notifiche import operations as notifiche

    notifiche.requeue_due(now=clock.now())


# Promemoria of due dates whose morning has come, and what is due for another attempt.
@app.schedule(Rate(1, unit=Rate.MINUTES), name="riaccoda_promemoria")
def riaccoda_promemoria(_event: CloudWatchEvent) -> None:
    from chalicelib.promemoria import operations as promemoria

    promemoria.requeue_due(now=clock.now())


def _messages(event: SQSEvent) -> list[dict[str, Any]]:
    return [json.loads(record.body) for record in event]
