//! The floor: encrypts each packet for each receiver and sends it with a call of its own, and nothing else.

use super::rate::{Rate, cpu_of, thread_called};
use super::source::PAYLOAD_BYTES;
use aws_lc_rs::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use std::net::{Ipv4Addr, UdpSocket};
use std::time::{Duration, Instant};

const RECEIVERS: usize = 100;
const DURATION: Duration = Duration::from_secs(1);
const HEADER: [u8; 12] = [0x80; 12];

pub fn measure() -> Rate {
    let thread = std::thread::Builder::new().name("floor".to_owned()).spawn(send).expect("a thread");
    thread.join().expect("it ends well")
}

fn send() -> Rate {
    let bind = || UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    let key = |number: usize| {
        let key = UnboundKey::new(&AES_128_GCM, &[number as u8; 16]).expect("a key of that length");
        LessSafeKey::new(key)
    };
    let receivers: Vec<_> = (0..RECEIVERS)
        .map(|number| {
            let socket = bind();
            (socket.local_addr().expect("it is bound"), socket, key(number))
        })
        .collect();
    let (sender, thread) = (bind(), thread_called("floor"));
    let (began, before, mut packets) = (Instant::now(), cpu_of(thread), 0_u64);
    let plain = [0; PAYLOAD_BYTES];
    let mut packet = Vec::with_capacity(HEADER.len() + PAYLOAD_BYTES + AES_128_GCM.tag_len());
    while began.elapsed() < DURATION {
        for (address, _unread, key) in &receivers {
            packet.clear();
            packet.extend_from_slice(&HEADER);
            packet.extend_from_slice(&plain);
            let nonce = Nonce::assume_unique_for_key([packets as u8; 12]);
            let tag = key.seal_in_place_separate_tag(nonce, Aad::from(HEADER), &mut packet[HEADER.len()..]);
            packet.extend_from_slice(tag.expect("it encrypts").as_ref());
            sender.send_to(&packet, address).expect("loopback takes it");
            packets += 1;
        }
    }
    Rate::new(packets, cpu_of(thread).saturating_sub(before))
}
