"""What ships is known, by name and licence; and what is known against it is answered for."""

import base64
import hashlib
import json
import zipfile
from datetime import date
from importlib.metadata import Distribution, distribution, requires
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement

from infra import audit, sbom, templates

ROOT = Path(templates.__file__).parents[1]
TODAY = date(2026, 11, 24)


def a_record(files: dict[str, bytes]) -> str:
    digests = {name: base64.urlsafe_b64encode(hashlib.sha256(held).digest()) for name, held in files.items()}
    return "".join(f"{name},sha256={digest.rstrip(b'=').decode()},1\n" for name, digest in digests.items())


def a_bundle(path: Path, *, licence: str = "MIT", more: dict[str, bytes] | None = None, pruned: bool = False) -> Path:
    """A bundle of our code and of one distribution, `uno` 1.2."""
    files = {"uno/__init__.py": b"UNO = 1\n", "uno/data.json": b"{}"}
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("app.py", "")
        archive.writestr("chalicelib/__init__.py", "")
        for name, held in files.items():
            if not (pruned and name.endswith(".json")):
                archive.writestr(name, held)
        archive.writestr("uno-1.2.dist-info/METADATA", f"Name: uno\nVersion: 1.2\nLicense-Expression: {licence}\n")
        archive.writestr("uno-1.2.dist-info/RECORD", a_record(files))
        archive.writestr("uno/__pycache__/__init__.cpython-311.pyc", b"compiled here")
        for name, held in (more or {}).items():
            archive.writestr(name, held)
    return path


class TestSbom:
    def test_is_what_cyclonedx_says_it_is(self, tmp_path):
        sbom.write(a_bundle(tmp_path / "b.zip"), tmp_path / "s.json", versione="0.1.0")
        text = (tmp_path / "s.json").read_text()

        assert sbom.wrong_in(text) is None
        assert sbom.wrong_in(text.replace('"MIT"', "7")) is not None

    def test_has_every_distribution_with_its_licence_and_the_digest_of_its_files(self, tmp_path):
        sbom.write(a_bundle(tmp_path / "b.zip", pruned=True), tmp_path / "s.json", versione="0.1.0")

        written = json.loads((tmp_path / "s.json").read_text())
        (uno,) = written["components"]
        assert (uno["name"], uno["version"], uno["purl"]) == ("uno", "1.2", "pkg:pypi/uno@1.2")
        assert uno["licenses"] == [{"license": {"id": "MIT"}}]
        assert len(uno["hashes"][0]["content"]) == 64
        digest = hashlib.sha256((tmp_path / "b.zip").read_bytes()).hexdigest()
        assert written["metadata"]["component"]["hashes"] == [{"alg": "SHA-256", "content": digest}]
        assert sbom.pins(tmp_path / "s.json") == ["uno==1.2"]

    def test_names_the_runtime_and_the_fonts_that_have_no_record(self, tmp_path):
        fonts = {"chalice/app.py": b"", "chalicelib/avvisi/fonts/TitilliumWeb-Bold.ttf": b""}

        found = sbom.write(a_bundle(tmp_path / "b.zip", more=fonts), tmp_path / "s.json", versione="0.1.0")

        assert [(one.nome, one.licenza) for one in found][:2] == [
            ("chalice", "Apache License 2.0"),
            ("Titillium Web", "OFL-1.1"),
        ]

    @pytest.mark.parametrize(
        ("made", "wrong"),
        [
            ({"more": {"due/__init__.py": b""}}, "due/__init__.py: di nessuna distribuzione"),
            ({"licence": "AGPL-3.0-or-later"}, "uno 1.2: licenza AGPL-3.0-or-later"),
            ({"licence": "GPL-2.0-only"}, "uno 1.2: licenza GPL-2.0-only"),
            ({"licence": ""}, "uno 1.2: licenza non dichiarata"),
        ],
    )
    def test_is_refused_to_what_may_not_ship(self, tmp_path, made, wrong):
        with pytest.raises(sbom.Inesatta, match=wrong):
            sbom.write(a_bundle(tmp_path / "b.zip", **made), tmp_path / "s.json", versione="0.1.0")

    def test_is_refused_to_a_file_that_is_not_as_it_was_released(self, tmp_path):
        bundle = a_bundle(tmp_path / "b.zip")
        with zipfile.ZipFile(bundle) as archive:
            held = {name: archive.read(name) for name in archive.namelist()}
        with zipfile.ZipFile(bundle, "w") as archive:
            for name, content in (held | {"uno/__init__.py": b"UNO = 2\n"}).items():
                archive.writestr(name, content)

        with pytest.raises(sbom.Inesatta, match=r"uno/__init__.py: non è come è stato pubblicato"):
            sbom.write(bundle, tmp_path / "s.json", versione="0.1.0")

    def test_finds_no_licence_that_binds_others_in_what_we_require(self):
        found = [sbom.of_metadata(one.read_text("METADATA") or "", "") for one in shipped()]

        assert {"boto3", "urllib3", "lxml", "pydantic_core"} <= {one.nome for one in found}
        assert sbom.copyleft(found) == []


def shipped() -> list[Distribution]:
    """What requirements.txt asks for, and what that asks for in turn."""
    lines = [line.partition("#")[0].strip() for line in (ROOT / "requirements.txt").read_text().splitlines()]
    asked, found = [Requirement(line) for line in lines if line], dict[str, Distribution]()
    while asked:
        one = asked.pop()
        if one.name in found or (one.marker is not None and not one.marker.evaluate({"extra": ""})):
            continue
        found[one.name] = distribution(one.name)
        asked += [Requirement(text) for text in requires(one.name) or ()]
    return list(found.values())


def an_answer(*vulns: dict[str, Any], unknown: bool = False) -> dict[str, Any]:
    """What pip-audit writes."""
    one = {"name": "uno", "version": "1.2"}
    known: dict[str, Any] = {**one, "skip_reason": "non c'è"} if unknown else {**one, "vulns": list(vulns)}
    return {"dependencies": [known], "fixes": []}


VULN = {"id": "GHSA-x", "aliases": ["CVE-2026-1"], "fix_versions": ["1.3"], "description": "…"}
REASON = "non leggiamo mai un file di quel formato"


def an_exception(**changes: Any) -> audit.Eccezione:
    return audit.Eccezione(
        **({"id": "CVE-2026-1", "pacchetto": "uno", "motivo": REASON, "scade": date(2026, 12, 31)} | changes)
    )


class TestAudit:
    @pytest.mark.parametrize(
        ("known", "code", "told"),
        [
            ([], 1, "uno 1.2: CVE-2026-1, GHSA-x; corretta in 1.3: nessuna eccezione"),
            ([an_exception()], 0, "ammessa fino al 31/12/2026"),
            ([an_exception(scade=TODAY)], 0, "ammessa fino al 24/11/2026"),
            ([an_exception(scade=date(2026, 11, 23))], 1, "eccezione scaduta il 23/11/2026"),
            ([an_exception(pacchetto="due")], 1, "nessuna eccezione"),
        ],
    )
    def test_fails_on_what_nobody_answers_for(self, capsys, known, code, told):
        answer = audit.read(an_answer(VULN))

        assert audit.main(["uno==1.2"], today=TODAY, known=known, asked=lambda *_: answer) == code
        assert told in capsys.readouterr().out

    def test_says_that_it_was_not_made_where_no_database_answers(self, capsys):
        assert audit.main(["uno==1.2"], today=TODAY, known=[], asked=lambda *_: None) == 0
        assert "NON FATTO" in capsys.readouterr().out

    def test_asks_the_second_database_when_the_first_is_away(self, capsys):
        answers = {"pypi": None, "osv": audit.read(an_answer(VULN))}

        assert audit.main(["uno==1.2"], today=TODAY, known=[], asked=lambda service, _: answers[service]) == 1
        assert "(osv)" in capsys.readouterr().out

    def test_takes_a_database_that_knows_none_of_the_packages_for_one_that_is_away(self):
        assert audit.read(an_answer(unknown=True)).note == 0

    def test_says_which_exception_is_no_longer_needed(self, capsys):
        audit.main(["uno==1.2"], today=TODAY, known=[an_exception()], asked=lambda *_: audit.read(an_answer()))

        assert "l'eccezione si può togliere" in capsys.readouterr().out

    @pytest.mark.parametrize(
        "text",
        [
            '[[eccezione]]\nid = "x"\npacchetto = "uno"\nmotivo = "boh"\nscade = 2026-12-31\n',
            f'[[eccezione]]\nid = "x"\npacchetto = "uno"\nmotivo = "{REASON}"\nscade = "domani"\n',
            f'[[eccezione]]\nid = "x"\npacchetto = "uno"\nmotivo = "{REASON}"\n',
            "[[eccezione",
        ],
    )
    def test_believes_no_exception_without_a_reason_and_an_end(self, text):
        with pytest.raises(audit.EccezioneErrata):
            audit.exceptions(text)

    def test_reads_the_exceptions_of_this_project(self):
        for one in audit.exceptions(audit.EXCEPTIONS.read_text()):
            assert (one.scade - TODAY).days < 366
