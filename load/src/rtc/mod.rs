//! Endpoints: ICE, DTLS and SRTP over a UDP socket of their own, with media whose every packet can be recognised.
