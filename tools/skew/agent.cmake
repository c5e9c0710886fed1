# SPDX-License-Identifier: Apache-2.0
# What a node publishes of its clock: for tt-exporter and for the agent.
add_library(tt_skew_instant STATIC instant.c)
target_include_directories(tt_skew_instant PUBLIC ${PROJECT_SOURCE_DIR})
target_link_libraries(tt_skew_instant PRIVATE tt_build
	PUBLIC tt_status_parts tt PkgConfig::JSON_C)

# The agent's own reasoning: what its unit tests link.
add_library(tt_skew_agent_parts STATIC
	check.c
	chronyd.c
	fleet.c
	fleet_build.c
	fleet_srv.c
	pick.c
	probe.c
	testimony.c
	verdict.c)
target_link_libraries(tt_skew_agent_parts PRIVATE tt_build
	PUBLIC tt_skew_parts tt_skew_instant cmdmon resolv m)

pkg_check_modules(LIBEVENT_EXTRA REQUIRED IMPORTED_TARGET libevent_extra)
add_library(tt_skew_agent STATIC
	agent.c
	agent_judge.c
	agent_metrics.c
	agent_serve.c)
target_link_libraries(tt_skew_agent PRIVATE tt_build
	PUBLIC tt_skew_agent_parts tt_metrics_parts tt_http
	PkgConfig::LIBEVENT_EXTRA)
target_sources(tt-skew PRIVATE cmd_agent.c)
target_link_libraries(tt-skew PRIVATE tt_skew_agent)
