return env.GREETING
