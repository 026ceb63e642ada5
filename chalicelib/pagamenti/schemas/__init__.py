"""Payments → JSON: RPT and RT 6.2 (`documenti`), rpp and riscossioni of the contracts (`rpp`)."""

from chalicelib.pagamenti.schemas.documenti import dati_specifici, rpt_json, rt_json
from chalicelib.pagamenti.schemas.rpp import (
    hide_debitore,
    riscossione_json,
    rpp_index_json,
    rpp_json,
    rpp_url,
    segnalazioni_json,
)

__all__ = [
    "dati_specifici",
    "hide_debitore",
    "riscossione_json",
    "rpp_index_json",
    "rpp_json",
    "rpp_url",
    "rpt_json",
    "rt_json",
    "segnalazioni_json",
]
