#include "send_batch.hpp"
#include "batch.hpp"
#include <cstdlib>
#include <string_view>
#include <unistd.h>

namespace
{
constexpr const char* Switch{ "COLLOQUY_WORKERS__BATCH_SENDS" };

// A datagram that waits in libuv until the socket is writable.
struct Waiting
{
	uv_udp_send_t request{};
	SendBatch::Callback callback;
	std::vector<uint8_t> data;

	void Done(bool sent)
	{
		if (this->callback)
		{
			this->callback(sent);
		}

		delete this;
	}
};

struct UvPort
{
	using Socket = uv_udp_t*;

	bool Busy(Socket socket) const
	{
		return uv_udp_get_send_queue_count(socket) > 0;
	}

	int Send(Socket socket, mmsghdr* messages, unsigned count) const
	{
		uv_os_fd_t fd;
		const int error = uv_fileno(reinterpret_cast<const uv_handle_t*>(socket), &fd);

		if (error != 0)
		{
			return error;
		}

		const int sent = sendmmsg(fd, messages, count, 0);

		if (sent >= 0)
		{
			return sent;
		}

		// Some sandboxes know no sendmmsg.
		if (errno == ENOSYS && sendmsg(fd, &messages->msg_hdr, 0) >= 0)
		{
			return 1;
		}

		return -errno;
	}

	void Later(
	  Socket socket, const uint8_t* data, size_t length, const sockaddr* address, SendBatch::Callback callback) const
	{
		auto* waiting = new Waiting{ {}, std::move(callback), { data, data + length } };
		const auto buffer =
		  uv_buf_init(reinterpret_cast<char*>(waiting->data.data()), static_cast<unsigned>(waiting->data.size()));

		waiting->request.data = waiting;

		const auto done = [](uv_udp_send_t* request, int status)
		{ static_cast<Waiting*>(request->data)->Done(status == 0); };

		if (uv_udp_send(&waiting->request, socket, &buffer, 1, address, done) != 0)
		{
			waiting->Done(false);
		}
	}
};

// A kernel that does not know segments ignores the request in a message, and would send one giant datagram.
bool KernelCuts()
{
	const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
	{
		return false;
	}

	int value{ 0 };
	socklen_t length{ sizeof(value) };
	const bool cuts = getsockopt(fd, IPPROTO_UDP, UDP_SEGMENT, &value, &length) == 0;

	close(fd);

	return cuts;
}

thread_local Batch<UvPort>* current{ nullptr };
} // namespace

// Sends after polling, and again before the next: in between, timers may have sent.
struct SendBatch::Turn
{
	Batch<UvPort> batch{ UvPort{}, KernelCuts() };
	uv_loop_t* loop;
	uv_check_t check;
	uv_prepare_t prepare;

	explicit Turn(uv_loop_t* loop) : loop(loop)
	{
		uv_check_init(loop, &this->check);
		uv_prepare_init(loop, &this->prepare);
		uv_check_start(&this->check, [](uv_check_t*) { Flush(); });
		uv_prepare_start(&this->prepare, [](uv_prepare_t*) { Flush(); });
		// Neither keeps the loop alive.
		uv_unref(reinterpret_cast<uv_handle_t*>(&this->check));
		uv_unref(reinterpret_cast<uv_handle_t*>(&this->prepare));
		current = &this->batch;
	}

	~Turn()
	{
		Flush();
		current = nullptr;
		uv_close(reinterpret_cast<uv_handle_t*>(&this->check), nullptr);
		uv_close(reinterpret_cast<uv_handle_t*>(&this->prepare), nullptr);
		uv_run(this->loop, UV_RUN_NOWAIT);
	}
};

SendBatch::SendBatch(uv_loop_t* loop)
{
	const char* value = std::getenv(Switch);

	if (!value || std::string_view(value) != "false")
	{
		this->turn = std::make_unique<Turn>(loop);
	}
}

SendBatch::~SendBatch() = default;

bool SendBatch::Take(
  uv_udp_t* socket, const uint8_t* data, size_t length, const sockaddr* address, Callback& callback)
{
	return current && current->Take(socket, data, length, address, callback);
}

void SendBatch::Flush()
{
	if (current)
	{
		current->Flush();
	}
}
