"""What can go wrong in the tuner.

TunerError
├── SpecError        a study file, or a setting in it, is wrong
├── StorageError     the database cannot be opened, read or written
│   └── StorageAway  it does not answer now
├── StudyError       a study cannot go on: the worker stops
├── TrialError       a trial fails by its own fault: the worker goes on
│   ├── Diverged     its loss or score is no longer a number
│   └── OutOfMemory  an allocation failed
├── CheckpointError  a checkpoint is damaged or does not fit
├── BundleError      an exported model is damaged or does not fit
├── UntrustedCode    a study or a bundle carries code that nobody has said may run here
├── LeaseLost        another process holds the trial, part or final step now (storage → worker, never shown)
└── BudgetSpent      every trial of the study is finished (storage → worker, never shown)

Each message is one line: what, value, where, what to do.
"""


class TunerError(Exception):
    """Root of everything the tuner raises on purpose."""


class SpecError(TunerError):
    """A study file, or a setting in it, is wrong."""


class StorageError(TunerError):
    """The database cannot be opened, read or written."""


class StorageAway(StorageError):
    """The database does not answer for as long as one would wait."""


class StudyError(TunerError):
    """A study cannot go on; the worker stops."""


class TrialError(TunerError):
    """A trial fails by its own fault; the worker goes on."""


class Diverged(TrialError):
    """The loss or the score of a trial is no longer a number."""


class OutOfMemory(TrialError):
    """An allocation failed in a trial."""


class CheckpointError(TunerError):
    """A checkpoint is damaged or does not fit its trial."""


class BundleError(TunerError):
    """An exported model is damaged or does not fit its use."""


class UntrustedCode(TunerError):
    """A study or a bundle carries code that nobody has said may run here."""


class LeaseLost(TunerError):
    """Another process holds the trial, the part or the final step now; nothing was written."""


class BudgetSpent(TunerError):
    """Every trial of the study is finished."""
