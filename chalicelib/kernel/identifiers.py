"""Formal checks of identifiers: codice fiscale, partita IVA, IBAN, ids of pagoPA."""

import re

_CF_PERSONA = re.compile(r"[A-Z]{6}[0-9LMNPQRSTUV]{2}[ABCDEHLMPRST][0-9LMNPQRSTUV]{2}[A-Z][0-9LMNPQRSTUV]{3}[A-Z]")
_UNDICI_CIFRE = re.compile(r"\d{11}", re.ASCII)
_STAZIONE = re.compile(r"\d{11}_\d{2}", re.ASCII)
_IBAN = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{1,30}", re.ASCII)
_ODD = {
    **dict(zip("0123456789", (1, 0, 5, 7, 9, 13, 15, 17, 19, 21), strict=True)),
    **dict(
        zip(
            "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
            (1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23),
            strict=True,
        )
    ),
}
_IBAN_IT_LENGTH = 27
ABI_POSTE = "07601"


def is_codice_fiscale_persona(text: str) -> bool:
    """Check form and check letter of a person's codice fiscale, omocodia included."""
    if not _CF_PERSONA.fullmatch(text):
        return False
    total = sum(_ODD[c] if i % 2 == 0 else _even(c) for i, c in enumerate(text[:15]))
    return text[15] == chr(ord("A") + total % 26)


def _even(char: str) -> int:
    return int(char) if char.isdigit() else ord(char) - ord("A")


def is_codice_fiscale_ente(text: str) -> bool:
    """Check that these are eleven digits: an idDominio. The check digit is not asked for: enti in use fail it."""
    return _UNDICI_CIFRE.fullmatch(text) is not None


def is_partita_iva(text: str) -> bool:
    """Check eleven digits and the check digit."""
    if not _UNDICI_CIFRE.fullmatch(text):
        return False
    total = 0
    for i, char in enumerate(text[:10]):
        digit = int(char)
        total += digit if i % 2 == 0 else sum(divmod(digit * 2, 10))
    return (10 - total % 10) % 10 == int(text[10])


def is_id_stazione(text: str) -> bool:
    return _STAZIONE.fullmatch(text) is not None


def is_iban(text: str) -> bool:
    """Check form, length (for Italy) and modulus 97."""
    if not _IBAN.fullmatch(text) or (text.startswith("IT") and len(text) != _IBAN_IT_LENGTH):
        return False
    digits = "".join(str(int(c, 36)) for c in text[4:] + text[:4])
    return int(digits) % 97 == 1


def is_iban_postale(iban: str) -> bool:
    """Tell an account of Poste Italiane (ABI 07601)."""
    return iban.startswith("IT") and iban[5:10] == ABI_POSTE


def conto_postale_of(iban: str) -> str:
    """Give the twelve digits of the conto corrente postale in an IBAN."""
    return iban[-12:]
