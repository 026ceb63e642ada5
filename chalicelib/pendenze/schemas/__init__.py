"""JSON ↔ pendenza: what is asked (`requests`) and what is answered (`answers`)."""

from chalicelib.pendenze.schemas.requests import nuova_from_json, nuova_from_verificata

__all__ = ["nuova_from_json", "nuova_from_verificata"]
