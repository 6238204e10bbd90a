def f: 1 + f; f
