"""Several tests at once: p values that keep the chance of any false finding."""

import numpy as np
import pandas as pd
from statsmodels.stats.multitest import multipletests


def holm(tests: pd.DataFrame) -> pd.DataFrame:
    """The table of ``tests`` with a column ``holm_p``: Holm's adjusted p values, of k tests in
    order of p

        holm_p_(i) = max over j <= i of min((k - j + 1) p_(j), 1)

    All tests of the table are one family; leave the pre-specified primary endpoint out of it. Rows without
    a p are not counted and stay NaN. Adjusted by statsmodels.

    ValueError: no column ``p``; no p at all; a p outside 0 to 1.

    Source: Holm, Scand J Stat 1979; 6: 65-70.

    >>> holm(pd.DataFrame({"test": ["a", "b", "c"], "p": [0.01, 0.04, 0.03]}))["holm_p"].tolist()
    [0.03, 0.06, 0.06]
    """
    if "p" not in tests:
        raise ValueError("the table of tests lacks the column p")
    p = tests["p"].to_numpy(np.float64)
    counted = ~np.isnan(p)
    if not counted.any():
        raise ValueError("no test has a p value; Holm's adjustment needs one at least")
    if ((p[counted] < 0) | (p[counted] > 1)).any():
        raise ValueError("a p value lies outside 0 to 1; give p values as they come from the tests")
    adjusted = np.full(len(p), np.nan)
    adjusted[counted] = multipletests(p[counted], method="holm")[1]
    return tests.assign(holm_p=adjusted)
