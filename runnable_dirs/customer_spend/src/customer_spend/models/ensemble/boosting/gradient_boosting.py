"""Gradient boosting on all features."""

from collections.abc import Mapping

from sklearn.ensemble import GradientBoostingRegressor

from customer_spend.features.common.building import all_features
from customer_spend.models.common.estimator_model import EstimatorModel
from customer_spend.models.common.model import ModelKind
from customer_spend.models.common.parameters import Parameter, Value

_NAME = "boosting"
_LR = Parameter("lr", default=0.1, low=1e-4, high=1.0)
_ROUNDS = Parameter("rounds", default=100, low=1, high=1000, whole=True)


def _make(parameters: Mapping[str, Value], seed: int) -> EstimatorModel:
    estimator = GradientBoostingRegressor(
        learning_rate=parameters["lr"],
        n_estimators=parameters["rounds"],
        random_state=seed,
    )
    return EstimatorModel(_NAME, estimator, all_features, parameters, seed)


MODEL = ModelKind(_NAME, _make, (_LR, _ROUNDS))
