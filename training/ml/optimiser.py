"""Adam for the matrices, lazy Adam for the title-ID rows, and both states as named arrays.

Written out rather than taken from torch.optim, whose first optimiser imports torch's compiler and sympy: a second
of processor time and 65 MB, a fifth of what a tick may cost. The rows: dense Adam over a million ID rows costs a
hundred times more and moves titles nobody chose, so only the moments of touched rows decay.
Source: Kingma and Ba 2015, arXiv:1412.6980, algorithm 1.
"""

import math

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from training.ml.model import HybridRanker

_MOMENTS = ("exp_avg", "exp_avg_sq")
BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-8  # the paper's


class Optimiser:
    """Resumes from `state()` of the parent: moments follow their title when the ID table grows."""

    def __init__(
        self,
        model: HybridRanker,
        id_titles: NDArray[np.int64],
        state: dict[str, NDArray[np.generic]],
        learning_rate: float,
    ) -> None:
        self._model, self._id_titles, self._learning_rate = model, id_titles, learning_rate
        self._steps = dict.fromkeys((name for name, _ in self._named()), 0)
        self._moments = {name: (torch.zeros_like(p), torch.zeros_like(p)) for name, p in self._named()}
        if "id_titles" in state:  # other things may travel along
            self._resume(state)

    def zero_grad(self) -> None:
        for parameter in self._model.parameters():
            parameter.grad = None

    @torch.no_grad()
    def step(self) -> None:
        """Parameters without a gradient stay, and so do their moments."""
        for name, parameter in self._named():
            if parameter.grad is None:
                continue
            self._steps[name] += 1
            if parameter.grad.is_sparse:
                self._step_rows(name, parameter, parameter.grad.coalesce())
            else:
                self._step_all(name, parameter, parameter.grad)

    def state(self) -> dict[str, NDArray[np.generic]]:
        arrays: dict[str, NDArray[np.generic]] = {"id_titles": self._id_titles}
        for name, _ in self._named():
            arrays[f"{name}.step"] = np.array([self._steps[name]], np.int64)
            for kind, moment in zip(_MOMENTS, self._moments[name], strict=True):
                array = moment.numpy().copy()
                arrays[f"{name}.{kind}"] = array[:-1] if name == "id_vectors" else array
        return arrays

    def _step_all(self, name: str, parameter: Tensor, grad: Tensor) -> None:
        mean, square = self._moments[name]
        mean.lerp_(grad, 1 - BETA1)
        square.mul_(BETA2).addcmul_(grad, grad, value=1 - BETA2)
        rate, root = self._corrections(name)
        parameter.addcdiv_(mean, (square.sqrt() / root).add_(EPSILON), value=-rate)

    def _step_rows(self, name: str, parameter: Tensor, grad: Tensor) -> None:
        """As SparseAdam: ε is added before the second moment is corrected."""
        rows, values = grad.indices()[0], grad.values()  # int64[R], float32[R, k]
        mean, square = self._moments[name]
        mean[rows] += (values - mean[rows]) * (1 - BETA1)
        square[rows] += (values**2 - square[rows]) * (1 - BETA2)
        rate, root = self._corrections(name)
        parameter[rows] -= mean[rows] / (square[rows].sqrt() + EPSILON) * (rate * root)

    def _corrections(self, name: str) -> tuple[float, float]:
        """(learning rate over the first moment's correction, square root of the second's)"""
        step = self._steps[name]
        return self._learning_rate / (1 - BETA1**step), math.sqrt(1 - BETA2**step)

    def _resume(self, state: dict[str, NDArray[np.generic]]) -> None:
        rows = torch.from_numpy(np.searchsorted(self._id_titles, state["id_titles"]))
        for name, _ in self._named():
            self._steps[name] = int(state[f"{name}.step"][0])
            for kind, moment in zip(_MOMENTS, self._moments[name], strict=True):
                stored = torch.from_numpy(np.array(state[f"{name}.{kind}"]))
                if name == "id_vectors":
                    moment[rows] = stored
                else:
                    moment.copy_(stored)

    def _named(self) -> list[tuple[str, torch.nn.Parameter]]:
        return sorted((name.removesuffix(".weight"), p) for name, p in self._model.named_parameters())
