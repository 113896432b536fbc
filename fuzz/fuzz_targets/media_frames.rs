//! What goes between the server and a worker's process: nothing that comes in makes the reader panic, and what is
//! understood is the same after it was written and read again.
#![no_main]

use colloquy::media::frame::{self, FromWorker, MAX_FRAME_BYTES, ToWorker};
use libfuzzer_sys::fuzz_target;
use serde::Serialize;
use serde::de::DeserializeOwned;

fuzz_target!(|bytes: &[u8]| {
    survives::<ToWorker>(bytes);
    survives::<FromWorker>(bytes);
});

fn survives<T: Serialize + DeserializeOwned>(bytes: &[u8]) {
    let Ok(frame) = frame::decode::<T>(bytes) else { return };
    let written = frame::encode(&frame, MAX_FRAME_BYTES).expect("what was read can be written");
    let again: T = frame::decode(&written).expect("what was written can be read");
    assert_eq!(frame::encode(&again, MAX_FRAME_BYTES).expect("as before"), written);
}
