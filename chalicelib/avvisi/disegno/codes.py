"""QR and DataMatrix as matrices of modules, and a matrix as few rectangles."""

from collections.abc import Iterator, Sequence

Matrix = Sequence[Sequence[int]]

# Version 4 (33 modules), correction M: what the guide's specimens carry; holds the longest text of `qr_text`.
_QR_VERSION = 4


def qr_matrix(text: str) -> Matrix:
    """Return the modules of the QR code, without quiet zone."""
    import segno

    matrix: Matrix = segno.make(text, version=_QR_VERSION, error="m", mode="byte", boost_error=False).matrix
    return matrix


def datamatrix_matrix(text: str) -> Matrix:
    """Return the modules of the DataMatrix, without quiet zone."""
    from ppf.datamatrix import DataMatrix

    matrix: Matrix = DataMatrix(text).matrix
    return matrix


def rectangles(matrix: Matrix) -> Iterator[tuple[int, int, int, int]]:
    """Yield (column, row, width, height) of the dark modules: runs of a row, joined with equal runs below."""
    growing: dict[tuple[int, int], int] = {}
    for y, row in enumerate(matrix):
        runs = set(_runs(row))
        for run in [run for run in growing if run not in runs]:
            top = growing.pop(run)
            yield run[0], top, run[1] - run[0], y - top
        for run in sorted(runs - growing.keys()):
            growing[run] = y
    for (start, end), top in growing.items():
        yield start, top, end - start, len(matrix) - top


def _runs(row: Sequence[int]) -> Iterator[tuple[int, int]]:
    start = None
    for x, dark in enumerate([*row, 0]):
        if dark and start is None:
            start = x
        elif not dark and start is not None:
            yield start, x
            start = None
