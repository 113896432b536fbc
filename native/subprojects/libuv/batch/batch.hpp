// The gathering itself, without a loop or a kernel, so that a test can play both.
#pragma once

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <memory>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <span>
#include <sys/socket.h>
#include <vector>

// `Port` is the way out:
//   `using Socket`                                        names a socket, comparable;
//   `bool Busy(Socket)`                                   datagrams given to `Later` have not left yet;
//   `int Send(Socket, mmsghdr*, unsigned count)`          as sendmmsg, but answers an error as -errno;
//   `void Later(Socket, data, length, address, callback)` sends when the socket is writable, in order, and calls back.
template<typename Port>
class Batch
{
public:
	using Socket   = typename Port::Socket;
	using Callback = std::function<void(bool sent)>;

	// What is gathered at most before it is sent, and the largest datagram that is gathered. The more of them, the more
	// go to the same receiver when a large frame goes to hundreds.
	static constexpr size_t MaxDatagrams     = 4096;
	static constexpr size_t MaxBytes         = size_t{ 4 } << 20;
	static constexpr size_t MaxDatagramBytes = 2048;
	// What the kernel takes at most in one message that it cuts into datagrams.
	static constexpr size_t MaxSegments     = 64;
	static constexpr size_t MaxSegmentBytes = 65000;
	// Messages in one call.
	static constexpr size_t MaxMessages = 64;
	// After the kernel refused to cut a message, this many flushes go without. The reason may be one receiver's route.
	static constexpr unsigned FlushesWithoutSegments = 1000;

	Batch(Port port, bool segments) : port(std::move(port)), segments(segments), bytes(new uint8_t[MaxBytes])
	{
		this->datagrams.reserve(MaxDatagrams);
		this->receivers.reserve(MaxDatagrams);
		this->slots.fill(None);
	}

	// Copies a datagram. False: it is not for gathering, or this is called from within `Flush`; all that was gathered
	// for that receiver has left then, so that sending it directly keeps the order.
	bool Take(Socket socket, const uint8_t* data, size_t length, const sockaddr* address, Callback& callback)
	{
		if (this->flushing)
		{
			return false;
		}

		if (length > MaxDatagramBytes || !address || (address->sa_family != AF_INET && address->sa_family != AF_INET6))
		{
			Flush();

			return false;
		}

		if (this->datagrams.size() == MaxDatagrams || this->used + length > MaxBytes)
		{
			Flush();
		}

		const auto index = static_cast<uint32_t>(this->datagrams.size());
		auto& receiver   = Find(socket, address);

		std::memcpy(this->bytes.get() + this->used, data, length);
		this->datagrams.push_back({ static_cast<uint32_t>(this->used), static_cast<uint32_t>(length), None, false, std::move(callback) });
		this->used += length;

		(receiver.first == None ? receiver.first : this->datagrams[receiver.last].next) = index;
		receiver.last                                                                   = index;

		return true;
	}

	// Sends all that was gathered, then calls back.
	void Flush()
	{
		if (this->flushing || this->datagrams.empty())
		{
			return;
		}

		this->flushing = true;

		if (this->withoutSegments > 0)
		{
			--this->withoutSegments;
		}

		for (size_t index{ 0 }; index < this->receivers.size();)
		{
			const size_t begin = index;

			while (index < this->receivers.size() && this->receivers[index].socket == this->receivers[begin].socket)
			{
				++index;
			}

			SendTo(std::span(this->receivers).subspan(begin, index - begin));
		}

		for (auto& datagram : this->datagrams)
		{
			if (datagram.callback)
			{
				datagram.callback(datagram.sent);
			}
		}

		for (const auto& receiver : this->receivers)
		{
			this->slots[receiver.slot] = None;
		}

		this->datagrams.clear();
		this->receivers.clear();
		this->used     = 0;
		this->flushing = false;
	}

private:
	static constexpr uint32_t None{ UINT32_MAX };
	// Twice as many as there can be receivers.
	static constexpr size_t Slots{ MaxDatagrams * 2 };

	struct Datagram
	{
		uint32_t offset;
		uint32_t length;
		// The next one to the same receiver.
		uint32_t next;
		bool sent;
		Callback callback;
	};

	// An address behind a socket, and the chain of what goes there.
	struct Receiver
	{
		Socket socket;
		union
		{
			sockaddr_in v4;
			sockaddr_in6 v6;
		};
		socklen_t addressLength;
		uint32_t slot;
		uint32_t first{ None };
		uint32_t last{ None };

		const sockaddr* Address() const
		{
			return reinterpret_cast<const sockaddr*>(&this->v6);
		}
	};

	// One message of a call: one datagram, or several that the kernel cuts apart.
	struct Message
	{
		uint32_t first;
		size_t count;
		const Receiver* receiver;
	};

	union Control
	{
		cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(uint16_t))];
	};

	Receiver& Find(Socket socket, const sockaddr* address)
	{
		const bool v4     = address->sa_family == AF_INET;
		const auto length = static_cast<socklen_t>(v4 ? sizeof(sockaddr_in) : sizeof(sockaddr_in6));
		auto slot         = Hash(address) % Slots;

		for (; this->slots[slot] != None; slot = (slot + 1) % Slots)
		{
			auto& known = this->receivers[this->slots[slot]];

			if (known.socket == socket && known.addressLength == length && Same(known, address))
			{
				return known;
			}
		}

		this->slots[slot] = static_cast<uint32_t>(this->receivers.size());

		auto& receiver = this->receivers.emplace_back();

		receiver.socket        = socket;
		receiver.addressLength = length;
		receiver.slot          = static_cast<uint32_t>(slot);
		std::memcpy(&receiver.v6, address, length);

		return receiver;
	}

	// By fields: in an IPv4 address there is padding.
	static bool Same(const Receiver& known, const sockaddr* address)
	{
		if (address->sa_family == AF_INET)
		{
			const auto* other = reinterpret_cast<const sockaddr_in*>(address);

			return known.v4.sin_port == other->sin_port && known.v4.sin_addr.s_addr == other->sin_addr.s_addr;
		}

		const auto* other = reinterpret_cast<const sockaddr_in6*>(address);

		return known.v6.sin6_port == other->sin6_port && known.v6.sin6_scope_id == other->sin6_scope_id &&
		       std::memcmp(&known.v6.sin6_addr, &other->sin6_addr, sizeof(in6_addr)) == 0;
	}

	static size_t Hash(const sockaddr* address)
	{
		uint64_t value;

		if (address->sa_family == AF_INET)
		{
			const auto* v4 = reinterpret_cast<const sockaddr_in*>(address);
			value          = (uint64_t{ v4->sin_addr.s_addr } << 16) ^ v4->sin_port;
		}
		else
		{
			const auto* v6 = reinterpret_cast<const sockaddr_in6*>(address);
			uint64_t halves[2];
			std::memcpy(halves, &v6->sin6_addr, sizeof(halves));
			value = halves[0] ^ (halves[1] * 31) ^ v6->sin6_port;
		}

		return static_cast<size_t>((value * 0x9E3779B97F4A7C15) >> 32);
	}

	// Sends everything to receivers behind one socket.
	void SendTo(std::span<Receiver> receivers)
	{
		auto& messages = this->messages;

		messages.clear();

		for (const auto& receiver : receivers)
		{
			for (auto first = receiver.first; first != None;)
			{
				size_t count;
				const auto next = Run(first, count);

				messages.push_back({ first, count, &receiver });
				first = next;
			}
		}

		const auto socket = receivers.front().socket;

		for (size_t index{ 0 }; index < messages.size();)
		{
			const auto count = std::min(messages.size() - index, MaxMessages);
			const int sent   = this->port.Busy(socket) ? -EAGAIN : Send(socket, { messages.data() + index, count });

			for (int i{ 0 }; i < sent; ++i)
			{
				ForEach(messages[index++], [](Datagram& datagram) { datagram.sent = true; });
			}

			if (sent == -EAGAIN || sent == -EWOULDBLOCK || sent == -ENOBUFS)
			{
				Later(messages[index++]);
			}
			else if (sent < 0)
			{
				SendSingly(messages[index++], sent);
			}
		}
	}

	// How many datagrams from the first on make one message: of equal size, the last one may be shorter. Answers the
	// first one after them.
	uint32_t Run(uint32_t first, size_t& count) const
	{
		const auto size = this->datagrams[first].length;
		size_t total    = size;
		auto next       = this->datagrams[first].next;

		count = 1;

		if (!this->segments || this->withoutSegments > 0)
		{
			return next;
		}

		while (next != None && count < MaxSegments)
		{
			const auto& datagram = this->datagrams[next];

			if (datagram.length > size || total + datagram.length > MaxSegmentBytes)
			{
				break;
			}

			++count;
			total += datagram.length;
			next = datagram.next;

			if (datagram.length < size)
			{
				break;
			}
		}

		return next;
	}

	template<typename Action>
	void ForEach(const Message& message, Action action)
	{
		auto index = message.first;

		for (size_t i{ 0 }; i < message.count; ++i)
		{
			auto& datagram = this->datagrams[index];

			index = datagram.next;
			action(datagram);
		}
	}

	int Send(Socket socket, std::span<const Message> messages)
	{
		auto* headers = this->headers.data();
		auto* vectors = this->vectors.data();

		for (size_t i{ 0 }; i < messages.size(); ++i)
		{
			const auto& message = messages[i];
			auto& header        = headers[i].msg_hdr;

			header             = {};
			header.msg_name    = const_cast<sockaddr*>(message.receiver->Address());
			header.msg_namelen = message.receiver->addressLength;
			header.msg_iov     = vectors;
			header.msg_iovlen  = message.count;
			ForEach(
			  message,
			  [&](const Datagram& datagram) { *vectors++ = { this->bytes.get() + datagram.offset, datagram.length }; });

			if (message.count > 1)
			{
				auto& control    = this->controls[i];
				const auto size  = static_cast<uint16_t>(this->datagrams[message.first].length);

				control.header             = {};
				control.header.cmsg_level  = IPPROTO_UDP;
				control.header.cmsg_type   = UDP_SEGMENT;
				control.header.cmsg_len    = CMSG_LEN(sizeof(size));
				std::memcpy(CMSG_DATA(&control.header), &size, sizeof(size));
				header.msg_control    = &control;
				header.msg_controllen = sizeof(control);
			}
		}

		int sent;

		do
		{
			sent = this->port.Send(socket, headers, static_cast<unsigned>(messages.size()));
		} while (sent == -EINTR);

		return sent;
	}

	// The first message of a call failed. A single datagram's error is its own; otherwise each shall have its own.
	void SendSingly(const Message& message, int error)
	{
		if (message.count == 1)
		{
			return;
		}

		if (error == -EINVAL || error == -EIO || error == -EOPNOTSUPP || error == -EMSGSIZE)
		{
			this->withoutSegments = FlushesWithoutSegments;
		}

		auto first = message.first;

		for (size_t i{ 0 }; i < message.count; ++i)
		{
			const Message single{ first, 1, message.receiver };
			auto& datagram    = this->datagrams[first];
			const auto socket = message.receiver->socket;
			const int sent    = this->port.Busy(socket) ? -EAGAIN : Send(socket, { &single, 1 });

			first         = datagram.next;
			datagram.sent = sent == 1;

			if (sent == -EAGAIN || sent == -EWOULDBLOCK || sent == -ENOBUFS)
			{
				Later(single);
			}
		}
	}

	void Later(const Message& message)
	{
		const auto& receiver = *message.receiver;

		ForEach(
		  message,
		  [&](Datagram& datagram)
		  {
			  this->port.Later(
			    receiver.socket,
			    this->bytes.get() + datagram.offset,
			    datagram.length,
			    receiver.Address(),
			    std::move(datagram.callback));
			  // A moved-from function may still hold its target.
			  datagram.callback = nullptr;
		  });
	}

	Port port;
	bool segments;
	bool flushing{ false };
	unsigned withoutSegments{ 0 };
	size_t used{ 0 };
	std::unique_ptr<uint8_t[]> bytes;
	std::vector<Datagram> datagrams;
	std::vector<Receiver> receivers;
	std::vector<Message> messages;
	// Open addressing: indexes of receivers.
	std::array<uint32_t, Slots> slots;
	std::array<mmsghdr, MaxMessages> headers;
	std::array<Control, MaxMessages> controls;
	std::array<iovec, MaxMessages * MaxSegments> vectors;
};
