"""What is wrong with data, in a sentence for the user."""


class DataError(ValueError):
    """Data that cannot be used; the sentence names the file and says what to do."""
