"""Units asked for in some time, as a distribution of counts with a mean and a variance."""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from ml.learning.metrics import FloatArray

NORMAL_80 = float(stats.norm.ppf(0.9) - stats.norm.ppf(0.1))
LEAST, WEEK = 1e-9, 7


@dataclass(frozen=True)
class Units:
    """Means and variances (N,) of counts: negative binomial, and Poisson where the variance is no larger.

    `doubt` is what a daily mean is off for weeks on end (standard deviation, units): what is asked for in more than a
    week scatters more than independent days would.
    """

    mean: FloatArray
    variance: FloatArray
    doubt: FloatArray | float = 0.0

    def shape(self) -> tuple[FloatArray, FloatArray]:
        """r and p of the negative binomial: mean r (1 - p) / p, variance mean / p."""
        mean = np.maximum(self.mean, LEAST)
        over = np.maximum(self.variance, mean * (1 + 1e-6))
        return mean**2 / (over - mean), mean / over

    def at_most(self, stock: FloatArray) -> FloatArray:
        """The probability (N,) that no more than `stock` units are asked for."""
        return np.asarray(stats.nbinom.cdf(np.floor(stock), *self.shape()))

    def quantile(self, level: FloatArray | float) -> FloatArray:
        """The fewest units (N,) that suffice with probability `level`, 0-1.

        >>> Units(np.array([4.0]), np.array([4.0])).quantile(0.9)
        array([7.])
        """
        return np.asarray(stats.nbinom.ppf(level, *self.shape()))

    def shortage(self, stock: FloatArray) -> FloatArray:
        """Units (N,) asked for beyond `stock` on average: E[max(X - stock, 0)] of whole stocks at least 0.

        >>> Units(np.array([4.0]), np.array([8.0])).shortage(np.array([0.0])).round(6)
        array([4.])
        """
        r, p = self.shape()
        mean = np.maximum(self.mean, LEAST)
        whole = np.floor(stock)
        # E[X; X > s] = mean · P(NB(r + 1, p) > s - 1), the negative binomial biased by its own size
        beyond = mean * stats.nbinom.sf(whole - 1, r + 1, p) - whole * stats.nbinom.sf(whole, r, p)
        return np.asarray(np.maximum(beyond, 0))

    def during(self, days: FloatArray, deviation: FloatArray | float = 0.0) -> "Units":
        """Of daily units those of a time of `days` (N,) days with a standard deviation.

        Days scatter apart from each other, and past a week share what their mean is off. Source: the variance of a
        random sum, E[T] var + var(T) mean² (Silver, Pyke and Thomas 2017, ch. 6).

        >>> Units(np.array([2.0]), np.array([3.0]), np.array([0.5])).during(np.array([4.0, 14.0]), 1.0).variance
        array([16. , 70.5])
        """
        scatter = self.variance * days + np.square(deviation * self.mean)
        shared = np.square(self.doubt) * np.maximum(np.square(days) - WEEK * days, 0)
        return Units(self.mean * days, scatter + shared)

    def undershoot(self) -> "Units":
        """Units by which a day's demand falls past a level on average: the excess of a renewal process of whole units.

        Source: Karlin (1958) as in Silver, Pyke and Thomas (2017), ch. 7: E[X²] / (2 E[X]) - 1/2; its own scatter lies
        between that of an even and a geometric excess. What is hardly expected to sell falls below its level only if
        the mean is off: where the mean is the smaller of the two, `doubt` divides.

        >>> Units(np.array([3.0, 0.0]), np.array([6.0, 7.0]), np.array([0.0, 1.0])).undershoot().mean
        array([2., 3.])
        """
        usual = np.maximum(self.mean, self.doubt)
        size = np.divide(self.variance + self.mean**2, 2 * usual, out=np.zeros(len(usual)), where=usual > LEAST)
        size = np.maximum(size - 0.5, 0)
        return Units(size, size + size**2 / 3)

    def plus(self, other: "Units") -> "Units":
        return Units(self.mean + other.mean, self.variance + other.variance)


def from_quantiles(mean: FloatArray, low: FloatArray, high: FloatArray, scatter: FloatArray) -> Units:
    """Daily units from the mean and the 80 % range of a forecast of a week.

    `scatter` (N,) is the variance of a day's units over their mean, at least 1 (Poisson). What the range, taken for
    that of a normal variable, is wider than seven days of such scatter is what the mean may be off: within the week it
    counts as part of each day, past it as shared.

    >>> units = from_quantiles(np.array([14.0]), np.array([0.0]), np.array([28.0]), np.array([1.5]))
    >>> units.variance.round(2), units.doubt.round(2)
    (array([17.05]), array([1.42]))
    """
    daily = np.maximum(scatter, 1) * mean / WEEK
    beyond = np.maximum(np.square((high - low) / NORMAL_80) - WEEK * daily, 0)
    return Units(mean / WEEK, daily + beyond / WEEK, np.sqrt(beyond) / WEEK)


def scatter_of(daily: FloatArray, prior_days: float = 28) -> FloatArray:
    """The variance of a day's units over their mean (N,) from sales (N × T), at least 1, shrunk to the median.

    >>> scatter_of(np.array([[0.0, 2, 0, 2], [1, 1, 1, 1]])).round(2)
    array([1., 1.])
    """
    recent = daily[:, -91:]
    mean, variance = recent.mean(axis=1), recent.var(axis=1)
    sold = (recent > 0).sum(axis=1)
    own = np.divide(variance, mean, out=np.ones(len(mean)), where=mean > 0)
    usual = float(np.median(own[sold > 0])) if (sold > 0).any() else 1.0
    return np.asarray(np.maximum((own * sold + usual * prior_days) / (sold + prior_days), 1))
