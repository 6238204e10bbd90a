return "x" * (1024 * 1024)
