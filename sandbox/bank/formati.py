"""The giornale di a day in the forms that banks give it: OPI, camt.053, and the base CSV."""

import csv
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from io import StringIO
from typing import Any

from lxml import etree

from sandbox.bank.opi import Giornale, Movimento, write_giornale

_CAMT = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"
IBAN = "IT60X0542811101000000123456"
_CSV = ("ESERCIZIO", "N.PROVV.", "DATA ESEC.", "ANAGRAFICA CLIENTE", "DESCRIZIONE CAUSALE", "IMPORTO PROVVISORIO", "VALUTA ENTE")  # fmt: skip


class Formato(StrEnum):
    OPI = "opi"
    CAMT = "camt"
    CSV = "csv"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Forma:
    write: Callable[[Giornale], bytes]
    suffisso: str
    content_type: str


def write(giornale: Giornale, formato: Formato) -> bytes:
    """Write a giornale. A CSV tells only of provvisori in entrata: neither of payments nor of storni."""
    return _FORME[formato].write(giornale)


def content_type_of(formato: Formato) -> str:
    return _FORME[formato].content_type


def name_of(giornale: Giornale, formato: Formato) -> str:
    return giornale.nome.removesuffix(".xml") + _FORME[formato].suffisso


def write_camt(giornale: Giornale) -> bytes:
    """Write a camt.053.001.08: a movement is an entry, a storno a debit that says it reverses one of the same TxId."""
    nsmap: dict[Any, str] = {None: _CAMT}
    root = etree.Element(f"{{{_CAMT}}}Document", nsmap=nsmap)
    statement = _under(root, "BkToCstmrStmt")
    testa = _under(statement, "GrpHdr")
    _add(testa, MsgId=f"SBX-{giornale.numero:06d}", CreDtTm=f"{giornale.chiuso_il:%Y-%m-%dT%H:%M:%S}")
    stmt = _under(statement, "Stmt")
    _add(stmt, Id=f"SBX-{giornale.numero:06d}", CreDtTm=f"{giornale.chiuso_il:%Y-%m-%dT%H:%M:%S}")
    _add(_under(stmt, "Acct", "Id"), IBAN=IBAN)
    _saldo(stmt, "OPBD", giornale, str(giornale.saldo))
    _saldo(stmt, "CLBD", giornale, str(giornale.saldo + giornale.entrate - giornale.uscite))
    for movimento in giornale.movimenti:
        _entry(_under(stmt, "Ntry"), movimento, giornale.giorno)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def _saldo(stmt: etree._Element, codice: str, giornale: Giornale, importo: str) -> None:
    saldo = _under(stmt, "Bal")
    _add(_under(saldo, "Tp", "CdOrPrtry"), Cd=codice)
    _add(saldo, Amt=importo, CdtDbtInd="CRDT")
    saldo[-2].set("Ccy", "EUR")
    _add(_under(saldo, "Dt"), Dt=giornale.giorno)


def _entry(entry: etree._Element, one: Movimento, giorno: date) -> None:
    _add(entry, Amt=one.importo)
    entry[0].set("Ccy", "EUR")
    _add(entry, CdtDbtInd="CRDT" if one.entrata and one.storna is None else "DBIT")
    if one.storna is not None:
        _add(entry, RvslInd="true")
    _add(_under(entry, "Sts"), Cd="BOOK")
    _add(_under(entry, "BookgDt"), Dt=giorno)
    _add(_under(entry, "ValDt"), Dt=giorno)
    _add(entry, AcctSvcrRef=f"SBX{one.numero:08d}")
    _under(entry, "BkTxCd")
    tx = _under(entry, "NtryDtls", "TxDtls")
    _add(_under(tx, "Refs"), TxId=f"SBXTX{one.numero if one.storna is None else one.storna:08d}")
    _add(_under(tx, "RltdPties", "Dbtr", "Pty"), Nm=one.cliente)
    _add(_under(tx, "RmtInf"), Ustrd=one.causale)


def write_csv(giornale: Giornale) -> bytes:
    out = StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(_CSV)
    for one in giornale.movimenti:
        if one.entrata and one.storna is None:
            importo = str(one.importo).replace(".", ",")
            giorno = giornale.giorno.isoformat()
            writer.writerow((giornale.giorno.year, one.provvisorio, giorno, one.cliente, one.causale, importo, giorno))
    return out.getvalue().encode()


def _under(parent: etree._Element, *names: str) -> etree._Element:
    for name in names:
        parent = etree.SubElement(parent, f"{{{_CAMT}}}{name}")
    return parent


def _add(parent: etree._Element, **values: Any) -> None:
    for name, value in values.items():
        _under(parent, name).text = str(value)


_FORME = {
    Formato.OPI: _Forma(write=write_giornale, suffisso=".xml", content_type="application/xml; charset=utf-8"),
    Formato.CAMT: _Forma(write=write_camt, suffisso=".camt053.xml", content_type="application/xml; charset=utf-8"),
    Formato.CSV: _Forma(write=write_csv, suffisso=".csv", content_type="text/csv; charset=utf-8"),
}
