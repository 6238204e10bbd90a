"""What is left of `os` in a sandbox without files, processes and users."""

import abc
import sys

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


def fspath(path):
    if isinstance(path, (str, bytes)):
        return path
    try:
        return type(path).__fspath__(path)
    except AttributeError:
        name = type(path).__name__
        raise TypeError(f"expected str, bytes or os.PathLike object, not {name}") from None


# Last, since it imports this module. The name lets `import os.path` find it.
import posixpath as path

sys.modules["os.path"] = path
