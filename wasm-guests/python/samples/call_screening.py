# Who may ring, who may leave a message, and who is not wanted.
FRIENDS = {"+14158867900", "+14155550100"}
UNWANTED = ("+1900", "+44870")


def handler(call):
    caller = call.get("Caller-ID-Number") or ""
    owner = {"id": call["Owner-ID"]} if "Owner-ID" in call else {}
    if caller.startswith(UNWANTED):
        log.warn("refused", caller)
        return {"module": "response", "data": {"code": 603, "message": "Decline"}}
    if caller in FRIENDS:
        return {"module": "user", "data": {**owner, "timeout": 30, "can_call_self": False}}
    return {"module": "voicemail", "data": {**owner, "action": "compose"}}
