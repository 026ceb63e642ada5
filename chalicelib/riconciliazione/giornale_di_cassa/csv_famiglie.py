"""The CSV layouts in use (MyPivot, p4pa, Poste, home banking): each says how it is recognised and how a row is read."""

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from chalicelib.kernel.identifiers import is_iban
from chalicelib.kernel.importo import Importo
from chalicelib.riconciliazione.giornale_di_cassa.csv_righe import Record, normalize
from chalicelib.riconciliazione.giornale_di_cassa.errori import ColonnaMancante
from chalicelib.riconciliazione.giornale_di_cassa.impronte import Impronte
from chalicelib.riconciliazione.giornale_di_cassa.modello import (
    ENTRATA,
    SOSPESO_ENTRATA,
    SOSPESO_USCITA,
    USCITA,
    Formato,
    Movimento,
)
from chalicelib.riconciliazione.giornale_di_cassa.valori import (
    ValoreIllegibile,
    padded,
    plain_number,
    read_amount,
    read_cents,
    read_date,
)

MAX_SCT = 35
MAX_TEXT = 8192
_YEAR = re.compile(r"(?:19|20)[0-9]{2}")
_NUMBER = re.compile(r"[0-9]{1,18}")
_ENOUGH = 3


class Famiglia(ABC):
    """One layout. `movimento` gives the fields that the layout has; the reader adds document, place and line."""

    formato: ClassVar[Formato]

    @abstractmethod
    def movimento(self, record: Record) -> dict[str, Any]:
        """Read one record.

        :raises ValoreIllegibile: with the reason, in Italian
        """

    def provvisorio_of(self, record: Record) -> str:  # noqa: ARG002 - what has no provvisorio has none in any record
        """Give the number to quote of a row that cannot be read."""
        return ""


# --- MyPivot and p4pa: rows with a provvisorio


class Base(Famiglia):
    """Seven columns by name: ESERCIZIO; N.PROVV.; DATA ESEC.; ANAGRAFICA CLIENTE; DESCRIZIONE CAUSALE; IMPORTO...; VALUTA ENTE."""

    formato = Formato.CSV_BASE
    NOMI: ClassVar[Mapping[str, str]] = {
        "esercizio": "ESERCIZIO",
        "nprovv": "N.PROVV.",
        "dataesec": "DATA ESEC.",
        "anagraficacliente": "ANAGRAFICA CLIENTE",
        "descrizionecausale": "DESCRIZIONE CAUSALE",
        "importoprovvisorio": "IMPORTO PROVVISORIO",
    }

    def __init__(self, places: Sequence[int | None]) -> None:
        self._places = places

    @classmethod
    def recognise(cls, columns: Mapping[str, int]) -> "Base | None":
        """Take the heading, if most of it is ours.

        :raises ColonnaMancante: if it is, and a column is not there
        """
        if sum(name in columns for name in cls.NOMI) < _ENOUGH:
            return None
        require(columns, cls.NOMI)
        return cls([*(columns[name] for name in cls.NOMI), columns.get("valutaente")])

    def movimento(self, record: Record) -> dict[str, Any]:
        esercizio, numero, data, cliente, causale, importo, valuta = (record.cella(place) for place in self._places)
        contabile = read_date(data, name="la data di esecuzione")
        return {
            **by_provvisorio(esercizio, numero),
            "data_contabile": contabile,
            "data_valuta": read_date(valuta, name="la valuta") if valuta else contabile,
            "cliente": cliente,
            "causale": needed_causale(causale),
            "importo": read_amount(importo),
        }

    def provvisorio_of(self, record: Record) -> str:
        return plain_number(record.cella(self._places[1]))[:18]


class Posizionale(Base):
    """The old MyPivot layout: the same seven by position, whatever the heading says, or without one."""

    formato = Formato.CSV_POSIZIONALE

    @classmethod
    def fits(cls, record: Record) -> bool:
        """Tell whether a record looks like a row of this layout: year, number, date, amount, in their places."""
        if len(record.celle) not in (6, 7):
            return False
        try:
            read_date(record.cella(2), name="")
            read_amount(record.cella(5))
        except ValoreIllegibile:
            return False
        return bool(_YEAR.fullmatch(record.cella(0)) and _NUMBER.fullmatch(record.cella(1)))

    @classmethod
    def by_position(cls) -> "Posizionale":
        return cls(range(7))


class Completo(Famiglia):
    """Forty-one columns by name, amounts in cents, references already split out."""

    formato = Formato.CSV_COMPLETO
    NOMI: ClassVar[Mapping[str, str]] = {
        "annobolletta": "annoBolletta",
        "codbolletta": "codBolletta",
        "causale": "causale",
        "importocentesimi": "importoCentesimi",
        "databolletta": "dataBolletta",
    }

    def __init__(self, columns: Mapping[str, int]) -> None:
        self._columns = columns

    @classmethod
    def recognise(cls, columns: Mapping[str, int]) -> "Completo | None":
        if "codbolletta" not in columns and "importocentesimi" not in columns:
            return None
        require(columns, cls.NOMI)
        return cls(columns)

    def movimento(self, record: Record) -> dict[str, Any]:
        def cella(name: str) -> str:
            return record.cella(self._columns.get(name))

        contabile = read_date(cella("databolletta"), name="la dataBolletta")
        valuta = cella("datavalutaregione")
        iuf, iuv = cella("iuf"), cella("iuv")
        fields = by_provvisorio(cella("annobolletta"), cella("codbolletta"), abi=cella("codabi"))
        return {
            **fields,
            "data_contabile": contabile,
            "data_valuta": read_date(valuta, name="la dataValutaRegione") if valuta else contabile,
            "cliente": " ".join(filter(None, (cella("pspcognome"), cella("pspnome")))),
            "causale": needed_causale(cella("causale") or iuf or iuv),
            "importo": read_cents(cella("importocentesimi")),
            "sct": (cella("endtoendid") or fields["sct"])[:MAX_SCT],
            "conto": cella("codconto"),
            "iban": cella("codiban") if is_iban(cella("codiban")) else "",
            "iuf": iuf,
            "iuv": iuv,
            "regolarizzato": cella("flgregolarizzata").upper() in ("S", "Y"),
        }

    def provvisorio_of(self, record: Record) -> str:
        return plain_number(record.cella(self._columns["codbolletta"]))[:18]


# --- statements of an account: rows without a number


class Poste(Famiglia):
    """Estratto conto of Poste: IBAN on the first row, headings on the second, then by position."""

    formato = Formato.CSV_POSTE
    HEADINGS = ("datacontabile", "datavaluta", "causale")

    def __init__(self, iban: str) -> None:
        self._iban = iban
        self._impronte = Impronte()

    @classmethod
    def recognise(cls, first: Sequence[str], second: Sequence[str]) -> "Poste | None":
        ibans = [cella.strip() for cella in first if is_iban(cella.strip())]
        headings = tuple(normalize(cella) for cella in second[:3])
        return cls(ibans[0]) if ibans and headings == cls.HEADINGS else None

    def movimento(self, record: Record) -> dict[str, Any]:
        addebito, accredito = record.cella(5), record.cella(6)
        if bool(addebito) is bool(accredito):
            raise ValoreIllegibile("addebito e accredito: uno dei due, e uno solo, deve essere scritto")
        contabile = read_date(record.cella(0), name="la data contabile")
        valuta = record.cella(1)
        fields = {
            "data_contabile": contabile,
            "data_valuta": read_date(valuta, name="la data valuta") if valuta else contabile,
            "causale": needed_causale(record.cella(8)),
            "importo": read_amount(accredito or addebito),
            "tipo_movimento": ENTRATA if accredito else USCITA,
            "conto": self._iban,
            "iban": self._iban,
        }
        return by_fingerprint(fields, self._impronte, self._iban, record.cella(2))


class HomeBanking(Famiglia):
    """Fourteen columns; the reference is among the bank's tags in DESCRIZIONE ESTESA."""

    formato = Formato.CSV_HOME_BANKING
    NOMI: ClassVar[Mapping[str, str]] = {
        "conto": "CONTO",
        "datacontabile": "DATA CONTABILE",
        "datavaluta": "DATA VALUTA",
        "importo": "IMPORTO",
        "segno": "SEGNO",
        "descrizioneestesa": "DESCRIZIONE ESTESA",
    }

    def __init__(self, columns: Mapping[str, int]) -> None:
        self._columns = columns
        self._impronte = Impronte()

    @classmethod
    def recognise(cls, columns: Mapping[str, int]) -> "HomeBanking | None":
        if sum(name in columns for name in cls.NOMI) < _ENOUGH:
            return None
        require(columns, cls.NOMI)
        return cls(columns)

    def movimento(self, record: Record) -> dict[str, Any]:
        def cella(name: str) -> str:
            return record.cella(self._columns.get(name))

        if cella("divisa") not in ("", "EUR"):
            raise ValoreIllegibile(f"l'importo non è in euro: {cella('divisa')[:8]!r}")
        contabile = read_date(cella("datacontabile"), name="la data contabile")
        valuta = cella("datavaluta")
        importo, tipo = _signed(read_amount(cella("importo")), cella("segno"))
        conto = cella("conto")
        fields = {
            "data_contabile": contabile,
            "data_valuta": read_date(valuta, name="la data valuta") if valuta else contabile,
            "causale": needed_causale(cella("descrizioneestesa") or cella("descrizione")),
            "importo": importo,
            "tipo_movimento": tipo,
            "conto": conto,
            "abi": cella("abi"),
        }
        place = (cella("abi"), cella("cab"), conto)
        return by_fingerprint(
            fields, self._impronte, *place, cella("rifbanca"), cella("causale"), sct=cella("rifbanca")
        )


def _signed(importo: Importo, segno: str) -> tuple[Importo, str]:
    if segno not in ("+", "-"):
        raise ValoreIllegibile(f"il segno non è + né -: {segno[:8]!r}")
    if segno == "-" and importo.cents < 0:
        raise ValoreIllegibile("il segno è scritto due volte, nell'importo e nella sua colonna")
    return importo, ENTRATA if segno == "+" else USCITA


# --- what rows have in common


def require(columns: Mapping[str, int], names: Mapping[str, str]) -> None:
    """Check that the columns are there.

    :raises ColonnaMancante: naming those that are not
    """
    missing = [shown for name, shown in names.items() if name not in columns]
    if missing:
        raise ColonnaMancante(f"manca la colonna {', '.join(missing)}", riga=1)


def needed_causale(causale: str) -> str:
    if not causale:
        raise ValoreIllegibile("la causale manca")
    return causale[:MAX_TEXT]


def by_provvisorio(esercizio: str, numero: str, *, abi: str = "") -> dict[str, Any]:
    """Give the identity of a row that has its number (key: esercizio, provvisorio)."""
    if not _YEAR.fullmatch(esercizio):
        raise ValoreIllegibile(f"l'esercizio non è un anno: {esercizio[:8]!r}")
    if not _NUMBER.fullmatch(numero):
        raise ValoreIllegibile(f"il numero del provvisorio non è un numero: {numero[:20]!r}")
    plain = plain_number(numero)
    return {
        "chiave": f"CSV|{esercizio}|{plain}",
        "esercizio": esercizio,
        "numero_provvisorio": plain,
        "sct": f"{esercizio}-{plain}",
        "abi": abi,
        "radice_id": f"GDC{esercizio}{padded(plain)}",
    }


def by_fingerprint(fields: dict[str, Any], impronte: Impronte, *place: str, sct: str = "") -> dict[str, Any]:
    """Give the identity of a row without a number: what it says, and its order among equal ones."""
    facts = (fields["data_contabile"], fields["data_valuta"], fields["tipo_movimento"], fields["importo"])
    name = impronte.of(*place, *facts, fields["causale"])
    is_entrata = fields["tipo_movimento"] == ENTRATA
    return {
        **fields,
        "chiave": f"CSV|{name}",
        "esercizio": str(fields["data_contabile"].year),
        "numero_provvisorio": "",
        "sct": (sct or name)[:MAX_SCT],
        "tipo_documento": SOSPESO_ENTRATA if is_entrata else SOSPESO_USCITA,
    }


def movimento_of(famiglia: Famiglia, record: Record, *, documento: str, posizione: int) -> Movimento:
    return Movimento(documento=documento, posizione=posizione, riga=record.riga, **famiglia.movimento(record))
