"""The reader of the command line: argparse, that says in Italian what is wrong."""

import argparse
import re
import sys
from typing import NoReturn

from govpay.esiti import USO

# What argparse says, piece by piece, and how it is said here.
_PAROLE = (
    (r"the following arguments are required: (.+)", r"manca: \1"),
    (r"one of the arguments (.+) is required", r"indicare uno fra: \1"),
    (r"unrecognized arguments: (.+)", r"non riconosciuto: \1"),
    (r"ambiguous option: (.+) could match (.+)", r"opzione ambigua: \1 può essere \2"),
    (r"invalid choice: (.+) \(choose from (.+)\)", r"\1 non è ammesso: indicare uno fra \2"),
    (r"invalid int value: (.+)", r"\1 non è un numero intero"),
    (r"invalid \S+ value: (.+)", r"\1 non è un valore ammesso"),
    (r"expected one argument", "manca il valore"),
    (r"expected at least one argument", "manca almeno un valore"),
    (r"expected at most one argument", "ammette un valore solo"),
    (r"expected (\d+) arguments?", r"valori attesi: \1"),
    (r"not allowed with argument (.+)", r"non va insieme a \1"),
    (r"ignored explicit argument (.+)", r"non ammette un valore: \1"),
)
_ARGOMENTO = re.compile(r"argument (.+?): (.+)", re.DOTALL)


class Lettore(argparse.ArgumentParser):
    """A parser whose errors are of the language of the rest; its subparsers are of the same class."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong, how it is used, and end with the code of a wrong command."""
        uso = self.format_usage().replace("usage:", "uso:", 1)
        print(f"{uso}{self.prog}: {in_italiano(message)}", file=sys.stderr)
        sys.exit(USO)


def in_italiano(message: str) -> str:
    """Translate what argparse says; what is not known stays as it is."""
    named = _ARGOMENTO.fullmatch(message)
    if named is not None:
        return f"{named[1]}: {in_italiano(named[2])}"
    for pattern, words in _PAROLE:
        found = re.fullmatch(pattern, message, re.DOTALL)
        if found is not None:
            return found.expand(words)
    return message
