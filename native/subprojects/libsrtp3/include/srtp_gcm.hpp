// AES-GCM, the cipher of SRTP's first suites (RFC 7714), by Intel's Multi-Buffer Crypto library instead of OpenSSL.
#pragma once

#ifdef SRTP_GCM_IPSEC_MB

namespace SrtpGcm
{
// To be called after each `srtp_init`: libsrtp's sessions have their AES-GCM from Intel's library from then on. False:
// this processor lacks the instructions, or the library failed libsrtp's tests, and OpenSSL's is used as before.
bool Replace();
} // namespace SrtpGcm

#else

namespace SrtpGcm
{
// Compiled without the library.
inline bool Replace()
{
	return false;
}
} // namespace SrtpGcm

#endif
