"""A child process that fails as its plan says, or is ready for messages; it loads no TensorFlow."""

import os
import signal
import sys
import time

from dream_engine.executors.base import ExecutorError
from dream_engine.executors.pool.messages import Begin, Failed, Logged, Ready, Stop, Stopped
from dream_engine.executors.process.pipes import read
from dream_engine.executors.process.stdio import Outbox, take_over_stdio

incoming, outgoing = take_over_stdio()
outbox = Outbox(outgoing)
plan = read(incoming)
print("printed to stdout")
print(f"stdin holds {sys.stdin.read()!r}")
match plan:
    case "ends":
        os._exit(3)
    case "closes its pipe and ends":
        outgoing.close()
        time.sleep(0.2)  # the parent sees the closed pipe before the end
        os._exit(3)
    case "is killed":
        os.kill(os.getpid(), signal.SIGTERM)
    case "hangs":
        time.sleep(600)
    case "fails":
        outbox.send(Failed(None, ExecutorError("There is nothing to compute on.")))
        sys.exit()
outbox.send(Logged(None, 30, "child", os.environ.get("PLANET", "none")))
outbox.send(Logged(None, 30, "child", f"{os.environ['OPENBLAS_NUM_THREADS']} for NumPy"))
outbox.send(Ready())
while (message := read(incoming)) is not None:
    match message:
        case Begin():
            if plan == "ends at a dream":
                sys.exit(4)
        case Stop():
            outbox.send(Stopped(message.number))
if plan == "does not end":
    time.sleep(600)
