"""`tuner work` with little patience for workers that hang, and workers with little patience for themselves."""

import sys

import tuner.cli
import tuner.work.child
import tuner.work.processes

WORKER = """
import sys
import tuner.work.guard, tuner.work.heartbeat, tuner.work.run
tuner.work.guard.STILL_S = float(sys.argv.pop(1))
tuner.work.guard.LEAVE_S = 3.0
tuner.work.heartbeat.BEAT_S = 0.5
tuner.work.run.MOST_DEATHS = 2
from tuner.work.worker import main
sys.exit(main())
"""

if __name__ == "__main__":
    tuner.work.child.QUIET_S = 10.0
    tuner.work.processes._WORKER = (sys.executable, "-P", "-c", WORKER, sys.argv.pop(1))  # type: ignore[assignment]
    tuner.cli.main()
