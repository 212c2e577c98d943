#!/bin/sh
# The scenarios of trust: orders, forks, backups, witnesses, pouches, keys. Beside scenarios.t, so that two cores share them.
exec "$DIWAN" play --tap --verbose --patience 60 scenarios/1*.yaml
