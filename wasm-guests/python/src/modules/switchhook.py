"""What a function is given beside its call: `env` and `log`, and the streams that make logs of output."""

import sys
from _collections_abc import Mapping

import _switchhook


class Environment(Mapping):
    """The function's own variables. They come with the call: reading them while the function is compiled is an error."""

    __slots__ = ("_variables",)

    def __init__(self):
        self._variables = None

    def _read(self):
        if self._variables is None:
            self._variables = _switchhook.environment()
        return self._variables

    def __getitem__(self, name):
        return self._read()[name]

    def __iter__(self):
        return iter(self._read())

    def __len__(self):
        return len(self._read())

    def __contains__(self, name):
        return name in self._read()

    def __repr__(self):
        return f"env({', '.join(self)})"


class Log:
    """`log.info("text", value)`: a record of that level, with spaces between the values."""

    __slots__ = ()

    def log(self, *values):
        _switchhook.log("log", *values)

    def debug(self, *values):
        _switchhook.log("debug", *values)

    def info(self, *values):
        _switchhook.log("info", *values)

    def warn(self, *values):
        _switchhook.log("warn", *values)

    warning = warn

    def error(self, *values):
        _switchhook.log("error", *values)


class Stream:
    """What is written in one piece is one record."""

    encoding = "utf-8"
    errors = "surrogateescape"
    closed = False

    def __init__(self, name, level):
        self.name = name
        self.level = level

    def write(self, text):
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        line = text.removesuffix("\n")
        if line:
            _switchhook.log(self.level, line)
        return len(text)

    def writelines(self, lines):
        for line in lines:
            self.write(line)

    def flush(self):
        pass

    def isatty(self):
        return False

    def readable(self):
        return False

    def writable(self):
        return True


env = Environment()
log = Log()
sys.stdout = sys.__stdout__ = Stream("<stdout>", "log")
sys.stderr = sys.__stderr__ = Stream("<stderr>", "error")
