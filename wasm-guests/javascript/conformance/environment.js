return env.GREETING;
