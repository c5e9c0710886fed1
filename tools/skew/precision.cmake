# SPDX-License-Identifier: Apache-2.0
# Coded probe pairs: the fit, the wire, who sends, who answers, and a simulated
# path between them.
add_library(tt_skew_precision STATIC
	precision_audit.c
	precision_fit.c
	precision_group.c
	precision_options.c
	precision_packet.c
	precision_print.c
	precision_prober.c
	precision_responder.c
	precision_sim.c
	precision_socket.c
	precision_window.c)
target_include_directories(tt_skew_precision PUBLIC ${PROJECT_SOURCE_DIR})
target_link_libraries(tt_skew_precision PRIVATE tt_build PUBLIC tt_skew_parts m)

target_sources(tt-skew PRIVATE cmd_precision.c)
target_link_libraries(tt-skew PRIVATE tt_skew_precision)
