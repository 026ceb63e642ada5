"""The official schemas and examples of pagoPA, read from beside the repository; the product does not carry them."""

from functools import cache
from pathlib import Path

import pytest
from lxml import etree

PAGOPA = Path(__file__).parents[3] / "shared" / "pagopa"
EXAMPLES = PAGOPA / "examples"

needs_official = pytest.mark.skipif(
    not PAGOPA.is_dir(), reason="the official schemas of pagoPA are not in ../shared/pagopa"
)

# The reporting flows have their own modules.
_FLUSSI = ("nodoChiediElencoFlussi", "nodoChiediFlusso", "FlussoRiversamento", "MarcaDaBollo")


def examples(*folders: str) -> list[Path]:
    found = [path for folder in folders for path in sorted((EXAMPLES / folder).glob("*.xml"))]
    return [path for path in found if not path.name.startswith(_FLUSSI)]


@cache
def schema(path: str) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(str(PAGOPA / path)))


def schemas_for(name: str) -> tuple[etree.XMLSchema, etree.XMLSchema]:
    """Give the schemas of header and body for the example so named."""
    if name.startswith("pa") and not name.startswith("paa"):
        # The current protocol has no header.
        return schema("wsdl/xsd/paForNode.xsd"), schema("wsdl/xsd/paForNode.xsd")
    if name.startswith("nodo"):
        service = "NodoPerPa"
    else:
        service = "PaPerNodo" if name.startswith("paaInviaRT") else "PaPerNodoPagamentoPsp"
    return schema(f"xsd/{service}.head.xsd"), schema(f"xsd/{service}.body.xsd")


def documents_schema() -> etree.XMLSchema:
    return schema("gad/xsd/PagInf_RPT_RT_6_2_0.xsd")


def is_valid(official: etree.XMLSchema, element: etree._Element) -> bool:
    """Tell whether the official schema admits the element, taken out of its envelope."""
    return official.validate(etree.fromstring(etree.tostring(element, with_tail=False)))


def canonical(xml: bytes) -> str:
    """Give the canonical form, white space between elements and the prefixes of the examples set aside."""
    text = etree.tostring(etree.fromstring(xml), encoding="unicode")
    return str(etree.canonicalize(text, strip_text=True, rewrite_prefixes=True))
