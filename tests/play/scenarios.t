#!/bin/sh
# The scenarios of exchange that come with the program, each with its own nodes: one test point a step. Those of trust: trust.t.
exec "$DIWAN" play --tap --verbose --patience 60 scenarios/0*.yaml
