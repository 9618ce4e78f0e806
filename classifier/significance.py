"""Whether two models differ, or only seem to on these photographs."""


def mcnemar(first_alone: int, second_alone: int) -> float:
    """The two-sided p-value that two models are right equally often, from the photographs that only one has right.

    McNemar, 1947, https://doi.org/10.1007/BF02295996, in its exact form: under the hypothesis each of those photographs
    falls to either side like a coin, so that the smaller number is binomial with a probability of one half.
    """
    trials = first_alone + second_alone
    ways = tail = 1  # to choose none of them; then one more each time
    for wins in range(min(first_alone, second_alone)):
        ways = ways * (trials - wins) // (wins + 1)
        tail += ways
    p: float = 2 * tail / 2**trials
    return min(1.0, p)
