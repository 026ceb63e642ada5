"""A template, read once and filled in: `read(text).render(data, uscita=…)`."""

import html
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from chalicelib.kernel.freemarker import albero
from chalicelib.kernel.freemarker.albero import Corpo, Espressione, Nodo
from chalicelib.kernel.freemarker.errori import ModelloFallito, ModelloNonValido
from chalicelib.kernel.freemarker.espressioni import Lettore
from chalicelib.kernel.freemarker.valori import MAX_TESTO, Protetto, json_number, number_of, plain_number, text_of
from chalicelib.kernel.freemarker.valutazione import Valutazione
from chalicelib.kernel.importo import Importo

MAX_MODELLO = 150_000
MAX_ANNIDATE = 20
_PEZZO = re.compile(r"\$\{|<#--|</?#[a-z_]+|</?@|\#\{")
_SENZA_EFFETTO = frozenset(
    {"ftl", "setting", "escape", "noescape", "autoesc", "noautoesc", "compress", "t", "lt", "rt", "nt"}
)
_IN_STRINGA = re.compile(r'\\.|"', re.DOTALL)


class Uscita(StrEnum):
    """What the text becomes: it decides how what comes out of the data is escaped."""

    TESTO = "testo"
    HTML = "html"
    JSON = "json"


@dataclass(frozen=True, slots=True)
class Modello:
    """A template that was read."""

    corpo: Corpo

    def render(self, dati: Mapping[str, Any], *, uscita: Uscita = Uscita.TESTO) -> str:
        """Fill it in.

        :raises ModelloFallito: if the data do not fill it, or it goes on for too long
        """
        scrittura = _Scrittura(Valutazione(dati), uscita)
        scrittura.write(self.corpo)
        return "".join(scrittura.pezzi)

    @property
    def solo_inserto(self) -> Espressione | None:
        """Give the expression where the template is that and nothing else: its value may be of any kind."""
        one = self.corpo[0] if len(self.corpo) == 1 else None
        return one.espressione if isinstance(one, albero.Inserto) else None


class _Scrittura:
    def __init__(self, valutazione: Valutazione, uscita: Uscita) -> None:
        self.pezzi: list[str] = []
        self._valutazione = valutazione
        self._uscita = uscita
        self._in_stringa = False
        self._lunghezza = 0

    def write(self, corpo: Corpo) -> None:
        for nodo in corpo:
            self._valutazione.step()
            self._node(nodo)

    def _node(self, nodo: Nodo) -> None:
        match nodo:
            case albero.Testo(testo):
                if self._uscita is Uscita.JSON:
                    self._follow(testo)
                self._add(testo)
            case albero.Inserto(espressione, riga):
                try:
                    self._add(self._escaped(self._valutazione.value(espressione)))
                except ModelloFallito as error:
                    raise ModelloFallito(f"riga {riga}: {error.motivo}") from None
            case albero.Se(rami):
                chosen = next((c for cond, c in rami if cond is None or self._valutazione.truth(cond)), ())
                self.write(chosen)
            case albero.Elenco():
                self._list(nodo)
            case albero.Assegna(nome, espressione):
                self._valutazione.nomi[nome] = self._valutazione.value(espressione)

    def _list(self, nodo: albero.Elenco) -> None:
        values = self._valutazione.value(nodo.di)
        if isinstance(values, str) or not isinstance(values, Sequence):
            raise ModelloFallito("<#list> è applicato a ciò che non è un elenco")
        nomi = self._valutazione.nomi
        outside = {name: nomi.get(name) for name in (nodo.nome, f"{nodo.nome}_index", f"{nodo.nome}_has_next")}
        for number, value in enumerate(values):
            nomi[nodo.nome] = value
            nomi[f"{nodo.nome}_index"], nomi[f"{nodo.nome}_has_next"] = Decimal(number), number + 1 < len(values)
            self.write(nodo.corpo)
        nomi |= outside
        if not values:
            self.write(nodo.altrimenti)

    def _add(self, testo: str) -> None:
        self._lunghezza += len(testo)
        if self._lunghezza > MAX_TESTO:
            raise ModelloFallito(f"il testo supera {MAX_TESTO} caratteri")
        self.pezzi.append(testo)

    def _follow(self, testo: str) -> None:
        """Keep in mind whether what comes next is inside a string of the JSON that is being written."""
        position = 0
        while (match := _IN_STRINGA.search(testo, position)) is not None:
            if match[0] == '"':
                self._in_stringa = not self._in_stringa
            position = match.end()
        if self._in_stringa and testo.endswith("\\") and position < len(testo):
            raise ModelloFallito("un inserto segue una barra rovesciata dentro una stringa JSON")

    def _escaped(self, value: Any) -> str:
        if self._uscita is Uscita.HTML:
            return value if isinstance(value, Protetto) else html.escape(text_of(value))
        if self._uscita is Uscita.TESTO:
            return text_of(value)
        if self._in_stringa:
            is_number = isinstance(value, int | Decimal | Importo) and not isinstance(value, bool)
            text = plain_number(number_of(value)) if is_number else text_of(value)
            return json.dumps(text, ensure_ascii=False)[1:-1]
        return _bare(value)


def _bare(value: Any) -> str:
    """Write a value outside of a JSON string: a number, or true and false, and nothing that would be more JSON."""
    if isinstance(value, str):
        text = value.strip()
        if text in {"true", "false", "null"}:
            return text
        try:
            return plain_number(json_number(text))
        except ValueError:
            raise ModelloFallito("fuori dalle virgolette di una stringa JSON va solo un numero, true o false") from None
    if isinstance(value, bool):
        return "true" if value else "false"
    return plain_number(number_of(value))


# -- reading


def read(testo: str) -> Modello:
    """Read a template.

    :raises ModelloNonValido: naming the line, for what is not of the language we run
    """
    if len(testo) > MAX_MODELLO:
        raise ModelloNonValido(f"il modello supera {MAX_MODELLO} caratteri")
    lettura = _Lettura(testo)
    corpo, fine = lettura.body(frozenset(), 0)
    if fine:
        raise lettura.errore(f"<{fine}> senza ciò che chiude")
    return Modello(corpo)


class _Lettura:
    def __init__(self, testo: str) -> None:
        self._testo = testo
        self._posizione = 0

    def errore(self, motivo: str) -> ModelloNonValido:
        return ModelloNonValido(motivo, riga=self._riga())

    def _riga(self) -> int:
        return self._testo.count("\n", 0, self._posizione) + 1

    def body(self, fini: frozenset[str], profondita: int) -> tuple[Corpo, str]:
        """Read up to one of these tags, and give which; its end is not read yet. Empty at the end of the text."""
        if profondita > MAX_ANNIDATE:
            raise self.errore(f"direttive annidate oltre {MAX_ANNIDATE} livelli")
        nodi: list[Nodo] = []
        while (match := _PEZZO.search(self._testo, self._posizione)) is not None:
            if match.start() > self._posizione:
                nodi.append(albero.Testo(self._testo[self._posizione : match.start()]))
            self._posizione = match.start()
            segno = match[0]
            if segno.startswith(("<#", "</#")) and segno != "<#--" and segno[1:] in fini:
                self._posizione = match.end()
                return tuple(nodi), segno[1:]
            if segno in {"<@", "</@", "#{"} or (segno.startswith("</#") and segno[3:] not in _SENZA_EFFETTO):
                raise self.errore(f"{segno} non è ammesso qui")
            nodo = self._piece(segno, match.end(), profondita)
            if nodo is not None:
                nodi.append(nodo)
        if self._posizione < len(self._testo):
            nodi.append(albero.Testo(self._testo[self._posizione :]))
            self._posizione = len(self._testo)
        if fini:
            raise self.errore(f"manca la chiusura: <{min(fini)}>")
        return tuple(nodi), ""

    def _piece(self, segno: str, dopo: int, profondita: int) -> Nodo | None:
        if segno == "<#--":
            fine = self._testo.find("-->", dopo)
            if fine < 0:
                raise self.errore("commento senza fine")
            self._posizione = fine + 3
            return None
        if segno == "${":
            riga = self._riga()
            lettore = Lettore(self._testo, dopo, in_direttiva=False)
            espressione = lettore.espressione()
            self._end(lettore, "}")
            return albero.Inserto(espressione, riga)
        return self._directive(segno.strip("</#"), dopo, profondita)

    def _directive(self, nome: str, dopo: int, profondita: int) -> Nodo | None:
        if nome in _SENZA_EFFETTO:
            fine = self._testo.find(">", dopo)
            self._posizione = fine + 1 if fine >= 0 else len(self._testo)
            return None
        if nome == "if":
            return self._if(dopo, profondita)
        if nome == "list":
            return self._list(dopo, profondita)
        if nome in {"assign", "local", "global"}:
            lettore = Lettore(self._testo, dopo, in_direttiva=True)
            variabile = lettore.nome()
            if not lettore.take("="):
                raise lettore.errore("<#assign nome = valore>: manca =")
            espressione = lettore.espressione()
            lettore.take("/")
            self._end(lettore, ">")
            return albero.Assegna(variabile, espressione)
        raise self.errore(f"<#{nome}> non è ammesso: sono ammessi if, elseif, else, list, assign")

    def _if(self, dopo: int, profondita: int) -> Nodo:
        rami: list[tuple[Espressione | None, Corpo]] = []
        condizione: Espressione | None = self._condition(dopo)
        while True:
            fini = {"/#if"} if condizione is None else {"/#if", "#else", "#elseif"}
            corpo, fine = self.body(frozenset(fini), profondita + 1)
            rami.append((condizione, corpo))
            if fine == "/#if":
                self._close()
                return albero.Se(tuple(rami))
            if fine == "#else":
                self._close()
                condizione = None
            else:
                condizione = self._condition(self._posizione)

    def _list(self, dopo: int, profondita: int) -> Nodo:
        lettore = Lettore(self._testo, dopo, in_direttiva=True)
        di = lettore.espressione()
        if not lettore.take("as"):
            raise lettore.errore("<#list elenco as nome>: manca as")
        nome = lettore.nome()
        self._end(lettore, ">")
        corpo, fine = self.body(frozenset({"/#list", "#else"}), profondita + 1)
        self._close()
        altrimenti: Corpo = ()
        if fine == "#else":
            altrimenti, _ = self.body(frozenset({"/#list"}), profondita + 1)
            self._close()
        return albero.Elenco(di, nome, corpo, altrimenti)

    def _condition(self, dopo: int) -> Espressione:
        lettore = Lettore(self._testo, dopo, in_direttiva=True)
        condizione = lettore.espressione()
        self._end(lettore, ">")
        return condizione

    def _end(self, lettore: Lettore, segno: str) -> None:
        token = lettore.token
        if not token.testo.startswith(segno):
            raise lettore.errore(f"manca {segno}, o l'espressione non è ammessa")
        self._posizione = token.da + len(segno)

    def _close(self) -> None:
        match = re.compile(r"\s*/?>").match(self._testo, self._posizione)
        if match is None:
            raise self.errore("manca >")
        self._posizione = match.end()
