"""The giornale di cassa as OPI 1.8 wants it: one ente, one day, one page. Its signature is a form without substance."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from lxml import etree

from chalicelib.kernel.importo import Importo
from chalicelib.kernel.rome_time import as_rome

ABI = "05428"
_DS = "http://www.w3.org/2000/09/xmldsig#"
_ENTRATA, _USCITA = "ENTRATA", "USCITA"


@dataclass(frozen=True, slots=True, kw_only=True)
class Movimento:
    """A movement of the account; `importo` is positive whichever way it goes."""

    numero: int
    entrata: bool
    importo: Importo
    causale: str
    cliente: str
    tipo_esecuzione: str
    trn: str | None = None
    # Of a storno: the number of the credit that it takes back. Its amount is written with a minus.
    storna: int | None = None
    # What whoever reads the giornale must make of it, where the bank knows (riconciliazione.esiti).
    atteso: str | None = None

    @property
    def provvisorio(self) -> str:
        """The number of the sospeso to regularise, or of the mandato paid; a storno has that of its credit."""
        return str((64_000 if self.entrata else 24_000) + (self.numero if self.storna is None else self.storna))


@dataclass(frozen=True, slots=True, kw_only=True)
class Giornale:
    """The day of an ente. `numero` counts them all."""

    numero: int
    id_dominio: str
    denominazione: str
    giorno: date
    chiuso_il: datetime
    saldo: Importo
    movimenti: tuple[Movimento, ...]

    @property
    def nome(self) -> str:
        return f"gdc-{self.id_dominio}-{self.giorno:%Y%m%d}-{self.numero:03d}.xml"

    @property
    def entrate(self) -> Importo:
        entrate = [one for one in self.movimenti if one.entrata]
        stornati = Importo.total(one.importo for one in entrate if one.storna is not None)
        return Importo.total(one.importo for one in entrate if one.storna is None) - stornati

    @property
    def uscite(self) -> Importo:
        return Importo.total(one.importo for one in self.movimenti if not one.entrata)


def write_giornale(giornale: Giornale) -> bytes:
    root = etree.Element("flusso_giornale_di_cassa")
    giorno, ora = giornale.giorno, as_rome(giornale.chiuso_il)
    _add(
        etree.SubElement(root, "testata_messaggio"),
        codice_ABI_BT=ABI,
        data_ora_creazione_flusso=ora.strftime("%Y-%m-%dT%H:%M:%S"),
        codice_ente="SBXENT",
        descrizione_ente=giornale.denominazione,
        codice_istat_ente="000123456",
        codice_fiscale_ente=giornale.id_dominio,
        codice_tramite_ente="A2A-00000001",
        codice_tramite_BT="A2A-00000002",
        codice_ente_BT="1234567",
    )
    _add(
        root,
        identificativo_flusso_BT=f"GDC-{giorno:%Y%m%d}{giorno.year}{giornale.numero:09d}#001#001",
        pagina=1,
        pagine_totali=1,
        esercizio=giorno.year,
        data_riferimento_GdC=giorno,
    )
    conto = etree.SubElement(root, "informazioni_conto_evidenza")
    _add(conto, conto_evidenza="0000001", descrizione_conto_evidenza="CONTO ORDINARIO")
    for movimento in giornale.movimenti:
        _movimento(etree.SubElement(conto, "movimento_conto_evidenza"), movimento, giorno)
    finale = giornale.saldo + giornale.entrate - giornale.uscite
    saldi = {"entrate": giornale.entrate, "uscite": giornale.uscite}
    _add(conto, saldo_precedente_conto_evidenza=giornale.saldo)
    _add(conto, **{f"totale_{nome}_conto_evidenza": importo for nome, importo in saldi.items()})
    _add(conto, saldo_finale_conto_evidenza=finale)
    _firma(root)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def _movimento(parent: etree._Element, one: Movimento, giorno: date) -> None:
    _add(
        parent,
        identificativo_flusso=f"SBX-{giorno:%Y%m%d}-{one.numero:06d}",
        numero_movimento=one.numero,
        tipo_movimento=_ENTRATA if one.entrata else _USCITA,
        tipo_documento="SOSPESO ENTRATA" if one.entrata else "MANDATO",
        tipo_operazione="ESEGUITO" if one.storna is None else "STORNATO",
        numero_documento=one.provvisorio,
    )
    if one.entrata:
        _add(
            etree.SubElement(parent, "sospeso_da_regolarizzare"),
            data_effettiva_sospeso=giorno,
            codice_gestionale_provvisorio="0000099999",
        )
    _add(
        parent,
        progressivo_documento=0 if one.entrata else 1,
        importo=one.importo if one.storna is None else f"-{one.importo}",
        numero_bolletta_quietanza=70_000 + one.numero,
    )
    if one.storna is not None:
        _add(parent, numero_bolletta_quietanza_storno=70_000 + one.storna)
    _add(
        parent,
        data_movimento=giorno,
        data_movimento_siope=giorno,
        data_valuta_ente=giorno,
        tipo_esecuzione=one.tipo_esecuzione,
    )
    if one.trn is not None:
        _add(parent, codice_riferimento_operazione=one.trn)
    _add(parent, assoggettamento_bollo="ESENTE BOLLO")
    _add(etree.SubElement(parent, "cliente"), anagrafica_cliente=one.cliente)
    _add(parent, causale=one.causale)


def _firma(root: etree._Element) -> None:
    firma = etree.SubElement(root, f"{{{_DS}}}Signature", nsmap={"ds": _DS}, Id="firma-sandbox")
    info = etree.SubElement(firma, f"{{{_DS}}}SignedInfo")
    c14n = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
    etree.SubElement(info, f"{{{_DS}}}CanonicalizationMethod", Algorithm=c14n)
    etree.SubElement(info, f"{{{_DS}}}SignatureMethod", Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256")
    reference = etree.SubElement(info, f"{{{_DS}}}Reference", URI="")
    etree.SubElement(reference, f"{{{_DS}}}DigestMethod", Algorithm="http://www.w3.org/2001/04/xmlenc#sha256")
    etree.SubElement(reference, f"{{{_DS}}}DigestValue").text = "A" * 43 + "="
    etree.SubElement(firma, f"{{{_DS}}}SignatureValue").text = "U0FOREJPWA=="


def _add(parent: etree._Element, **values: Any) -> None:
    for name, value in values.items():
        etree.SubElement(parent, name).text = str(value)
