"""The web application of a measurement: the office's own, with the exercise as one more kind of subject."""

from dataclasses import replace

from flask import Flask

import config
from webapp.bench.office import KIND, Exercise
from webapp.factory import create_app as create_office
from webapp.runtime import make_runtime


def create_app() -> Flask:
    """For granian's `--factory`."""
    runtime = make_runtime(config.from_env())
    subjects = {**runtime.ports.subjects, KIND: Exercise()}
    return create_office(runtime=replace(runtime, ports=replace(runtime.ports, subjects=subjects)))
