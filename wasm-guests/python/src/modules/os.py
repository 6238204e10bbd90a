"""What is left of `os` in a sandbox without files, processes and users."""

import abc

from _switchhook import random_bytes as urandom
from switchhook import env as environ

__all__ = ["PathLike", "environ", "fspath", "getenv", "linesep", "name", "path", "sep", "urandom"]

name = "switchhook"
sep = "/"
linesep = "\n"


def getenv(key, default=None):
    return environ.get(key, default)


class PathLike(abc.ABC):
    @abc.abstractmethod
    def __fspath__(self):
        raise NotImplementedError


def __getattr__(name):
    # It imports this module.
    if name == "path":
        import posixpath

        globals()["path"] = posixpath
        return posixpath
    raise AttributeError(f"module 'os' has no attribute {name!r}")


def fspath(path):
    if isinstance(path, (str, bytes)):
        return path
    try:
        return type(path).__fspath__(path)
    except AttributeError:
        name = type(path).__name__
        raise TypeError(f"expected str, bytes or os.PathLike object, not {name}") from None
