//! Many WebRTC endpoints in one process: loads a video-calling server, and measures what it does.
//!
//! From below to above: [`measure`] holds what is counted, [`scenario`] what is to happen, [`rtc`] the endpoints that
//! send and receive, [`target`] how one takes part in a call of this server or another, [`run`] puts them together, and
//! [`report`] tells what came out.

pub mod cli;
pub mod floor;
pub mod measure;
pub mod observe;
pub mod report;
pub mod rtc;
pub mod run;
pub mod scenario;
pub mod socketio;
pub mod target;
