"""What a caller may ask of a payment that a PSP starts: verify, activate, send the RPT, acquire the ricevuta."""

from chalicelib.pagamenti.operations.acquisizione import acquire_ricevuta, reject_rt
from chalicelib.pagamenti.operations.attivazione import activate_classic, activate_current, require_classic
from chalicelib.pagamenti.operations.caricamento import save_settled
from chalicelib.pagamenti.operations.incasso import (
    Raccolta,
    acquire_without_rpt,
    collect_riscossioni,
    plan_collection,
    release_riscossioni,
)
from chalicelib.pagamenti.operations.invio import InvioIncerto, send_rpt
from chalicelib.pagamenti.operations.modifica import patch_rpp
from chalicelib.pagamenti.operations.verifica import Pagabile, ask_ente, verify
from chalicelib.pagamenti.rules.attivazione import ImportoNonValido, NonAttivabile, PagamentoInCorso
from chalicelib.pagamenti.rules.ricevuta import (
    EsitoAcquisizione,
    ReceiptDuplicata,
    RptSconosciuta,
    RtDuplicata,
    RtNonConforme,
)
from chalicelib.pagamenti.rules.verifica import (
    DominioErrato,
    EnteNonDisponibile,
    PagamentoAnnullato,
    PagamentoDuplicato,
    PagamentoScaduto,
    PagamentoSconosciuto,
    RifiutoPagoPa,
)

__all__ = [
    "DominioErrato",
    "EnteNonDisponibile",
    "EsitoAcquisizione",
    "ImportoNonValido",
    "InvioIncerto",
    "NonAttivabile",
    "Pagabile",
    "PagamentoAnnullato",
    "PagamentoDuplicato",
    "PagamentoInCorso",
    "PagamentoScaduto",
    "PagamentoSconosciuto",
    "Raccolta",
    "ReceiptDuplicata",
    "RifiutoPagoPa",
    "RptSconosciuta",
    "RtDuplicata",
    "RtNonConforme",
    "acquire_ricevuta",
    "acquire_without_rpt",
    "activate_classic",
    "activate_current",
    "ask_ente",
    "collect_riscossioni",
    "patch_rpp",
    "plan_collection",
    "reject_rt",
    "release_riscossioni",
    "require_classic",
    "save_settled",
    "send_rpt",
    "verify",
]
