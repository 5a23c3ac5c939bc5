"""CoTracker3, where the user has installed it.

CoTracker (https://github.com/facebookresearch/co-tracker) is not on the package index, and its code
and weights are licensed CC-BY-NC 4.0. So this is only an adapter; users bring the package, or let
torch.hub fetch it, and the weights.
"""

import pickle
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch

from poseloom.schemas.arrays import F64, U8
from poseloom.schemas.errors import EstimatorError
from poseloom.schemas.ports import PointTracks

INSTALL = "pip install git+https://github.com/facebookresearch/co-tracker (licence CC-BY-NC 4.0)"
_WINDOWS = {"offline": 60, "online": 16}
_HIDDEN = 0.1


class CoTracker:
    """Follows points with CoTracker3's offline or online predictor.

    A point that CoTracker calls hidden has confidence 0.1; it may come back. Points are tracked
    jointly, so each may change a little with the others.

    Args:
        mode: ``offline`` looks at all the pictures at once, ``online`` at windows of 16.
        checkpoint: Weights file (``scaled_offline.pth``, ``scaled_online.pth``) for the installed
            package, or for the code in `hub`; its window must be that of the mode (60 or 16).
        hub: Where torch.hub takes the code from: ``facebookresearch/co-tracker`` or a local checkout.
            Without a checkpoint it also downloads the weights.
        device: A torch device; the first GPU by default, where there is one.

    Raises:
        EstimatorError: The package is missing, or the weights do not fit.
    """

    name = "cotracker"

    def __init__(
        self,
        mode: Literal["offline", "online"] = "offline",
        checkpoint: str | Path | None = None,
        hub: str | None = None,
        device: str | None = None,
    ) -> None:
        if mode not in _WINDOWS:
            raise EstimatorError(f"expected mode offline or online for cotracker, got {mode!r}")
        if checkpoint is None and hub is None:
            raise EstimatorError(
                "expected checkpoint=FILE for the installed CoTracker3, or hub=facebookresearch/co-tracker for both, "
                f"got neither; install it with: {INSTALL}"
            )
        self._mode = mode
        self._device = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
        predictor = _from_hub(hub, mode, checkpoint is None) if hub else _from_package(mode)
        if checkpoint is not None:
            _load_weights(predictor.model, Path(checkpoint), mode)
        self._predictor = predictor.to(self._device).eval()

    def track(self, images: Sequence[U8], points_xy: F64) -> PointTracks:
        """Follow N points (N, 2) given in the first of T pictures ((H, W, 3) uint8 RGB) through the rest."""
        if not len(points_xy):
            return PointTracks(np.empty((len(images), 0, 2)), np.empty((len(images), 0), dtype=np.float32))
        if len(images) == 1:
            return PointTracks(points_xy[None].copy(), np.ones((1, len(points_xy)), dtype=np.float32))
        at_start = np.concatenate([np.zeros((len(points_xy), 1)), points_xy - 0.5], axis=1)  # pixel centres at integers
        queries = torch.tensor(at_start, dtype=torch.float32, device=self._device)[None]
        with torch.inference_mode():
            if self._mode == "offline":
                tracks, visible = self._predictor(self._video(images), queries=queries)
            else:
                tracks, visible = self._online(images, queries)
        xy = tracks[0].double().cpu().numpy() + 0.5
        xy[0] = points_xy
        confidence = np.where(visible[0].cpu().numpy(), 1.0, _HIDDEN).astype(np.float32)
        confidence[0] = 1.0
        return PointTracks(xy, confidence)

    def _online(self, images: Sequence[U8], queries: Any) -> tuple[Any, Any]:
        """Two steps of pictures at each step; the output accumulates from the first picture on."""
        self._predictor(self._video(images[:1]), is_first_step=True, queries=queries, add_support_grid=True)
        step = self._predictor.step
        starts = range(0, max(len(images) - step, 1), step)
        for start in starts:
            tracks, visible = self._predictor(self._video(images[start : start + 2 * step]), add_support_grid=True)
        return tracks, visible

    def _video(self, images: Sequence[U8]) -> torch.Tensor:
        """(1, T, 3, H, W) float32 in 0..255."""
        return torch.from_numpy(np.stack(images)).to(self._device).permute(0, 3, 1, 2)[None].float()


def _from_package(mode: str) -> Any:
    """The installed package's predictor, without weights; its import reseeds torch, hence the fork."""
    with torch.random.fork_rng():
        try:
            from cotracker.predictor import CoTrackerOnlinePredictor, CoTrackerPredictor
        except ImportError as error:
            raise EstimatorError(f"expected the package cotracker, got {error}; install it with: {INSTALL}") from None
        if mode == "online":
            return CoTrackerOnlinePredictor(checkpoint=None, window_len=_WINDOWS[mode])
        return CoTrackerPredictor(checkpoint=None, window_len=_WINDOWS[mode])


def _from_hub(hub: str, mode: str, pretrained: bool) -> Any:
    source = "local" if Path(hub).is_dir() else "github"
    with torch.random.fork_rng():
        try:
            return torch.hub.load(  # type: ignore[no-untyped-call]
                hub, f"cotracker3_{mode}", source=source, trust_repo=True, pretrained=pretrained
            )
        except (OSError, ImportError, RuntimeError, ValueError) as error:
            raise EstimatorError(f"expected CoTracker3 from torch.hub at {hub}, got: {error}") from None


def _load_weights(model: torch.nn.Module, checkpoint: Path, mode: str) -> None:
    try:
        state = torch.load(checkpoint, map_location="cpu", weights_only=True)
        model.load_state_dict(state.get("model", state))
    except OSError as error:
        raise EstimatorError(f"expected weights of CoTracker3, got {error}") from None
    except (RuntimeError, AttributeError, TypeError, pickle.UnpicklingError, EOFError) as error:
        raise EstimatorError(
            f"expected {mode} weights of CoTracker3 (window {_WINDOWS[mode]}) in {checkpoint}, "
            f"got another file ({type(error).__name__})"
        ) from None
