"""The parameters of a deploy, checked before anything is built: names, shapes, and which needs which."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

# Set by a call of its own, not by the stack: CloudFormation knows no budgets in eu-south-1.
BUDGET = "BudgetMensile"
_WAF_LEAST = 100  # of AWS
_KEPT = "Eventi"


class ParametriErrati(ValueError):
    """What is wrong, a line each; Italian."""

    def __init__(self, wrong: Iterable[str]) -> None:
        super().__init__("\n".join(wrong))


def read(words: Iterable[str], declared: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """Read `Nome=valore` words against the parameters that a template declares.

    :raises ParametriErrati: naming everything that is wrong
    """
    given, wrong = dict[str, str](), []
    known = (declared.keys() - {"Stage"}) | {BUDGET}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or name not in known:
            wrong.append(f"{name}: non è un parametro; sono {_told(known)}")
        elif name in given:
            wrong.append(f"{name}: indicato due volte")
        else:
            given[name] = value
    wrong += [line for name, value in given.items() if (line := _misshapen(name, value, declared.get(name, {})))]
    if wrong:
        raise ParametriErrati(wrong)
    return given


def decided(known: Iterable[str]) -> tuple[list[str], list[str]]:
    """Give the parameters that an ente decides, and those whose value is good for everybody: how long eventi are kept."""
    names = sorted(known)
    return [n for n in names if not n.startswith(_KEPT)], [n for n in names if n.startswith(_KEPT)]


def _told(known: Iterable[str]) -> str:
    own, kept = decided(known)
    return f"{', '.join(own)}; e, di solito lasciati come sono, {', '.join(kept)}"


def check(values: Mapping[str, str], *, region: str) -> None:
    """Check what parameters need of each other: those given now and those the stack has.

    :raises ParametriErrati: naming everything that is wrong
    """
    wrong = []
    if values.get("DominioNodo") and not values.get("CertificatoArn"):
        wrong.append("DominioNodo: serve anche CertificatoArn")
    if values.get("DominioNodo") and not values.get("TruststoreUri"):
        wrong.append("DominioNodo: serve anche TruststoreUri, o il Nodo non presenterebbe il certificato")
    if values.get("TruststoreUri") and not values.get("DominioNodo"):
        wrong.append("TruststoreUri: serve anche DominioNodo")
    arn = values.get("CertificatoArn", "")
    if arn and arn.split(":")[3] != region:
        wrong.append(f"CertificatoArn: il certificato deve essere in {region}, la regione dello stack")
    if arn and not values.get("BaseUrl") and not values.get("DominioNodo"):
        wrong.append("CertificatoArn: serve anche BaseUrl o DominioNodo")
    host = values.get("BaseUrl", "").removeprefix("https://").partition("/")[0]
    if host and host == values.get("DominioNodo"):
        wrong.append("DominioNodo: deve essere diverso dall'host di BaseUrl, che non chiede certificati")
    if values.get(BUDGET, "0") != "0" and not values.get("EmailAllarmi"):
        wrong.append(f"{BUDGET}: serve anche EmailAllarmi, a cui dirlo")
    if wrong:
        raise ParametriErrati(wrong)


def _misshapen(name: str, value: str, declared: Mapping[str, Any]) -> str | None:
    pattern = declared.get("AllowedPattern")
    if pattern is not None and not re.fullmatch(pattern, value):
        return f"{name}: il valore non ha la forma attesa ({declared['Description']})"
    if (declared.get("Type") == "Number" or name == BUDGET) and not re.fullmatch(r"\d{1,7}", value):
        return f"{name}: un numero intero"
    if name == "LimiteRichieste" and 0 < int(value) < _WAF_LEAST:
        return f"{name}: 0, o almeno {_WAF_LEAST}"
    return None
