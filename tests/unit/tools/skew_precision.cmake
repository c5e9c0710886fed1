# SPDX-License-Identifier: Apache-2.0
# tt-skew precision: the fit, windows and their simulated path, the wire.
foreach(name audit fit packet prober responder window)
	unit_test(tools_skew_precision_${name}
		SOURCES test_skew_precision_${name}.c LIBS tt_skew_precision)
endforeach()
