//! `colloquy-load`: loads a video-calling server and measures what it does.

fn main() {}
