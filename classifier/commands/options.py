"""What reads the options that commands share."""


def words(text: str) -> tuple[str, ...]:
    """The words between commas, without the spaces around them."""
    return tuple(word.strip() for word in text.split(",") if word.strip())
