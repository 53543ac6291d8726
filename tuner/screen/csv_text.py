"""Text in CSV files, which people open with spreadsheets."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What a spreadsheet takes for the beginning of a formula, or passes over to find one."""


def csv_text(text: str) -> str:
    """Return a header or a cell that others have named so that no spreadsheet takes it for a formula: after a quote."""
    return f"'{text}" if text.startswith(_FORMULA) else text
