import time
from datetime import datetime

return {"unix": time.time(), "hour": datetime.now().hour}
