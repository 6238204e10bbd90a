taken = []
while True:
    taken.append("x" * 10_000 + str(len(taken)))
return 1
