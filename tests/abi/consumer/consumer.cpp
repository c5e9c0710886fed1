// SPDX-License-Identifier: Apache-2.0
// And one in C++.
#include <tt/tt.hpp>

int main()
{
	const tt::clock clk = tt::clock::manual();
	const tt::time_point from(tt::duration(1000)), to(tt::duration(2000));

	clk.set(from, to, tt::state::synchronized);
	return clk.now().latest() == to ? 0 : 1;
}
