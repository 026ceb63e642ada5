"""What AWS asks for each thing: one table, dated, and another in its place where somebody has the list of the day.

Put down without the list at hand: none of these has been compared with what AWS publishes. `python -m sandbox.bench --prices FILE.json` reads `{"write unit": 0.0000007423, ...}`:
what the file names is taken from it and counts as compared.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

REGION = "eu-south-1"
PRICED_ON = date(2026, 11, 24)


class PrezzoSconosciuto(ValueError):
    """A file of prices names what is not billed here, or a price that is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """USD for one of `unit`, on demand, before any tier or free use; a dollar is counted as a euro."""

    usd: float
    service: str
    unit: str
    compared: bool = False


def _of(usd: float, service: str, unit: str) -> Price:
    return Price(usd=usd, service=service, unit=unit)


PRICES: Mapping[str, Price] = {
    "write unit": _of(0.7423e-6, "DynamoDB, on-demand, standard table", "write request unit, sold by the million"),
    "read unit": _of(0.1485e-6, "DynamoDB, on-demand, standard table", "read request unit, sold by the million"),
    "SQS request": _of(0.40e-6, "SQS, standard queue", "request of up to 64 kB, sold by the million"),
    "S3 put": _of(5.3e-6, "S3 Standard", "PUT, COPY, POST or LIST request, sold by the thousand"),
    "S3 get": _of(0.42e-6, "S3 Standard", "GET or SELECT request, sold by the thousand"),
    "API request": _of(3.72e-6, "API Gateway, REST API", "request, sold by the million, first tier"),
    "Lambda request": _of(0.23e-6, "Lambda, x86", "request, sold by the million"),
    "Lambda GB-second": _of(19.5172e-6, "Lambda, x86", "GB-second, first tier"),
    "alarm metric": _of(0.10, "CloudWatch, standard resolution", "metric that an alarm watches, a month"),
    "key": _of(1.00, "KMS, customer managed", "key, a month"),
}


def overridden(path: Path) -> Mapping[str, Price]:
    """Give PRICES with those of a file.

    :raises PrezzoSconosciuto: naming what is not a price of ours
    """
    prices = dict(PRICES)
    for name, usd in json.loads(path.read_text(encoding="utf-8")).items():
        if name not in prices or not isinstance(usd, int | float) or isinstance(usd, bool) or usd < 0:
            raise PrezzoSconosciuto(f"{name}: {usd!r}; i nomi sono {', '.join(prices)}")
        prices[name] = replace(prices[name], usd=float(usd), compared=True)
    return prices
