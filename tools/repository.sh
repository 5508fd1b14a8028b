#!/bin/sh
# DVC expects a Git repository, and a ZIP download is none.
#   repository.sh note              say so, before anything is installed
#   repository.sh configure         let DVC run without one, or with one again
#   repository.sh require TARGET    end with one line where there is none
folder=$PWD
while [ ! -e "$folder/.git" ] && [ "$folder" != / ]; do
    folder=$(dirname "$folder")
done
HOW='git init && git add -A && git commit -m "Start"'

case "$1" in
note)
    [ -e "$folder/.git" ] ||
        echo "no Git repository here, as after a ZIP download: make repro works, but make test, dvc exp run and" \
            "dvc metrics diff need one: $HOW" >&2
    ;;
require)
    [ -e "$folder/.git" ] || {
        echo "$2: found no Git repository here, as after a ZIP download; needed: git clone, or $HOW" >&2
        exit 2
    }
    ;;
configure)
    if [ ! -e "$folder/.git" ]; then
        dvc config --quiet --local core.no_scm true
    elif grep -qs no_scm .dvc/config.local; then
        dvc config --quiet --local --unset core.no_scm
    fi
    ;;
esac
