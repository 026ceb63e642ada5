"""The expressions of DynamoDB: conditions, updates, projections. Each text is compiled once, and then only called."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any

Attributo = dict[str, Any]
Item = dict[str, Attributo]
Nomi = Mapping[str, str]
Valori = Mapping[str, Attributo]
Condizione = Callable[[Item, Nomi, Valori], bool]
_Operando = Callable[[Item, Nomi, Valori], Attributo | None]
Passo = str | int

_TOKEN = re.compile(r"\s*(?:([A-Za-z_#][\w#-]*)|(:\w+)|(<>|<=|>=|[=<>(),.\[\]+-])|(\d+))")
_CONFRONTI = frozenset({"=", "<>", "<", "<=", ">", ">="})
_CLAUSOLE = frozenset({"SET", "REMOVE", "ADD", "DELETE"})


class EspressioneErrata(ValueError):
    """DynamoDB would answer ValidationException."""


def simboli(testo: str) -> list[str]:
    trovati, at = [], 0
    testo = testo.rstrip()
    while at < len(testo):
        found = _TOKEN.match(testo, at)
        if found is None:
            raise EspressioneErrata(f"Syntax error; token: {testo[at : at + 10]!r}")
        trovati.append(found[0].strip())
        at = found.end()
    return trovati


@dataclass(slots=True)
class _Lettore:
    """A recursive descent over the symbols of one expression."""

    simboli: list[str]
    at: int = 0

    @property
    def ora(self) -> str:
        return self.simboli[self.at] if self.at < len(self.simboli) else ""

    def prende(self, atteso: str | None = None) -> str:
        simbolo = self.ora
        if not simbolo or (atteso is not None and simbolo.upper() != atteso):
            raise EspressioneErrata(f"Syntax error; token: {simbolo or '<EOF>'!r}")
        self.at += 1
        return simbolo

    def se(self, parola: str) -> bool:
        if self.ora.upper() != parola:
            return False
        self.at += 1
        return True

    # -- conditions

    def condizione(self) -> Condizione:
        parti = [self._e()]
        while self.se("OR"):
            parti.append(self._e())
        return parti[0] if len(parti) == 1 else lambda i, n, v: any(parte(i, n, v) for parte in parti)

    def _e(self) -> Condizione:
        parti = [self._non()]
        while self.se("AND"):
            parti.append(self._non())
        return parti[0] if len(parti) == 1 else lambda i, n, v: all(parte(i, n, v) for parte in parti)

    def _non(self) -> Condizione:
        if self.se("NOT"):
            negata = self._non()
            return lambda i, n, v: not negata(i, n, v)
        if self.ora == "(":
            self.prende("(")
            dentro = self.condizione()
            self.prende(")")
            return dentro
        return self._predicato()

    def _predicato(self) -> Condizione:
        nome = self.ora
        if nome in _PREDICATI and self.simboli[self.at + 1 : self.at + 2] == ["("]:
            self.at += 1
            return _PREDICATI[nome](*self._argomenti())
        sinistro = self._operando()
        if self.se("BETWEEN"):
            basso = self._operando()
            self.prende("AND")
            alto = self._operando()
            return lambda i, n, v: (
                _confronta(">=", sinistro(i, n, v), basso(i, n, v))
                and _confronta("<=", sinistro(i, n, v), alto(i, n, v))
            )
        if self.se("IN"):
            fra = self._argomenti()
            return lambda i, n, v: any(_confronta("=", sinistro(i, n, v), uno(i, n, v)) for uno in fra)
        segno = self.prende()
        if segno not in _CONFRONTI:
            raise EspressioneErrata(f"Syntax error; token: {segno!r}")
        destro = self._operando()
        return lambda i, n, v: _confronta(segno, sinistro(i, n, v), destro(i, n, v))

    def _argomenti(self) -> list[_Operando]:
        self.prende("(")
        argomenti = [self._operando()]
        while self.se(","):
            argomenti.append(self._operando())
        self.prende(")")
        return argomenti

    def _operando(self) -> _Operando:
        if self.ora.startswith(":"):
            valore = self.prende()
            return lambda _i, _n, v: _valore(v, valore)
        if self.ora == "size" and self.simboli[self.at + 1 : self.at + 2] == ["("]:
            self.at += 1
            (di,) = self._argomenti()
            return lambda i, n, v: _size(di(i, n, v))
        percorso = self.percorso()
        return lambda i, n, _v: al_percorso(i, risolto(percorso, n))

    def percorso(self) -> tuple[Passo, ...]:
        passi: list[Passo] = [self._nome()]
        while self.ora in {".", "["}:
            if self.prende() == ".":
                passi.append(self._nome())
            else:
                passi.append(int(self.prende()))
                self.prende("]")
        return tuple(passi)

    def _nome(self) -> str:
        nome = self.prende()
        if not re.match(r"[A-Za-z_#]", nome):
            raise EspressioneErrata(f"Syntax error; token: {nome!r}")
        return nome

    # -- updates

    def aggiornamento(self) -> list[tuple[str, tuple[Passo, ...], _Operando | None]]:
        azioni: list[tuple[str, tuple[Passo, ...], _Operando | None]] = []
        while self.ora:
            clausola = self.prende().upper()
            if clausola not in _CLAUSOLE:
                raise EspressioneErrata(f"Syntax error; token: {clausola!r}")
            while True:
                percorso = self.percorso()
                if clausola == "SET":
                    self.prende("=")
                azioni.append((clausola, percorso, None if clausola == "REMOVE" else self._valore_nuovo()))
                if not self.se(","):
                    break
        return azioni

    def _valore_nuovo(self) -> _Operando:
        sinistro = self._termine()
        if self.ora in {"+", "-"}:
            segno, destro = self.prende(), self._termine()
            return lambda i, n, v: _somma(segno, sinistro(i, n, v), destro(i, n, v))
        return sinistro

    def _termine(self) -> _Operando:
        funzione = self.ora
        if funzione in {"if_not_exists", "list_append"}:
            self.at += 1
            primo, secondo = self._argomenti()
            if funzione == "if_not_exists":
                return lambda i, n, v: primo(i, n, v) or secondo(i, n, v)
            return lambda i, n, v: {"L": [*_lista(primo(i, n, v)), *_lista(secondo(i, n, v))]}
        return self._operando()


def _valore(valori: Valori, nome: str) -> Attributo:
    if nome not in valori:
        raise EspressioneErrata(f"An expression attribute value used in expression is not defined; value: {nome}")
    return valori[nome]


def risolto(percorso: tuple[Passo, ...], nomi: Nomi) -> tuple[Passo, ...]:
    """Give a path with its #names told."""
    if not any(isinstance(passo, str) and passo.startswith("#") for passo in percorso):
        return percorso
    try:
        return tuple(nomi[p] if isinstance(p, str) and p.startswith("#") else p for p in percorso)
    except KeyError as error:
        raise EspressioneErrata(f"An expression attribute name used is not defined; name: {error.args[0]}") from error


def al_percorso(item: Item, percorso: tuple[Passo, ...]) -> Attributo | None:
    valore: Attributo | None = item.get(str(percorso[0]))
    for passo in percorso[1:]:
        if valore is None:
            return None
        if isinstance(passo, int):
            lista = valore.get("L", [])
            valore = lista[passo] if passo < len(lista) else None
        else:
            valore = valore.get("M", {}).get(passo)
    return valore


def grezzo(attributo: Attributo) -> tuple[str, Any]:
    """Give type and a value that compares as DynamoDB does: numbers by value, strings by their UTF-8 bytes."""
    ((tipo, valore),) = attributo.items()
    if tipo == "N":
        return tipo, Decimal(valore)
    if tipo in {"SS", "NS", "BS"}:
        return tipo, sorted(valore)
    return tipo, valore


def _confronta(segno: str, a: Attributo | None, b: Attributo | None) -> bool:
    if a is None or b is None:
        return segno == "<>" and (a is None) is not (b is None)
    (tipo_a, x), (tipo_b, y) = grezzo(a), grezzo(b)
    if segno == "=":
        return tipo_a == tipo_b and bool(x == y)
    if segno == "<>":
        return tipo_a != tipo_b or bool(x != y)
    if tipo_a != tipo_b or tipo_a not in {"S", "N", "B"}:
        return False
    return bool({"<": x < y, "<=": x <= y, ">": x > y, ">=": x >= y}[segno])


def _begins_with(a: Attributo | None, b: Attributo | None) -> bool:
    if a is None or b is None:
        return False
    (tipo_a, x), (tipo_b, y) = grezzo(a), grezzo(b)
    return tipo_a == tipo_b and tipo_a in {"S", "B"} and bool(x.startswith(y))


def _contains(a: Attributo | None, b: Attributo | None) -> bool:
    if a is None or b is None:
        return False
    (tipo, x), (_, y) = next(iter(a.items())), next(iter(b.items()))
    return b in x if tipo == "L" else y in x


def _size(a: Attributo | None) -> Attributo | None:
    if a is None:
        return None
    tipo, valore = next(iter(a.items()))
    return {"N": str(len(valore.encode()) if tipo == "S" else len(valore))}


_PREDICATI: Mapping[str, Callable[..., Condizione]] = {
    "attribute_exists": lambda a: lambda i, n, v: a(i, n, v) is not None,
    "attribute_not_exists": lambda a: lambda i, n, v: a(i, n, v) is None,
    "begins_with": lambda a, b: lambda i, n, v: _begins_with(a(i, n, v), b(i, n, v)),
    "contains": lambda a, b: lambda i, n, v: _contains(a(i, n, v), b(i, n, v)),
    "attribute_type": lambda a, b: lambda i, n, v: (b(i, n, v) or {}).get("S") in (a(i, n, v) or {}),
}


def _lista(a: Attributo | None) -> list[Attributo]:
    if a is None or "L" not in a:
        raise EspressioneErrata("An operand in the update expression has an incorrect data type")
    lista: list[Attributo] = a["L"]
    return lista


def _somma(segno: str, a: Attributo | None, b: Attributo | None) -> Attributo:
    if a is None or b is None:
        raise EspressioneErrata("The provided expression refers to an attribute that does not exist in the item")
    if "N" not in a or "N" not in b:
        raise EspressioneErrata("An operand in the update expression has an incorrect data type")
    totale = Decimal(a["N"]) + Decimal(b["N"]) * (1 if segno == "+" else -1)
    return {"N": format(totale.normalize(), "f")}


@lru_cache(maxsize=1024)
def condizione(testo: str) -> Condizione:
    """Compile a condition, filter or key condition.

    :raises EspressioneErrata:
    """
    lettore = _Lettore(simboli(testo))
    letta = lettore.condizione()
    if lettore.ora:
        raise EspressioneErrata(f"Syntax error; token: {lettore.ora!r}")
    return letta


@lru_cache(maxsize=256)
def _aggiornamento(testo: str) -> list[tuple[str, tuple[Passo, ...], _Operando | None]]:
    return _Lettore(simboli(testo)).aggiornamento()


def aggiornato(item: Item, testo: str, nomi: Nomi, valori: Valori) -> Item:
    """Give a new item: every operand is of the item as it was.

    :raises EspressioneErrata: and nothing is changed
    """
    nuovo = dict(item)
    for clausola, percorso, operando in _aggiornamento(testo):
        passi = risolto(percorso, nomi)
        if len(passi) != 1:
            raise EspressioneErrata("Nested paths are not updated by this product")
        nome, valore = str(passi[0]), None if operando is None else operando(item, nomi, valori)
        if clausola == "SET":
            if valore is None:
                raise EspressioneErrata("The provided expression refers to an attribute that does not exist")
            nuovo[nome] = valore
        elif clausola == "REMOVE":
            nuovo.pop(nome, None)
        elif clausola == "ADD":
            nuovo[nome] = _aggiunto(item.get(nome), valore or {})
        else:
            _tolti(nuovo, nome, valore or {})
    return nuovo


def _aggiunto(prima: Attributo | None, valore: Attributo) -> Attributo:
    ((tipo, aggiunto),) = valore.items()
    if tipo == "N":
        return _somma("+", prima or {"N": "0"}, valore)
    return {tipo: sorted({*(prima or {}).get(tipo, ()), *aggiunto})}


def _tolti(item: Item, nome: str, valore: Attributo) -> None:
    ((tipo, tolti),) = valore.items()
    if restano := sorted({*item.get(nome, {}).get(tipo, ())} - {*tolti}):
        item[nome] = {tipo: restano}
    else:
        item.pop(nome, None)


@lru_cache(maxsize=256)
def _proiezione(testo: str) -> tuple[tuple[Passo, ...], ...]:
    lettore = _Lettore(simboli(testo))
    percorsi = [lettore.percorso()]
    while lettore.se(","):
        percorsi.append(lettore.percorso())
    return tuple(percorsi)


def proiettato(item: Item, testo: str | None, nomi: Nomi) -> Item:
    """Give the attributes named; all of them without a projection. Paths are of top-level attributes."""
    if not testo:
        return dict(item)
    nomi_scelti = [str(risolto(percorso, nomi)[0]) for percorso in _proiezione(testo)]
    return {nome: item[nome] for nome in nomi_scelti if nome in item}
