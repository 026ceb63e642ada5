"""SWIFT MT940: statement lines (:61:) and their text (:86:), joined as the bank folded it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from chalicelib.kernel.identifiers import is_iban
from chalicelib.kernel.importo import Importo
from chalicelib.riconciliazione.giornale_di_cassa.errori import NonGiornale, Troncato
from chalicelib.riconciliazione.giornale_di_cassa.impronte import Impronte
from chalicelib.riconciliazione.giornale_di_cassa.modello import (
    ENTRATA,
    ESEGUITO,
    SOSPESO_ENTRATA,
    SOSPESO_USCITA,
    STORNATO,
    USCITA,
    Avvertenza,
    Formato,
    Movimento,
    Riga,
    RigaIllegibile,
    SaldoConto,
    Testata,
)
from chalicelib.riconciliazione.giornale_di_cassa.sorgente import Sorgente
from chalicelib.riconciliazione.giornale_di_cassa.testo import lines_of
from chalicelib.riconciliazione.giornale_di_cassa.valori import ValoreIllegibile, read_decimal

MAX_SCT = 35
MAX_TEXT = 8192
MAX_CONTI = 1000
_TAG = re.compile(r":([0-9]{2}[A-Z]?):(.*)", re.DOTALL)
_LINE_61 = re.compile(
    r"(?P<valuta>[0-9]{6})(?P<contabile>[0-9]{4})?(?P<segno>RC|RD|C|D)[A-Z]?(?P<importo>[0-9]{1,13},[0-9]{0,2})"
    r"[A-Z][A-Z0-9]{3}(?P<cliente>[^/\n]{0,35}(?:/[^/\n]{1,35})*)(?://(?P<banca>[^\n]{1,35}))?(?:\n.*)?",
    re.DOTALL,
)
_BALANCE = re.compile(r"([CD])([0-9]{6})([A-Z]{3})([0-9]{1,13},[0-9]{0,2})")
_NO_REFERENCE = ("NONREF", "")
# :86: in subfields (ZKA): a code of three digits, then ?00 what it is, ?20-29 and ?60-63 the text, ?32-33 who.
_SUBFIELDS = re.compile(r"(?:[0-9]{3})?\?[0-9]{2}")
_SUBFIELD = re.compile(r"\?([0-9]{2})")
_TEXT_SUBFIELDS = frozenset({*(f"2{n}" for n in range(10)), *(f"6{n}" for n in range(4))})
_NAME_SUBFIELDS = frozenset({"32", "33"})
_SEPA = re.compile(r"(EREF|KREF|MREF|CRED|DEBT|COAM|OAMT|SVWZ|ABWA|ABWE)\+")
_HALF_YEAR = 6


@dataclass(slots=True)
class _Estratto:
    """The statement being read."""

    conto: str = ""
    valuta: str = "EUR"
    saldo_precedente: Importo | None = None
    saldo_finale: Importo | None = None


@dataclass(slots=True)
class _Campo:
    """One tag, with its lines."""

    tag: str
    riga: int
    testo: list[str] = field(default_factory=list)
    length: int = 0

    def add(self, line: str) -> None:
        self.length += len(line)
        if self.length <= MAX_TEXT:
            self.testo.append(line)


class LetturaMt940:
    """One reading of one MT940 file. `testata` and `avvertenze` are there when `righe` has come to its end."""

    def __init__(self, sorgente: Sorgente, *, codifica: str | None) -> None:
        self._sorgente = sorgente
        self._codifica = codifica
        self._estratto = _Estratto()
        self._conti: list[SaldoConto] = []
        self._statements = 0
        self._posizione = 0
        self._pending: _Campo | None = None
        self._ultimo = ""
        self._id = ""
        self._impronte = Impronte()
        self.testata: Testata | None = None
        self.avvertenze: list[Avvertenza] = []

    def righe(self) -> Iterator[Riga]:
        """Read to the end.

        :raises NonUtf8:
        :raises GiornaleIllegibile:
        """
        last = _Campo("", 0)
        with lines_of(self._sorgente, codifica=self._codifica) as lines:
            for campo in _fields(lines):
                yield from self._take(campo)
                last = campo
        yield from self._flush("")
        if not self._statements:
            raise NonGiornale("il file non contiene un estratto conto MT940")
        if self._estratto.saldo_finale is None:
            seen = f"ultimo movimento letto: {self._ultimo}" if self._ultimo else "nessun movimento letto"
            raise Troncato(f"manca il saldo finale (:62F:), il file finisce prima ({seen})", riga=last.riga)
        self._finish()

    def _finish(self) -> None:
        self.testata = Testata(
            documento=self._sorgente.nome, formato=Formato.MT940, id_flusso=self._id, saldi=tuple(self._conti)
        )

    def _take(self, campo: _Campo) -> Iterator[Riga]:
        text = "\n".join(campo.testo)
        if campo.tag == "86":
            yield from self._flush("".join(campo.testo))
            return
        yield from self._flush("")
        if campo.tag == "61":
            self._pending = campo
        elif campo.tag == "20":
            self._statements += 1
            self._id = self._id or text[:35]
            self._estratto = _Estratto()
        elif campo.tag == "25":
            self._estratto.conto = text.strip()[:35]
        elif campo.tag in ("60F", "60M"):
            self._estratto.saldo_precedente = self._balance(text)
        elif campo.tag in ("62F", "62M"):
            self._close(text)

    def _balance(self, text: str) -> Importo | None:
        match = _BALANCE.match(text)
        if match is None:
            return None
        self._estratto.valuta = match[3]
        importo = _amount(match[4])
        return Importo(-importo.cents) if match[1] == "D" else importo

    def _close(self, text: str) -> None:
        self._estratto.saldo_finale = self._balance(text) or Importo(0)
        if len(self._conti) < MAX_CONTI:
            self._conti.append(
                SaldoConto(
                    conto=self._estratto.conto,
                    saldo_precedente=self._estratto.saldo_precedente,
                    saldo_finale=self._estratto.saldo_finale,
                )
            )

    def _flush(self, causale: str) -> Iterator[Riga]:
        """Give the movement that was waiting for its text."""
        campo, self._pending = self._pending, None
        if campo is None:
            return
        self._posizione += 1
        try:
            row = self._movimento(campo, causale.strip())
        except ValoreIllegibile as error:
            yield RigaIllegibile(
                documento=self._sorgente.nome, posizione=self._posizione, riga=campo.riga, motivo=str(error)
            )
            return
        self._ultimo = row.describe()
        yield row

    def _movimento(self, campo: _Campo, causale: str) -> Movimento:
        match = _LINE_61.fullmatch("\n".join(campo.testo))
        if match is None:
            raise ValoreIllegibile(f"la riga :61: non è leggibile: {campo.testo[0][:40]!r}")
        if self._estratto.valuta != "EUR":
            raise ValoreIllegibile(f"l'importo non è in euro: {self._estratto.valuta!r}")
        causale, ordinante, end_to_end = _read_86(causale)
        if not causale:
            raise ValoreIllegibile("la causale (:86:) manca")
        valuta = _date(match["valuta"])
        contabile = _booking_date(match["contabile"], valuta)
        is_storno = match["segno"].startswith("R")
        importo = _amount(match["importo"])
        # RC undoes a credit: the money goes out, and the line still belongs to the credits.
        tipo = ENTRATA if match["segno"].endswith("C") else USCITA
        cliente, banca = match["cliente"].strip(), (match["banca"] or "").strip()
        conto = self._estratto.conto
        name = self._impronte.of(conto, banca, contabile, valuta, match["segno"], importo, causale)
        return Movimento(
            documento=self._sorgente.nome,
            posizione=self._posizione,
            riga=campo.riga,
            chiave=f"MT940|{conto}|{name}",
            esercizio=str(contabile.year),
            numero_provvisorio="",
            importo=Importo(-importo.cents) if is_storno else importo,
            data_contabile=contabile,
            data_valuta=valuta,
            causale=causale[:MAX_TEXT],
            sct=(cliente if cliente not in _NO_REFERENCE else end_to_end or banca or name)[:MAX_SCT],
            cliente=ordinante,
            tipo_movimento=tipo,
            tipo_documento=SOSPESO_ENTRATA if tipo == ENTRATA else SOSPESO_USCITA,
            tipo_operazione=STORNATO if is_storno else ESEGUITO,
            conto=conto,
            iban=conto if is_iban(conto) else "",
        )


def _fields(lines: Iterator[str]) -> Iterator[_Campo]:
    campo: _Campo | None = None
    for number, raw in enumerate(lines, start=1):
        line = raw.rstrip("\r\n")
        match = _TAG.match(line.partition("{4:")[2].strip() if line.startswith("{") else line)
        if match:
            if campo:
                yield campo
            campo = _Campo(match[1], number)
            campo.add(match[2])
        elif campo and not line.startswith(("-}", "{")) and line != "-":
            campo.add(line)
    if campo:
        yield campo


def _read_86(text: str) -> tuple[str, str, str]:
    """Give causale, payer and end-to-end id of a text; of one without subfields, or with none of text, the whole."""
    if not _SUBFIELDS.match(text):
        return text, "", ""
    _, *parts = _SUBFIELD.split(text)
    fields = list(zip(parts[::2], parts[1::2], strict=True))
    causale = "".join(value for code, value in fields if code in _TEXT_SUBFIELDS).strip()
    ordinante = "".join(value for code, value in fields if code in _NAME_SUBFIELDS).strip()
    _, *tagged = _SEPA.split(causale)
    sepa = dict(zip(tagged[::2], tagged[1::2], strict=True))
    end_to_end = sepa.get("EREF", "").strip()
    causale = sepa.get("SVWZ", "").strip() or causale or text
    return causale, ordinante, "" if end_to_end == "NOTPROVIDED" else end_to_end


def _amount(text: str) -> Importo:
    return read_decimal(text.replace(",", ".").rstrip("."))


def _date(text: str) -> date:
    try:
        return date(2000 + int(text[:2]), int(text[2:4]), int(text[4:]))
    except ValueError as error:
        raise ValoreIllegibile(f"la data valuta non è una data: {text!r}") from error


def _booking_date(text: str | None, valuta: date) -> date:
    """Give the year to an entry date MMDD: the one nearest to the value date."""
    if text is None:
        return valuta
    month, day = int(text[:2]), int(text[2:])
    distance = month - valuta.month
    year = valuta.year + (-1 if distance > _HALF_YEAR else 1 if distance < -_HALF_YEAR else 0)
    try:
        return date(year, month, day)
    except ValueError as error:
        raise ValoreIllegibile(f"la data contabile non è una data: {text!r}") from error
