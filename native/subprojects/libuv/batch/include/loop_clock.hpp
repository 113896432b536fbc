// The monotonic clock, read once for all that happens at one moment: a packet that arrives, and what it is forwarded to.
#pragma once

#include <cstdint>
#include <uv.h>

// Belongs to the thread whose loop it is; where no loop runs, each look reads the clock.
class LoopClock
{
public:
	// Nanoseconds, at the moment's first look.
	static uint64_t Now()
	{
		if (!running)
		{
			return uv_hrtime();
		}

		if (now == 0)
		{
			now = uv_hrtime();
		}

		return now;
	}

	// What follows happens at another moment. Call it wherever the loop hands something over.
	static void Pass()
	{
		now = 0;
	}

	static void Run(bool value)
	{
		running = value;
		now     = 0;
	}

private:
	inline static thread_local bool running{ false };
	inline static thread_local uint64_t now{ 0 };
};
