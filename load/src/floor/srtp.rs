//! SRTP with AES-GCM (RFC 7714), as much of it as a packet without extensions needs.

use aws_lc_rs::aead::{AES_128_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use std::io;

/// Bytes of an RTP header without extensions, which stays readable.
pub const HEADER: usize = 12;
/// Bytes that encryption adds.
pub const TAG: usize = 16;

/// One stream's key.
pub struct Context {
    key: LessSafeKey,
    salt: [u8; NONCE_LEN],
}

impl Context {
    /// A key that differs for each number.
    pub fn new(number: u64) -> io::Result<Self> {
        let mut secret = [7; 16];
        secret[..8].copy_from_slice(&number.to_be_bytes());
        let key = UnboundKey::new(&AES_128_GCM, &secret).map_err(io::Error::other)?;
        Ok(Self { key: LessSafeKey::new(key), salt: [3; NONCE_LEN] })
    }

    /// Encrypts a packet in place; its last [`TAG`] bytes are room for the tag.
    pub fn seal(&self, packet: &mut [u8], rollovers: u32) -> io::Result<()> {
        let nonce = self.nonce(packet, rollovers);
        let (header, payload) = packet.split_at_mut(HEADER);
        let (payload, room) = payload.split_at_mut(payload.len() - TAG);
        let tag = self.key.seal_in_place_separate_tag(nonce, Aad::from(&*header), payload).map_err(io::Error::other)?;
        room.copy_from_slice(tag.as_ref());
        Ok(())
    }

    /// Decrypts a packet in place. What its tag was is undefined then.
    pub fn open(&self, packet: &mut [u8], rollovers: u32) -> io::Result<()> {
        let nonce = self.nonce(packet, rollovers);
        let (header, payload) = packet.split_at_mut(HEADER);
        self.key.open_in_place(nonce, Aad::from(&*header), payload).map_err(io::Error::other)?;
        Ok(())
    }

    /// Section 8.1: two zero bytes, the SSRC, how often numbers began anew, the number; all with the salt.
    fn nonce(&self, packet: &[u8], rollovers: u32) -> Nonce {
        let mut nonce = [0; NONCE_LEN];
        nonce[2..6].copy_from_slice(&packet[8..12]);
        nonce[6..10].copy_from_slice(&rollovers.to_be_bytes());
        nonce[10..].copy_from_slice(&packet[2..4]);
        nonce.iter_mut().zip(self.salt).for_each(|(byte, salt)| *byte ^= salt);
        Nonce::assume_unique_for_key(nonce)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A packet with some payload.
    fn packet() -> Vec<u8> {
        (0..100).collect()
    }

    #[test]
    fn what_is_sealed_opens_with_the_same_key_alone() {
        let mut sealed = packet();
        Context::new(1).expect("a key").seal(&mut sealed, 5).expect("seals");
        assert_ne!(sealed[HEADER..84], packet()[HEADER..84]);
        assert!(Context::new(2).expect("a key").open(&mut sealed.clone(), 5).is_err());
        assert!(Context::new(1).expect("a key").open(&mut sealed.clone(), 6).is_err());
        Context::new(1).expect("a key").open(&mut sealed, 5).expect("opens");
        assert_eq!(sealed[..84], packet()[..84]);
    }
}
