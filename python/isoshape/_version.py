"""The project's version, as the top CMakeLists.txt has it (a test holds them together)."""

__version__ = "0.1.0"
