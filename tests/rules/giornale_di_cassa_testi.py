"""Journals of the bank, small and true to form, for the tests that read them."""

import io
import zipfile
from typing import Any

from chalicelib.riconciliazione.giornale_di_cassa import Giornale, open_giornale

FLUSSO = "2026-11-20PSPTEST1-0000000001"
CAUSALE = f"/PUR/LGPE-RIVERSAMENTO/URI/{FLUSSO}"
IBAN = "IT60X0542811101000000123456"


def opened(content: bytes | str, name: str = "giornale") -> Giornale:
    data = content.encode() if isinstance(content, str) else content
    return open_giornale(io.BytesIO(data), name=name)


def rows(content: bytes | str) -> list[Any]:
    return list(opened(content))


def movimento(**changes: str | None) -> str:
    """One movement of an OPI; a change of None leaves the element out."""
    fields: dict[str, str | None] = {
        "tipo_movimento": "ENTRATA",
        "tipo_documento": "SOSPESO ENTRATA",
        "tipo_operazione": "ESEGUITO",
        "numero_documento": "0064001",
        "importo": "10.00",
        "numero_bolletta_quietanza": "0070001",
        "data_movimento": "2026-11-20",
        "causale": CAUSALE,
        **changes,
    }
    inside = "".join(
        str(value) if name == "altro" else f"<{name}>{value}</{name}>"
        for name, value in fields.items()
        if value is not None
    )
    return f"<movimento_conto_evidenza>{inside}</movimento_conto_evidenza>"


def opi(
    *movimenti: str,
    totali: str = "",
    pagina: int = 1,
    pagine: int = 1,
    prologo: str = '<?xml version="1.0" encoding="UTF-8"?>',
    coda: str = "",
) -> str:
    return (
        f"{prologo}<flusso_giornale_di_cassa><testata_messaggio><codice_ABI_BT>03069</codice_ABI_BT>"
        "<codice_fiscale_ente>99999000013</codice_fiscale_ente></testata_messaggio>"
        f"<identificativo_flusso_BT>GDC-20261120X#{pagina:03d}#{pagine:03d}</identificativo_flusso_BT>"
        f"<pagina>{pagina}</pagina><pagine_totali>{pagine}</pagine_totali><esercizio>2026</esercizio>"
        "<data_riferimento_GdC>2026-11-20</data_riferimento_GdC>"
        f"<informazioni_conto_evidenza><conto_evidenza>1</conto_evidenza>{''.join(movimenti)}{totali}"
        f"</informazioni_conto_evidenza>{coda}</flusso_giornale_di_cassa>"
    )


def ntry(
    *,
    ref: str = "N001",
    amt: str = "10.00",
    ind: str = "CRDT",
    sts: str = "BOOK",
    rvsl: str = "",
    ccy: str = "EUR",
    details: str = f"<TxDtls><RmtInf><Ustrd>{CAUSALE}</Ustrd></RmtInf></TxDtls>",
    dates: str = "<BookgDt><Dt>2026-11-20</Dt></BookgDt><ValDt><DtTm>2026-11-21T10:00:00+01:00</DtTm></ValDt>",
    addtl: str = "",
) -> str:
    return (
        f'<Ntry><Amt Ccy="{ccy}">{amt}</Amt><CdtDbtInd>{ind}</CdtDbtInd>'
        + (f"<RvslInd>{rvsl}</RvslInd>" if rvsl else "")
        + f"<Sts>{sts}</Sts>{dates}"
        + (f"<AcctSvcrRef>{ref}</AcctSvcrRef>" if ref else "")
        + f"<NtryDtls>{details}</NtryDtls>{addtl}</Ntry>"
    )


def tx(amount: str, *pieces: str, refs: str = "") -> str:
    ustrd = "".join(f"<Ustrd>{piece}</Ustrd>" for piece in pieces)
    return f'<TxDtls><Refs>{refs}</Refs><Amt Ccy="EUR">{amount}</Amt><RmtInf>{ustrd}</RmtInf></TxDtls>'


def camt(*entries: str, summary: str = "") -> str:
    return (
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt><Stmt><Id>S1</Id>'
        f"<CreDtTm>2026-11-20T23:30:00</CreDtTm><Acct><Id><IBAN>{IBAN}</IBAN></Id></Acct>{summary}{''.join(entries)}"
        "</Stmt></BkToCstmrStmt></Document>"
    )


def mt940(*lines: str, chiusura: str = ":62F:C261120EUR2000,00\n-}\n") -> str:
    body = "\n".join(lines)
    return f":20:STMT1\n:25:{IBAN}\n:28C:1/1\n:60F:C261120EUR1000,00\n{body}\n{chiusura}"


BASE = "ESERCIZIO;N.PROVV.;DATA ESEC.;ANAGRAFICA CLIENTE;DESCRIZIONE CAUSALE;IMPORTO PROVVISORIO;VALUTA ENTE"


def csv_base(*righe: str, header: str = BASE) -> str:
    return "\n".join((header, *righe)) + "\n"


def riga_base(
    *, importo: str = "10,00", data: str = "2026-11-20", numero: str = "64001", esercizio: str = "2026"
) -> str:
    return f"{esercizio};{numero};{data};BANCA;{CAUSALE};{importo};"


def zipped(*entries: tuple[str, bytes | str], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return out.getvalue()
