"""What a cold start imports, and that what it leaves out is there when it is asked for."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from chalice.app import Blueprint

from chalicelib.rest.application import GovPayApp, resource_of

ROOT = Path(__file__).resolve().parents[2]
# Other people's packages that take more than some milliseconds, and that not every entry needs.
HEAVY = frozenset({"boto3", "lxml", "pydantic", "pynamodb", "reportlab", "requests", "segno", "ppf"})
# What the files of a context may be called that are imported with what uses them.
LATER = frozenset({"operations", "queries", "repository", "routes", "rules", "schemas", "tables"})
_LOADED = "import json, sys; import app; {}; print(json.dumps(sorted(sys.modules)))"


def loaded(then: str = "pass") -> list[str]:
    """Give the modules of a fresh process that imports app.py, and does `then`."""
    ran = subprocess.run(  # noqa: S603 - our own interpreter, our own code
        [sys.executable, "-c", _LOADED.format(then)], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    modules: list[str] = json.loads(ran.stdout)
    return modules


class TestColdStart:
    def test_imports_nothing_heavy(self):
        assert HEAVY.isdisjoint(loaded())

    def test_imports_nothing_that_a_request_or_a_message_brings(self):
        ours = [module.split(".") for module in loaded() if module.startswith("chalicelib.")]

        assert [".".join(parts) for parts in ours if LATER & set(parts[1:])] == []

    @pytest.mark.parametrize(
        ("path", "contexts"),
        [
            ("/govpay/backend/api/pendenze/rs/{auth}/v1/pendenze", {"avvisi", "nodo", "pagopa", "notifiche"}),
            ("/govpay/frontend/api/pagopa/PagamentiTelematiciCCPservice", {"avvisi", "pagopa"}),
        ],
    )
    def test_of_a_resource_leaves_the_others_alone(self, path, contexts):
        modules = loaded(f"app.app.routes[{path!r}]")

        assert contexts.isdisjoint(module.split(".")[1] for module in modules if module.startswith("chalicelib."))


class TestIndex:
    def test_names_every_resource_with_the_module_that_serves_it(self):
        script = (
            "from chalicelib.rest.application import resource_of; declared = list(app.app.routes.waiting); "
            "served = [[resource_of(p), e.view_function.__module__] for p, m in app.app.routes.items() "
            "for e in m.values()]; "
            "print(json.dumps([[[m, sorted(r)] for m, r in declared], served])); sys.exit()"
        )
        ran = subprocess.run(  # noqa: S603 - our own interpreter, our own code
            [sys.executable, "-c", _LOADED.format(script)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
        declared, served = json.loads(ran.stdout)

        pairs = {(module, resource) for module, resources in declared for resource in resources}
        found = {
            (next(declared for declared, _ in pairs if f"{module}.".startswith(f"{declared}.")), resource)
            for resource, module in served
        }
        assert found == pairs


class TestResource:
    @pytest.mark.parametrize(
        ("path", "resource"),
        [
            ("/govpay/backend/api/pendenze/rs/{auth}/v1/pendenze/{id_a2a}/{id_pendenza}", "pendenze"),
            ("/govpay/backend/api/backoffice/rs/{auth}/v1/domini", "domini"),
            ("/govpay/frontend/api/pagopa/PagamentiTelematiciCCPservice", "pagopa"),
            ("/govpay/frontend/web/connector/checkout", "connector"),
            ("/govpay/backend/api/pendenze/v1/{documento}", "openapi"),
            ("/altro", ""),
        ],
    )
    def test_is_the_word_after_the_version_or_the_fifth(self, path, resource):
        assert resource_of(path) == resource


class TestRoutes:
    PATH = "/govpay/backend/api/pendenze/rs/{auth}/v1/pendenze"

    @pytest.fixture
    def app(self, monkeypatch):
        routes = Blueprint("prova")
        routes.route(self.PATH, methods=["GET"])(dict)
        module = type(sys)("un_modulo")
        module.routes = routes
        monkeypatch.setitem(sys.modules, "un_modulo", module)
        app = GovPayApp(app_name="prova")
        app.serve("un_modulo", "pendenze")
        return app

    def test_are_imported_by_the_first_request_for_one(self, app):
        assert list(app.routes[self.PATH]) == ["GET"]
        assert app.routes.waiting == []

    def test_are_not_imported_by_a_request_for_another(self, app):
        assert app.routes["/govpay/backend/api/backoffice/rs/{auth}/v1/domini"] == {}
        assert len(app.routes.waiting) == 1

    def test_are_all_imported_by_who_lists_them(self, app):
        assert list(app.routes) == [self.PATH]

    def test_of_one_resource_may_be_of_two_modules(self, app, monkeypatch):
        other = Blueprint("altra")
        other.route(self.PATH, methods=["POST"])(dict)
        module = type(sys)("un_altro_modulo")
        module.routes = other
        monkeypatch.setitem(sys.modules, "un_altro_modulo", module)
        app.serve("un_altro_modulo", "pendenze")

        assert sorted(app.routes[self.PATH]) == ["GET", "POST"]
        assert list(app.routes) == [self.PATH]

    def test_whose_import_fails_are_tried_again(self, app, monkeypatch):
        module = sys.modules["un_modulo"]
        monkeypatch.setitem(sys.modules, "un_modulo", None)
        with pytest.raises(ImportError):
            app.routes[self.PATH]
        monkeypatch.setitem(sys.modules, "un_modulo", module)

        assert list(app.routes[self.PATH]) == ["GET"]
