return env.GREETING!;
