return {
    "module": "tts",
    "data": {"text": "Thanks for calling us, " + (call.get("Caller-ID-Name") or "friend")},
}
