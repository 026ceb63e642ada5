"""The bill of materials of a bundle (CycloneDX 1.6): every distribution that ships, its licence, its hash.

What it says is read from the bundle itself, not from a list of what should be in it: the RECORD of a distribution names
its files and their digests, so a file that is of no one, or not as its maker released it, is found here.
"""

import base64
import csv
import hashlib
import io
import json
import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from email.parser import Parser
from importlib.metadata import distribution
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL

# What Chalice puts into a bundle of itself, with no RECORD.
_RUNTIME = "chalice"
_OWN = ("app.py", "chalicelib/")
_FONTS = {"RobotoMono": "Roboto Mono", "TitilliumWeb": "Titillium Web"}
_LONGEST_NAME = 20  # of a licence; a longer field is a sentence, or its whole text
_OFL = "OFL-1.1"
_SPACE = UUID("6f9619ff-8b86-d011-b42d-00c04fc964ff")
# Licences that would bind whoever installs this to publish what is theirs. LGPL does not, for a library left whole.
_COPYLEFT = re.compile(r"\bA?GPL|GNU (AFFERO )?GENERAL PUBLIC|\bSSPL|\bBUSL", re.IGNORECASE)


class Inesatta(ValueError):
    """What ships is not what its makers released, or may not ship. A line each."""

    def __init__(self, wrong: Iterable[str]) -> None:
        super().__init__("\n".join(wrong))


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribuzione:
    """A distribution of a bundle: `impronta` is the SHA-256 of its RECORD, which has that of each of its files."""

    nome: str
    versione: str
    licenza: str
    impronta: str = ""
    descrizione: str = ""
    tipo: str = "library"


def write(bundle: Path, target: Path, *, versione: str) -> Sequence[Distribuzione]:
    """Write the SBOM of a bundle; give what is in it.

    :raises Inesatta: naming files of no one, files that are not as released, and licences that bind others
    """
    with zipfile.ZipFile(bundle) as archive:
        found, wrong = distribuzioni(archive)
    wrong = [*wrong, *copyleft(found)]
    if wrong:
        raise Inesatta(wrong)
    text = document(found, versione=versione, impronta=hashlib.sha256(bundle.read_bytes()).hexdigest())
    target.write_text(text + "\n", encoding="utf-8")
    return found


def distribuzioni(archive: zipfile.ZipFile) -> tuple[Sequence[Distribuzione], Sequence[str]]:
    """Give the distributions of a bundle, by name; and what in it is of no one, or not as it was released."""
    names = {name for name in archive.namelist() if not name.endswith(("/", ".pyc"))}
    owned: set[str] = {name for name in names if name.startswith((*_OWN, f"{_RUNTIME}/"))}
    found, wrong = [*_without_record(names)], list[str]()
    for place in sorted(name for name in names if name.endswith(".dist-info/METADATA")):
        folder = place.removesuffix("METADATA")
        record = archive.read(f"{folder}RECORD") if f"{folder}RECORD" in names else b""
        files = _files(record)
        owned |= files.keys() | {name for name in names if name.startswith(folder)}
        wrong += [f"{path}: non è come è stato pubblicato" for path in _altered(archive, files, names)]
        found.append(of_metadata(archive.read(place).decode(), hashlib.sha256(record).hexdigest()))
    wrong += [f"{name}: di nessuna distribuzione" for name in sorted(names - owned)]
    return sorted(found, key=lambda one: one.nome.lower()), wrong


def _without_record(names: set[str]) -> Iterable[Distribuzione]:
    """Give what is there without a RECORD: the runtime that Chalice copies, the fonts of the avviso."""
    if any(name.startswith(f"{_RUNTIME}/") for name in names):
        yield of_metadata(distribution(_RUNTIME).read_text("METADATA") or "", "")
    for prefix, nome in _FONTS.items():
        if any(f"/{prefix}-" in name and name.endswith(".ttf") for name in names):
            yield Distribuzione(nome=nome, versione="", licenza=_OFL, tipo="file")


def _files(record: bytes) -> dict[str, str]:
    return {path: digest for path, digest, _size in csv.reader(io.StringIO(record.decode()))}


def _altered(archive: zipfile.ZipFile, files: Mapping[str, str], names: set[str]) -> Iterable[str]:
    """Name the files that ship and have not the digest of their RECORD; what was pruned does not ship."""
    for path, digest in files.items():
        algorithm, _, wanted = digest.partition("=")
        if path in names and wanted:
            made = hashlib.new(algorithm, archive.read(path)).digest()
            if base64.urlsafe_b64encode(made).rstrip(b"=").decode() != wanted:
                yield path


def of_metadata(text: str, impronta: str) -> Distribuzione:
    """Read the METADATA of a distribution (core metadata of Python packages)."""
    fields = Parser().parsestr(text, headersonly=True)
    return Distribuzione(
        nome=fields["Name"],
        versione=fields["Version"],
        licenza=_licence(fields),
        impronta=impronta,
        descrizione=fields["Summary"] or "",
    )


def _licence(fields: Any) -> str:
    """Give the licence as an SPDX expression where its maker says one; else its classifiers, or its own words."""
    classifiers = [c for c in fields.get_all("Classifier", ()) if c.startswith("License :: ")]
    told = [one.rpartition(" :: ")[2] for one in classifiers if one.count(" :: ") > 1]
    own = (fields["License"] or "").strip().partition("\n")[0]
    if fields["License-Expression"]:
        return str(fields["License-Expression"])
    # Classifiers are many words for one thing; a short field is more often an SPDX name.
    if own and len(own) <= _LONGEST_NAME and own.lower() not in {"dual license", "license"}:
        return own
    return " OR ".join(told) or own


def copyleft(found: Iterable[Distribuzione]) -> Sequence[str]:
    """Name what has a licence that binds others, or none that can be read."""
    return [
        f"{one.nome} {one.versione}: licenza {one.licenza or 'non dichiarata'}"
        for one in found
        if not one.licenza or (_COPYLEFT.search(one.licenza) and " OR " not in one.licenza)
    ]


def document(found: Iterable[Distribuzione], *, versione: str, impronta: str) -> str:
    """Give the SBOM as CycloneDX 1.6 JSON. The same bundle has the same serial number."""
    ours = Component(
        name="govpay",
        version=versione,
        type=ComponentType.APPLICATION,
        bom_ref="govpay",
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=impronta)],
    )
    bom = Bom(serial_number=uuid5(_SPACE, impronta))
    bom.metadata.component = ours
    components = [_component(one) for one in found]
    bom.components.update(components)
    bom.register_dependency(ours, components)
    return JsonV1Dot6(bom).output_as_string(indent=1)


def _component(one: Distribuzione) -> Component:

    is_library = one.tipo == "library"
    name = re.sub(r"[-_.]+", "-", one.nome).lower()
    return Component(
        name=one.nome,
        version=one.versione or None,
        type=ComponentType(one.tipo),
        bom_ref=f"{name}@{one.versione}",
        description=one.descrizione or None,
        licenses=[LicenseFactory().make_from_string(one.licenza)],
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=one.impronta)] if one.impronta else (),
        purl=PackageURL("pypi", None, name, one.versione) if is_library else None,
    )


def wrong_in(text: str) -> str | None:
    """Say what the schema of CycloneDX finds wrong in a document, None where nothing."""
    found = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
    return None if found is None else str(found)


def pins(sbom: Path) -> Sequence[str]:
    """Give what a written SBOM has of PyPI, as `name==version`."""
    components = json.loads(sbom.read_text(encoding="utf-8"))["components"]
    return sorted(f"{one['name']}=={one['version']}" for one in components if "purl" in one)
