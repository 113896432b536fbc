// OpenSSL's AES-GCM reaches AES by way of a context, a provider and parameters with names, several times a packet, and
// OpenSSL 3.0 knows no AES on wide vectors. Intel's library is one call a packet, made for the processor it runs on.
#include "srtp_gcm.hpp"
#include <cstring>
#include <intel-ipsec-mb.h>
#include <memory>
#include <new>
#include <openssl/crypto.h>
#include <srtp2/cipher.h>
#include <srtp2/srtp.h>
#include <vector>

// libsrtp's own, by OpenSSL.
extern "C" const srtp_cipher_type_t srtp_aes_gcm_128;
extern "C" const srtp_cipher_type_t srtp_aes_gcm_256;

namespace
{
// RFC 7714, section 8.1.
constexpr size_t NonceBytes{ 12 };
constexpr size_t TagBytes{ 16 };
constexpr size_t ShortTagBytes{ 8 };

// The library's calls for a key size on this processor. They keep nothing between calls: all threads share them.
struct Calls
{
	aes_gcm_pre_t expandKey;
	aes_gcm_enc_dec_t encrypt;
	aes_gcm_enc_dec_t decrypt;
};

Calls calls128;
Calls calls256;

// What libsrtp knows as a cipher, and our state of it.
struct Cipher
{
	srtp_cipher_t known;
	alignas(64) gcm_key_data key;
	const Calls* calls;
	size_t tagBytes;
	uint8_t nonce[NonceBytes];
	// Of the packet under way; libsrtp may give it in parts.
	std::vector<uint8_t> authenticated;
	uint8_t tag[TagBytes];

	~Cipher()
	{
		OPENSSL_cleanse(&this->key, sizeof(this->key));
	}

	void Apply(aes_gcm_enc_dec_t call, uint8_t* data, size_t length)
	{
		gcm_context_data context;

		call(
		  &this->key,
		  &context,
		  data,
		  data,
		  length,
		  this->nonce,
		  this->authenticated.data(),
		  this->authenticated.size(),
		  this->tag,
		  this->tagBytes);
	}
};

extern "C" srtp_err_status_t Deallocate(srtp_cipher_t* cipher)
{
	delete static_cast<Cipher*>(cipher->state);

	return srtp_err_status_ok;
}

extern "C" srtp_err_status_t SetKey(void* state, const uint8_t* key)
{
	auto* cipher = static_cast<Cipher*>(state);

	cipher->calls->expandKey(key, &cipher->key);

	return srtp_err_status_ok;
}

// Begins a packet.
extern "C" srtp_err_status_t SetNonce(void* state, uint8_t* nonce, srtp_cipher_direction_t /*direction*/)
{
	auto* cipher = static_cast<Cipher*>(state);

	std::memcpy(cipher->nonce, nonce, NonceBytes);
	cipher->authenticated.clear();

	return srtp_err_status_ok;
}

extern "C" srtp_err_status_t Authenticate(void* state, const uint8_t* data, uint32_t length)
{
	auto& authenticated = static_cast<Cipher*>(state)->authenticated;

	authenticated.insert(authenticated.end(), data, data + length);

	return srtp_err_status_ok;
}

extern "C" srtp_err_status_t Encrypt(void* state, uint8_t* data, unsigned* length)
{
	auto* cipher = static_cast<Cipher*>(state);

	cipher->Apply(cipher->calls->encrypt, data, *length);

	return srtp_err_status_ok;
}

// After `Encrypt`.
extern "C" srtp_err_status_t GetTag(void* state, uint8_t* tag, uint32_t* length)
{
	const auto* cipher = static_cast<Cipher*>(state);

	std::memcpy(tag, cipher->tag, cipher->tagBytes);
	*length = static_cast<uint32_t>(cipher->tagBytes);

	return srtp_err_status_ok;
}

// The tag follows the data.
extern "C" srtp_err_status_t Decrypt(void* state, uint8_t* data, unsigned* length)
{
	auto* cipher = static_cast<Cipher*>(state);

	if (*length < cipher->tagBytes)
	{
		return srtp_err_status_bad_param;
	}

	const auto plain = static_cast<unsigned>(*length - cipher->tagBytes);

	cipher->Apply(cipher->calls->decrypt, data, plain);

	if (CRYPTO_memcmp(cipher->tag, data + plain, cipher->tagBytes) != 0)
	{
		return srtp_err_status_auth_fail;
	}

	*length = plain;

	return srtp_err_status_ok;
}

extern "C" srtp_err_status_t Allocate(srtp_cipher_pointer_t* known, int keyLength, int tagLength);

srtp_cipher_type_t Type(const srtp_cipher_type_t& replaced, const char* description)
{
	return {
		.alloc       = Allocate,
		.dealloc     = Deallocate,
		.init        = SetKey,
		.set_aad     = Authenticate,
		.encrypt     = Encrypt,
		.decrypt     = Decrypt,
		.set_iv      = SetNonce,
		.get_tag     = GetTag,
		.description = description,
		.test_data   = replaced.test_data,
		.id          = replaced.id,
	};
}

const auto Type128 = Type(srtp_aes_gcm_128, "AES-128 GCM by Intel's Multi-Buffer Crypto");
const auto Type256 = Type(srtp_aes_gcm_256, "AES-256 GCM by Intel's Multi-Buffer Crypto");

// `keyLength` includes the salt.
extern "C" srtp_err_status_t Allocate(srtp_cipher_pointer_t* known, int keyLength, int tagLength)
{
	const bool is128 = keyLength == SRTP_AES_GCM_128_KEY_LEN_WSALT;

	if (!is128 && keyLength != SRTP_AES_GCM_256_KEY_LEN_WSALT)
	{
		return srtp_err_status_bad_param;
	}

	if (tagLength != TagBytes && tagLength != ShortTagBytes)
	{
		return srtp_err_status_bad_param;
	}

	auto* cipher = new (std::nothrow) Cipher{};

	if (!cipher)
	{
		return srtp_err_status_alloc_fail;
	}

	const auto& type = is128 ? Type128 : Type256;

	cipher->known    = { &type, cipher, keyLength, static_cast<int>(type.id) };
	cipher->calls    = is128 ? &calls128 : &calls256;
	cipher->tagBytes = static_cast<size_t>(tagLength);
	*known           = &cipher->known;

	return srtp_err_status_ok;
}

// Asks the library which of its ways suits this processor.
bool Choose()
{
	// Without these it would imitate them, slowly.
	constexpr auto needed = IMB_FEATURE_AESNI | IMB_FEATURE_PCLMULQDQ;
	const std::unique_ptr<IMB_MGR, void (*)(IMB_MGR*)> manager(alloc_mb_mgr(0), free_mb_mgr);

	if (!manager || (manager->features & needed) != needed)
	{
		return false;
	}

	init_mb_mgr_auto(manager.get(), nullptr);

	calls128 = { manager->gcm128_pre, manager->gcm128_enc, manager->gcm128_dec };
	calls256 = { manager->gcm256_pre, manager->gcm256_enc, manager->gcm256_dec };

	return calls128.encrypt && calls256.encrypt;
}
} // namespace

bool SrtpGcm::Replace()
{
	// Once: sessions of a thread may be using them.
	static const bool chosen = Choose();

	return chosen && srtp_replace_cipher_type(&Type128, SRTP_AES_GCM_128) == srtp_err_status_ok &&
	       srtp_replace_cipher_type(&Type256, SRTP_AES_GCM_256) == srtp_err_status_ok;
}
