"""Ordinary least squares; with `alpha` above 0, large coefficients cost something."""

from collections.abc import Mapping

from sklearn.linear_model import LinearRegression, Ridge

from customer_spend.features.common.building import all_features
from customer_spend.models.common.estimator_model import EstimatorModel
from customer_spend.models.common.model import ModelKind
from customer_spend.models.common.parameters import Parameter, Value

_NAME = "olsr"
_ALPHA = Parameter("alpha", default=0.0, low=0.0, high=1e6)


def _make(parameters: Mapping[str, Value], seed: int) -> EstimatorModel:
    alpha = parameters["alpha"]
    # Features may depend on each other linearly: of all that fit equally, this is the smallest.
    estimator = Ridge(alpha=alpha) if alpha else LinearRegression()
    return EstimatorModel(_NAME, estimator, all_features, parameters, seed)


MODEL = ModelKind(_NAME, _make, (_ALPHA,))
