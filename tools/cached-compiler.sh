#!/bin/sh
# cached-compiler.sh ROOT CCACHE COMPILER ARGUMENT…: compiles by ccache. Paths
# below ROOT, the checkout, are hashed relative, so that clones share results. A
# precompiled header needs the two sloppiness settings, and is 300 MB that are
# not to be hashed for each file.
#
# An old precompiled header goes first when one is made: ccache knows what is
# compiled by its preprocessed text, and for the text of headers GCC takes the
# precompiled one that is there, whatever they say by now. So the text was the
# same for all headers, and ccache answered with those of another time.
for argument; do
  case $argument in *.gch) rm -f "$argument" ;; esac
done
CCACHE_BASEDIR=$1
shift
export CCACHE_BASEDIR CCACHE_NOHASHDIR=1 CCACHE_INODECACHE=true \
  CCACHE_SLOPPINESS=pch_defines,time_macros
exec "$@"
