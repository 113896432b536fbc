// Tests that AES-GCM by Intel's library does what OpenSSL's does. `test` compiles and runs it; libsrtp is played.

#include "srtp_gcm.hpp"
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <openssl/evp.h>
#include <random>
#include <srtp2/cipher.h>
#include <srtp2/srtp.h>
#include <vector>

namespace
{
using Bytes = std::vector<uint8_t>;

std::map<srtp_cipher_type_id_t, const srtp_cipher_type_t*> replaced;
std::mt19937 chance{ 1 };

void Check(bool right, const char* what, size_t of = 0)
{
	if (!right)
	{
		std::fprintf(stderr, "wrong: %s (%zu)\n", what, of);
		std::exit(1);
	}
}

Bytes Random(size_t length)
{
	Bytes bytes(length);

	std::generate(bytes.begin(), bytes.end(), [] { return static_cast<uint8_t>(chance()); });

	return bytes;
}

// What OpenSSL makes of it: the encrypted data, and the tag after it.
Bytes Reference(const Bytes& key, const Bytes& nonce, const Bytes& authenticated, const Bytes& data, size_t tagLength)
{
	Bytes sealed(data.size() + tagLength);
	auto* context = EVP_CIPHER_CTX_new();
	int length{ 0 };

	EVP_EncryptInit_ex(context, key.size() < 32 ? EVP_aes_128_gcm() : EVP_aes_256_gcm(), nullptr, key.data(), nonce.data());
	EVP_EncryptUpdate(context, nullptr, &length, authenticated.data(), static_cast<int>(authenticated.size()));

	if (!data.empty())
	{
		EVP_EncryptUpdate(context, sealed.data(), &length, data.data(), static_cast<int>(data.size()));
	}

	EVP_EncryptFinal_ex(context, nullptr, &length);
	EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_GET_TAG, static_cast<int>(tagLength), sealed.data() + data.size());
	EVP_CIPHER_CTX_free(context);

	return sealed;
}

struct Cipher
{
	srtp_cipher_t* cipher{ nullptr };

	Cipher(srtp_cipher_type_id_t id, const Bytes& key, int tagLength)
	{
		// The salt counts as part of the key.
		Check(replaced[id]->alloc(&cipher, static_cast<int>(key.size()) + 12, tagLength) == srtp_err_status_ok, "allocated");
		Check(cipher->type == replaced[id] && cipher->algorithm == static_cast<int>(id), "the type that was asked for");
		Check(cipher->type->init(cipher->state, key.data()) == srtp_err_status_ok, "a key");
	}

	~Cipher()
	{
		cipher->type->dealloc(cipher);
	}

	void Begin(Bytes nonce, const Bytes& authenticated, srtp_cipher_direction_t direction) const
	{
		Check(cipher->type->set_iv(cipher->state, nonce.data(), direction) == srtp_err_status_ok, "a nonce");

		// In two parts, as for RTCP.
		const auto half = authenticated.size() / 2;

		cipher->type->set_aad(cipher->state, authenticated.data(), static_cast<uint32_t>(half));
		cipher->type->set_aad(
		  cipher->state, authenticated.data() + half, static_cast<uint32_t>(authenticated.size() - half));
	}

	Bytes Seal(const Bytes& nonce, const Bytes& authenticated, const Bytes& data) const
	{
		auto sealed = data;
		auto length = static_cast<unsigned>(data.size());
		uint32_t tagLength{ 0 };

		sealed.resize(data.size() + 16);
		Begin(nonce, authenticated, srtp_direction_encrypt);
		// Where nothing is encrypted, libsrtp gives no data.
		cipher->type->encrypt(cipher->state, data.empty() ? nullptr : sealed.data(), &length);
		cipher->type->get_tag(cipher->state, sealed.data() + data.size(), &tagLength);
		sealed.resize(data.size() + tagLength);

		return sealed;
	}

	srtp_err_status_t Open(const Bytes& nonce, const Bytes& authenticated, Bytes& sealed) const
	{
		auto length = static_cast<unsigned>(sealed.size());

		Begin(nonce, authenticated, srtp_direction_decrypt);

		const auto status = cipher->type->decrypt(cipher->state, sealed.data(), &length);

		sealed.resize(length);

		return status;
	}
};

Bytes Changed(Bytes bytes)
{
	bytes[chance() % bytes.size()] ^= static_cast<uint8_t>(1 << chance() % 8);

	return bytes;
}

void ItDoesWhatOpensslDoes(srtp_cipher_type_id_t id, size_t keyLength, size_t tagLength)
{
	const auto key = Random(keyLength);
	const Cipher cipher(id, key, static_cast<int>(tagLength));

	for (size_t length{ 0 }; length <= 1500; ++length)
	{
		const auto nonce         = Random(12);
		const auto authenticated = Random(12 + chance() % 80);
		const auto data          = Random(length);
		const auto sealed        = cipher.Seal(nonce, authenticated, data);

		Check(sealed == Reference(key, nonce, authenticated, data, tagLength), "sealed as by OpenSSL", length);

		auto opened = sealed;

		Check(cipher.Open(nonce, authenticated, opened) == srtp_err_status_ok && opened == data, "opened again", length);

		auto damaged = Changed(sealed);

		Check(cipher.Open(nonce, authenticated, damaged) == srtp_err_status_auth_fail, "a changed packet", length);
		opened = sealed;
		Check(cipher.Open(nonce, Changed(authenticated), opened) == srtp_err_status_auth_fail, "a changed header", length);
		opened = sealed;
		Check(cipher.Open(Changed(nonce), authenticated, opened) == srtp_err_status_auth_fail, "another nonce", length);
	}

	for (size_t length{ 0 }; length < tagLength; ++length)
	{
		auto scrap = Random(length);

		Check(cipher.Open(Random(12), Random(12), scrap) == srtp_err_status_bad_param, "shorter than a tag", length);
	}
}

void CiphersShareNothing()
{
	const auto key   = Random(16);
	const auto other = Random(16);
	const auto nonce = Random(12);
	const auto data  = Random(100);
	const Cipher first(SRTP_AES_GCM_128, key, 16);
	const Cipher second(SRTP_AES_GCM_128, other, 16);

	first.Begin(nonce, Random(12), srtp_direction_encrypt);
	Check(second.Seal(nonce, nonce, data) == Reference(other, nonce, nonce, data, 16), "one within another's packet");
	Check(first.Seal(nonce, nonce, data) == Reference(key, nonce, nonce, data, 16), "a packet that was given up");
}

void WhatSrtpDoesNotHaveIsRefused()
{
	srtp_cipher_t* cipher{ nullptr };

	for (const auto& [keyLength, tagLength] : { std::pair{ 16, 16 }, { 32, 16 }, { 28, 0 }, { 28, 12 }, { 44, 17 } })
	{
		Check(
		  replaced[SRTP_AES_GCM_128]->alloc(&cipher, keyLength, tagLength) == srtp_err_status_bad_param,
		  "a key and a tag that don't exist",
		  static_cast<size_t>(keyLength));
	}
}
} // namespace

extern "C" const srtp_cipher_type_t srtp_aes_gcm_128{ {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, SRTP_AES_GCM_128 };
extern "C" const srtp_cipher_type_t srtp_aes_gcm_256{ {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, SRTP_AES_GCM_256 };

extern "C" srtp_err_status_t srtp_replace_cipher_type(const srtp_cipher_type_t* type, srtp_cipher_type_id_t id)
{
	Check(type->id == id, "the type's own id");
	replaced[id] = type;

	return srtp_err_status_ok;
}

int main()
{
	if (!SrtpGcm::Replace())
	{
		std::puts("skipped: this processor has no instructions for AES");

		return 0;
	}

	for (const size_t tagLength : { 16, 8 })
	{
		ItDoesWhatOpensslDoes(SRTP_AES_GCM_128, 16, tagLength);
		ItDoesWhatOpensslDoes(SRTP_AES_GCM_256, 32, tagLength);
	}

	CiphersShareNothing();
	WhatSrtpDoesNotHaveIsRefused();
}
