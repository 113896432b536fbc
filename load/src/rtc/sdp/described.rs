//! The streams that a description names.

use crate::rtc::receive::Codec;

/// A stream that is to come (RFC 8866, RFC 5576).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Described {
    pub codec: Codec,
    pub mid: String,
    pub ssrc: u32,
    pub rtx: Option<u32>,
}

impl Described {
    /// The first stream of each media section that sends and names one, in a codec that is known.
    pub fn all(description: &str) -> Vec<Self> {
        // What stands before the first section is for all of them.
        let sections = description.split("\nm=").skip(1);
        sections.filter_map(Self::of_section).collect()
    }

    fn of_section(section: &str) -> Option<Self> {
        let attributes = || section.lines().filter_map(|line| line.trim_end().strip_prefix("a="));
        let values = |name: &'static str| attributes().filter_map(move |it| it.strip_prefix(name)?.strip_prefix(':'));
        if attributes().any(|it| matches!(it, "recvonly" | "inactive")) {
            return None;
        }
        let preferred = section.lines().next()?.split_whitespace().nth(3)?;
        let encoding = values("rtpmap").find_map(|it| it.strip_prefix(preferred)?.strip_prefix(' '))?;
        let group = values("ssrc-group").find_map(|it| it.strip_prefix("FID "));
        let mut numbers = group.into_iter().flat_map(str::split_whitespace).filter_map(|it| it.parse().ok());
        let first = values("ssrc").find_map(|it| it.split_whitespace().next()?.parse().ok());
        Some(Self {
            codec: Codec::of_mime_type(encoding.split('/').next()?)?,
            mid: values("mid").next()?.to_owned(),
            ssrc: numbers.next().or(first)?,
            rtx: numbers.next(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OFFER: &str = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0 1 2\r\n\
        m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\na=sendonly\r\na=rtpmap:111 opus/48000/2\r\n\
        a=ssrc:1001 cname:x\r\na=ssrc:1001 msid:a b\r\n\
        m=video 9 UDP/TLS/RTP/SAVPF 96 97\r\na=mid:1\r\na=sendonly\r\na=rtpmap:97 rtx/90000\r\n\
        a=rtpmap:96 VP8/90000\r\na=ssrc-group:FID 2001 2002\r\na=ssrc:2001 cname:x\r\na=ssrc:2002 cname:x\r\n\
        m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:2\r\na=inactive\r\na=rtpmap:96 VP8/90000\r\na=ssrc:3001 cname:x\r\n";

    #[test]
    fn each_section_that_sends_is_a_stream() {
        let audio = Described { codec: Codec::Opus, mid: "0".into(), ssrc: 1001, rtx: None };
        let video = Described { codec: Codec::Vp8, mid: "1".into(), ssrc: 2001, rtx: Some(2002) };
        assert_eq!(Described::all(OFFER), [audio, video]);
    }

    #[test]
    fn a_section_of_another_kind_is_none() {
        let data = "v=0\r\nm=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\na=mid:0\r\n";
        assert_eq!(Described::all(data), []);
    }
}
