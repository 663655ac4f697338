"""Adam for the matrices, SparseAdam for the title-ID rows, and both states as named arrays.

Dense Adam over a million ID rows costs a hundred times more and moves titles nobody chose.
"""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from training.ml.model import HybridRanker

_MOMENTS = ("exp_avg", "exp_avg_sq")


class Optimiser:
    """Resumes from `state()` of the parent: moments follow their title when the ID table grows."""

    def __init__(
        self,
        model: HybridRanker,
        id_titles: NDArray[np.int64],
        state: dict[str, NDArray[np.generic]],
        learning_rate: float,
    ) -> None:
        self._model, self._id_titles = model, id_titles
        self._dense = torch.optim.Adam(model.dense_parameters(), lr=learning_rate)
        self._sparse = torch.optim.SparseAdam([model.id_vectors.weight], lr=learning_rate)
        if "id_titles" in state:  # other things may travel along
            self._resume(state)

    def zero_grad(self) -> None:
        self._dense.zero_grad()
        self._sparse.zero_grad()

    def step(self) -> None:
        self._dense.step()
        self._sparse.step()  # type: ignore[no-untyped-call]

    def state(self) -> dict[str, NDArray[np.generic]]:
        arrays: dict[str, NDArray[np.generic]] = {"id_titles": self._id_titles}
        for name, parameter in self._named():
            kept: dict[str, Any] = self._owner(name).state[parameter]
            arrays[f"{name}.step"] = np.array([int(kept["step"])], np.int64)
            for moment in _MOMENTS:
                array = kept[moment].detach().numpy().copy()
                arrays[f"{name}.{moment}"] = array[:-1] if name == "id_vectors" else array
        return arrays

    def _resume(self, state: dict[str, NDArray[np.generic]]) -> None:
        old_rows = np.searchsorted(self._id_titles, state["id_titles"])
        for name, parameter in self._named():
            step = int(state[f"{name}.step"][0])
            kept: dict[str, Any] = {"step": step if name == "id_vectors" else torch.tensor(float(step))}
            for moment in _MOMENTS:
                stored = torch.from_numpy(np.array(state[f"{name}.{moment}"]))
                if name == "id_vectors":
                    full = torch.zeros_like(parameter)
                    full[torch.from_numpy(old_rows)] = stored
                    stored = full
                kept[moment] = stored
            self._owner(name).state[parameter] = kept

    def _named(self) -> list[tuple[str, torch.nn.Parameter]]:
        return sorted((name.removesuffix(".weight"), p) for name, p in self._model.named_parameters())

    def _owner(self, name: str) -> torch.optim.Optimizer:
        return self._sparse if name == "id_vectors" else self._dense
