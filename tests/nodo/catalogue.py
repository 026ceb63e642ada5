"""Every message there is, found by its global element."""

import importlib
import pkgutil

import chalicelib.nodo.messages as package
from chalicelib.nodo.declaration import DECLARED

for _module in pkgutil.iter_modules(package.__path__):
    importlib.import_module(f"{package.__name__}.{_module.name}")

# The flow has editions: it is written by one and read by none (tests/nodo/test_flussi.py).
_APART = frozenset({"{http://www.digitpa.gov.it/schemas/2011/Pagamenti/}FlussoRiversamento"})

MESSAGES = {
    declared.element: cls
    for cls, declared in DECLARED.items()
    if declared.element and cls.__module__.startswith(package.__name__) and declared.element not in _APART
}
