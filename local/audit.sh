#!/bin/sh
# audit.sh BIN SBOM REQUIREMENTS: what the platform stands on, and what is known to be wrong with it.
# Ends with 1 when something was found, and with 3 when it could not be asked: that is no "nothing was found".
bin=$1 sbom=$2 requirements=$3
PYTHONWARNINGS=ignore "$bin/cyclonedx-py" requirements "$requirements" --pyproject pyproject.toml --output-reproducible -o "$sbom" || exit 1
echo "what we stand on: $sbom"

report=$(mktemp) && trap 'rm -f "$report" "$report.said"' EXIT && : >"$report"
# hashes and versions are in the file, so nothing is resolved or installed
"$bin/pip-audit" --strict --disable-pip --no-deps -s osv --timeout 15 -r "$requirements" -f json -o "$report" \
    --progress-spinner off 2>"$report.said"
ended=$?
if [ ! -s "$report" ]; then
    tail -n 1 "$report.said" >&2
    echo "NOT AUDITED: the database of vulnerabilities did not answer, so nothing is known about the packages" >&2
    exit 3
fi
cat "$report.said"
exit $ended
