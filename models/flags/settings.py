"""From where on something is flagged."""

from pydantic import BaseModel, ConfigDict, Field


class FlagSettings(BaseModel):
    """Limits of the detectors; lengths in person sizes (diagonals of the person's box), times in seconds.

    Attributes:
        swap_size: Two people who keep their identities across a step must be off by so much (root mean
            square over their keypoints) before a swap is thought of.
        swap_ratio: A swap must explain the step so much better: it is off by at most this share of that.
        swap_gap: Seconds that both may be unseen in between.
        flip_size: As `swap_size`, for the two keypoints of a left-right pair.
        flip_ratio: As `swap_ratio`, for a left-right pair.
        flip_pairs: Pairs that must exchange their sides in one step.
        flip_gap: Seconds that the person may be unseen in between.
        flip_length: Seconds after which a second flip is no longer the end of the first.
        jump_size: A keypoint that is so far from where its neighbours in time put it jumps,
        jump_acceleration: further by this much per squared second between frames,
        jump_scale: or by so many times what is usual for this keypoint of this person.
        drift_size: A propagated keypoint that is further than this from the prediction,
        drift_scale: and further than so many times what the two move against each other from frame to frame,
        drift_length: for so many seconds, has drifted;
        drift_return: half that many times suffice where it begins or ends with a leap of so many times that.
        limb_ratio: A limb so many times longer than nine tenths of its lengths in the track is an outlier.
        limb_size: Shorter limbs never are.
        missing_share: Someone is in the picture while at least this share of the keypoints that they usually
            have is inside.
        uncertain_score: A person whose mean keypoint score is lower is uncertain.
        join: Findings at most so many seconds apart are one flag.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    swap_size: float = Field(default=0.03, gt=0)
    swap_ratio: float = Field(default=0.5, gt=0, lt=1)
    swap_gap: float = Field(default=0.5, ge=0)
    flip_size: float = Field(default=0.03, gt=0)
    flip_ratio: float = Field(default=0.5, gt=0, lt=1)
    flip_pairs: int = Field(default=2, ge=1)
    flip_gap: float = Field(default=0.2, ge=0)
    flip_length: float = Field(default=2.0, gt=0)
    jump_size: float = Field(default=0.03, gt=0)
    jump_acceleration: float = Field(default=10.0, ge=0)
    jump_scale: float = Field(default=5.5, gt=0)
    drift_size: float = Field(default=0.06, gt=0)
    drift_scale: float = Field(default=5.5, gt=0)
    drift_length: float = Field(default=0.12, ge=0)
    drift_return: float = Field(default=4.5, gt=0)
    limb_ratio: float = Field(default=2.0, gt=1)
    limb_size: float = Field(default=0.2, ge=0)
    missing_share: float = Field(default=0.5, gt=0, le=1)
    uncertain_score: float = Field(default=0.35, ge=0, le=1)
    join: float = Field(default=0.2, ge=0)
