# The day where the function's time zone is.
from datetime import datetime


def handler(call):
    return {"module": "tts", "data": {"text": f"{datetime.now():%A} fun day!"}}
