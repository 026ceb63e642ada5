"""The simple types of the official XSDs, named as there. Where the XSDs differ, the message module says so."""

from datetime import date, datetime
from typing import Annotated

from chalicelib.kernel.importo import Importo
from chalicelib.nodo.scalars import Amount, Base64, Boolean, Date, DateTime, Integer, Text

XsdString = Annotated[str, Text(least=0)]
XsdInt = Annotated[int, Integer()]
XsdIntOrZero = Annotated[int, Integer(empty=0)]  # <xsd:element type="xsd:int" default="0">
XsdPositiveInteger = Annotated[int, Integer(least=1, most=10**18)]
XsdBoolean = Annotated[bool, Boolean()]
XsdBase64 = Annotated[bytes, Base64()]
IsoDate = Annotated[date, Date()]
IsoDateTime = Annotated[datetime, DateTime()]

Text16 = Annotated[str, Text(most=16)]
Text20 = Annotated[str, Text(most=20)]
Text25 = Annotated[str, Text(most=25)]
Text35 = Annotated[str, Text(most=35)]
Text70 = Annotated[str, Text(most=70)]
Text140 = Annotated[str, Text(most=140)]
Text210 = Annotated[str, Text(most=210)]
Password = Annotated[str, Text(least=8, most=15)]
EMail = Annotated[str, Text(pattern=r"[a-zA-Z0-9_.+\-]+@[a-zA-Z0-9\-]+(\.[a-zA-Z0-9\-]+)*", most=256)]
NazioneProvincia = Annotated[str, Text(pattern="[A-Z]{2}")]
CodiceIdentificativoUnivoco = Annotated[str, Text(least=2, most=16)]

AnyAmount = Annotated[Importo, Amount()]
AmountNotZero = Annotated[Importo, Amount(least=1)]

FiscalCodePA = Annotated[str, Text(pattern="[0-9]{11}")]
NoticeNumber = Annotated[str, Text(pattern="[0-9]{18}")]
Outcome = Annotated[str, Text(choices=("OK", "KO"))]
IdTransfer = Annotated[int, Integer(least=1, most=5)]

IbanIdentifier = Annotated[str, Text(pattern="[a-zA-Z]{2}[0-9]{2}[a-zA-Z0-9]{1,30}")]
BicIdentifier = Annotated[str, Text(pattern="[A-Z]{6}[A-Z2-9][A-NP-Z0-9]([A-Z0-9]{3})?")]
TipoBollo = Annotated[str, Text(choices=("01",))]
DatiSpecificiRiscossione = Annotated[str, Text(pattern=r"[0129]/[^ \t\n\r]{3,138}")]
