"""Networks in words, as networks.R has them: c:in:out:kernel:stride:padding is a convolution, t the
transposed one, b:channels batch norm, m:size max pool, leaky:slope, relu, tanh and sigmoid
activations, and ( ... ) a branch whose result is joined with its own input, along the channels.
se:channels:hidden weighs channels by their means, and [:n ... ] is a branch whose result is added to
its input without the n cells at each border.
"""


def parse(words):
    """A list of (name, numbers); branches are ("(", [list]) and ("[", [list, n])."""
    stack = [[]]
    for word in words:
        name, *numbers = word.split(":")
        numbers = [float(n) if "." in n else int(n) for n in numbers]
        if name in (")", "]"):
            branch = stack.pop()
            stack[-1][-1][1].insert(0, branch)
            continue
        stack[-1].append((name, numbers))
        if name in ("(", "["):
            stack.append([])
    return stack[0]
