"""The child process's program, without the process that usually starts it."""

import json
import os
import subprocess
import sys
import time
from dataclasses import asdict

import psutil
from PIL import Image

from dream_engine.images import Limits
from tests.dream_engine.images.decoder_messages import ACCEPTED, head
from tests.dream_engine.images.files import saved

HARD_WORK = saved(Image.new("RGB", (5000, 5000)), "PNG", compress_level=1)


def asked_directly(*requests: bytes) -> list[dict[str, object]]:
    """Run the child's program on encoded requests; returns the headers of its replies."""
    program = [sys.executable, "-m", "dream_engine.images.decoder_process"]
    ended = subprocess.run(program, input=b"".join(requests), stdout=subprocess.PIPE, check=True, timeout=60)
    heads, rest = [], ended.stdout
    while rest:
        end = 4 + int.from_bytes(rest[:4])
        heads.append(json.loads(rest[4:end]))
        rest = rest[end:]
    return heads


def test_the_childs_program_answers_each_request_and_ends_with_its_input():
    task = {"task": "decode", "limits": asdict(Limits()), "size": None, "max_decoded_pixels": None}
    task |= {"memory": 10**9, "cpu_seconds": 30}
    refused = head(task | {"bytes": 3}) + b"abc"
    answers = asked_directly(refused, head({"bytes": 0, "memory": 10**9, "cpu_seconds": 30}), refused[:-1])
    assert [set(answer) for answer in answers] == [{"accepted"}, {"error", "details", "resident"}] * 2
    assert [answer["error"] for answer in answers[1::2]] == ["NotAPictureError", "bug"]
    assert answers[3]["details"] == "KeyError: 'task'"
    assert 10e6 < answers[1]["resident"] < 200e6
    assert asked_directly() == asked_directly(b"\0\0") == []


def test_a_request_that_arrives_during_another_is_queued():
    end_of_parent, this_process = os.pipe()
    program = [sys.executable, "-m", "dream_engine.images.decoder_process", str(end_of_parent)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    task = {"task": "decode", "limits": asdict(Limits()), "size": 64, "max_decoded_pixels": None}
    request = head(task | {"memory": 10**9, "cpu_seconds": 30, "bytes": len(HARD_WORK)}) + HARD_WORK
    with subprocess.Popen(program, pass_fds=(end_of_parent,), **pipes) as child:
        child.stdin.write(request)
        child.stdin.flush()
        assert child.stdout.read(len(ACCEPTED)) == ACCEPTED
        times = psutil.Process(child.pid).cpu_times
        worked = sum(times()[:2]) + 0.03
        while sum(times()[:2]) < worked:
            time.sleep(0.001)
        child.stdin.write(request)
        child.stdin.close()
        answers = child.stdout.read()
    for pipe in (end_of_parent, this_process):
        os.close(pipe)
    assert answers.count(b'"shape": [64, 64]') == 2
    assert child.returncode == 0
