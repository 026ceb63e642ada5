"""The messages of the queue `tracciati`, beside those of S3: a block of a phase each."""

from chalicelib.aws import queues
from chalicelib.aws.queues import Queue
from chalicelib.tracciati.model import Tracciato


def send_fase(tracciato: Tracciato) -> None:
    """Send a message for each block of the phase the tracciato is in; who takes one twice does nothing."""
    for blocco in tracciato.blocks_of(tracciato.fase):
        queues.send(Queue.TRACCIATI, {"id": tracciato.id, "fase": str(tracciato.fase), "blocco": blocco})
