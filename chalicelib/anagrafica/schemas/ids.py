"""The ids in the paths: each judge says why a text is not one, None if it is."""

import re
from collections.abc import Callable

Judge = Callable[[str], str | None]


def _judge(pattern: str, words: str) -> Judge:
    compiled = re.compile(pattern, re.ASCII)
    return lambda text: None if compiled.fullmatch(text) else words


codice = _judge(r"[a-zA-Z0-9\-_]{1,35}", "deve avere da 1 a 35 caratteri fra lettere, cifre, - e _")
codice_puntato = _judge(r"[a-zA-Z0-9\-_.]{1,35}", "deve avere da 1 a 35 caratteri fra lettere, cifre, -, _ e .")
undici_cifre = _judge(r"[0-9]{11}", "deve avere 11 cifre")
stazione = _judge(r"[0-9]{11}_[0-9]{2}", "deve avere la forma <11 cifre>_<2 cifre>")
iban = _judge(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{1,30}", "deve essere un IBAN, in lettere maiuscole e senza spazi")
# They are sort keys of the table: 1024 bytes with what stands before them.
principal = _judge(
    r"(?=.{1,255}\Z)(?:[!-9;-~][ -9;-~]*|[!-9;<>-~]+=[ -~]+)",
    "deve avere da 1 a 255 caratteri ASCII, senza due punti",
)
ruolo = _judge(r"[^\s/\x00-\x1f\x7f][^/\x00-\x1f\x7f]{0,99}", "deve avere da 1 a 100 caratteri, senza barre")
