"""What is printed: tables as `docs/benchmarks.md` has them."""


def percentile(values, percent):
    ordered = sorted(values)
    return ordered[(len(ordered) - 1) * percent // 100]


def p50(seconds):
    """In microseconds."""
    return percentile(seconds, 50) * 1e6


def p99(seconds):
    """In microseconds."""
    return percentile(seconds, 99) * 1e6


def table(head, rows):
    """Numbers are given as texts, in the form they are to have."""
    rows = [head, *rows]
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
    for number, row in enumerate(rows):
        first, *others = zip(row, widths)
        cells = [first[0].ljust(first[1]), *(text.rjust(width) for text, width in others)]
        print("| " + " | ".join(cells) + " |")
        if number == 0:
            print("|" + "---|" * len(head))
    print(flush=True)
