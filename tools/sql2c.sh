#!/bin/sh
# A schema file as one C string literal, line by line; comment lines and blank lines are dropped.
sed -e '/^[[:space:]]*--/d' -e '/^[[:space:]]*$/d' -e 's/\\/\\\\/g' -e 's/"/\\"/g' -e 's/^/"/' -e 's/$/\\n"/' "$1"
