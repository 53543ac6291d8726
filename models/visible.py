"""Text that others wrote, as a person is to see it."""


def visible(text: str) -> str:
    """Escape what a terminal would obey or hide, so that what is read on one line is all there is."""
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)
