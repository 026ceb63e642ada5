"""Expressions of a template: text to tree. Only what is listed here is read; all else is refused by name."""

import re
from dataclasses import dataclass
from decimal import Decimal

from chalicelib.kernel.freemarker import albero
from chalicelib.kernel.freemarker.albero import Espressione
from chalicelib.kernel.freemarker.errori import ModelloNonValido
from chalicelib.kernel.freemarker.incorporate import INCORPORATE

MAX_PROFONDITA = 40
_TOKEN = re.compile(
    r"""(?P<vuoto>[ \t\r\n]+)
    |(?P<numero>\d{1,20}(?:\.\d{1,20})?)
    |(?P<testo>r?"(?:[^"\\]|\\.)*"|r?'(?:[^'\\]|\\.)*')
    |(?P<nome>[A-Za-z_$@][A-Za-z0-9_$@]*)
    |(?P<segno>&&|\|\||==|!=|<=|>=|\?\?|[.,()\[\]=+\-*/%<>!?{}&;:\#|])""",
    re.VERBOSE | re.ASCII | re.DOTALL,
)
_ESCAPES = {
    "n": "\n",
    "r": "\r",
    "t": "\t",
    '"': '"',
    "'": "'",
    "\\": "\\",
    "l": "<",
    "g": ">",
    "a": "&",
    "$": "$",
    "{": "{",
}
_PAROLE = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<=", "and": "&&", "or": "||"}
# They reach the program that runs the template, or run text as a template.
_VIETATI = frozenset({"class", "new", "api", "eval", "eval_json", "interpret", "statics", "enums", "object_wrapper"})
_LIVELLI: tuple[tuple[set[str], dict[str, str]], ...] = (
    ({"||"}, {"||": "||"}),
    ({"&&"}, {"&&": "&&"}),
    ({"==", "=", "!="}, {"=": "=="}),
    ({"<", ">", "<=", ">="}, {}),
    ({"+", "-"}, {}),
    ({"*", "/", "%"}, {}),
)


@dataclass(frozen=True, slots=True)
class Token:
    tipo: str
    testo: str
    da: int
    a: int


class Lettore:
    """Reads the expression that begins at a place of the template, as far as it goes."""

    def __init__(self, modello: str, posizione: int, *, in_direttiva: bool) -> None:
        self._modello = modello
        self._in_direttiva = in_direttiva
        self._parentesi = 0
        self._profondita = 0
        self._token = self._read(posizione)

    @property
    def posizione(self) -> int:
        """Give where what comes next begins."""
        return self._token.da

    @property
    def token(self) -> Token:
        return self._token

    def take(self, testo: str) -> bool:
        """Go on if the next is this sign or word."""
        if self._token.tipo in {"segno", "nome"} and self._token.testo == testo:
            self._avanti()
            return True
        return False

    def nome(self) -> str:
        token = self._token
        if token.tipo != "nome":
            raise self.errore("atteso un nome")
        self._avanti()
        return token.testo

    def errore(self, motivo: str) -> ModelloNonValido:
        return ModelloNonValido(motivo, riga=self._modello.count("\n", 0, self._token.da) + 1)

    def espressione(self) -> Espressione:
        return self._binaria(0)

    def _binaria(self, livello: int) -> Espressione:
        if livello == len(_LIVELLI):
            return self._unaria()
        segni, stessi = _LIVELLI[livello]
        sinistra = self._binaria(livello + 1)
        while (segno := self._operatore()) in segni:
            self._avanti()
            sinistra = albero.Binaria(stessi.get(segno, segno), sinistra, self._binaria(livello + 1))
        return sinistra

    def _operatore(self) -> str:
        token = self._token
        testo = _PAROLE.get(token.testo, "") if token.tipo == "nome" else token.testo if token.tipo == "segno" else ""
        # `>` ends a directive, but for what stands in parentheses.
        is_end = testo in {">", ">="} and token.tipo == "segno" and self._in_direttiva and not self._parentesi
        ends_empty = testo == "/" and self._in_direttiva and self._modello[token.a : token.a + 1] == ">"
        return "" if is_end or ends_empty else testo

    def _unaria(self) -> Espressione:
        self._profondita += 1
        if self._profondita > MAX_PROFONDITA:
            raise self.errore(f"espressione annidata oltre {MAX_PROFONDITA} livelli")
        for segno in ("!", "-", "+"):
            if self.take(segno):
                found: Espressione = albero.Unaria(segno, self._unaria())
                break
        else:
            found = self._postfissa(self._primaria())
        self._profondita -= 1
        return found

    def _primaria(self) -> Espressione:
        token = self._token
        if token.tipo == "numero":
            self._avanti()
            return albero.Costante(Decimal(token.testo))
        if token.tipo == "testo":
            self._avanti()
            return albero.Costante(self._letterale(token.testo))
        if self.take("("):
            self._parentesi += 1
            dentro = self.espressione()
            self._parentesi -= 1
            self._chiude(")")
            return dentro
        if token.testo == "." and self._modello[token.a : token.a + 3] == "now":
            self._avanti()
            self._avanti()
            return albero.Nome(".now")
        nome = self.nome()
        if nome in {"true", "false"}:
            return albero.Costante(nome == "true")
        self._permesso(nome)
        return albero.Nome(nome)

    def _postfissa(self, di: Espressione) -> Espressione:
        passi = 0
        while True:
            passi += 1
            if passi > MAX_PROFONDITA:
                raise self.errore("espressione troppo lunga")
            if self.take("??"):
                di = albero.Esiste(di)
            elif self.take("."):
                nome = self.nome()
                self._permesso(nome)
                di = albero.Campo(di, nome)
            elif self._token.testo == "[" and self._token.tipo == "segno":
                di = albero.Elemento(di, self._fra("[", "]")[0])
            elif self._token.testo == "(" and self._token.tipo == "segno":
                di = albero.Chiamata(di, self._fra("(", ")"))
            elif self.take("?"):
                di = self._incorporata(di)
            elif self._operatore() == "!":
                self._avanti()
                di = albero.Predefinito(di, self._altrimenti())
            else:
                return di

    def _incorporata(self, di: Espressione) -> Espressione:
        nome = self.nome()
        self._permesso(nome)
        if nome == "exists":
            return albero.Esiste(di)
        if nome not in INCORPORATE:
            raise self.errore(f"?{nome[:40]} non è ammesso; sono ammessi {', '.join(sorted(INCORPORATE))}")
        argomenti: tuple[Espressione, ...] = ()
        if self._token.testo == "(" and self._token.tipo == "segno":
            argomenti = self._fra("(", ")")
        elif nome == "string" and self._token.testo == "[" and self._token.tipo == "segno":
            argomenti = self._fra("[", "]")
        elif nome == "string" and self._token.testo == "." and self._token.tipo == "segno":
            self._avanti()
            argomenti = (albero.Costante(self.nome()),)
        return albero.Incorporata(di, nome, argomenti)

    def _altrimenti(self) -> Espressione | None:
        """Read what stands for what is missing: the value right behind the sign, if there is one."""
        token = self._token
        begins = token.tipo in {"numero", "testo"} or (token.tipo == "nome" and token.testo not in _PAROLE)
        if begins or (token.tipo == "segno" and token.testo == "("):
            return self._postfissa(self._primaria())
        return None

    def _fra(self, apre: str, chiude: str) -> tuple[Espressione, ...]:
        self.take(apre)
        self._parentesi += 1
        found: list[Espressione] = []
        if not (self._token.tipo == "segno" and self._token.testo == chiude):
            found.append(self.espressione())
            while self.take(","):
                found.append(self.espressione())
        self._parentesi -= 1
        self._chiude(chiude)
        if apre == "[" and len(found) != 1:
            raise self.errore("fra parentesi quadre va un solo valore")
        return tuple(found)

    def _chiude(self, segno: str) -> None:
        if not self.take(segno):
            raise self.errore(f"manca {segno}")

    def _letterale(self, testo: str) -> str:
        if testo.startswith("r"):
            return testo[2:-1]
        inner = testo[1:-1]
        if "${" in inner or "#{" in inner:
            raise self.errore("un inserto ${…} dentro un testo fra virgolette non è ammesso: unire i testi con +")
        return re.sub(r"\\(.)", lambda match: _ESCAPES.get(match[1], match[1]), inner, flags=re.DOTALL)

    def _permesso(self, nome: str) -> None:
        if nome in _VIETATI:
            raise self.errore(f"{nome} non è ammesso: un modello legge i dati e non esegue programmi")

    def _avanti(self) -> None:
        self._token = self._read(self._token.a)

    def _read(self, posizione: int) -> Token:
        while True:
            match = _TOKEN.match(self._modello, posizione)
            if match is None:
                return Token("fine", self._modello[posizione : posizione + 1], posizione, posizione)
            if match.lastgroup != "vuoto":
                return Token(match.lastgroup or "", match[0], posizione, match.end())
            posizione = match.end()
