"""The numero avviso that the ente gives to a pendenza (GovPay 3.1 API 4.6)."""

from chalicelib.kernel.iuv import NumeroAvviso, NumeroAvvisoNonValido, parse_numero_avviso
from chalicelib.kernel.refusals import Unprocessable
from chalicelib.pendenze.model import Pendenza
from chalicelib.pendenze.rules.load import Caricamento


class NumeroAvvisoFuoriStandard(Unprocessable):
    codice = "VER_017"


class NumeroAvvisoDiAltraPendenza(Unprocessable):
    codice = "VER_025"


class CodiceApplicazioneDiverso(Unprocessable):
    codice = "VER_026"


class CodiceSegregazioneDiverso(Unprocessable):
    codice = "VER_027"


class AvvisoConBollo(Unprocessable):
    codice = "VER_031"


class AuxDigitDiverso(Unprocessable):
    codice = "VER_039"


def check_numero_avviso(caricamento: Caricamento, numero: str) -> NumeroAvviso:
    """Check a numero avviso that came with the pendenza; its check digits are not asked for.

    :raises Refusal: VER_017, 026, 027, 031, 039
    """
    try:
        avviso = parse_numero_avviso(numero)
    except NumeroAvvisoNonValido as error:
        raise NumeroAvvisoFuoriStandard(
            f"Il numero avviso {numero} non segue lo standard: 18 cifre, la prima fra 0 e 3."
        ) from error
    voci = caricamento.voci
    if len(voci) > 1 and any(voce.bollo is not None for voce in voci):
        raise AvvisoConBollo(
            f"La pendenza ({caricamento.name}) ha più voci e una è una marca da bollo: non indicare numeroAvviso."
        )
    _check_codes(caricamento, avviso)
    return avviso


def _check_codes(caricamento: Caricamento, avviso: NumeroAvviso) -> None:
    dominio = caricamento.ente.dominio
    if avviso.aux == "0" and avviso.codice != codice_applicazione(dominio.id_stazione):
        raise CodiceApplicazioneDiverso(
            f"Il codice applicazione {avviso.codice} del numero avviso (IUV {avviso.iuv}) non è quello della stazione "
            f"{dominio.id_stazione}: correggere il numero avviso."
        )
    if avviso.aux == "3" and avviso.codice != dominio.segregation_code:
        raise CodiceSegregazioneDiverso(
            f"Il codice di segregazione {avviso.codice} del numero avviso (IUV {avviso.iuv}) non è quello del dominio "
            f"{dominio.id_dominio}: correggere il numero avviso."
        )
    if avviso.aux != dominio.aux_digit:
        raise AuxDigitDiverso(
            f"La prima cifra del numero avviso {avviso.numero} della pendenza ({caricamento.name}) non è l'auxDigit "
            f"{dominio.aux_digit} del dominio {dominio.id_dominio}: correggere il numero avviso."
        )


def codice_applicazione(id_stazione: str | None) -> str | None:
    """Give the two digits of a stazione, None where the dominio has none."""
    return id_stazione.rpartition("_")[2] if id_stazione else None


def taken_by(caricamento: Caricamento, numero: str, other: Pendenza) -> NumeroAvvisoDiAltraPendenza:
    return NumeroAvvisoDiAltraPendenza(
        f"Il numero avviso {numero} della pendenza ({caricamento.name}) è già della pendenza "
        f"({other.id_a2a}, {other.id_pendenza}): indicarne un altro."
    )
