#!/bin/sh
# The scenarios that come with the program, each with its own nodes: one test point a step.
exec "$DIWAN" play --tap --verbose --patience 60 scenarios/*.yaml
