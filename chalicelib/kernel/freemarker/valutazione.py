"""Expressions of a template, given their values. Every step is counted: a template that goes on is stopped."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from chalicelib.kernel.freemarker import albero
from chalicelib.kernel.freemarker.albero import Espressione
from chalicelib.kernel.freemarker.errori import Mancante, ModelloFallito
from chalicelib.kernel.freemarker.incorporate import INCORPORATE
from chalicelib.kernel.freemarker.valori import MAX_TESTO, number_of, text_of
from chalicelib.kernel.importo import Importo

MAX_PASSI = 50_000
# They answer what is missing, and must see it.
_DI_CHI_MANCA = frozenset({"has_content"})


class Valutazione:
    """The data of one filling in, and how many steps it has left."""

    def __init__(self, dati: Mapping[str, Any]) -> None:
        self.nomi = dict(dati)
        self._passi = MAX_PASSI

    def step(self) -> None:
        self._passi -= 1
        if self._passi < 0:
            raise ModelloFallito("il modello non finisce: troppi passi")

    def value(self, espressione: Espressione) -> Any:  # noqa: C901, PLR0911 - a line a kind of expression
        """Give the value.

        :raises Mancante: if what is named is not among the data
        :raises ModelloFallito:
        """
        self.step()
        match espressione:
            case albero.Costante(valore):
                return valore
            case albero.Nome(nome):
                return _there(self.nomi.get(nome), nome)
            case albero.Campo(di, nome):
                return _there(self._field(self.value(di), nome), nome)
            case albero.Elemento(di, indice):
                return _there(_element(self.value(di), self.value(indice)), "un elemento")
            case albero.Chiamata(di, argomenti):
                return self._call(di, [self.value(argomento) for argomento in argomenti])
            case albero.Incorporata(di, nome, argomenti):
                return self._builtin(di, nome, argomenti)
            case albero.Predefinito(di, altrimenti):
                return self._default(di, altrimenti)
            case albero.Esiste(di):
                return self._or_none(di) is not None
            case albero.Unaria(operatore, di):
                return _negated(self.value(di)) if operatore == "!" else _signed(operatore, self.value(di))
            case albero.Binaria(operatore, sinistra, destra):
                return self._binary(operatore, sinistra, destra)
        raise AssertionError(espressione)

    def truth(self, espressione: Espressione) -> bool:
        value = self.value(espressione)
        if not isinstance(value, bool):
            raise ModelloFallito("una condizione non è né vera né falsa")
        return value

    def _or_none(self, espressione: Espressione) -> Any:
        try:
            return self.value(espressione)
        except Mancante:
            return None

    def _default(self, di: Espressione, altrimenti: Espressione | None) -> Any:
        value = self._or_none(di)
        if value is not None:
            return value
        return "" if altrimenti is None else self.value(altrimenti)

    def _field(self, value: Any, nome: str) -> Any:
        return value.get(nome) if isinstance(value, Mapping) else None

    def _call(self, di: Espressione, argomenti: list[Any]) -> Any:
        """Call a function of the data; `x.getNome()` is `x.nome`, as the beans of GovPay are."""
        if isinstance(di, albero.Campo):
            owner = self.value(di.di)
            found = self._field(owner, di.nome)
            if found is None and not argomenti:
                found = _property(owner, di.nome)
                return _there(found, di.nome)
        else:
            found = self.value(di)
        if not isinstance(found, Callable):  # type: ignore[arg-type]
            raise ModelloFallito("il modello chiama una funzione che non c'è")
        return _there(found(*argomenti), "un valore letto dai dati")

    def _builtin(self, di: Espressione, nome: str, argomenti: Sequence[Espressione]) -> Any:
        value = self._or_none(di) if nome in _DI_CHI_MANCA else self.value(di)
        if callable(value) and nome == "string":
            raise ModelloFallito("una funzione non si può scrivere come testo")
        given = [self.value(argomento) for argomento in argomenti]
        try:
            return INCORPORATE[nome](value, *given)
        except TypeError:
            raise ModelloFallito(f"?{nome} non accetta questi valori") from None

    def _binary(self, operatore: str, sinistra: Espressione, destra: Espressione) -> Any:
        if operatore == "&&":
            return self.truth(sinistra) and self.truth(destra)
        if operatore == "||":
            return self.truth(sinistra) or self.truth(destra)
        left, right = self.value(sinistra), self.value(destra)
        if operatore in {"==", "!="}:
            return _same(left, right) is (operatore == "==")
        if operatore in {"<", ">", "<=", ">="}:
            return _ordered(operatore, left, right)
        if operatore == "+" and (isinstance(left, str) or isinstance(right, str)):
            joined = text_of(left) + text_of(right)
            if len(joined) > MAX_TESTO:
                raise ModelloFallito(f"un testo supera {MAX_TESTO} caratteri")
            return joined
        return _computed(operatore, number_of(left), number_of(right))


def _there(value: Any, nome: str) -> Any:
    if value is None:
        raise Mancante(f"manca {nome[:60]} fra i dati")
    return value


def _element(value: Any, indice: Any) -> Any:
    if isinstance(value, Mapping):
        return value.get(indice) if isinstance(indice, str) else None
    if isinstance(value, Sequence) and not isinstance(value, str):
        position = int(number_of(indice))
        return value[position] if 0 <= position < len(value) else None
    return None


def _property(owner: Any, nome: str) -> Any:
    if not isinstance(owner, Mapping):
        return None
    for prefix in ("get", "is"):
        bare = nome.removeprefix(prefix)
        if bare != nome and bare:
            found = owner.get(bare[0].lower() + bare[1:])
            return owner.get(bare) if found is None else found
    return None


def _negated(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ModelloFallito("una condizione non è né vera né falsa")
    return not value


def _signed(operatore: str, value: Any) -> Decimal:
    number = number_of(value)
    return -number if operatore == "-" else number


def _is_number(value: Any) -> bool:
    return isinstance(value, int | Decimal | Importo) and not isinstance(value, bool)


def _same(left: Any, right: Any) -> bool:
    if _is_number(left) and _is_number(right):
        return number_of(left) == number_of(right)
    if type(left) is not type(right) and not (isinstance(left, str) and isinstance(right, str)):
        raise ModelloFallito("un confronto è fra valori di natura diversa")
    return bool(left == right)


def _ordered(operatore: str, left: Any, right: Any) -> bool:
    if _is_number(left) and _is_number(right):
        left, right = number_of(left), number_of(right)
    elif not (isinstance(left, date) and isinstance(right, date)):
        raise ModelloFallito("un confronto è fra valori di natura diversa")
    elif isinstance(left, datetime) is not isinstance(right, datetime):
        raise ModelloFallito("un confronto è fra un giorno e un istante")
    return bool({"<": left < right, ">": left > right, "<=": left <= right, ">=": left >= right}[operatore])


def _computed(operatore: str, left: Decimal, right: Decimal) -> Decimal:
    try:
        result = {
            "+": lambda: left + right,
            "-": lambda: left - right,
            "*": lambda: left * right,
            "/": lambda: left / right,
            "%": lambda: left % right,
        }[operatore]()
    except ArithmeticError:
        raise ModelloFallito("un calcolo non è possibile") from None
    return number_of(result)
