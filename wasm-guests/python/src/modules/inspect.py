"""As much of `inspect` as the library here asks for, and what of it needs no source files."""

import types


def unwrap(func, *, stop=None):
    seen = {id(func)}
    while hasattr(func, "__wrapped__") and not (stop and stop(func)):
        func = func.__wrapped__
        if id(func) in seen:
            raise ValueError("wrapper loop when unwrapping")
        seen.add(id(func))
    return func


def signature(*_, **__):
    raise ValueError("signatures are not available here")


def cleandoc(doc):
    import textwrap

    first, _, rest = doc.expandtabs().partition("\n")
    return (first.lstrip() + "\n" + textwrap.dedent(rest)).strip("\n")


def isclass(object):
    return isinstance(object, type)


def isfunction(object):
    return isinstance(object, types.FunctionType)


def ismethod(object):
    return isinstance(object, types.MethodType)


def ismodule(object):
    return isinstance(object, types.ModuleType)


def isbuiltin(object):
    return isinstance(object, types.BuiltinFunctionType)


def isgenerator(object):
    return isinstance(object, types.GeneratorType)


def iscoroutinefunction(object):
    return isfunction(object) and bool(object.__code__.co_flags & 0x80)
