"""How long one correction holds: through blur, and past occlusions."""

from poseloom.models.robustness.experiments import Recovery, keep, recover
from poseloom.models.robustness.frames_kept import Kept, blurred_frame, frames_kept, picture_sharpness
from poseloom.models.robustness.occlusions import Occlusion, occlusions, recovered

__all__ = [
    "Kept",
    "Occlusion",
    "Recovery",
    "blurred_frame",
    "frames_kept",
    "keep",
    "occlusions",
    "picture_sharpness",
    "recover",
    "recovered",
]
