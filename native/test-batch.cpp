// Tests of the gathering of sends, with a kernel that is played. `test` compiles and runs it.

#include "batch.hpp"
#include <arpa/inet.h>
#include <cstdio>
#include <map>
#include <string>
#include <utility>

namespace
{
// Datagrams by socket and port, each as its first letter.
using Sent = std::map<std::pair<int, int>, std::string>;

struct Kernel
{
	// Errors of the next calls, before they succeed.
	std::vector<int> errors;
	// What it answers to a message with segments.
	int refusal{ 0 };
	// Messages that it takes in a call at most.
	unsigned takes{ 64 };
	std::map<int, bool> busy;
	Sent sent;
	Sent later;
	unsigned calls{ 0 };
	unsigned messages{ 0 };
	size_t mostBytes{ 0 };
	size_t mostSegments{ 0 };
};

struct Port
{
	using Socket = int;
	Kernel* kernel;

	bool Busy(Socket socket) const
	{
		return kernel->busy[socket];
	}

	int Send(Socket socket, mmsghdr* messages, unsigned count) const
	{
		++kernel->calls;

		if (!kernel->errors.empty())
		{
			const int error = kernel->errors.front();

			kernel->errors.erase(kernel->errors.begin());

			return error;
		}

		unsigned sent{ 0 };

		for (; sent < std::min(count, kernel->takes); ++sent)
		{
			const auto& header = messages[sent].msg_hdr;

			if (header.msg_control && kernel->refusal != 0)
			{
				return sent > 0 ? static_cast<int>(sent) : kernel->refusal;
			}

			Deliver(socket, header);
			++kernel->messages;
		}

		return static_cast<int>(sent);
	}

	// Cuts at the size of a segment, as the kernel does, wherever the pieces of memory end.
	void Deliver(Socket socket, const msghdr& header) const
	{
		std::string bytes;

		for (size_t i{ 0 }; i < header.msg_iovlen; ++i)
		{
			bytes.append(static_cast<const char*>(header.msg_iov[i].iov_base), header.msg_iov[i].iov_len);
		}

		uint16_t segment = static_cast<uint16_t>(bytes.size());

		if (const auto* control = header.msg_control ? CMSG_FIRSTHDR(&header) : nullptr)
		{
			std::memcpy(&segment, CMSG_DATA(control), sizeof(segment));
		}

		const auto port = ntohs(static_cast<const sockaddr_in*>(header.msg_name)->sin_port);
		size_t segments{ 0 };

		for (size_t at{ 0 }; at < bytes.size(); at += segment, ++segments)
		{
			kernel->sent[{ socket, port }] += bytes[at];
		}

		kernel->mostBytes    = std::max(kernel->mostBytes, bytes.size());
		kernel->mostSegments = std::max(kernel->mostSegments, segments);
	}

	void Later(
	  Socket socket,
	  const uint8_t* data,
	  size_t /*length*/,
	  const sockaddr* address,
	  std::function<void(bool sent)> callback) const
	{
		kernel->busy[socket] = true;
		kernel->later[{ socket, ntohs(reinterpret_cast<const sockaddr_in*>(address)->sin_port) }] +=
		  static_cast<char>(*data);

		if (callback)
		{
			callback(true);
		}
	}
};

// A batch on a played kernel, and what was called back: `+` for sent, `-` for not.
struct Played
{
	Kernel kernel;
	Batch<Port> batch;
	std::string called;

	explicit Played(bool segments = true) : batch(Port{ &kernel }, segments)
	{
	}

	bool Take(char letter, size_t length = 100, int port = 1, int socket = 0)
	{
		sockaddr_in address{};
		address.sin_family = AF_INET;
		address.sin_port   = htons(static_cast<uint16_t>(port));
		// The batch has to take no notice of the padding.
		std::memset(address.sin_zero, letter, sizeof(address.sin_zero));

		const std::vector<uint8_t> data(length, static_cast<uint8_t>(letter));
		std::function<void(bool)> callback = [this](bool sent) { this->called += sent ? '+' : '-'; };

		return this->batch.Take(
		  socket, data.data(), data.size(), reinterpret_cast<const sockaddr*>(&address), callback);
	}

	void Take(const std::string& letters)
	{
		for (const char letter : letters)
		{
			Take(letter);
		}
	}

	std::string To(int port, int socket = 0)
	{
		return this->kernel.sent[{ socket, port }];
	}

	std::string Later(int port, int socket = 0)
	{
		return this->kernel.later[{ socket, port }];
	}
};

int failures{ 0 };

template<typename Left, typename Right>
void Equal(const Left& left, const Right& right, int line)
{
	if (!(left == right))
	{
		std::fprintf(stderr, "test-batch.cpp:%d is not so\n", line);
		++failures;
	}
}

#define EQUAL(left, right) Equal((left), (right), __LINE__)

void NothingLeavesBeforeTheFlush()
{
	Played played;
	played.Take("abc");
	EQUAL(played.kernel.calls, 0u);
	EQUAL(played.called, "");
	played.batch.Flush();
	EQUAL(played.To(1), "abc");
	EQUAL(played.called, "+++");
	played.batch.Flush();
	EQUAL(played.kernel.calls, 1u);
}

void EqualSizesAreOneMessage()
{
	Played played;
	for (const auto& [letter, length] :
	     { std::pair{ 'a', 100 }, { 'b', 100 }, { 'c', 60 }, { 'd', 100 }, { 'e', 101 }, { 'f', 101 } })
	{
		played.Take(letter, length);
	}
	played.batch.Flush();
	// The shorter c ends the first, the longer e begins another.
	EQUAL(played.kernel.messages, 3u);
	EQUAL(played.kernel.calls, 1u);
	EQUAL(played.To(1), "abcdef");
}

void ReceiversAndSocketsAreKeptApart()
{
	Played played;
	for (const char letter : { 'a', 'b', 'c' })
	{
		for (const int port : { 1, 2 })
		{
			played.Take(letter, 100, port, 0);
			played.Take(letter, 100, port, 1);
		}
	}
	played.batch.Flush();
	for (const int port : { 1, 2 })
	{
		EQUAL(played.To(port, 0), "abc");
		EQUAL(played.To(port, 1), "abc");
	}
	EQUAL(played.kernel.messages, 4u);
}

void ManyReceiversLeaveInFewCalls()
{
	Played played;
	for (int port{ 1 }; port <= 128; ++port)
	{
		played.Take('a', 100, port);
	}
	played.batch.Flush();
	EQUAL(played.kernel.calls, 2u);
	EQUAL(played.kernel.messages, 128u);
}

void WhatIsGatheredIsBounded()
{
	Played played;
	for (size_t i{ 0 }; i < Batch<Port>::MaxDatagrams + 1; ++i)
	{
		played.Take('a');
	}
	EQUAL(played.To(1).size(), Batch<Port>::MaxDatagrams);
	EQUAL(played.kernel.mostSegments <= Batch<Port>::MaxSegments, true);

	Played large;
	for (size_t i{ 0 }; i < Batch<Port>::MaxBytes / 2000 + 1; ++i)
	{
		large.Take('a', 2000);
	}
	EQUAL(large.To(1).size(), Batch<Port>::MaxBytes / 2000);
	EQUAL(large.kernel.mostBytes <= Batch<Port>::MaxSegmentBytes, true);
}

void TooLargeADatagramIsTheCallersAfterWhatWaits()
{
	Played played;
	played.Take("ab");
	EQUAL(played.Take('c', Batch<Port>::MaxDatagramBytes + 1), false);
	EQUAL(played.To(1), "ab");
}

void AFullSocketKeepsTheOrder()
{
	Played played;
	played.kernel.errors = { -EAGAIN };
	played.Take("abc");
	played.Take('x', 100, 2);
	played.Take('y', 100, 1, 1);
	played.batch.Flush();
	EQUAL(played.Later(1), "abc");
	EQUAL(played.Later(2), "x");
	EQUAL(played.To(1, 1), "y");
	EQUAL(played.called, "+++++");
	// As long as something waits, nothing overtakes it.
	played.Take("d");
	played.batch.Flush();
	EQUAL(played.Later(1), "abcd");
	played.kernel.busy[0] = false;
	played.Take("e");
	played.batch.Flush();
	EQUAL(played.To(1), "e");
}

void ACallThatTakesOnlySomeGoesOn()
{
	Played played;
	played.kernel.takes = 3;
	for (int port{ 1 }; port <= 10; ++port)
	{
		played.Take('a', 100, port);
	}
	played.batch.Flush();
	EQUAL(played.kernel.messages, 10u);
	EQUAL(played.kernel.calls, 4u);
	EQUAL(played.called, "++++++++++");
}

void RefusedSegmentsGoSinglyAndAreNotTriedAgainAtOnce()
{
	for (const int refusal : { -EIO, -EINVAL })
	{
		Played played;
		played.kernel.refusal = refusal;
		played.Take("abc");
		played.Take('x', 100, 2);
		played.Take('y', 100, 2);
		played.batch.Flush();
		EQUAL(played.To(1), "abc");
		EQUAL(played.To(2), "xy");
		EQUAL(played.called, "+++++");
		const auto calls = played.kernel.calls;
		played.Take("de");
		played.batch.Flush();
		EQUAL(played.kernel.calls, calls + 1);
		EQUAL(played.To(1), "abcde");
		// Later they are.
		played.kernel.refusal = 0;
		for (unsigned i{ 0 }; i < Batch<Port>::FlushesWithoutSegments; ++i)
		{
			played.Take("f");
			played.batch.Flush();
		}
		played.kernel.mostSegments = 0;
		played.Take("gh");
		played.batch.Flush();
		EQUAL(played.kernel.mostSegments, 2u);
	}
}

void WithoutSegmentsEachIsItsOwnMessage()
{
	Played played(false);
	played.kernel.refusal = -EIO;
	played.Take("abc");
	played.batch.Flush();
	EQUAL(played.To(1), "abc");
	EQUAL(played.kernel.calls, 1u);
}

void AnErrorIsReportedAndEndsNothing()
{
	Played played;
	played.kernel.errors = { -ENETUNREACH };
	played.Take('a', 100, 1);
	played.Take('b', 100, 2);
	played.batch.Flush();
	EQUAL(played.To(1), "");
	EQUAL(played.To(2), "b");
	EQUAL(played.called, "-+");

	// With segments, each datagram has its own error.
	Played cut;
	cut.kernel.errors = { -ENETUNREACH, -EPERM };
	cut.Take("ab");
	cut.batch.Flush();
	EQUAL(cut.To(1), "b");
	EQUAL(cut.called, "-+");
}

void AnInterruptedCallIsRepeated()
{
	Played played;
	played.kernel.errors = { -EINTR, -EINTR };
	played.Take("ab");
	played.batch.Flush();
	EQUAL(played.To(1), "ab");
	EQUAL(played.called, "++");
}

void WhatACallbackSendsIsTheCallers()
{
	Played played;
	bool taken{ true };
	sockaddr_in address{};
	address.sin_family = AF_INET;
	const uint8_t byte{ 'a' };
	std::function<void(bool)> callback = [&](bool) { taken = played.Take('b'); };
	played.batch.Take(0, &byte, 1, reinterpret_cast<const sockaddr*>(&address), callback);
	played.batch.Flush();
	EQUAL(taken, false);
	EQUAL(played.Take('c'), true);
}
} // namespace

int main()
{
	NothingLeavesBeforeTheFlush();
	EqualSizesAreOneMessage();
	ReceiversAndSocketsAreKeptApart();
	ManyReceiversLeaveInFewCalls();
	WhatIsGatheredIsBounded();
	TooLargeADatagramIsTheCallersAfterWhatWaits();
	AFullSocketKeepsTheOrder();
	ACallThatTakesOnlySomeGoesOn();
	RefusedSegmentsGoSinglyAndAreNotTriedAgainAtOnce();
	WithoutSegmentsEachIsItsOwnMessage();
	AnErrorIsReportedAndEndsNothing();
	AnInterruptedCallIsRepeated();
	WhatACallbackSendsIsTheCallers();

	return failures == 0 ? 0 : 1;
}
