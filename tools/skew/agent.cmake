# SPDX-License-Identifier: Apache-2.0
# What a node publishes of its clock: for tt-exporter and for the agent.
add_library(tt_skew_instant STATIC instant.c)
target_include_directories(tt_skew_instant PUBLIC ${PROJECT_SOURCE_DIR})
target_link_libraries(tt_skew_instant PRIVATE tt_build
	PUBLIC tt_status_parts tt PkgConfig::JSON_C)

# The agent's own reasoning: what its unit tests link.
add_library(tt_skew_agent_parts STATIC
	check.c
	fleet.c
	fleet_build.c
	fleet_srv.c
	pick.c
	verdict.c)
target_link_libraries(tt_skew_agent_parts PRIVATE tt_build
	PUBLIC tt_skew_instant resolv)
