"""Networks in words, as networks.R has them: c:in:out:kernel:stride:padding is a convolution, t the
transposed one, b:channels batch norm, m:size max pool, leaky:slope, relu, tanh and sigmoid
activations, and ( ... ) a branch whose result is joined with its own input, along the channels.
"""


def parse(words):
    """A list of (name, numbers); a branch is ("(", list)."""
    stack = [[]]
    for word in words:
        if word == "(":
            stack.append([])
        elif word == ")":
            branch = stack.pop()
            stack[-1].append(("(", branch))
        else:
            name, *numbers = word.split(":")
            stack[-1].append((name, [float(n) if "." in n else int(n) for n in numbers]))
    return stack[0]
