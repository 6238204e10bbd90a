"""`logging`, with the call's log as its only handler: there is nothing to configure but the level."""

from switchhook import log as _log

NOTSET, DEBUG, INFO, WARNING, ERROR, CRITICAL = 0, 10, 20, 30, 40, 50
WARN, FATAL = WARNING, CRITICAL
_NAMES = {DEBUG: "DEBUG", INFO: "INFO", WARNING: "WARNING", ERROR: "ERROR", CRITICAL: "CRITICAL"}


def getLevelName(level):
    if isinstance(level, str):
        return {name: number for number, name in _NAMES.items()}.get(level, f"Level {level}")
    return _NAMES.get(level, f"Level {level}")


def _number(level):
    if isinstance(level, str):
        number = getLevelName(level)
        if isinstance(number, str):
            raise ValueError(f"Unknown level: {level!r}")
        return number
    return level


class Logger:
    def __init__(self, name, parent=None):
        self.name = name
        self.parent = parent
        self.level = NOTSET

    def setLevel(self, level):
        self.level = _number(level)

    def getEffectiveLevel(self):
        logger = self
        while logger and not logger.level:
            logger = logger.parent
        return logger.level if logger else NOTSET

    def isEnabledFor(self, level):
        return level >= self.getEffectiveLevel()

    def log(self, level, msg, *args, exc_info=None, stack_info=False, stacklevel=1, extra=None):
        if not self.isEnabledFor(level):
            return
        text = str(msg)
        if args:
            text = text % (args[0] if len(args) == 1 and isinstance(args[0], dict) and args[0] else args)
        if self.parent:
            text = f"{self.name}: {text}"
        if exc_info:
            import sys

            error = exc_info if isinstance(exc_info, BaseException) else sys.exception()
            if error is not None:
                text = f"{text}\n{type(error).__name__}: {error}"
        if level >= ERROR:
            _log.error(text)
        elif level >= WARNING:
            _log.warn(text)
        elif level >= INFO:
            _log.info(text)
        else:
            _log.debug(text)

    def debug(self, msg, *args, **options):
        self.log(DEBUG, msg, *args, **options)

    def info(self, msg, *args, **options):
        self.log(INFO, msg, *args, **options)

    def warning(self, msg, *args, **options):
        self.log(WARNING, msg, *args, **options)

    def error(self, msg, *args, **options):
        self.log(ERROR, msg, *args, **options)

    def critical(self, msg, *args, **options):
        self.log(CRITICAL, msg, *args, **options)

    def exception(self, msg, *args, exc_info=True, **options):
        self.log(ERROR, msg, *args, exc_info=exc_info, **options)

    warn = warning
    fatal = critical

    def addHandler(self, handler):
        pass

    def removeHandler(self, handler):
        pass


class Handler:
    def __init__(self, *args, **options):
        pass

    def setLevel(self, level):
        pass

    def setFormatter(self, formatter):
        pass


class Formatter(Handler):
    pass


class StreamHandler(Handler):
    pass


class NullHandler(Handler):
    pass


root = Logger("root")
_loggers = {}


def getLogger(name=None):
    if not name or name == "root":
        return root
    return _loggers.setdefault(name, Logger(name, root))


def basicConfig(*, level=None, **options):
    if level is not None:
        root.setLevel(level)


def disable(level=CRITICAL):
    root.setLevel(level + 1)


log = root.log
debug = root.debug
info = root.info
warning = warn = root.warning
error = root.error
critical = fatal = root.critical
exception = root.exception
