"""IUV and numero avviso: build, check digits, parse (SACI; GovPay 3.1 API 4.6)."""

import re
from dataclasses import dataclass

AUX_DIGITS = ("0", "1", "2", "3")
_NAV = re.compile(r"[0-3]\d{17}", re.ASCII)
_RIFERIMENTO_LENGTH = {"0": 13, "1": 15, "2": 15, "3": 13}
# The probe of Stand-In: a notice that exists nowhere (SANP 3.x).
NAV_SONDA = "0" * 18


class NumeroAvvisoNonValido(ValueError):
    """Not eighteen digits that begin with an aux digit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NumeroAvviso:
    """The eighteen digits of a notice, taken apart.

    `codice` is the application code of the stazione (aux 0) or the segregation code of the dominio (aux 3).
    """

    numero: str
    aux: str
    iuv: str
    codice: str | None

    @property
    def has_right_check_digits(self) -> bool:
        """Tell whether the last two digits are those of the standard; aux 1 has none (RAV)."""
        return self.aux == "1" or self.numero[16:] == check_digits(self.numero[:16])


def check_digits(first_sixteen: str) -> str:
    return f"{int(first_sixteen) % 93:02d}"


def parse_numero_avviso(numero: str) -> NumeroAvviso:
    """Take a numero avviso apart.

    :raises NumeroAvvisoNonValido:
    """
    if not _NAV.fullmatch(numero):
        raise NumeroAvvisoNonValido(numero)
    aux = numero[0]
    if aux == "0":
        return NumeroAvviso(numero=numero, aux=aux, iuv=numero[3:], codice=numero[1:3])
    return NumeroAvviso(numero=numero, aux=aux, iuv=numero[1:], codice=numero[1:3] if aux == "3" else None)


def riferimento_length(aux: str) -> int:
    """Give the number of digits of the reference, prefix included."""
    return _RIFERIMENTO_LENGTH[aux]


def build_numero_avviso(*, aux: str, codice: str, riferimento: str) -> NumeroAvviso:
    """Build the notice number of a reference.

    `codice` is the two digits of the stazione (aux 0) or of the segregation (aux 3); it is not used with aux 1 and 2.

    :raises NumeroAvvisoNonValido: if the reference has not the length that the aux digit wants
    """
    if len(riferimento) != _RIFERIMENTO_LENGTH[aux] or not riferimento.isdecimal():
        raise NumeroAvvisoNonValido(riferimento)
    sixteen = aux + (codice if aux in "03" else "") + riferimento
    return parse_numero_avviso(sixteen + check_digits(sixteen))


def numero_avviso_of(*, iuv: str, aux: str, codice_applicazione: str | None) -> str | None:
    """Give the notice number of a numeric IUV, None where there is none (an ISO 11649 IUV)."""
    if not iuv.isdecimal():
        return None
    if len(iuv) == 15 and aux == "0" and codice_applicazione is not None:  # noqa: PLR2004 - SACI: aux 0 has 15
        return f"0{codice_applicazione}{iuv}"
    if len(iuv) == 17:  # noqa: PLR2004 - SACI: the others have 17
        return f"{aux}{iuv}"
    return None
