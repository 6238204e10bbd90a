def deeper(n):
    return deeper(n + 1) + 1


def handler(call):
    return deeper(0)
