#!/bin/sh
# Interesting (exit status 1) as long as the file has a gelu.
! grep -q auxact.gelu "$1"
