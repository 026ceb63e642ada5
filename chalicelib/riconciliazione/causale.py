"""What a causale says: the flow or the IUV that a credit of the bank refers to.

Grammar of AT-05 (SACI): `/PUR/LGPE-RIVERSAMENTO/URI/<flow>`, `/RFS/<RF code>/<amount>`, `/RFB/<IUV>/<amount>`. Banks fold,
split, lower and retype these texts, so the marks are searched anywhere and what follows them is glued back. Nothing is
guessed: a reference without its mark is DEBOLE, to be proposed and never applied by itself.
"""

import re
import unicodedata
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from chalicelib.kernel.importo import Importo
from chalicelib.kernel.iuv import NumeroAvvisoNonValido, parse_numero_avviso

KnownFlussi = Callable[[str], Collection[str]]
"""Given an id, the ids of the ente's flows that are equal to it but for the case of letters."""

MAX_TEXT = 4096
# Past this distance from its mark nothing is looked at: work stays linear in the number of marks.
MAX_AFTER_MARK = 160
MAX_ID_FLUSSO = 35
# SACI 1.4.0 itself shows an id of 38: believed when nothing had to be glued.
MAX_ID_FLUSSO_INTERO = 50
MAX_IUV = 35
_RF_LONGEST = 25
_RF_HEAD = 4

_INVISIBLE = dict.fromkeys([0xAD, 0x2060, 0xFEFF, *range(0x200B, 0x2010)])
_DASHES = dict.fromkeys([*range(0x2010, 0x2016), 0x2212], "-")
_SLASHES = dict.fromkeys([0x2044, 0x2215, 0x29F8], "/")
_TYPOGRAPHY = {**_INVISIBLE, **_DASHES, **_SLASHES}
_SPACES = re.compile(r"[\s\x00-\x1f\x7f-\x9f]+")
_SPLIT_MARK = re.compile(r" ?/ ?TXT ?/ ?[0-9] ?/", re.IGNORECASE)

_MARK = re.compile(" ?".join("LGPE-RIVERSAMENTO"), re.IGNORECASE)
_URI = re.compile(r"[^/]{0,60}?[ /]{0,4}(?<![A-Za-z])U ?R ?I ?[/: ][/: ]{0,3}(?:TXT[ /][0-9][ /])?", re.IGNORECASE)
_END = re.compile(r"/| ?:[A-Z0-9]{2,4}:", re.IGNORECASE)
_ID_CHARS = re.compile(r"[A-Za-z0-9_-]*")
_FLUSSO = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[A-Za-z0-9_]+-[A-Za-z0-9_-]+")
_BARE_FLUSSO = re.compile(r"(?<![A-Za-z0-9_-])[0-9]{4}-[0-9]{2}-[0-9]{2}[A-Za-z0-9_]{1,24}-[A-Za-z0-9_-]{1,24}")

_SINGLE = re.compile(r"(?P<before>/ ?)?(?<![A-Za-z0-9])RF[SB] ?(?P<sep>[/: ]) ?", re.IGNORECASE)
_WORD = re.compile(r"[^ ]+")
_RF = re.compile(r"RF[0-9]{2}[A-Z0-9]{1,21}")
_AMOUNT = re.compile(r" ?[/ ] ?([0-9]{1,13})[.,]([0-9]{1,2})(?![0-9.,])")
_BARE_AVVISO = re.compile(r"(?<![0-9])3[0-9]{17}(?![0-9])")


class TipoRiferimento(StrEnum):
    """How far a causale can be believed. Only FLUSSO and IUV may be applied without asking."""

    FLUSSO = "FLUSSO"
    IUV = "IUV"
    DEBOLE = "DEBOLE"
    AMBIGUO = "AMBIGUO"
    ILLEGGIBILE = "ILLEGGIBILE"
    NESSUNO = "NESSUNO"


@dataclass(frozen=True, slots=True, kw_only=True)
class Riferimento:
    """What was read.

    FLUSSO has `id_flusso`, IUV has `iuv`, DEBOLE has one of the two; the others have neither. `candidates` are all the
    readings, longest first: of one flow whose id may have been split, or of an AMBIGUO. `conosciuto` tells that
    `id_flusso` is that of a flow of the ente. `importo` is what the causale says the amount is: a cross-check only.
    """

    tipo: TipoRiferimento
    candidates: tuple[str, ...] = ()
    id_flusso: str | None = None
    iuv: str | None = None
    importo: Importo | None = None
    conosciuto: bool = False

    @property
    def valore(self) -> str | None:
        return self.id_flusso or self.iuv


@dataclass(frozen=True, slots=True)
class _Single:
    iuv: str
    importo: Importo | None


def read_causale(text: str, *, known_flussi: KnownFlussi | None = None) -> Riferimento:
    """Read the reference of a causale; linear in its length, of which the first 4,096 characters count.

    Without `known_flussi`, or when it knows none of the candidates, `id_flusso` is the shortest reading.
    """
    clean = normalize(text)
    marks = [match.end() for match in _MARK.finditer(clean)]
    groups = [group for end in marks if (group := _flussi_after(clean, end, known_flussi))]
    if groups:
        return _of_flussi(groups, known_flussi)
    singles, unreadable = _singles(clean)
    if singles:
        return _of_singles(singles)
    debole = _debole(clean)
    if debole is not None:
        return debole
    return Riferimento(tipo=TipoRiferimento.ILLEGGIBILE if marks or unreadable else TipoRiferimento.NESSUNO)


def normalize(text: str) -> str:
    """Undo typography and folding: one kind of dash, of slash and of space; the split marks `/TXT/1/` gone."""
    text = text[:MAX_TEXT]
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text).translate(_TYPOGRAPHY)[:MAX_TEXT]
    return _SPLIT_MARK.sub("/", _SPACES.sub(" ", text))


def is_riferimento_rf(code: str) -> bool:
    """Check form and check digits of a creditor reference (ISO 11649), written without spaces, in capitals."""
    if not _RF.fullmatch(code):
        return False
    return int("".join(str(int(char, 36)) for char in code[4:] + code[:4])) % 97 == 1


# --- flows


def _flussi_after(text: str, end: int, known: KnownFlussi | None) -> list[str]:
    uri = _URI.match(text[end : end + MAX_AFTER_MARK])
    if uri is None:
        return []
    start = end + uri.end()
    region = _END.split(text[start : end + MAX_AFTER_MARK], maxsplit=1)[0]
    pieces = region.split()
    if not pieces:
        return []
    return _glued(pieces) or _free_id(pieces[0].rstrip(".,;"), known)


def _glued(pieces: list[str]) -> list[str]:
    """Glue pieces one at a time, shortest first, and keep what looks like date + PSP + number."""
    found = []
    joined = ""
    for index, piece in enumerate(pieces):
        usable = _id_chars(piece)
        joined += usable
        if len(joined) > (MAX_ID_FLUSSO if index else MAX_ID_FLUSSO_INTERO):
            break
        if _looks_like_flusso(joined):
            found.append(joined)
        if usable != piece:
            break
    return found


def _id_chars(piece: str) -> str:
    match = _ID_CHARS.match(piece)
    return match[0] if match else ""


def _free_id(piece: str, known: KnownFlussi | None) -> list[str]:
    """Take the first piece as it is: old ids are free text. Without a digit it is a word, unless it is known."""
    if not piece or len(piece) > MAX_ID_FLUSSO:
        return []
    if any(char.isdigit() for char in piece) or (known is not None and known(piece)):
        return [piece]
    return []


def _looks_like_flusso(text: str) -> bool:
    return _FLUSSO.fullmatch(text) is not None and _is_date(text[:10])


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _of_flussi(groups: list[list[str]], known: KnownFlussi | None) -> Riferimento:
    merged = _merge(groups)
    if len(merged) > 1:
        candidates = [candidate for group in merged for candidate in group]
        return Riferimento(tipo=TipoRiferimento.AMBIGUO, candidates=_longest_first(candidates))
    candidates = merged[0]
    found = _look_up(_longest_first(candidates), known)
    return Riferimento(
        tipo=TipoRiferimento.FLUSSO,
        candidates=_longest_first(candidates),
        id_flusso=found or candidates[0],
        conosciuto=found is not None,
    )


def _merge(groups: list[list[str]]) -> list[list[str]]:
    """Put together the groups that can be readings of one flow: the same id, whole here and split there."""
    merged: list[list[str]] = []
    for group in groups:
        folded = {candidate.casefold() for candidate in group}
        for other in merged:
            if folded & {candidate.casefold() for candidate in other}:
                other[:] = [c for c in other if c.casefold() in folded]
                break
        else:
            merged.append(list(group))
    return merged


def _look_up(candidates: tuple[str, ...], known: KnownFlussi | None) -> str | None:
    for candidate in candidates if known is not None else ():
        found = known(candidate) if known is not None else ()
        if candidate in found:
            return candidate
        if len(found) == 1:
            return next(iter(found))
    return None


def _longest_first(candidates: list[str]) -> tuple[str, ...]:
    return tuple(sorted(dict.fromkeys(candidates), key=len, reverse=True))


# --- single payments


def _singles(text: str) -> tuple[list[_Single], bool]:
    """Read every RFS and RFB; the second value tells that a mark is there and what follows it cannot be read."""
    found = []
    unreadable = False
    for mark in _SINGLE.finditer(text):
        # "RFB Srl" between blanks is a name as well as a mark: then only a code of the standard is believed.
        sure = mark["before"] is not None or mark["sep"] == "/"
        single = _single_after(text[mark.end() : mark.end() + MAX_AFTER_MARK], sure=sure)
        if single is not None:
            found.append(single)
        elif sure:
            unreadable = True
    return found, unreadable


def _single_after(tail: str, *, sure: bool) -> _Single | None:
    end = _END.search(tail)
    region = tail[: end.start()] if end else tail
    readings = list(_readings(region))
    if readings and readings[-1][1] == len(region.rstrip()):
        # All that stands between the slashes goes first: a shorter part may pass the check digits by chance.
        readings.insert(0, readings[-1])
    for reading, stop in readings:
        iuv = _standard_iuv(reading)
        if iuv is not None:
            return _Single(iuv, _amount_after(tail, stop))
    if not sure or not readings:
        return None
    first, stop = readings[0] if len(readings) == 1 else readings[1]
    return (
        _Single(first.upper() if _is_rf_like(first) else first, _amount_after(tail, stop)) if _is_free(first) else None
    )


def _readings(region: str) -> Iterator[tuple[str, int]]:
    joined = ""
    for word in _WORD.finditer(region):
        usable = _id_chars(word[0])
        joined += usable
        if not usable or len(joined) > MAX_IUV:
            return
        yield joined, word.start() + len(usable)
        if usable != word[0]:
            return


def _standard_iuv(code: str) -> str | None:
    upper = code.upper()
    if len(upper) <= _RF_LONGEST and is_riferimento_rf(upper):
        return upper
    if not code.isdecimal():
        return None
    if len(code) in (15, 17):
        return code
    try:
        return parse_numero_avviso(code).iuv
    except NumeroAvvisoNonValido:
        return None


def _is_rf_like(code: str) -> bool:
    return _RF.fullmatch(code.upper()) is not None


def _is_free(code: str) -> bool:
    """Tell a code that the standard does not know from a word, and from the first group of a split RF code."""
    head_only = len(code) <= _RF_HEAD and code.upper().startswith("RF")
    return any(char.isdigit() for char in code) and not head_only


def _amount_after(tail: str, stop: int) -> Importo | None:
    match = _AMOUNT.match(tail, stop)
    return Importo.parse(f"{match[1]}.{match[2]}") if match else None


def _of_singles(singles: list[_Single]) -> Riferimento:
    iuvs = list(dict.fromkeys(single.iuv for single in singles))
    importo = singles[0].importo
    if len(iuvs) > 1:
        return Riferimento(tipo=TipoRiferimento.AMBIGUO, candidates=_longest_first(iuvs), importo=importo)
    return Riferimento(tipo=TipoRiferimento.IUV, candidates=(iuvs[0],), iuv=iuvs[0], importo=importo)


# --- references without a mark


def _debole(text: str) -> Riferimento | None:
    flussi = [match[0] for match in _BARE_FLUSSO.finditer(text) if _is_bare_flusso(match[0])]
    avvisi = [parse_numero_avviso(match[0]) for match in _BARE_AVVISO.finditer(text)]
    iuvs = [avviso.iuv for avviso in avvisi if avviso.has_right_check_digits]
    candidates = _longest_first(flussi or iuvs)
    if not candidates:
        return None
    if len(candidates) > 1:
        return Riferimento(tipo=TipoRiferimento.AMBIGUO, candidates=candidates)
    return Riferimento(
        tipo=TipoRiferimento.DEBOLE,
        candidates=candidates,
        id_flusso=candidates[0] if flussi else None,
        iuv=None if flussi else candidates[0],
    )


def _is_bare_flusso(text: str) -> bool:
    return len(text) <= MAX_ID_FLUSSO and _looks_like_flusso(text)
