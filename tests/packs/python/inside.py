"""The half of `cpython_tests` that runs in the sandbox, as the beginning of a function.

`FILES` has the texts of modules by their names, `DATA` the names of data files, `LIBRARY` the names of all modules of CPython's library,
and `ROOT` is the folder that all of them are in. A call `{"test": 3}` runs one test. What the guest lacks is an `Absent`: a test that
uses it is skipped, and says what it needs.
"""

import sys
import types

needed = []
running = False


def skip(what):
    needed.append(what)
    raise sys.modules["unittest"].SkipTest(f"needs {what}")


def line_of(error, path):
    """The file and the line in it that an error went through last."""
    line, traceback = "?", error.__traceback__
    while traceback:
        if traceback.tb_frame.f_code.co_filename == ROOT + path:
            line = traceback.tb_lineno
        traceback = traceback.tb_next
    return f"{path}:{line}"


def lacking(error):
    """What the guest lacks, if that is the error."""
    if isinstance(error, ModuleNotFoundError):
        return error.name
    if isinstance(error, ValueError) and str(error) == "signatures are not available here":
        return "inspect.signature"
    if isinstance(error, AttributeError):
        owner = getattr(error.obj, "__name__", None)
        module = isinstance(error.obj, types.ModuleType)
        if owner in (("io", "locale", "os", "sys", "time", "zoneinfo") if module else ("ZoneInfo", "ZISubclass")):
            return f"{owner}.{error.name}"


class Absent:
    """Something that the guest does not have. While the tests are loaded, it can be called, and be a decorator or a class."""

    def __init__(self, name):
        self.__dict__.update(_name=name, __name__=name, __qualname__=name)

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        full = f"{self._name}.{name}"
        if name.endswith(("Error", "Exception")):
            made = type(name, (Exception,), {"__module__": self._name})
        else:
            made = CONSTANTS.get(full) or Absent(full)
        self.__dict__[name] = made
        return made

    def __call__(self, *values, **_):
        if running:
            skip(self._name)
        if len(values) == 1 and isinstance(values[0], type):
            values[0].__unittest_skip__ = True
            values[0].__unittest_skip_why__ = f"needs {self._name}"
            return values[0]
        return Absent(self._name)

    def __mro_entries__(self, bases):
        return ()

    def _use(self, *_):
        skip(self._name)

    def __iter__(self):
        return iter(()) if not running else self._use()

    def __truediv__(self, _):
        return Absent(self._name) if not running else self._use()

    __enter__ = __exit__ = __len__ = __getitem__ = __index__ = __add__ = __sub__ = __mul__ = __lt__ = __gt__ = _use
    __contains__ = __or__ = __and__ = __instancecheck__ = __subclasscheck__ = _use


CONSTANTS = {
    "pickle.HIGHEST_PROTOCOL": 5,
    "pickle.DEFAULT_PROTOCOL": 5,
    "sysconfig.get_config_var": lambda name: None,
    "sysconfig.get_config_vars": lambda *names: {},
    "platform.libc_ver": lambda: ("", ""),
    "tempfile.TemporaryFile": lambda *_, **__: __import__("io").BytesIO(),
}


# Modules of CPython that the tests' own support imports, and that nothing here can stand in for.
ABSENT = {"_colorize", "_opcode", "unittest.async_case"}
ABSENT |= {f"test.support.{name}" for name in ("isolation", "os_helper", "script_helper", "threading_helper")}


class Finder:
    """Imports what `FILES` has. What CPython's library has and the guest lacks is absent, but for modules with an underscore: tests
    expect to fail to import these."""

    def find_spec(self, name, path=None, target=None):
        import _frozen_importlib

        if name in FILES:
            return _frozen_importlib.ModuleSpec(name, self, origin=ROOT + FILES[name][0], is_package=FILES[name][0].endswith("__init__.py"))
        top = name.split(".")[0]
        if name in ABSENT or top in LIBRARY and (name == top or top == "importlib" or isinstance(sys.modules[top], Absent)):
            return _frozen_importlib.ModuleSpec(name, self)

    def create_module(self, spec):
        if spec.name in FILES:
            return None
        module = Absent(spec.name)
        module.__dict__["__path__"] = []
        return module

    def exec_module(self, module):
        name = module.__spec__.name
        if name in FILES:
            path, text = FILES[name]
            module.__file__ = ROOT + path
            try:
                exec(compile(text, module.__file__, "exec", dont_inherit=True), module.__dict__)
            except Exception as error:
                if isinstance(error, ImportError) or type(error).__name__ == "SkipTest":
                    raise
                if lacks := lacking(error):
                    skip(lacks)
                raise RuntimeError(f"{line_of(error, path)}: {type(error).__name__}: {error}") from error


def make(name, **members):
    module = types.ModuleType(name)
    module.__dict__.update(members)
    sys.modules[name] = module
    parent, _, last = name.rpartition(".")
    if parent in sys.modules:
        setattr(sys.modules[parent], last, module)
    return module


def import_module(name, package=None, **_):
    if name.startswith("."):
        name = package + name
    __import__(name)
    return sys.modules[name]


def resolve_name(name):
    try:
        return import_module(name)
    except ImportError:
        parent, _, last = name.rpartition(".")
        return getattr(resolve_name(parent), last)


def import_fresh_module(name, fresh=(), blocked=(), **_):
    """As in `test.support.import_helper`: the module and those in `fresh` imported anew, without those in `blocked`."""
    saved = dict(sys.modules)
    for key in saved:
        if any(f"{key}.".startswith(f"{other}.") for other in (name, *fresh, *blocked)):
            del sys.modules[key]
    sys.modules.update(dict.fromkeys(blocked))
    try:
        for other in fresh:
            __import__(other)
        return import_module(name)
    except ImportError:
        return None
    finally:
        sys.modules.clear()
        sys.modules.update(saved)


def needs_module(name, *_, **__):
    try:
        module = import_module(name)
    except ImportError:
        module = Absent(name)
    if running and isinstance(module, Absent):
        skip(name)
    return module


def open_data(file, mode="r", *_, **__):
    """The driver sends a data file with the call once a test has asked for it."""
    import io

    name = str(file).removeprefix(ROOT)
    if not running:
        stat(file)
    if name not in DATA or "w" in mode:
        skip("files")
    if name not in given:
        wanted.append(name)
        skip(name)
    return io.BytesIO(given[name].encode()) if "b" in mode else io.StringIO(given[name])


def stat(path, *_, **__):
    if any((ROOT + name).startswith(f"{str(path).rstrip('/')}/") for name in DATA):
        return types.SimpleNamespace(st_mode=0o040755)
    raise FileNotFoundError(2, "there are no files", path)


def load_unittest():
    """CPython's own `unittest.case`, without what prints results."""
    unittest = make("unittest", __path__=[], current=None, TestResult=object, TestSuite=Suite, main=lambda *_, **__: None)
    make("unittest.result", failfast=lambda method: method)
    from unittest import case

    case.traceback = types.SimpleNamespace(clear_frames=lambda traceback: None)
    lines = lambda first, second, *_, **__: [*first, *second]
    case.difflib = types.SimpleNamespace(ndiff=lines, unified_diff=lines)
    for name in (
        "TestCase FunctionTestCase SkipTest skip skipIf skipUnless expectedFailure addModuleCleanup enterModuleContext doModuleCleanups"
    ).split():
        setattr(unittest, name, getattr(case, name))
    unittest.IsolatedAsyncioTestCase = Absent("asyncio")


class Suite:
    def __init__(self, tests=()):
        self.tests = list(tests)

    def addTest(self, test):
        if isinstance(test, Suite):
            self.tests += test.tests
        elif isinstance(test, Absent):
            self.tests.append((test, test._name))
        else:
            self.tests.append((type(test), test._testMethodName))

    def addTests(self, tests):
        self.addTest(tests)


class Loader:
    suiteClass = Suite

    def discover(self, *_, **__):
        return Suite()

    def loadTestsFromTestCase(self, kind):
        names = sorted(name for name in dir(kind) if name.startswith("test") and callable(getattr(kind, name)))
        return Suite((kind, name) for name in names)

    def loadTestsFromModule(self, module):
        test_case = sys.modules["unittest"].TestCase
        suite = Suite()
        for name in dir(module):
            kind = getattr(module, name)
            if isinstance(kind, type) and issubclass(kind, test_case) and kind is not test_case:
                suite.addTest(self.loadTestsFromTestCase(kind))
        load_tests = getattr(module, "load_tests", None)
        return load_tests and load_tests(self, suite, None) or suite


class Result:
    """What `TestCase.run` reports to."""

    shouldStop = failfast = False

    def __init__(self):
        self.problems, self.skips, self.passes = [], [], 0

    def startTest(self, test, *_):
        pass

    stopTest = addDuration = startTest

    def addSuccess(self, test):
        self.passes += 1

    def addExpectedFailure(self, test, error):
        self.passes += 1

    def addUnexpectedSuccess(self, test):
        self.problems.append("it was expected to fail")

    def addSkip(self, test, reason):
        self.skips.append(str(reason))

    def addError(self, test, error):
        error = error[1]
        if lacks := lacking(error):
            return needed.append(lacks)
        path = FILES[sys.modules["unittest"].current.__module__][0]
        self.problems.append(f"{line_of(error, path)}: {type(error).__name__}: {' '.join(str(error).split())[:300]}")

    addFailure = addError

    def addSubTest(self, test, subtest, error):
        if error:
            self.addError(test, error)


def run(kind, name):
    """The outcome of one test, and reasons."""
    if isinstance(kind, Absent):
        return "skipped", [f"needs {name}"]
    unittest, module = sys.modules["unittest"], sys.modules[kind.__module__]
    unittest.current = kind
    result = Result()
    try:
        if not getattr(kind, "__unittest_skip__", False):
            getattr(module, "setUpModule", lambda: None)()
            kind.setUpClass()
        kind(name).run(result)
    except unittest.SkipTest as reason:
        result.addSkip(None, reason)
    except Exception as error:
        result.addError(None, (type(error), error, error.__traceback__))
    if needed:
        return "skipped", [f"needs {needed[0]}"]
    if result.problems:
        return "failed", result.problems
    return ("passed", []) if result.passes else ("skipped", result.skips or ["no reason given"])


def without_zone_files(module):
    """The tests of zones look at zones of the guest's own database in place of those that they would write to files."""
    import contextlib

    # It clears a cache that the guest does not have.
    module.ZoneInfoTest.setUp = lambda self: None
    module.setUpModule = module.tearDownModule = lambda: None
    module.ZoneInfoTestBase.tzpath_context = lambda *_, **__: contextlib.nullcontext()
    module.ZONEINFO_DATA = module.ZONEINFO_DATA_V1 = Absent("zone files")


def load(names):
    import _thread
    import builtins
    import io
    import os

    sys.meta_path.append(Finder())
    builtins.open = io.open = open_data
    os.environ = {}
    os.stat = stat
    sys.modules["os.path"] = os.path
    os.listdir = lambda folder: [name.rpartition("/")[2] for name in DATA if ROOT + name.rpartition("/")[0] == str(folder).rstrip("/")]
    # These are reduced.
    for name in ("inspect", "logging"):
        import_module(name).__getattr__ = Absent(name).__getattr__
    # For `unittest.mock`.
    sys.modules["inspect"].isdatadescriptor = lambda value: hasattr(type(value), "__set__")
    sys.modules["inspect"].isawaitable = lambda value: hasattr(value, "__await__")
    make("pkgutil", resolve_name=resolve_name, __getattr__=Absent("pkgutil").__getattr__)
    load_unittest()
    make("importlib", __path__=[], import_module=import_module, __getattr__=Absent("importlib").__getattr__)
    make("threading", Lock=_thread.allocate_lock, RLock=_thread.RLock, __getattr__=Absent("threading").__getattr__)
    import_module("test.support")
    make("test.support.import_helper", import_module=needs_module, import_fresh_module=import_fresh_module,
         __getattr__=Absent("test.support.import_helper").__getattr__)
    tests = Suite()
    for name in names:
        try:
            module = import_module(name)
            if hasattr(module, "ZONEINFO_DATA"):
                without_zone_files(module)
            tests.addTest(Loader().loadTestsFromModule(module))
        except sys.modules["unittest"].SkipTest:
            tests.addTest(Absent(f"{needed.pop()} at the top level of {name}"))
    return tests.tests


def handler(call):
    global running, given, wanted
    given, wanted = call.get("files", {}), []
    tests = TESTS or load(MODULES)
    running = True
    if "test" not in call:
        return [f"{getattr(kind, '__qualname__', kind)}.{name}" for kind, name in tests]
    outcome, reasons = run(*tests[call["test"]])
    return {"outcome": outcome, "reasons": reasons, "wanted": wanted}
