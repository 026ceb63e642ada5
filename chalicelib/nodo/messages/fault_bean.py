"""faultBean: the same in the classic and in the current protocol."""

from chalicelib.nodo.binding import complex_type
from chalicelib.nodo.messages.simple_types import XsdInt, XsdString


@complex_type()
class FaultBean:
    fault_code: XsdString
    fault_string: XsdString
    id: XsdString
    description: XsdString | None = None
    serial: XsdInt | None = None
    original_fault_code: XsdString | None = None
    original_fault_string: XsdString | None = None
    original_description: XsdString | None = None
