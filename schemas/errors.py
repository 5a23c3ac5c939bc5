"""The error tree. Every message says what was expected, what came, and where.

PoseloomError
├── InputError               something the user handed us is wrong
│   ├── VideoError           a video that cannot be read as one
│   ├── LabelError           labels that contradict themselves or their video
│   └── RuleError            a rule file that cannot be used
├── WorkspaceError           the workspace cannot be read or written
│   ├── ObjectMissing        no object under that key
│   └── ObjectExists         create-if-absent found an object already there
├── EstimatorError           an estimator is missing, unusable or crashed
├── ShardError               shards failed; names them with their causes
├── MetricUndefined          a figure that these labels cannot give
├── CheckError               quality checks failed and block the publish
├── LeaseError               a job's lease is over, somebody else's or never was
└── ReleaseError             a release is missing, incomplete or altered
"""


class PoseloomError(Exception):
    """Base of all errors that poseloom raises on purpose; its text is one line for the user."""


class InputError(PoseloomError):
    """Something the user handed us is wrong."""


class VideoError(InputError):
    """A video that cannot be read as one."""


class LabelError(InputError):
    """Labels that contradict themselves or their video."""


class RuleError(InputError):
    """A rule file that cannot be used."""


class WorkspaceError(PoseloomError):
    """The workspace cannot be read or written."""


class ObjectMissing(WorkspaceError):
    """No object is stored under that key."""


class ObjectExists(WorkspaceError):
    """Create-if-absent found an object already there."""


class EstimatorError(PoseloomError):
    """An estimator is missing, unusable or crashed."""


class ShardError(PoseloomError):
    """Shards failed; the message names them with their causes."""


class MetricUndefined(PoseloomError):
    """A figure that these labels cannot give; the message is the reason that reports show beside null."""


class CheckError(PoseloomError):
    """Quality checks failed and block the publish."""


class LeaseError(PoseloomError):
    """A job's lease is over, somebody else's or never was."""


class ReleaseError(PoseloomError):
    """A release is missing, incomplete or altered."""
