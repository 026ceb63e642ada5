"""Cells of the CSV files we write: what came from others is shown by a spreadsheet, never run."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def safe_cell(text: str) -> str:
    """Give a text that a spreadsheet shows and does not run."""
    return f"'{text}" if text.startswith(_FORMULA) else text
