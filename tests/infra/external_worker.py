"""A worker of the external estimator protocol whose behaviour its first argument names.

Usage: ``python external_worker.py MODE PROTOCOL_FOLDER [NOTE_FILE]``. It imports only numpy and
the protocol file, as a worker in a foreign environment would.
"""

import json
import os
import struct
import subprocess
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from poseloom.infra.estimators.workers.protocol import serve

Image = npt.NDArray[np.uint8]
Person = dict[str, Any]

mode, protocol_folder = sys.argv[1:3]
note = sys.argv[3] if len(sys.argv) > 3 else ""
sys.path.insert(0, protocol_folder)
if not TYPE_CHECKING:
    from protocol import serve


def person(image: Image, k: int = 17) -> Person:
    """All keypoints of the one person lie at (red, green) of the first pixel."""
    x, y = float(image[0, 0, 0]), float(image[0, 0, 1])
    return {"box": [0, 0, image.shape[1], image.shape[0]], "keypoints": [[x, y, 2, 0.5]] * k}


def answer(image: Image) -> list[Person]:
    return [person(image)]


def crash(image: Image) -> NoReturn:
    print("the model ran out of memory", file=sys.stderr, flush=True)
    os._exit(3)


def crash_once(image: Image) -> list[Person]:
    if not os.path.exists(note):
        open(note, "w").close()
        os._exit(3)
    return answer(image)


def hang(image: Image) -> None:
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    with open(note, "a") as file:
        file.write(f"{os.getpid()} {child.pid}\n")
    time.sleep(600)


def chatter(image: Image) -> list[Person]:
    print("a library greets you")
    os.write(1, b"native code does so too\n")
    for _ in range(20_000):
        sys.stderr.write("warning: " + "x" * 50 + "\n")
    return answer(image)


def raises(image: Image) -> NoReturn:
    raise ValueError("this picture is cursed")


def environment(image: Image) -> list[Person]:
    with open(note, "w") as file:
        json.dump(dict(os.environ), file)
    return answer(image)


def speak_raw() -> None:
    """Say a proper hello, then something else."""
    out = os.fdopen(os.dup(1), "wb")
    while prefix := sys.stdin.buffer.read(4):
        request = json.loads(sys.stdin.buffer.read(struct.unpack(">I", prefix)[0]))
        sys.stdin.buffer.read(request.get("bytes", 0))
        if request["op"] == "hello":
            reply = {"id": request["id"], "protocol": 1, "skeleton": "coco17", "digest": "raw"}
            text = json.dumps(reply).encode()
        else:
            text = {
                "malformed": b"{oops",
                "list": b"[1, 2]",
                "other-id": b'{"id": 99, "people": [[]]}',
                "no-people": b'{"id": %d}' % request["id"],
                "nan-text": b'{"id": %d, "people": [[{"box": null, "keypoints": [%s]}]]}'
                % (request["id"], b",".join([b"[NaN, 1, 2, 0.5]"] * 17)),
                "deep": b"[" * 200_000,
            }[mode]
        out.write(struct.pack(">I", len(text)) + text)
        out.flush()
        if mode == "deaf":
            time.sleep(600)


MODES: dict[str, Callable[[Image], Any]] = {
    "answer": answer,
    "crash": crash,
    "crash-once": crash_once,
    "hang": hang,
    "chatter": chatter,
    "raises": raises,
    "environment": environment,
    "wrong-keypoints": lambda image: [person(image, k=16)],
    "no-box": lambda image: [{**person(image), "box": None}],
    "short-box": lambda image: [{**person(image), "box": [0, 0, 1]}],
    "score-2": lambda image: [{"box": None, "keypoints": [[1, 1, 2, 2.0]] * 17}],
    "visibility-3": lambda image: [{"box": None, "keypoints": [[1, 1, 3, 1.0]] * 17}],
    "outside": lambda image: [{"box": None, "keypoints": [[-1, 1, 2, 0.9], *[[1, 1, 2, 0.9]] * 16]}],
    "text": lambda image: "nobody",
}

if mode in MODES:
    skeleton = "hydra" if note == "hydra" else "coco17"
    serve(lambda: MODES[mode], skeleton=skeleton, digest=f"test {mode}")
elif mode == "garbage":
    print("Welcome to my model!", flush=True)
    time.sleep(600)
elif mode == "silent":
    time.sleep(600)
else:
    speak_raw()
