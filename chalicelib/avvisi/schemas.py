"""Avviso → JSON of the contracts (GovPay 3.1 API 1.17). Nothing in it names the debtor."""

from datetime import datetime
from typing import Any

from chalicelib.anagrafica import queries as anagrafica
from chalicelib.anagrafica.schemas.common import present
from chalicelib.avvisi.codici import CodiceNonStampabile, barcode_gs1, qr_text
from chalicelib.avvisi.rules import StatoAvviso, stato_avviso
from chalicelib.kernel.rome_time import rome_day
from chalicelib.pendenze.model import Pendenza


def avviso_json(pendenza: Pendenza, now: datetime) -> dict[str, Any]:
    """Give the notice of a pendenza."""
    return present(
        stato=stato_avviso(pendenza, now=now),
        importo=pendenza.importo,
        idDominio=pendenza.id_dominio,
        numeroAvviso=pendenza.numero_avviso,
        dataValidita=pendenza.data_validita,
        dataScadenza=pendenza.data_scadenza,
        dataPagamento=rome_day(pendenza.pagamento.data) if pendenza.pagamento else None,
        descrizione=pendenza.causale,
        tassonomiaAvviso=pendenza.tassonomia_avviso,
        qrcode=_qrcode(pendenza),
        barcode=_barcode(pendenza),
    )


def unknown_json(id_dominio: str, numero_avviso: str) -> dict[str, Any]:
    return {"stato": StatoAvviso.SCONOSCIUTA, "numeroAvviso": numero_avviso, "idDominio": id_dominio}


def _qrcode(pendenza: Pendenza) -> str | None:
    """Give the text of the QR code; None where there is no such code (an amount of zero)."""
    if pendenza.numero_avviso is None:
        return None
    try:
        return qr_text(numero_avviso=pendenza.numero_avviso, id_dominio=pendenza.id_dominio, importo=pendenza.importo)
    except CodiceNonStampabile:
        return None


def _barcode(pendenza: Pendenza) -> str | None:
    ente = anagrafica.dominio(pendenza.id_dominio)
    gln = ente.dominio.gln if ente else None
    if pendenza.numero_avviso is None or gln is None:
        return None
    try:
        return barcode_gs1(gln=gln, numero_avviso=pendenza.numero_avviso, importo=pendenza.importo)
    except CodiceNonStampabile:
        return None
