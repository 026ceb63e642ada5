"""One entry of a camt.053: the small tree that it is, its values, and the text that says what it is for."""

from datetime import date
from itertools import pairwise

from chalicelib.kernel.importo import Importo
from chalicelib.riconciliazione.causale import TipoRiferimento, read_causale
from chalicelib.riconciliazione.giornale_di_cassa.modello import ENTRATA, USCITA
from chalicelib.riconciliazione.giornale_di_cassa.valori import ValoreIllegibile, read_decimal, read_iso_date

FOLDED_AT = 35
_TRUE = ("true", "1")
_NOT_PROVIDED = "NOTPROVIDED"


class Nodo:
    """One element of the small tree that an entry is."""

    __slots__ = ("attributi", "figli", "nome", "testo")

    def __init__(self, nome: str, attributi: dict[str, str]) -> None:
        self.nome = nome
        self.attributi = attributi
        self.figli: list[Nodo] = []
        self.testo: list[str] = []

    @property
    def text(self) -> str:
        return "".join(self.testo).strip()

    def all(self, nome: str) -> "list[Nodo]":
        return [figlio for figlio in self.figli if figlio.nome == nome]

    def at(self, *path: str) -> "Nodo | None":
        nodo: Nodo | None = self
        for nome in path:
            nodo = next((figlio for figlio in nodo.figli if figlio.nome == nome), None) if nodo else None
        return nodo

    def text_at(self, *path: str) -> str:
        nodo = self.at(*path)
        return nodo.text if nodo else ""


def direction_of(ntry: Nodo) -> tuple[str, bool]:
    """Tell what kind of line this is, and whether it undoes one: a reversed credit is shown as a debit."""
    mark = ntry.text_at("CdtDbtInd")
    if mark not in ("CRDT", "DBIT"):
        raise ValoreIllegibile(f"CdtDbtInd non è CRDT né DBIT: {mark[:32]!r}")
    is_storno = ntry.text_at("RvslInd") in _TRUE
    return (ENTRATA if (mark == "CRDT") is not is_storno else USCITA), is_storno


def euro_of(amt: Nodo | None) -> Importo:
    if amt is None:
        raise ValoreIllegibile("l'importo manca")
    if amt.attributi.get("Ccy", "EUR") != "EUR":
        raise ValoreIllegibile(f"l'importo non è in euro: {amt.attributi['Ccy'][:8]!r}")
    # ISO 20022 allows five decimals; those past the second must be zeros, or they would be lost.
    whole, _, decimals = amt.text.partition(".")
    return read_decimal(f"{whole}.{decimals[:2]}" if decimals[2:] and not decimals[2:].strip("0") else amt.text)


def detail_amount(tx: Nodo) -> Nodo | None:
    return tx.at("Amt") or tx.at("AmtDtls", "TxAmt", "Amt") or tx.at("AmtDtls", "InstdAmt", "Amt")


def amount_or_none(text: str) -> Importo | None:
    try:
        return read_decimal(text)
    except ValoreIllegibile:
        return None


def signed_balance(bal: Nodo) -> Importo:
    importo = amount_or_none(bal.text_at("Amt")) or Importo(0)
    return Importo(-importo.cents) if bal.text_at("CdtDbtInd") == "DBIT" else importo


def date_of(nodo: Nodo | None, name: str) -> date:
    text = (nodo.text_at("Dt") or nodo.text_at("DtTm")) if nodo else ""
    return read_iso_date(text, name=name)


def day_or_none(text: str) -> date | None:
    try:
        return read_iso_date(text, name="CreDtTm")
    except ValoreIllegibile:
        return None


def provided(text: str) -> str:
    return "" if text == _NOT_PROVIDED else text


def payer_of(tx: Nodo, *, tipo: str, is_storno: bool) -> str:
    side = "Dbtr" if (tipo == ENTRATA) is not is_storno else "Cdtr"
    parties = [tx.at("RltdPties", name) for name in (side, "Dbtr", "Cdtr")]
    names = [party.text_at("Nm") or party.text_at("Pty", "Nm") for party in parties if party is not None]
    return next(filter(None, names), "")


# --- the causale


def causale_of(ntry: Nodo, tx: Nodo) -> str:
    """Give the remittance text: unstructured, else the RF reference, else what the bank adds."""
    pieces = [piece.text for info in tx.all("RmtInf") for piece in info.all("Ustrd") if piece.text]
    if pieces:
        return join_folded(pieces)
    reference = tx.text_at("RmtInf", "Strd", "CdtrRefInf", "Ref")
    if reference:
        return f"/RFS/{reference}" if reference.upper().startswith("RF") else reference
    return tx.text_at("AddtlTxInf") or ntry.text_at("AddtlNtryInf")


def join_folded(pieces: list[str]) -> str:
    """Join what the bank folded. Whether a blank stood at the fold cannot be known: what gives a reference is taken."""
    if len(pieces) == 1:
        return pieces[0]
    likely = pieces[0] + "".join(
        (piece if _is_inside_token(before, piece) else f" {piece}") for before, piece in pairwise(pieces)
    )
    for text in (likely, "".join(pieces), " ".join(pieces)):
        if read_causale(text).tipo in (TipoRiferimento.FLUSSO, TipoRiferimento.IUV):
            return text
    return likely


def _is_inside_token(before: str, after: str) -> bool:
    if len(before) >= FOLDED_AT:
        return True
    return before[-1] in "/-_:" or (before[-1].isdigit() and after[0].isdigit())
