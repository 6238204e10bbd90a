import random

return random.random()
