[repeat("x" * 1000)]
