"""A random forest on all features."""

from collections.abc import Mapping

from sklearn.ensemble import RandomForestRegressor

from customer_spend.features.common.building import all_features
from customer_spend.models.common.estimator_model import EstimatorModel
from customer_spend.models.common.model import ModelKind
from customer_spend.models.common.parameters import Parameter, Value

_NAME = "random_forest_all_features"
_TREES = Parameter("trees", default=50, low=1, high=1000, whole=True)


def _make(parameters: Mapping[str, Value], seed: int) -> EstimatorModel:
    # One process: results do not depend on how many there are.
    estimator = RandomForestRegressor(parameters["trees"], random_state=seed, n_jobs=1)
    return EstimatorModel(_NAME, estimator, all_features, parameters, seed)


MODEL = ModelKind(_NAME, _make, (_TREES,))
