def handler(call):
    reason = "no reason"
    raise ValueError("boom")
