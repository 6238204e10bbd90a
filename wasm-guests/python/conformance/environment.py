return env["GREETING"]
