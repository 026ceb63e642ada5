"""Why a whole file is refused. Nothing of it is applied: the treasurer's day comes whole or not at all."""

from chalicelib.kernel.refusals import Invalid


class GiornaleIllegibile(Invalid):
    """The file as such cannot be read. `file` is its name (or that of the entry of a zip), `riga` the line, if known."""

    codice = "GDC_ILLEGGIBILE"

    def __init__(self, motivo: str, *, file: str = "", riga: int | None = None) -> None:
        self.motivo = motivo
        self.file = file
        self.riga = riga
        where = ", ".join(filter(None, (file, f"riga {riga}" if riga is not None else "")))
        super().__init__(f"{where}: {motivo}" if where else motivo)

    def of(self, file: str) -> "GiornaleIllegibile":
        """Give the same refusal, with the name of the file."""
        return type(self)(self.motivo, file=file, riga=self.riga)


class Doctype(GiornaleIllegibile):
    """The XML has a DOCTYPE: refused before anything in it is looked at."""

    codice = "GDC_DOCTYPE"


class NonGiornale(GiornaleIllegibile):
    """It is something else; the reason names what was found."""

    codice = "GDC_NON_GIORNALE"


class XmlMalformato(GiornaleIllegibile):
    """Not well formed, or built to exhaust the reader."""

    codice = "GDC_XML_MALFORMATO"


class Troncato(GiornaleIllegibile):
    """The file ends too early; the reason says the last movement that was read."""

    codice = "GDC_TRONCATO"


class Codifica(GiornaleIllegibile):
    """The bytes are not characters of any charset that treasurers use."""

    codice = "GDC_CODIFICA"


class ZipPericoloso(GiornaleIllegibile):
    """The archive breaks a limit, is damaged or is not plain."""

    codice = "GDC_ZIP"


class TroppoGrande(GiornaleIllegibile):
    """More than 200 MB."""

    codice = "GDC_TROPPO_GRANDE"


class CsvNonChiuso(GiornaleIllegibile):
    """A quote is opened and not closed: where the rows end cannot be known."""

    codice = "GDC_CSV_NON_CHIUSO"


class ColonnaMancante(GiornaleIllegibile):
    """A layout that we know, without a column that it needs."""

    codice = "GDC_COLONNA_MANCANTE"


class SenzaMovimenti(GiornaleIllegibile):
    """Headings, and nothing below."""

    codice = "GDC_SENZA_MOVIMENTI"
