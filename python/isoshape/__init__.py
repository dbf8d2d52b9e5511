"""isoshape: the best depth and width of a model at a compute budget.

Importing this package imports nothing but the standard library.
"""

from isoshape._version import __version__

__all__ = ["__version__"]
