// What the worker sends over UDP in one turn of its loop, gathered and sent together at the end of the turn.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <uv.h>

// Gathers what its thread sends, for as long as it lives; a loop has at most one.
class SendBatch
{
public:
	// Told once whether the datagram left the socket; may be empty.
	using Callback = std::function<void(bool sent)>;

	// Gathers unless the environment has COLLOQUY_WORKERS__BATCH_SENDS=false.
	explicit SendBatch(uv_loop_t* loop);
	SendBatch(const SendBatch&)            = delete;
	SendBatch& operator=(const SendBatch&) = delete;
	~SendBatch();

	// Copies a datagram, and takes over the callback. If it answers false, the caller has to send by itself, now: order
	// is kept all the same.
	static bool Take(uv_udp_t* socket, const uint8_t* data, size_t length, const sockaddr* address, Callback& callback);

	// Sends at once what was gathered. Call it before a socket is closed.
	static void Flush();

private:
	struct Turn;
	std::unique_ptr<Turn> turn;
};
