"""What a template is made of, once read."""

from dataclasses import dataclass

# -- expressions


@dataclass(frozen=True, slots=True)
class Costante:
    valore: object


@dataclass(frozen=True, slots=True)
class Nome:
    nome: str


@dataclass(frozen=True, slots=True)
class Campo:
    di: "Espressione"
    nome: str


@dataclass(frozen=True, slots=True)
class Elemento:
    di: "Espressione"
    indice: "Espressione"


@dataclass(frozen=True, slots=True)
class Chiamata:
    di: "Espressione"
    argomenti: tuple["Espressione", ...]


@dataclass(frozen=True, slots=True)
class Incorporata:
    """A built-in: `x?upper_case`, `x?string("0.00")`."""

    di: "Espressione"
    nome: str
    argomenti: tuple["Espressione", ...]


@dataclass(frozen=True, slots=True)
class Predefinito:
    """`x!y`; without y the empty text."""

    di: "Espressione"
    altrimenti: "Espressione | None"


@dataclass(frozen=True, slots=True)
class Esiste:
    di: "Espressione"


@dataclass(frozen=True, slots=True)
class Unaria:
    operatore: str
    di: "Espressione"


@dataclass(frozen=True, slots=True)
class Binaria:
    operatore: str
    sinistra: "Espressione"
    destra: "Espressione"


Espressione = Costante | Nome | Campo | Elemento | Chiamata | Incorporata | Predefinito | Esiste | Unaria | Binaria


# -- text


@dataclass(frozen=True, slots=True)
class Testo:
    testo: str


@dataclass(frozen=True, slots=True)
class Inserto:
    """`${…}`."""

    espressione: Espressione
    riga: int


@dataclass(frozen=True, slots=True)
class Se:
    """`<#if>`: the branches in order; the condition of `<#else>` is None."""

    rami: tuple[tuple[Espressione | None, "Corpo"], ...]


@dataclass(frozen=True, slots=True)
class Elenco:
    """`<#list di as nome>`."""

    di: Espressione
    nome: str
    corpo: "Corpo"
    altrimenti: "Corpo"


@dataclass(frozen=True, slots=True)
class Assegna:
    nome: str
    espressione: Espressione


Nodo = Testo | Inserto | Se | Elenco | Assegna
Corpo = tuple[Nodo, ...]
