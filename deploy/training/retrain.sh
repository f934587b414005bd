#!/bin/sh
# Look at a week of recorded traffic, and retrain if it has moved. The Airflow DAG `retrain` takes the same steps.
#
#   deploy/training/retrain.sh NAME GRID [more options of `retrain`]
#
# An attempt that is repeated in the same week looks at the same window and continues the same retrain.
set -eu
if [ "$#" -lt 2 ]; then
    echo "retrain.sh needs the model's name and a grid. Call: retrain.sh sentiment experiments/demo.yaml" >&2
    exit 2
fi
name=$1 grid=$2
shift 2
today=$(date -u +%u)
monday=$(date -u -d "-$((today - 1)) days" +%F)

code=0
python -m textlab monitor --name "$name" --since 7d --until "$monday" --json || code=$?
case $code in
    0) echo "The look found no drift. Nothing is trained." && exit 0 ;;
    3) ;;
    *) exit "$code" ;;
esac

for file in data/labelled/*.csv data/labelled/*.tsv data/labelled/*.parquet data/labelled/*.jsonl; do
    if [ -e "$file" ]; then set -- "$@" "--labelled=$file"; fi
done
code=0
python -m textlab retrain --name "$name" --grid "$grid" --id "week-$monday" --json "$@" || code=$?
case $code in
    0 | 4) ;; # 4: the gate has decided against the challenger, which is no failure
    *) exit "$code" ;;
esac
