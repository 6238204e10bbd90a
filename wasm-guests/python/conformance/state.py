calls = 0


def handler(call):
    global calls
    calls += 1
    return calls
