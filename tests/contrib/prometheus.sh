#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# contrib/prometheus: promtool takes the configuration and the rules, the rules
# do what their tests say, and all of it fits what tt-exporter shows; the dashboard
# fits the model that Grafana documents.
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
promtool=
for p in "${TT_PROMTOOL:-}" "$root/.cache/prometheus/usr/bin/promtool" \
	"$(command -v promtool)"; do
	[ -z "$p" ] || [ ! -x "$p" ] || { promtool=$p; break; }
done
[ -n "$promtool" ] || {
	echo "no promtool: packaging/fetch-engines.sh"
	exit 77
}

cd "$root/contrib/prometheus" || exit 1
"$promtool" check config prometheus.yml || exit 1
"$promtool" check config prometheus-skew.yml || exit 1
"$promtool" test rules timed-alerts-test.yml || exit 1
python=/usr/bin/python3
$python -c 'import jsonschema' 2>/dev/null || {
	echo "no jsonschema (package python3-jsonschema)"
	exit 77
}
$python "$here/check_dashboard.py" grafana-timed.json \
	"$here/grafana.schema.json" \
	"$root/tests/unit/tools/data/exporter_metrics.prom" || exit 1
exec "$here/check_prometheus.py" "$root" "$promtool"
