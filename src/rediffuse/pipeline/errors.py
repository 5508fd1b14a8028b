"""The one exception for everything that a user can mend."""


class InputError(Exception):
    """Bad input: a parameter, a file or a place, told in one line.

    The message names the key or file, what was found, and what is allowed. Stage scripts print
    it without a traceback and end with exit code 2.
    """
