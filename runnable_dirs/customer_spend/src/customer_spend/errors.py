"""What a user can correct."""


class InputError(Exception):
    """An argument, a file or a value cannot be used; the message says which, and what can."""
