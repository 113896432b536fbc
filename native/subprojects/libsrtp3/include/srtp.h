// libsrtp 3's calls, as far as the worker uses them, on top of libsrtp 2.
//
// Two things differ. A policy is an object with setters instead of an open struct. And packets are protected from one
// buffer into another, whose size is given, where libsrtp 2 works in place and trusts the caller to have left room.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <new>

// libsrtp 3 uses this name for the pointer to a policy.
#define srtp_policy_t srtp2_policy_t
#include <srtp2/srtp.h>
#undef srtp_policy_t

#include <openssl/crypto.h>

// Status codes that libsrtp 3 added after libsrtp 2's last one.
inline constexpr auto srtp_err_status_buffer_small = static_cast<srtp_err_status_t>(srtp_err_status_pkt_idx_adv + 1);
inline constexpr auto srtp_err_status_cryptex_err  = static_cast<srtp_err_status_t>(srtp_err_status_pkt_idx_adv + 2);

struct srtp3_policy
{
	srtp2_policy_t settings{};
	// Master key and salt, one after the other, as libsrtp 2 wants them.
	uint8_t key[SRTP_MAX_KEY_LEN]{};

	srtp3_policy()                               = default;
	srtp3_policy(const srtp3_policy&)            = delete;
	srtp3_policy& operator=(const srtp3_policy&) = delete;

	~srtp3_policy()
	{
		OPENSSL_cleanse(key, sizeof(key));
	}
};

using srtp_policy_t = srtp3_policy*;

inline srtp_err_status_t srtp_policy_create(srtp_policy_t* policy)
{
	*policy = new (std::nothrow) srtp3_policy;

	return *policy ? srtp_err_status_ok : srtp_err_status_alloc_fail;
}

inline void srtp_policy_destroy(srtp_policy_t policy)
{
	delete policy;
}

inline srtp_err_status_t srtp_policy_set_ssrc(srtp_policy_t policy, srtp_ssrc_t ssrc)
{
	policy->settings.ssrc = ssrc;

	return srtp_err_status_ok;
}

inline srtp_err_status_t srtp_policy_set_profile(srtp_policy_t policy, srtp_profile_t profile)
{
	const auto status = srtp_crypto_policy_set_from_profile_for_rtp(&policy->settings.rtp, profile);

	return status ? status : srtp_crypto_policy_set_from_profile_for_rtcp(&policy->settings.rtcp, profile);
}

// The worker uses no master key identifier (MKI).
inline srtp_err_status_t srtp_policy_add_key(
  srtp_policy_t policy,
  const uint8_t* key,
  size_t keyLength,
  const uint8_t* salt,
  size_t saltLength,
  const uint8_t* /*mki*/,
  size_t mkiLength)
{
	if (mkiLength != 0 || keyLength > sizeof(policy->key) || saltLength > sizeof(policy->key) - keyLength)
	{
		return srtp_err_status_bad_param;
	}

	std::memcpy(policy->key, key, keyLength);
	std::memcpy(policy->key + keyLength, salt, saltLength);
	policy->settings.key = policy->key;

	return srtp_err_status_ok;
}

inline srtp_err_status_t srtp_policy_set_allow_repeat_tx(srtp_policy_t policy, bool allow)
{
	policy->settings.allow_repeat_tx = allow;

	return srtp_err_status_ok;
}

inline srtp_err_status_t srtp_policy_set_window_size(srtp_policy_t policy, size_t packets)
{
	policy->settings.window_size = packets;

	return srtp_err_status_ok;
}

inline srtp_err_status_t srtp_create(srtp_t* session, srtp_policy_t policy)
{
	return srtp_create(session, &policy->settings);
}

inline srtp_err_status_t srtp_stream_remove(srtp_t session, uint32_t ssrc)
{
	return srtp_remove_stream(session, ssrc);
}

namespace srtp3
{
using InPlace = srtp_err_status_t (*)(srtp_t session, void* packet, int* length);

// Copies the packet to where the result shall be and lets libsrtp 2 work on it there. `growth` is by how many bytes it
// may become longer; `*outLength` is the room before and the result's length after.
inline srtp_err_status_t Transform(
  InPlace call, srtp_t session, const uint8_t* in, size_t inLength, uint8_t* out, size_t* outLength, size_t growth)
{
	if (inLength > static_cast<size_t>(std::numeric_limits<int>::max()))
	{
		return srtp_err_status_bad_param;
	}

	if (*outLength < growth || inLength > *outLength - growth)
	{
		return srtp_err_status_buffer_small;
	}

	if (in != out)
	{
		std::memmove(out, in, inLength);
	}

	auto length       = static_cast<int>(inLength);
	const auto status = call(session, out, &length);

	if (status == srtp_err_status_ok)
	{
		*outLength = static_cast<size_t>(length);
	}

	return status;
}

// SRTCP adds the index and its E bit to what SRTP may add.
inline constexpr size_t RtcpGrowth = SRTP_MAX_TRAILER_LEN + sizeof(uint32_t);
} // namespace srtp3

inline srtp_err_status_t srtp_protect(
  srtp_t session, const uint8_t* rtp, size_t rtpLength, uint8_t* srtp, size_t* srtpLength, size_t /*mkiIndex*/)
{
	return srtp3::Transform(srtp_protect, session, rtp, rtpLength, srtp, srtpLength, SRTP_MAX_TRAILER_LEN);
}

inline srtp_err_status_t srtp_unprotect(
  srtp_t session, const uint8_t* srtp, size_t srtpLength, uint8_t* rtp, size_t* rtpLength)
{
	return srtp3::Transform(srtp_unprotect, session, srtp, srtpLength, rtp, rtpLength, 0);
}

inline srtp_err_status_t srtp_protect_rtcp(
  srtp_t session, const uint8_t* rtcp, size_t rtcpLength, uint8_t* srtcp, size_t* srtcpLength, size_t /*mkiIndex*/)
{
	return srtp3::Transform(srtp_protect_rtcp, session, rtcp, rtcpLength, srtcp, srtcpLength, srtp3::RtcpGrowth);
}

inline srtp_err_status_t srtp_unprotect_rtcp(
  srtp_t session, const uint8_t* srtcp, size_t srtcpLength, uint8_t* rtcp, size_t* rtcpLength)
{
	return srtp3::Transform(srtp_unprotect_rtcp, session, srtcp, srtcpLength, rtcp, rtcpLength, 0);
}
