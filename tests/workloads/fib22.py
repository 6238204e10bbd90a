def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)

def handler(call):
    return {"module": "response", "data": {"code": 200, "n": fib(22)}}
