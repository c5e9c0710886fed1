#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The golden texts are what Prometheus' own tools accept: the classic one has
# nothing that promtool objects to, and OpenMetrics' reference parser reads as
# many samples as there are lines.
cd "$(dirname "$0")/data" || exit 1
root=$(cd ../../../.. && pwd)

promtool=
for p in "${TT_PROMTOOL:-}" "$root/.cache/prometheus/usr/bin/promtool" \
	"$(command -v promtool)"; do
	[ -z "$p" ] || [ ! -x "$p" ] || { promtool=$p; break; }
done
[ -n "$promtool" ] || {
	echo "no promtool: packaging/fetch-engines.sh"
	exit 77
}
python=/usr/bin/python3
$python -c 'import prometheus_client.openmetrics.parser' 2>/dev/null || {
	echo "no OpenMetrics parser (package python3-prometheus-client)"
	exit 77
}

said=$("$promtool" check metrics <exporter_metrics.prom 2>&1) && [ -z "$said" ] || {
	echo "promtool: $said"
	exit 1
}
read=$($python -c '
import sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families
families = text_string_to_metric_families(sys.stdin.read())
print(sum(len(family.samples) for family in families))' <exporter_metrics.om) ||
	exit 1
[ "$read" = "$(grep -vc '^#' exporter_metrics.om)" ] || {
	echo "$read samples were read"
	exit 1
}
# A check that cannot fail proves nothing.
sed 's/^timed_up 1/timed_up one/' exporter_metrics.prom |
	"$promtool" check metrics >/dev/null 2>&1 && exit 1
echo "ok: $read samples, and nothing to object to"
