//! What the server does with a client's frame: nothing that comes in makes it panic, and what is understood is the same
//! after it was written down and read again.
#![no_main]

use colloquy::protocol::Request;
use colloquy::signaling::socketio::read_frame;
use libfuzzer_sys::fuzz_target;
use serde_json::value::RawValue;

fuzz_target!(|text: &str| {
    let Ok((event, payload)) = read_frame(text) else { return };
    let payload = payload.unwrap_or(RawValue::NULL);
    match Request::parse(&event, payload) {
        Ok(request) => {
            assert_eq!(request.event(), event);
            let written = serde_json::to_string(&request).expect("a request can be written");
            let again: Request = serde_json::from_str(&written).expect("what was written can be read");
            assert_eq!(serde_json::to_string(&again).expect("as before"), written);
        }
        // Goes back to the client: it has to be one short line.
        Err(error) => {
            let message = error.to_string();
            assert!(!message.is_empty() && message.chars().count() < 1000, "{message}");
        }
    }
});
